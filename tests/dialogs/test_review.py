"""The review: what looks alike, what is put off, and several topics at once."""

from datetime import UTC, datetime

import pytest

from tests.support import Talk, World


async def asked(world: World, *texts: str, locale: str = "en") -> tuple[Talk, Talk]:
    """What lin asked, and an assistant."""
    lin = world.member("lin", locale)
    for text in texts:
        await lin(f"/ask different:yes {text}")
    return lin, world.assistant("ta", locale)


THREE = ("Why does the verifier reject it?", "How big may a ring buffer be?", "Which license may programs have?")


async def test_what_looks_like_it_stands_beside_the_topic_and_is_one_press_from_a_merge(world: World) -> None:
    lin, ta = await asked(world, "How big may a ring buffer be?", "Which kernel has tail calls?")
    await lin("/ask different:yes How big can my ring buffer be at most?")
    reply = await ta("/review")
    assert "It looks like #3 “How big can my ring buffer be at most?” [waiting for review]." in reply.text
    assert "#2" not in reply.text
    assert (await ta.press("Merge into #3")).title == "Merge #1 into #3?"
    assert "Go on: 2 wait" in [button.label for button in (await ta.press("Merge")).buttons]
    assert (await ta.press("Go on: 2 wait")).text.startswith("Review: 1 of 2")


async def test_where_nothing_looks_alike_one_names_the_other_topic(world: World) -> None:
    _, ta = await asked(world, *THREE)
    await ta("/review")
    assert "Merge which topic into which?" in (await ta.press("Merge with another…")).text
    assert (await ta("3")).title == "Merge #1 into #3?"


async def test_details_are_asked_for_and_the_edit_brings_the_topic_back(world: World) -> None:
    lin, ta = await asked(world, *THREE)
    await ta("/review")
    assert "Whoever asked will read your words" in (await ta.press("Needs details")).text
    reply = await ta("Which kernel version?")
    assert "Whoever asked #1 is asked for details" in reply.text
    assert "December 4, 2026" in reply.text
    assert (await ta.press("Go on: 2 wait")).title == f"#2 {THREE[1]}"
    [told] = await lin.heard()
    assert told.private
    assert "A question about your #1 “Why does the verifier reject it?”" in told.text
    assert "Which kernel version?" in told.text
    assert told.buttons[0].label == "Edit my question"
    assert (told.buttons[0].command, told.buttons[0].args) == ("my-questions", {"action": "edit", "topic": "1"})
    assert "Waits for details from whoever asked" in (await lin("/topic 1")).text
    await lin("/my-questions edit 1 Why does the verifier of 5.10 reject it?")
    assert (await ta("/review")).text.startswith("Review: 1 of 3")
    assert "Waiting for review." in (await lin("/topic 1")).text


async def test_who_answers_no_question_is_back_in_the_review_after_two_weeks(world: World) -> None:
    _, ta = await asked(world, THREE[0])
    await ta("/decide 1 details Which kernel version?")
    world.clock.wait(days=13, hours=23)
    assert (await ta("/review")).text == "Nothing waits for review.\n1 more waits for details or a later day."
    world.clock.wait(hours=1)
    assert (await ta("/review")).title == "#1 Why does the verifier reject it?"


async def test_everyone_who_asked_a_merged_topic_is_asked_and_none_that_only_wants_to_know(world: World) -> None:
    lin, ta = await asked(world, THREE[0])
    wang = world.member("wang")
    await wang("/ask different:yes Verifier rejects everything?")
    await ta("/merge 1 2")
    await ta.press("Merge")
    await ta("/decide 2 details Which kernel?")
    assert [len(await who.heard()) for who in (lin, wang)] == [1, 1]
    assert await world.member("zoe").heard() == []


