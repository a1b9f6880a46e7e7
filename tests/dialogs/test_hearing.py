"""Who hears of what unasked, once, and how they switch it off."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.core.chat import Role
from bot.core.model import AnswerKind
from bot.store import answers, merges
from bot.store.schema import delivery, person, topic
from tests.support import World, course, opened_world


async def changed(world: World, work: Callable[[Connection], Any]) -> Any:
    return await world.database.write(work)


async def unreached(world: World, target: str) -> None:
    """What the ledger does where somebody's direct messages are closed."""
    lost = delivery.update().where(delivery.c.target == target, delivery.c.state == "pending")
    await changed(world, lambda tx: tx.execute(lost.values(state="failed", error="closed")))


async def states(world: World, target: str) -> list[str]:
    look = select(delivery.c.state).where(delivery.c.target == target).order_by(delivery.c.id)
    return await world.database.read(lambda tx: list(tx.scalars(look)))


async def counted(world: World) -> Any:
    counts = select(topic.c.voters, topic.c.followers).where(topic.c.n == 1)
    return await world.database.read(lambda tx: tuple(tx.execute(counts).one()))


# Everyone hears, once


async def test_who_asked_and_who_follows_hear_each_once_and_nobody_else(world: World) -> None:
    lin, mia, zhou, wang = (world.member(name) for name in ("lin", "mia", "zhou", "wang"))
    await lin("/ask Why does it fail?")
    await mia("/me-too 1")
    await zhou("/follow 1")
    await wang("/topic 1")
    await world.assistant()("/answer 1 Because.")
    assert [said.text for said in await lin.heard()] == ["Your question #1 “Why does it fail?” is answered:\nBecause."]
    assert [said.text for said in await mia.heard()] == ["Your question #1 “Why does it fail?” is answered:\nBecause."]
    [told] = await zhou.heard()
    assert told.text == "#1 “Why does it fail?”, which you follow, is answered:\nBecause."
    assert await wang.heard() == []
    assert len(await world.group()) == 1


async def test_one_hears_once_of_topics_that_were_merged(world: World) -> None:
    lin = world.member("lin")
    await lin("/ask Why does it fail?")
    await lin("/ask different:yes Why does the loop fail?")
    await changed(world, lambda tx: merges.merge(tx, "ebpf", 2, 1))
    await world.assistant()("/answer 1 Because.")
    assert len(await lin.heard()) == 1


async def test_nobody_is_told_of_what_they_did_themselves(world: World) -> None:
    ta, lin = world.assistant(), world.member("lin")
    await ta("/ask Why does it fail?")
    await lin("/me-too 1")
    await ta("/decide 1 planned")
    await ta("/answer 1 Because.")
    await ta("/answer 1 Because of that.")
    await ta("/undo")
    assert await ta.heard() == []
    assert len(await lin.heard()) == 4
    world.clock.wait(hours=1)
    await world.instructor()("/decide 1 planned 2026-review")
    assert [said.text for said in await ta.heard()] == [
        "Your question #1 “Why does it fail?” is planned for 2026-review. You will hear when it is out.\n"
        "May the announcement name you as the one who asked? Unless you say so, it will not."
    ]


# Switching off


