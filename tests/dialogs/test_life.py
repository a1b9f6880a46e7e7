"""The life of a topic: whatever is done to it, and taken back, each who asked knows how it stands."""

import pytest

from tests.support import Talk, World

ASKED = "/ask different:yes Why does the verifier reject my loop?"
OTHER = "/ask different:yes Which license may programs have?"


async def last(talk: Talk) -> str:
    """What somebody was told last."""
    return (await talk.heard())[-1].text


async def test_what_is_answered_is_declined_only_without_its_answer(world: World) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin(ASKED)
    await boss("/answer 1 Its bound is not known.")
    refused = await boss("/decide 1 declined out of scope")
    assert "#1 has an answer that stands, so it is not declined" in refused.text
    assert "out of scope" in refused.text
    assert (await boss("/decide 1 declined")).error == "answer_stands"
    assert "Answered." in (await lin("/topic 1")).text
    await boss.press("Withdraw the answer")
    assert (await boss("/decide 1 declined out of scope")).error is None
    assert "The reason: out of scope" in await last(lin)


async def test_of_several_what_is_answered_is_not_declined_with_the_others(world: World) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin(ASKED)
    await lin(OTHER)
    await boss("/answer 1 Its bound is not known.")
    said = (await boss("/decide 1 2 declined reason:out of scope")).text
    assert "#2" in said.split("\n")[0]
    assert "• #1 has an answer that stands" in said


@pytest.mark.parametrize("what", ["details", "later"])
async def test_what_cannot_be_put_off_is_refused_before_anything_is_asked_for(world: World, what: str) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin(ASKED)
    await lin(OTHER)
    await boss("/decide 1 planned")
    refused = await boss(f"/decide 1 {what}")
    assert refused.form is None
    assert refused.error == "not_waiting"
    assert (await boss(f"/decide 9 {what}")).error == "no_topic"
    assert (await boss(f"/decide 1 2 {what}")).form is not None
    await boss("/decide 2 planned")
    both = await boss(f"/decide 1 2 {what}")
    assert both.error == "none_decided"
    assert "#1 is “planned”" in both.text
    assert "#2 is “planned”" in both.text


async def test_who_was_told_that_it_is_planned_hears_when_it_is_a_candidate_only(world: World) -> None:
    lin, wang, boss = world.member("lin"), world.member("wang"), world.instructor()
    await lin(ASKED)
    await wang("/follow 1")
    await boss("/decide 1 candidate")
    assert await lin.heard() == []
    await boss("/decide 1 planned")
    assert "#1 is a candidate now; those who asked are told" in (await boss("/decide 1 candidate")).text
    assert "is a candidate for a coming article now; it was “planned” before" in await last(lin)
    assert "which you follow, is a candidate" in await last(wang)
    await boss("/undo")
    assert "is not “candidate” after all; it is “planned”" in await last(lin)


async def test_between_waiting_and_candidate_nobody_is_told_anything(world: World) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin(ASKED)
    await boss("/decide 1 candidate")
    assert (await boss("/decide 1 reopened")).text == "#1 is back in the review."
    for line in (
        "/undo",
        "/undo",
        "/decide 1 candidate",
        "/decide 1 reopened",
        "/undo",
        "/undo",
        "/decide 1 later 2027-01-10",
        "/undo",
    ):
        assert (await boss(line)).error is None
    assert await lin.heard() == []


async def test_of_another_article_or_reason_that_is_undone_the_former_one_is_told(world: World) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin(ASKED)
    await boss("/decide 1 planned 2026-Q4")
    await boss("/decide 1 planned 2026-review")
    await boss("/undo")
    assert "is planned for 2026-Q4" in await last(lin)
    await boss("/decide 1 declined too long")
    await boss("/decide 1 declined out of scope")
    await boss("/undo")
    assert "The reason: too long" in await last(lin)


async def test_an_answer_taken_back_leaves_a_declined_topic_its_reason(world: World) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin(ASKED)
    await boss("/decide 1 declined out of scope")
    await boss("/answer 1 Its bound is not known.")
    await boss("/unanswer 1")
    assert "Declined: out of scope" in (await lin("/topic 1")).text
    assert "The topic is “declined” now" in (await world.group())[-1].text


