"""The whole job, over both databases: asked, reviewed, answered, planned, published, everyone told."""

from asyncio import gather

from tests.support import World


async def test_from_a_question_to_the_article_that_covers_it(world: World) -> None:
    lin, mia = world.member("小林", "zh-CN"), world.member("mia")
    ta, boss = world.assistant("ta", "zh-CN"), world.instructor("boss")

    assert "已收到，编号 #1" in (await lin("/提问 验证器为什么拒绝我的循环？")).text
    assert "Filed as #2" in (await mia("/ask How do I attach a uprobe to a Go binary?")).text
    assert "Filed as #3" in (await mia("/ask Will there be something about XDP?")).text

    assert (await ta("/审题")).text.startswith("待审：第 1 个，共 3 个")
    await ta.press("回答")
    assert "#1 的回答已发布" in (await ta("因为它证明不了循环会结束。")).text
    assert (await ta.press("继续审题（剩 2 个）")).title == "#2 How do I attach a uprobe to a Go binary?"
    assert "#2 已排进 2026-Q4" in (await ta.press("排进下一篇")).text
    assert "#3 已列为候选" in (await ta("/处理 3 候选")).text
    assert "没有待审的问题" in (await ta("/审题")).text

    assert "因为它证明不了循环会结束" in (await lin.heard())[0].text
    assert "is planned for 2026-Q4" in (await mia.heard())[0].text
    assert "#2 How do I attach a uprobe" in (await lin("/下一篇")).text

    await boss('/schedule 2026-Q4 url:https://example.org/29 title:"Go and uprobes" 2026-11-21 10:00')
    due = await world.tick()
    assert due is not None
    world.clock.now = due
    await world.tick()
    assert [said.title for said in await world.group()] == [
        "Answered: #1 验证器为什么拒绝我的循环？",
        "New article: Go and uprobes",
    ]
    assert "is in the new article: Go and uprobes" in (await mia.heard())[-1].text
    assert len(await lin.heard()) == 1
    assert "published by Herald" in (await boss("/publish 2026-Q4 https://example.org/29")).text
    assert (await mia("/next-article")).title == "Next article: 2026-review"


async def test_two_persons_at_the_same_moment_get_numbers_of_their_own(world: World) -> None:

    members = [world.member(f"m{n}") for n in range(20)]
    replies = await gather(*(member(f"/ask different:yes Question of member {n}?") for n, member in enumerate(members)))
    assert {reply.text.split(":")[0] for reply in replies} == {f"Filed as #{n}" for n in range(1, 21)}


async def test_of_two_publications_at_the_same_moment_one_is_announced(world: World) -> None:

    bosses = [world.instructor(f"boss{n}") for n in range(4)]
    await gather(*(boss("/publish 2026-Q4 https://example.org/29") for boss in bosses))
    assert len(await world.group()) == 1