async def test_every_private_message_can_be_switched_off_in_itself(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await lin("/ask Why does it fail?")
    await ta("/decide 1 planned")
    [told] = await lin.heard()
    assert [button.label for button in told.buttons] == [
        "You may name me",
        "Do not name me",
        "See #1",
        "Not this topic",
        "Stop writing to me",
    ]
    lin.last = told
    assert "I will not write to you about #1 any more" in (await lin.press("Not this topic")).text
    assert (await lin("/notify")).text.endswith("0 topics now.\nNot about these: #1.")
    await ta("/answer 1 Because.")
    assert len(await lin.heard()) == 1
    assert "\n  Answered." in (await lin("/my-questions")).text
    assert "I will write to you when something becomes of #1" in (await lin("/notify topic:1 on")).text
    await ta("/answer 1 Because of that.")
    assert "was updated" in (await lin.heard())[-1].text


async def test_nothing_unasked_is_nothing_at_all_until_one_wants_it_again(world: World) -> None:
    lin, ta = world.member("lin", "zh-CN"), world.assistant()
    await lin("/提问 为什么会失败？")
    await lin("/提问 different:yes 为什么又失败了？")
    await ta("/decide 1 planned")
    [lin.last] = await lin.heard()
    assert [button.label for button in lin.last.buttons] == [
        "可以写上我的名字",
        "不要写我的名字",
        "看 #1",
        "这个不用通知",
        "都不用通知",
    ]
    assert "我不会主动找你" in (await lin.press("都不用通知")).text
    await ta("/decide 2 planned")
    assert len(await lin.heard()) == 1
    assert "已排进 2026-Q4" in (await lin("/我的提问")).text
    assert "我不会主动找你" in (await lin("/通知")).text
    assert "现在有 2 个" in (await lin.press("恢复通知")).text
    await ta("/answer 2 因为。")
    assert len(await lin.heard()) == 2


async def test_who_asked_still_counts_and_who_only_followed_does_not_follow_any_more(world: World) -> None:
    lin, mia = world.member("lin"), world.member("mia")
    await lin("/ask Why does it fail?")
    await mia("/follow 1")
    await lin("/notify off topic:1")
    await mia("/notify 1 off")
    assert await counted(world) == (1, 1)
    await mia("/notify 1 on")
    assert await counted(world) == (1, 2)


async def test_of_a_topic_one_is_asked_whether_to_hear(world: World) -> None:
    lin = world.member("lin")
    await lin("/ask Why does it fail?")
    assert "Shall I tell you what becomes of this topic?" in (await lin("/notify topic:1")).text
    assert "I will not write to you about #1 any more" in (await lin("off")).text
    assert "There is no topic #9" in (await lin("/notify topic:9 off")).text


# Where somebody cannot be reached


@pytest.mark.parametrize("line", ["/topics", "/ask different:yes Why does it fail on 5.10?", "/help"])
async def test_who_could_not_be_reached_is_told_once_under_the_next_reply(world: World, line: str) -> None:
    lin = world.member("lin", on="discord")
    await lin("/ask Why does it fail?")
    await world.assistant()("/answer 1 Because.")
    await world.assistant()("/decide 1 reopened")
    assert "While you" not in (await lin(line)).text
    await unreached(world, "discord:lin")
    reply = await lin(line)
    assert reply.text.endswith(
        "\n\nWhile you could not be reached:\n"
        "• Your question #1 “Why does it fail?” is answered\n"
        "• Your question #1 “Why does it fail?” is open again and waits for review."
    )
    assert await states(world, "discord:lin") == ["sent", "sent"]
    assert "While you" not in (await lin(line)).text


async def test_a_refused_command_keeps_what_is_to_be_said_for_the_next(world: World) -> None:
    lin = world.member("lin", on="discord")
    await lin("/ask Why does it fail?")
    await world.assistant()("/answer 1 Because.")
    await unreached(world, "discord:lin")
    assert "While you" not in (await lin("/topic 9")).text
    assert "While you" not in (await lin("/my-questions withdraw 1")).text
    assert "While you could not be reached" in (await lin("/topic 1")).text


async def test_a_form_keeps_what_is_to_be_said_for_the_next(world: World) -> None:
    lin = world.member("lin", on="discord")
    await lin("/ask Why does it fail?")
    await world.member("wang")("/ask How are maps shared between programs?")
    await world.assistant()("/answer 1 Because.")
    await unreached(world, "discord:lin")
    asked = await lin("/suggest 2")
    assert asked.form
    assert "While you" not in asked.text
    assert "While you could not be reached" in (await lin("By pinning them.")).text


async def test_a_message_that_arrives_twice_says_again_what_it_said(world: World) -> None:
    lin = world.member("lin", "zh-CN", on="discord")
    await lin("/提问 为什么会失败？")
    await world.assistant()("/decide 1 planned")
    await unreached(world, "discord:lin")
    first = await lin("/语言 中文")
    assert "之前没能联系上你，这些是错过的消息：\n• 你问的 #1“为什么会失败？”已排进 2026-Q4" in first.text
    assert await lin.again() == first


async def test_a_long_list_of_what_was_missed_is_cut(world: World) -> None:
    lin = world.member("lin", on="discord")
    for n in range(7):
        await lin(f"/ask different:yes Why does it fail for the {n}th time?")
        await world.assistant()(f"/decide {n + 1} planned")
    await unreached(world, "discord:lin")
    text = (await lin("/topics")).text
    assert text.count("\n• Your question") == 5
    assert text.endswith("… and 2 more; /my-questions shows how yours stand.")


async def test_who_only_reads_writes_nothing(world: World) -> None:
    lin = world.member("lin", on="discord")
    await lin("/topics")
    assert await world.database.read(lambda tx: tx.execute(select(person)).all()) == []


# The digest for staff


async def test_staff_get_one_digest_a_day_of_what_waits(world: World) -> None:
    ta, lin = world.assistant(), world.member("lin")
    await ta("/help")
    await ta("/language English")
    await world.tick()
    for n in range(1, 5):
        await lin(f"/ask different:yes Question number {n} of mine?")
    draft = (4, "local:assistant", "A draft", world.clock(), AnswerKind.DRAFT)
    await changed(world, lambda tx: answers.add(tx, "ebpf", *draft))
    world.clock.wait(hours=15, minutes=50)
    await world.tick()
    assert await ta.heard() == []
    world.clock.wait(minutes=10)
    await world.tick()
    await world.tick()
    [digest] = await ta.heard()
    assert digest.title == "What waits for you"
    assert digest.text.splitlines() == [
        "1 answer is a draft and not published.",
        "4 topics wait for review, the oldest:",
        "• #1 Question number 1 of mine?",
        "• #2 Question number 2 of mine?",
        "• #3 Question number 3 of mine?",
    ]
    assert [button.label for button in digest.buttons] == ["Review", "No digest"]
    assert await lin.heard() == []
    world.clock.wait(days=1)
    await world.tick()
    assert len(await ta.heard()) == 2


async def test_where_nothing_waits_at_nine_nothing_is_said_that_day(world: World) -> None:
    ta, lin = world.assistant(), world.member("lin")
    await ta("/language English")
    await world.tick()
    world.clock.wait(hours=16)
    await world.tick()
    await lin("/ask Why does it fail?")
    world.clock.wait(hours=3)
    await world.tick()
    assert await ta.heard() == []
    world.clock.wait(days=1)
    await world.tick()
    assert "1 topic waits for review" in (await ta.heard())[0].text


async def test_the_digest_comes_as_often_as_one_wants(world: World) -> None:
    daily, weekly, never = (world.assistant(name, "zh-CN") for name in ("甲", "乙", "丙"))
    await daily("/语言 中文")
    assert "待办摘要：每周。" in (await weekly("/通知 每周")).text
    assert "待办摘要：不要。" in (await never("/通知 摘要:不要")).text
    await world.tick()
    await world.member("lin")("/ask Why does it fail?")
    world.clock.wait(hours=16)
    for _ in range(7):
        await world.tick()
        world.clock.wait(days=1)
    assert [len(await each.heard()) for each in (daily, weekly, never)] == [7, 1, 0]


async def test_the_digest_comes_to_who_is_named_in_the_file_and_never_came_too(url: str) -> None:
    named = {"local:new": Role.ASSISTANT, "local:ta": Role.ASSISTANT, "local:phone": Role.ASSISTANT}
    async with opened_world(url, course(staff=named)) as world:
        new, ta, phone = (world.assistant(name) for name in ("new", "ta", "phone"))
        await ta("/notify digest:off")
        await phone("/link " + (await ta("/link")).text.split()[0])
        await phone.press("Link them for good")
        await world.tick()
        await world.member("lin")("/ask Why does it fail?")
        world.clock.wait(hours=16)
        await world.tick()
        assert [len(await each.heard()) for each in (new, ta, phone)] == [1, 0, 0]


async def test_the_digest_is_for_staff(world: World) -> None:
    assert "only staff get it" in (await world.member("lin")("/notify digest:weekly")).text
    assert "digest" not in (await world.member("lin")("/notify")).text


async def test_a_put_off_topic_is_in_the_digest_when_its_time_has_come(world: World) -> None:
    ta, lin = world.assistant(), world.member("lin")
    await ta("/language English")
    await world.tick()
    await lin("/ask Why does it fail?")
    until = world.clock() + timedelta(days=2)
    await changed(world, lambda tx: tx.execute(topic.update().values(hold="later", hold_until=until)))
    for _ in range(3):
        world.clock.wait(days=1)
        await world.tick()
    assert [said.text.splitlines()[0] for said in await ta.heard()] == ["1 topic that was put off is due again."] * 2