@pytest.mark.parametrize(
    ("act", "told"),
    [("/answer 1 Its bound is not known.", "“waiting for review”"), ("/decide 1 candidate", "candidate")],
)
async def test_what_is_undone_comes_back_to_no_article_that_is_out(world: World, act: str, told: str) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin(ASKED)
    await boss("/decide 1 planned")
    await boss(act)
    undo = boss.last.buttons[0].args["event"]
    await boss("/publish 2026-Q4 https://example.org/29")
    assert "#1 is “waiting for review” again" in (await boss(f"/undo {undo}")).text
    assert "Waiting for review" in (await lin("/topic 1")).text
    assert told in await last(lin)


async def test_what_was_moved_on_stays_where_the_former_article_is_out(world: World) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin(ASKED)
    await boss("/decide 1 planned 2026-Q4")
    await boss("/carry 2026-Q4")
    undo = boss.last.buttons[0].args["event"]
    await boss("/publish 2026-Q4 https://example.org/29")
    assert (await boss(f"/undo {undo}")).error == "article_closed"
    assert "Planned for 2027-Q1" in (await lin("/topic 1")).text


async def test_a_title_that_is_undone_is_the_askers_newest_words(world: World) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin(ASKED)
    await boss("/retitle 1 Loops")
    await boss("/retitle 1 Bounded loops")
    await lin("/my-questions edit 1 Why does the verifier reject my loop on 5.10?")
    assert "called “Loops” again" in (await boss("/undo")).text
    assert "called “Why does the verifier reject my loop on 5.10?” again" in (await boss("/undo")).text


async def test_a_title_that_is_undone_stays_where_the_words_under_it_are_gone(world: World) -> None:
    lin, wang, boss = world.member("lin"), world.member("wang"), world.instructor()
    await lin(ASKED)
    await wang(OTHER)
    await boss("/merge 2 1")
    await boss.press("Merge")
    await boss("/retitle 1 Loops")
    await lin("/my-questions withdraw 1")
    assert "called “Why does the verifier reject my loop?” again" in (await boss("/undo")).text


@pytest.mark.parametrize(("state", "said"), [("new", "waits for review"), ("candidate", "is a candidate")])
async def test_who_was_told_more_hears_into_what_theirs_was_merged(world: World, state: str, said: str) -> None:
    lin, wang, boss = world.member("lin"), world.member("wang"), world.instructor()
    await lin(ASKED)
    await wang(OTHER)
    await boss("/decide 1 planned")
    if state == "candidate":
        await boss("/decide 2 candidate")
    assert "1 person did not hear of #2 yet" in (await boss("/merge 1 2")).text
    await boss.press("Merge")
    assert f"was merged into #2 “Which license may programs have?”, which {said}" in await last(lin)
    assert await wang.heard() == []
    await boss("/undo")
    assert "It is “planned”" in await last(lin)
    assert await wang.heard() == []


@pytest.mark.parametrize("apart", ["/undo {event}", "/split 1"])
async def test_what_was_planned_under_another_waits_again_where_its_article_is_out(world: World, apart: str) -> None:
    lin, wang, boss = world.member("lin"), world.member("wang"), world.instructor()
    await lin(ASKED)
    await wang(OTHER)
    await boss("/decide 1 2 planned")
    await boss("/merge 1 2")
    await boss.press("Merge")
    undo = boss.last.buttons[0].args["event"]
    await boss("/publish 2026-Q4 https://example.org/29")
    await boss(apart.format(event=undo))
    assert "It is “waiting for review”" in await last(lin)
    assert "Waiting for review" in (await lin("/topic 1")).text
    assert "Covered in 2026-Q4" in (await wang("/topic 2")).text


