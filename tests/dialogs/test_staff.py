"""What staff do with topics, and who hears of it."""

import pytest

from tests.support import World


async def test_the_review_goes_through_what_waits_oldest_first(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    for n in range(1, 4):
        await lin(f"/ask different:yes Question number {n} of mine?")
    reply = await ta("/review")
    assert reply.title == "#1 Question number 1 of mine?"
    assert reply.text.startswith("Review: 1 of 3 · 1 person asks\n\nlin asked on 2026-11-20")
    assert [b.label for b in reply.buttons] == [
        "Answer",
        "Keep as candidate",
        "Plan for the next article",
        "Merge into #2",
        "Merge into #3",
        "Needs details",
        "Decline",
        "Later",
        "Next",
    ]
    assert (await ta.press("Next")).text.startswith("Review: 2 of 3")
    assert (await ta.press("Next")).text.startswith("Review: 3 of 3")
    assert "Next" not in [button.label for button in ta.last.buttons]
    assert "#3 is a candidate now" in (await ta.press("Keep as candidate")).text
    assert (await ta.press("Go on: 2 wait")).title == "#1 Question number 1 of mine?"


async def test_leaving_a_review_loses_nothing(world: World) -> None:
    lin = world.member("lin", "zh-CN")
    await lin("/提问 第一个问题是什么？")
    await world.assistant("a", "zh-CN")("审题")
    assert (await world.assistant("b", "zh-CN")("/审题")).text.startswith("待审：第 1 个，共 1 个")


async def test_an_answer_is_published_and_the_asker_is_told(world: World) -> None:
    lin, ta, wang = world.member("lin"), world.assistant("ta"), world.member("wang")
    await lin("/ask Why does it fail?")
    await ta("/review")
    asked_for = (await ta.press("Answer")).text
    assert "#1: “Why does it fail?”\nYour answer. It is published" in asked_for
    assert "Your answer to #1 is published" in (await ta("Because every path has to end.")).text
    [public] = await world.group()
    assert public.title == "Answered: #1 Why does it fail?"
    assert public.text == "Because every path has to end.\n\n— ta"
    assert not public.private
    [told] = await lin.heard()
    assert "Your question #1 “Why does it fail?” is answered:\nBecause every path" in told.text
    assert await wang.heard() == []
    card = await wang("/topic 1")
    assert "ta answered on 2026-11-20 17:00:\nBecause every path has to end." in card.text
    assert "\n  Answered." in (await lin("/my-questions")).text


async def test_an_answer_can_be_corrected_and_everyone_hears_once_more(world: World) -> None:
    lin, ta = world.member("lin", "zh-CN"), world.assistant("ta", "zh-CN")
    await lin("/提问 为什么会失败？")
    await ta("/回答 1 因为路径没有终点。")
    assert "没有需要改动的" in (await ta("/回答 1 因为路径没有终点。")).text
    assert "#1 的回答已更新" in (await ta("/回答 1 因为路径太长。")).text
    assert [said.title for said in await world.group("zh-CN")] == [
        "已回答：#1 为什么会失败？",
        "回答更新：#1 为什么会失败？",
    ]
    assert len(await lin.heard()) == 2


async def test_the_second_of_two_answers_is_told_who_was_first(world: World) -> None:
    lin, ann, bob = world.member("lin"), world.assistant("ann"), world.assistant("bob")
    await lin("/ask Why does it fail?")
    await ann("/review")
    await bob("/review")
    await ann.press("Answer")
    await bob.press("Answer")
    await ann("First.")
    world.clock.wait(minutes=2)
    reply = await bob("Second.")
    assert "#1 was answered by ann 2 minutes ago. Yours was not published; here is your text:\nSecond." in reply.text
    assert len(await world.group()) == 1
    assert "Your correction of #1 is published" in (await bob.press("Publish mine as a correction")).text
    assert len(await world.group()) == 2


async def test_a_late_answer_of_another_is_told_of_the_first_too(world: World) -> None:
    lin, ann, bob = world.member("lin"), world.assistant("ann"), world.assistant("bob")
    await lin("/ask Why does it fail?")
    await ann("/answer 1 First.")
    world.clock.wait(days=3)
    assert "answered by ann 3 days ago" in (await bob("/answer 1 Second.")).text


async def test_the_second_of_two_decisions_is_told_who_was_first(world: World) -> None:
    lin, ann, bob = world.member("lin"), world.assistant("ann"), world.assistant("bob")
    await lin("/ask Why does it fail?")
    await ann("/review")
    await bob("/review")
    await ann.press("Keep as candidate")
    world.clock.wait(hours=5)
    reply = await bob.press("Plan for the next article")
    assert "#1 was handled by ann 5 hours ago and is “candidate” now. Nothing was changed." in reply.text
    assert "#1 is planned for 2026-Q4" in (await bob.press("Do it all the same")).text


async def test_a_decision_long_ago_is_in_nobodys_way(world: World) -> None:
    lin, ann, bob = world.member("lin"), world.assistant("ann"), world.instructor("bob")
    await lin("/ask Why does it fail?")
    await ann("/decide 1 candidate")
    assert "was handled by ann just now" in (await bob("/decide 1 planned")).text
    world.clock.wait(days=1)
    assert "#1 is planned for 2026-Q4" in (await bob("/decide 1 planned")).text


async def test_a_topic_is_planned_for_an_article_and_shown_there(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await lin("/ask Why does it fail?")
    assert "#1 is planned for 2026-review" in (await ta("/decide 1 planned 2026-review")).text
    assert "is planned for 2026-review" in (await lin.heard())[0].text
    assert "#1 is planned for 2026-Q4" in (await ta("/decide 1 planned")).text
    reply = await lin("/next-article")
    assert "It will cover:\n• #1 Why does it fail?" in reply.text


@pytest.mark.parametrize("article", ["2026-Q3", "2031-Q9", "2020-Q1"])
async def test_a_topic_is_not_planned_for_an_article_that_cannot_take_it(world: World, article: str) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await lin("/ask Why does it fail?")
    assert (await ta(f"/decide 1 planned article:{article}")).error in {"article_closed", "no_article"}
    assert "Waiting for review" in (await lin("/topic 1")).text


async def test_declining_takes_a_reason_that_the_asker_hears(world: World) -> None:
    lin, ta = world.member("lin", "zh-CN"), world.assistant("ta", "zh-CN")
    await lin("/提问 能不能讲讲面试题？")
    await ta("/审题")
    assert "为什么不采纳" in (await ta.press("不采纳")).text
    assert "#1 不采纳，理由会告诉问过的人：和课程主题无关" in (await ta("和课程主题无关")).text
    assert "没有采纳。理由：和课程主题无关" in (await lin.heard())[0].text
    assert "没有采纳：和课程主题无关" in (await lin("/我的提问")).text


async def test_a_declined_topic_can_be_reopened(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await lin("/ask Why does it fail?")
    await ta("/decide 1 declined out of scope")
    assert "waits for review again" in (await ta("/decide 1 reopened")).text
    assert (await ta("/review")).title == "#1 Why does it fail?"
    assert "is open again" in (await lin.heard())[-1].text


async def test_nothing_changes_twice(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await lin("/ask Why does it fail?")
    await ta("/decide 1 candidate")
    assert "#1 is “candidate” already" in (await ta("/decide 1 candidate")).text


async def test_a_decision_can_be_undone(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await lin("/ask Why does it fail?")
    await ta("/decide 1 declined out of scope")
    assert "#1 is “waiting for review” again" in (await ta.press("Undo")).text
    assert "it is “waiting for review”" in (await lin.heard())[-1].text
    assert (await ta("/review")).title == "#1 Why does it fail?"
    assert "You have done nothing here" in (await ta("/undo")).text


async def test_an_undo_button_works_once(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await lin("/ask Why does it fail?")
    await ta("/decide 1 candidate")
    await ta("/undo 1")
    assert "undone already" in (await ta("/undo 1")).text


async def test_an_answer_can_be_undone(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await lin("/ask Why does it fail?")
    await ta("/decide 1 candidate")
    await ta("/answer 1 A slip of the hand")
    assert "#1 is “candidate” again" in (await ta("/undo")).text
    assert "slip of the hand" not in (await lin("/topic 1")).text
    assert "The answer to #1 “Why does it fail?” was withdrawn" in (await world.group())[-1].text
    assert "#1 is “waiting for review” again" in (await ta("/undo")).text


async def test_nothing_is_undone_under_what_others_did_since(world: World) -> None:
    lin, ann, bob = world.member("lin"), world.assistant("ann"), world.instructor("bob")
    await lin("/ask Why does it fail?")
    await ann("/decide 1 candidate")
    world.clock.wait(hours=1)
    await bob("/answer 1 Because.")
    assert "#1 was changed by bob just now, after that" in (await ann("/undo")).text


async def test_assistants_undo_their_own_and_the_instructor_everything(world: World) -> None:
    lin, ann = world.member("lin"), world.assistant("ann")
    await lin("/ask Why does it fail?")
    await ann("/decide 1 candidate")
    assert "That was done by ann" in (await world.assistant("bob")("/undo 1")).text
    assert "is “waiting for review” again" in (await world.instructor()("/undo 1")).text


async def test_two_courses_do_not_mix(world: World) -> None:
    assert (await world.member("lin")("/topics")).error is None