async def test_later_is_two_weeks_unless_another_day_is_said(world: World) -> None:
    lin, ta = await asked(world, *THREE)
    await ta("/review")
    reply = await ta.press("Later")
    assert reply.form
    assert reply.form.fields == ("when",)
    assert reply.form.args["when"] == "2026-12-04"
    assert "#1 is put off and comes back into the review on Sunday, November 22, 2026." in (await ta("11-22")).text
    assert (await ta("/review")).text.startswith("Review: 1 of 2")
    world.clock.wait(days=2)
    assert (await ta("/review")).text.startswith("Review: 1 of 3")
    assert await lin.heard() == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/处理 1 以后再看 12月7日", "2026年12月7日"),
        ("/处理 1 以后再看 2026年12月7日", "2026年12月7日"),
        ("/处理 1 以后再看 1月5日", "2027年1月5日"),
        ("/decide 1 later 2027-02", "2027年2月1日"),
    ],
)
async def test_a_day_is_read_as_people_write_it(world: World, line: str, said: str) -> None:
    _, ta = await asked(world, "验证器为什么拒绝循环？", locale="zh-CN")
    assert f"#1 先放一放，{said}" in (await ta(line)).text


async def test_a_day_is_the_next_one_of_its_name_on_the_morning_of_new_year_too(world: World) -> None:
    _, ta = await asked(world, *THREE)
    world.clock.now = datetime(2026, 12, 31, 20, tzinfo=UTC)
    assert "January 1, 2028" in (await ta("/decide 1 later 1月1日")).text


@pytest.mark.parametrize(("typed", "said"), [("2026-11-19", "已经过去了"), ("哪天再说", "看不懂是哪天")])
async def test_a_day_that_is_none_comes_back_in_the_form(world: World, typed: str, said: str) -> None:
    _, ta = await asked(world, "验证器为什么拒绝循环？", locale="zh-CN")
    reply = await ta(f"/处理 1 以后再看 {typed}")
    assert said in reply.text
    assert reply.form
    assert reply.form.args["when"] == typed
    assert "#1 先放一放" in (await ta("2026-12-01")).text


async def test_what_is_put_off_is_told_at_the_end_and_can_be_taken_up(world: World) -> None:
    _, ta = await asked(world, *THREE)
    await ta("/decide 1 details Which kernel?")
    await ta("/decide 2 later 2026-12-01")
    await ta("/decide 3 candidate")
    reply = await ta("/review")
    assert reply.text == "Nothing waits for review.\n2 more wait for details or a later day."
    reply = await ta.press("Show them")
    assert reply.title == "Put off"
    assert "• #2 How big may a ring buffer be?\n  Waits for review, which is put off until" in reply.text
    assert "Waits for details from whoever asked it, until Friday, December 4, 2026" in reply.text
    await ta.press("#2")
    assert "#2 is back in the review." in (await ta.press("Review it now")).text
    assert (await ta("/review")).title == f"#2 {THREE[1]}"


async def test_what_is_put_off_can_be_decided_at_once(world: World) -> None:
    lin, ta = await asked(world, THREE[0])
    await ta("/decide 1 later 2026-12-01")
    await ta("/decide 1 planned")
    assert "Planned for 2026-Q4." in (await lin("/topic 1")).text
    await ta("/undo")
    assert "put off until Tuesday, December 1" in (await lin("/topic 1")).text


async def test_a_candidate_can_be_put_off_and_what_was_promised_cannot(world: World) -> None:
    lin, ta = await asked(world, *THREE)
    await ta("/decide 1 candidate")
    assert "#1 is put off" in (await ta("/decide 1 later 2026-12-01")).text
    assert "#1 is “candidate” again" in (await ta("/undo")).text
    await ta("/decide 2 planned")
    assert "#2 is “planned”, and only what waits" in (await ta("/decide 2 later 2026-12-01")).text
    assert len(await lin.heard()) == 1


async def test_details_that_are_taken_back_are_called_off(world: World) -> None:
    lin, ta = await asked(world, THREE[0], locale="zh-CN")
    assert "已请 #1 的提问人补充" in (await ta("/处理 1 补充 哪个内核版本？")).text
    await ta.press("撤销")
    asked_for, called_off = await lin.heard()
    assert "哪个内核版本？" in asked_for.text
    assert called_off.text.startswith("不用补充了")
    assert (await ta("/审题")).text.startswith("待审：第 1 个，共 1 个")