async def test_who_asks_what_is_withdrawn_hears_that_it_is_gone(world: World) -> None:
    lin, wang, zoe, boss = world.member("lin"), world.member("wang"), world.member("zoe"), world.instructor()
    await lin(ASKED)
    await zoe(OTHER)
    await boss("/merge 2 1")
    await boss.press("Merge")
    await wang("/me-too 1")
    await boss("/follow 1")
    await lin("/my-questions withdraw 1")
    assert await wang.heard() == []
    await zoe("/my-questions withdraw 1")
    assert "#1 “Why does the verifier reject my loop?”, which you ask too, was withdrawn" in await last(wang)
    assert "which you follow, was withdrawn" in await last(boss)
    assert [button.label for button in (await wang.heard())[-1].buttons] == ["Ask a question", "Stop writing to me"]
    assert await lin.heard() == await zoe.heard() == []


async def test_who_asks_what_staff_filed_by_mistake_hears_that_it_is_gone(world: World) -> None:
    wang, boss = world.member("wang"), world.instructor()
    await boss("/file Why does the verifier reject my loop? name:lin")
    await wang("/me-too 1")
    await boss("/undo")
    assert "which you ask too, was withdrawn" in await last(wang)


async def test_a_corrected_answer_leaves_a_topic_planned_and_covered(world: World) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin(ASKED)
    await boss("/answer 1 Its bound is not known.")
    await boss("/decide 1 planned 2026-Q4")
    await boss("/answer 1 Its bound is not known before 5.3.")
    assert "updated:\nIts bound is not known before 5.3." in await last(lin)
    assert "Planned for 2026-Q4." in (await lin("/topic 1")).text
    assert "#1 is “planned” again" in (await boss("/undo")).text
    await boss("/answer 1 Its bound is not known before 5.3.")
    await boss("/publish 2026-Q4 https://example.org/29")
    assert "#1" in (await world.group())[-1].text
    await boss("/answer 1 Its bound is not known before 5.4.")
    assert "Covered in 2026-Q4" in (await lin("/topic 1")).text
    await boss("/unanswer 1")
    assert "the topic is “in an article” now" in await last(lin)


@pytest.mark.parametrize("act", ["/decide 1 candidate", "/answer 1 Its bound is not known."])
async def test_what_is_undone_comes_back_to_no_article_that_is_not_out_after_all(world: World, act: str) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin(ASKED)
    await boss("/decide 1 planned 2026-Q4")
    await boss("/publish 2026-Q4 https://example.org/29")
    publish = boss.last.buttons[0].args["event"]
    await boss(act)
    undo = boss.last.buttons[0].args["event"]
    await boss(f"/undo {publish}")
    assert "#1 is “planned” again" in (await boss(f"/undo {undo}")).text
    assert "Planned for 2026-Q4." in (await lin("/topic 1")).text


async def test_what_an_article_covered_is_planned_again_with_it_whatever_was_done_to_it_meanwhile(world: World) -> None:
    lin, wang, boss = world.member("lin"), world.member("wang"), world.instructor()
    await lin(ASKED)
    await wang(OTHER)
    await boss("/answer 1 Its bound is not known.")
    await boss("/decide 1 2 planned 2026-Q4")
    await boss("/publish 2026-Q4 https://example.org/29")
    publish = boss.last.buttons[0].args["event"]
    await boss("/answer 1 Its bound is not known before 5.3.")
    await boss("/merge 2 1")
    await boss.press("Merge")
    await boss(f"/undo {publish}")
    assert "Planned for 2026-Q4." in (await lin("/topic 1")).text
    assert "is not “in an article” after all; it is “planned”" in await last(lin)
    await boss("/split 2")
    assert "Planned for 2026-Q4." in (await wang("/topic 2")).text


@pytest.mark.parametrize("apart", ["/undo {event}", "/split 2"])
async def test_who_follows_what_has_nothing_left_after_a_split_hears_that_it_is_gone(world: World, apart: str) -> None:
    lin, wang, zoe, boss = world.member("lin"), world.member("wang"), world.member("zoe"), world.instructor()
    await lin(ASKED)
    await wang(OTHER)
    await zoe("/follow 1")
    await boss("/merge 2 1")
    await boss.press("Merge")
    undo = boss.last.buttons[0].args["event"]
    await lin("/my-questions withdraw 1")
    assert await zoe.heard() == []
    await boss(apart.format(event=undo))
    [told] = await zoe.heard()
    assert told.text.startswith("#1 “Why does the verifier reject my loop?”, which you follow, was withdrawn.")
    assert await wang.heard() == []