async def test_who_comes_second_to_a_topic_that_was_put_off_is_told_so(world: World) -> None:
    _, ann = await asked(world, THREE[0])
    bob = world.assistant("bob")
    await bob("/review")
    await ann("/decide 1 later 2026-12-01")
    world.clock.wait(minutes=2)
    assert "#1 was handled by ta 2 minutes ago" in (await bob.press("Keep as candidate")).text
    assert "#1 is a candidate now" in (await bob.press("Do it all the same")).text


async def test_several_topics_are_decided_in_one_step_and_undone_in_one(world: World) -> None:
    lin, ta = await asked(world, *THREE)
    reply = await ta("/decide 3 1, #2 planned 2026-review")
    assert reply.text == "Planned for 2026-review: #1, #2, #3. Those who asked are told."
    assert len(await lin.heard()) == 3
    assert "Nothing waits" in (await ta("/review")).text
    reply = await ta("/undo")
    assert reply.text.splitlines() == [f"Undone: #{n} is “waiting for review” again." for n in (1, 2, 3)]
    assert (await ta("/review")).text.startswith("Review: 1 of 3")
    assert len(await lin.heard()) == 6


async def test_of_several_each_that_can_be_is_decided_and_the_others_are_named(world: World) -> None:
    _, ta = await asked(world, *THREE)
    await ta("/decide 2 candidate")
    reply = await ta("/decide 1 2 3 9 candidate")
    assert reply.text.splitlines() == [
        "Candidates now: #1, #3.",
        "Left as they were:",
        "• #2 is “candidate” already. Nothing was changed.",
        "• There is no topic #9; it may have been withdrawn. /topics lists them.",
    ]
    reply = await ta("/decide 1 2 candidate")
    assert reply.error == "none_decided"
    assert "• #1 is “candidate” already" in reply.text


async def test_of_several_what_another_just_did_is_left_alone(world: World) -> None:
    _, ann = await asked(world, *THREE, locale="zh-CN")
    bob = world.assistant("bob", "zh-CN")
    await ann("/处理 2 候选")
    reply = await bob("/处理 1、2、3 不采纳 超出范围")
    assert "不采纳：#1、#3。理由会告诉问过的人：超出范围" in reply.text
    assert "• #2 刚刚已由 ta 处理，现在是“候选”" in reply.text


async def test_a_reason_or_a_day_that_misses_is_asked_for_once_for_all(world: World) -> None:
    _, ta = await asked(world, *THREE)
    assert "why is it declined?" in (await ta("/decide 1 3 declined")).text
    assert "Declined: #1, #3." in (await ta("out of scope")).text
    await ta("/decide 1 3 reopened")
    await ta("/decide 1 2 later")
    assert "Put off until Tuesday, December 1, 2026: #1, #2." in (await ta("2026-12-01")).text
    assert "Asked for details: #3." not in (await ta("/decide 3 3 details Which?")).text


async def test_what_was_done_on_top_of_one_of_several_stays(world: World) -> None:
    _, ta = await asked(world, *THREE)
    await ta("/decide 1 2 candidate")
    event = next(button for button in ta.last.buttons if button.label == "Undo").args["event"]
    await ta("/decide 2 planned")
    reply = await ta(f"/undo {event}")
    assert reply.text.splitlines()[:2] == [
        "Undone: #1 is “waiting for review” again.",
        "Left as they were:",
    ]
    assert "• #2 was changed by ta just now" in reply.text


async def test_too_many_at_once_come_back(world: World) -> None:
    _, ta = await asked(world, THREE[0])
    numbers = " ".join(map(str, range(1, 102)))
    reply = await ta(f"/decide {numbers} candidate")
    assert reply.error == "too_many_topics"
    assert reply.form
    assert reply.form.args["topic"] == numbers
    assert (await ta("/decide 1, x candidate")).error in {"not_a_number", "not_a_choice"}


async def test_a_topic_beyond_the_hundredth_can_be_decided(world: World) -> None:
    ta = world.assistant("ta")
    assert "There is no topic #101;" in (await ta("/decide 101 102 candidate")).text