async def test_who_follows_what_is_split_off_with_nothing_left_hears_that_it_is_gone(world: World) -> None:
    lin, wang, zoe, boss = world.member("lin"), world.member("wang"), world.member("zoe"), world.instructor()
    await lin(ASKED)
    await wang(OTHER)
    await zoe("/follow 2")
    await boss("/merge 2 1")
    await boss.press("Merge")
    await wang("/my-questions withdraw 2")
    await boss("/decide 1 planned")
    await boss("/split 2")
    assert [said.text.split(",")[0] for said in await zoe.heard()] == [
        "#1 “Why does the verifier reject my loop?”",
        "#2 “Which license may programs have?”",
    ]
    assert "was withdrawn" in await last(zoe)


async def test_who_joins_what_is_planned_and_has_an_answer_hears_the_answer(world: World) -> None:
    lin, wang, boss = world.member("lin"), world.member("wang"), world.instructor()
    await lin(ASKED)
    await wang(OTHER)
    await boss("/answer 2 The same one.")
    await boss("/decide 2 planned")
    await boss("/merge 1 2")
    await boss.press("Merge")
    assert "which is answered:\nThe same one." in await last(lin)


@pytest.mark.parametrize("line", ["/answer 1 Its bound is not known.", "/endorse topic:1 version:1"])
async def test_who_answers_what_is_planned_is_told_so_and_can_keep_it_planned(world: World, line: str) -> None:
    lin, wang, boss = world.member("lin"), world.member("wang"), world.instructor()
    await lin(ASKED)
    await wang("/suggest 1 Its bound is not known.")
    await boss("/decide 1 planned 2026-Q4")
    said = await boss(line)
    assert "It counts as answered and is not planned for 2026-Q4 any more." in said.text
    await boss.press("Keep it planned for 2026-Q4")
    assert "Planned for 2026-Q4." in (await lin("/topic 1")).text
    assert "not planned" not in (await boss("/answer 1 Its bound is not known before 5.3.")).text


async def test_it_is_said_in_chinese_that_what_is_answered_is_not_planned(world: World) -> None:
    boss = world.instructor(locale="zh-CN")
    await world.member("lin")(ASKED)
    await boss("/处理 1 排期 2026-Q4")
    assert "它算已回答，不再排在 2026-Q4 里了。" in (await boss("/回答 1 上界不明。")).text
    assert (await boss.press("仍排进 2026-Q4")).error is None


async def test_who_asked_what_was_merged_knows_by_its_number_what_they_are_told_of(world: World) -> None:
    lin, wang, boss = world.member("lin"), world.member("王", "zh-CN"), world.instructor()
    await lin(ASKED)
    await wang(OTHER)
    await boss("/merge 2 1")
    await boss.press("Merge")
    assert await wang.heard() == []
    await boss("/answer 1 Its bound is not known.")
    assert (await last(lin)).endswith("is answered:\nIts bound is not known.\n(Merged into it: #2)")
    assert "有回答了：\nIts bound is not known.\n（已并入：#2）" in (await wang.heard())[-1].text
    await boss("/split 2")
    await boss("/decide 1 planned")
    assert "Merged" not in await last(lin)


async def test_the_words_that_an_answer_stands_under_stay_though_their_topic_is_planned(world: World) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin(ASKED)
    await boss("/answer 1 Its bound is not known.")
    await boss("/decide 1 planned")
    refused = await lin("/my-questions edit 1 What is a map?")
    assert "#1 is “answered” by now, so its words stay as they are." in refused.text
    assert "What is a map?" in refused.text
    assert (await lin("/my-questions withdraw 1")).error == "closed_already"
    card = await lin("/topic 1")
    assert not {"Edit", "Withdraw"} & {button.label for button in card.buttons}
    assert "Its bound is not known." in (await lin("/ask Why does the verifier reject my loop??")).text
    assert "loop??" not in (await lin("/topic 1")).text
    await boss("/decide 1 reopened")
    assert (await lin("/my-questions edit 1 What is a map?")).error is None
