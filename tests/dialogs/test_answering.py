"""Answers: drafts, corrections, taking back, what members propose, ready-made texts."""

from asyncio import gather
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.core.model import Canned
from tests.support import Talk, World, course, opened_world

HOW = Canned("how-to-ask", "How to ask with a reproducer", "Please send:\n1. the kernel version")
SHORT = Canned("too-broad", "Too broad", "Which part of it?")


@pytest_asyncio.fixture
async def ready(url: str) -> AsyncIterator[World]:
    """Herald with ready-made answers."""
    async with opened_world(url, course(canned=(HOW, SHORT))) as world:
        yield world


def labels(talk: Talk) -> list[str]:
    return [button.label for button in talk.last.buttons]


async def test_a_draft_is_kept_shown_to_staff_and_published(world: World) -> None:
    lin, ann, bob = world.member("lin"), world.assistant("ann"), world.assistant("bob")
    await lin("/ask Why does it fail?")
    saved = await ann("/answer 1 draft:yes Because every path has to end.")
    assert "Your draft for #1 is kept. Only staff see it." in saved.text
    assert await world.group() == await lin.heard() == []
    assert "Because" not in (await lin("/topic 1")).text
    assert "Waiting for review." in lin.last.text
    card = await bob("/topic 1")
    assert "Has a draft by ann (2026-11-20 17:00; not public):\nBecause every path has to end." in card.text
    await bob("/review")
    assert "Has a draft by ann" in bob.last.text
    assert "Your answer to #1 is published" in (await bob.press("Publish the draft")).text
    assert [said.text for said in await world.group()] == ["Because every path has to end.\n\n— ann"]
    assert len(await lin.heard()) == 1
    card = await ann("/topic 1")
    assert "ann answered on" in card.text
    assert "draft" not in card.text


async def test_a_new_draft_replaces_the_old_one_and_undo_brings_it_back(world: World) -> None:
    lin, ann, bob = world.member("lin"), world.assistant("ann"), world.assistant("bob")
    await lin("/ask Why does it fail?")
    await ann("/answer 1 draft:yes One.")
    assert "It takes the place of ann's draft" in (await bob("/answer 1 draft:yes Two.")).text
    assert "One." not in (await ann("/topic 1")).text
    assert "the one before it is back" in (await bob("/undo")).text
    text = (await ann("/topic 1")).text
    assert "One." in text
    assert "Two." not in text


async def test_a_draft_is_edited_and_thrown_away_without_being_lost(world: World) -> None:
    lin, ann = world.member("lin"), world.assistant("ann")
    await lin("/ask Why does it fail?")
    await ann("/answer 1 draft:yes One.")
    begun = await ann.press("Edit the draft")
    assert begun.form is not None
    assert begun.form.args["text"] == "One."
    assert "is kept" in (await ann("One and a half.")).text
    await ann("/topic 1")
    gone = await ann.press("Discard the draft")
    assert "One and a half." in gone.text
    assert "draft" not in (await ann("/topic 1")).text
    assert "is there again" in (await ann("/undo")).text
    assert "One and a half." in (await ann("/topic 1")).text


async def test_the_form_begins_with_the_draft_and_uses_it_up(world: World) -> None:
    lin, ann, bob = world.member("lin"), world.assistant("ann"), world.assistant("bob")
    await lin("/ask Why does it fail?")
    await ann('/answer 1 draft:yes holds:"kernel 5.10" One.')
    begun = await bob("/answer 1")
    assert "It begins with ann's draft." in begun.text
    assert begun.form is not None
    assert begun.form.args["text"] == "One."
    await bob("One, says bob.")
    assert (await world.group())[-1].text == "One, says bob.\nHolds: kernel 5.10\n\n— bob"
    assert "draft" not in (await ann("/topic 1")).text
    assert "is “waiting for review” again" in (await bob("/undo")).text
    assert "Has a draft by ann" in (await ann("/topic 1")).text


async def test_the_draft_of_another_stays_beside_an_answer_of_ones_own(world: World) -> None:
    lin, ann, bob = world.member("lin"), world.assistant("ann"), world.assistant("bob")
    await lin("/ask Why does it fail?")
    await ann("/answer 1 draft:yes One.")
    assert "ann's draft for #1 is still there." in (await bob("/answer 1 Two.")).text
    assert "Has a draft by ann" in (await ann("/topic 1")).text


async def test_a_draft_that_changed_since_is_not_published_unseen(world: World) -> None:
    lin, ann, bob = world.member("lin"), world.assistant("ann"), world.assistant("bob")
    await lin("/ask Why does it fail?")
    await ann("/answer 1 draft:yes One.")
    await bob("/topic 1")
    await ann("/answer 1 draft:yes Something else.")
    assert "The draft for #1 was changed by ann just now" in (await bob.press("Publish the draft")).text
    assert await world.group() == []
    await ann("/topic 1")
    await ann.press("Discard the draft")
    assert (await ann("/answer 1 draft:publish")).error == "no_draft"


async def test_what_is_left_behind_is_named_at_the_end_of_a_review(world: World) -> None:
    lin, ann = world.member("lin", "zh-CN"), world.assistant("ann", "zh-CN")
    await lin("/提问 为什么会失败？")
    await ann("/回答 1 草稿:是 因为没有终点。")
    await world.member("小王")("/suggest 1 因为太长。")
    await ann("/处理 1 候选")
    end = await ann("/审题")
    assert "#1 有 ann 的草稿，还没发布。" in end.text
    assert "#1 有 小王 提供的答案，等你认可。" in end.text
    assert (await ann.press("#1")).title == "#1 为什么会失败？"
    assert "有 ann 的草稿" not in (await lin("/话题详情 1")).text


async def test_a_correction_begins_with_what_stands_and_the_card_says_updated(world: World) -> None:
    lin, ann = world.member("lin"), world.assistant("ann")
    await lin("/ask Why does it fail?")
    await ann("/answer 1 One.")
    world.clock.wait(days=2)
    await ann("/topic 1")
    begun = await ann.press("Correct the answer")
    assert "It begins with ann's answer" in begun.text
    assert begun.form is not None
    assert begun.form.args["text"] == "One."
    assert "Your correction of #1 is published" in (await ann("Two.")).text
    card = await lin("/topic 1")
    assert "ann answered, updated on 2026-11-22 17:00:\nTwo." in card.text
    assert "One." not in card.text
    assert "Your correction" in (await ann('/answer 1 holds:"as of 2026-11" Two.')).text
    assert "Two.\nHolds: as of 2026-11" in (await lin("/topic 1")).text


async def test_a_correction_undone_shows_the_former_version_and_says_so(world: World) -> None:
    lin, ann = world.member("lin"), world.assistant("ann")
    await lin("/ask Why does it fail?")
    await ann("/answer 1 One.")
    await ann("/answer 1 Two.")
    assert "#1 is “answered” again" in (await ann.press("Undo")).text
    card = await lin("/topic 1")
    assert "ann answered on 2026-11-20 17:00:\nOne." in card.text
    assert "Two." not in card.text
    assert "It says again:\nOne." in (await world.group())[-1].text
    assert "is this one again:\nOne." in (await lin.heard())[-1].text
    assert len(await lin.heard()) == 3


async def test_who_answers_from_an_old_card_is_told_before_they_write(world: World) -> None:
    lin, ann, bob = world.member("lin"), world.assistant("ann"), world.assistant("bob")
    await lin("/ask Why does it fail?")
    await bob("/topic 1")
    await ann("/answer 1 One.")
    assert "#1 was handled by ann just now" in (await bob.press("Answer")).text
    assert bob.last.form is None
    begun = await bob.press("Do it all the same")
    assert "It begins with ann's answer" in begun.text


async def test_an_answer_is_taken_back_and_everyone_who_was_told_hears_it_once(world: World) -> None:
    lin, wang, ann = world.member("lin"), world.member("wang"), world.assistant("ann")
    await lin("/ask Why does it fail?")
    await ann("/decide 1 candidate")
    await ann("/answer 1 One.")
    await ann("/answer 1 Two.")
    reply = await ann("/unanswer 1 It was about another kernel.")
    assert "The topic is “candidate” now" in reply.text
    card = await wang("/topic 1")
    assert "A candidate for a coming article." in card.text
    assert "One." not in card.text
    assert "Two." not in card.text
    assert (await world.group())[-1].text.endswith("Why: It was about another kernel.")
    told = [said.text for said in await lin.heard()]
    assert len(told) == 3
    assert "was withdrawn; the topic is “candidate” now.\nWhy: It was about another kernel." in told[-1]
    assert await wang.heard() == []
    assert "#1 is “answered” again" in (await ann.press("Undo")).text
    assert "Two." in (await wang("/topic 1")).text
    assert len(await lin.heard()) == 4


async def test_only_an_answer_can_be_taken_back(world: World) -> None:
    lin, ann, bob = world.member("lin", "zh-CN"), world.assistant("ann", "zh-CN"), world.assistant("bob", "zh-CN")
    await lin("/提问 为什么会失败？")
    assert "没有可以撤回的回答" in (await ann("/撤回回答 1")).text
    await ann("/回答 1 因为。")
    assert "刚刚已由 ann 处理" in (await bob("/撤回回答 1 不对")).text
    assert "话题现在是“待审”" in (await bob.press("仍然这样处理")).text
    assert "没有可以撤回的回答" in (await ann("/撤回回答 1")).text
    assert "原因：不对" in (await lin.heard())[-1].text


async def test_a_taken_back_answer_does_not_return_the_topic_to_an_article_that_is_out(world: World) -> None:
    lin, ann, boss = world.member("lin"), world.assistant("ann"), world.instructor()
    await lin("/ask Why does it fail?")
    await ann("/decide 1 planned 2026-Q4")
    await ann("/answer 1 One.")
    await boss("/publish 2026-Q4 https://example.org/29")
    world.clock.wait(days=1)
    assert "The topic is “waiting for review” now" in (await ann("/unanswer 1")).text


async def test_a_members_answer_is_endorsed_and_everyone_hears_once(world: World) -> None:
    lin, mia, wang = world.member("lin"), world.member("mia"), world.member("wang")
    ann = world.assistant("ann")
    await lin("/ask Why does it fail?")
    await mia("/topic 1")
    assert "Only staff see it until they endorse it" in (await mia.press("Suggest an answer")).text
    assert "Staff see your answer beside #1 now." in (await mia("Use bpf_loop.")).text
    assert "The answer you proposed (2026-11-20 17:00; only you and staff see it):" in (await mia("/topic 1")).text
    for other in (lin, wang):
        assert "bpf_loop" not in (await other("/topic 1")).text
    review = await ann("/review")
    assert "mia proposes an answer (2026-11-20 17:00; not public):\nUse bpf_loop." in review.text
    assert "under both your names" in (await ann.press("Endorse mia's answer")).text
    assert (await world.group())[-1].text == "Use bpf_loop.\n\n— mia, endorsed by ann"
    assert "Answer by mia, endorsed by ann on 2026-11-20 17:00:\nUse bpf_loop." in (await wang("/topic 1")).text
    assert "is answered:\nUse bpf_loop." in (await lin.heard())[-1].text
    assert [said.text for said in await mia.heard()] == [
        "ann endorsed your answer to #1 “Why does it fail?”, and it is published under your name:\nUse bpf_loop."
    ]
    assert await wang.heard() == []
    await ann("/undo")
    assert "mia proposes an answer" in (await ann("/review")).text
    assert len(await mia.heard()) == 2


async def test_an_asker_who_proposes_hears_of_it_once(world: World) -> None:
    lin, ann = world.member("lin", "zh-CN"), world.assistant("讲师", "zh-CN")
    await lin("/提问 为什么会失败？")
    await lin("/建议答案 1 因为循环没有上界。")
    await ann("/审题")
    await ann.press("认可 lin 的答案")
    assert len(await lin.heard()) == 1
    assert "讲师 认可了你给 #1" in (await lin.heard())[0].text
    assert "lin 回答，讲师 认可（2026-11-20 17:00）：\n因为循环没有上界。" in (await lin("/话题详情 1")).text
    assert (await world.group("zh-CN"))[-1].text == "因为循环没有上界。\n\n—— lin，讲师 认可"


async def test_a_proposal_is_replaced_taken_back_and_declined_with_thanks(world: World) -> None:
    lin, mia, ann = world.member("lin"), world.member("mia"), world.assistant("ann")
    await lin("/ask Why does it fail?")
    await mia("/suggest 1 First.")
    await ann("/review")
    assert "takes the place of the one you proposed before" in (await mia("/suggest 1 Second.")).text
    assert "changed, withdrawn or dealt with" in (await ann.press("Endorse mia's answer")).text
    assert "First." not in (await ann("/review")).text
    assert "Second." in (await mia.press("Withdraw my answer")).text
    assert "proposes" not in (await ann("/review")).text
    assert "nothing to withdraw" in (await mia("/suggest 1 action:withdraw")).text
    await mia("/suggest 1 Third.")
    await ann("/review")
    assert "mia is thanked" in (await ann.press("Thank mia, but no")).text
    assert "Thank you for your answer to #1" in (await mia.heard())[-1].text
    assert "Third." not in (await mia("/topic 1")).text
    assert "waits again" in (await ann("/undo")).text
    assert "Third." in (await ann("/review")).text


async def test_five_answers_of_a_member_may_wait_and_the_sixth_is_given_back(world: World) -> None:
    mia = world.member("mia")
    for n, about in enumerate(("maps", "probes", "tail calls", "ring buffers", "cgroups", "verifiers"), 1):
        await world.member(f"asker{n}")(f"/ask What are {about} good for?")
    for n in range(1, 6):
        assert (await mia(f"/suggest {n} Answer {n}.")).error is None
    refused = await mia("/suggest 6 The sixth answer.")
    assert "5 of your answers wait for staff already (#1, #2, #3, #4, #5)" in refused.text
    assert "The sixth answer." in refused.text
    assert (await mia("/suggest 5 Answer 5 again.")).error is None
    await mia("/suggest 1 action:withdraw")
    assert (await mia("/suggest 6 The sixth answer.")).error is None


async def test_of_many_proposals_staff_see_three_at_a_time(world: World) -> None:
    ann = world.assistant("ann")
    await world.member("lin")("/ask Why does it fail?")
    for n in range(1, 6):
        await world.member(f"m{n}")(f"/suggest 1 Answer {n}.")
    card = await ann("/review")
    assert "Answer 3." in card.text
    assert "Answer 4." not in card.text
    assert "2 more answers are proposed" in card.text
    await ann.press("Thank m1, but no")
    assert "Answer 4." in (await ann("/review")).text


async def test_who_is_blocked_proposes_nothing_and_keeps_their_words(world: World) -> None:
    lin, ann = world.member("lin"), world.assistant("ann")
    await world.member("mia")("/ask Why does it fail?")
    await lin("/ask Buy my watches now, cheap watches?")
    await ann("/block 2 7 advertising")
    refused = await lin("/suggest 1 Buy watches.")
    assert "The reason: advertising" in refused.text
    assert "Buy watches." in refused.text
    assert "watches" not in (await ann("/topic 1")).text


async def test_a_draft_that_is_published_cannot_be_undone_under_it(world: World) -> None:
    lin, ann = world.member("lin"), world.assistant("ann")
    await lin("/ask Why does it fail?")
    saved = await ann("/answer 1 draft:yes One.")
    [undo] = [button.args["event"] for button in saved.buttons if button.label == "Undo"]
    await ann.press("Publish the draft")
    assert "#1 was changed by ann just now, after that" in (await ann(f"/undo {undo}")).text
    assert "is “waiting for review” again" in (await ann("/undo")).text
    assert "is gone" in (await ann(f"/undo {undo}")).text
    assert "One." not in (await ann("/topic 1")).text


async def test_what_is_too_long_is_given_back(world: World) -> None:
    lin, mia = world.member("lin"), world.member("mia")
    await lin("/ask Why does it fail?")
    text = "long " * 900
    refused = await mia(f"/suggest 1 {text}")
    assert refused.error == "too_long"
    assert refused.form is not None
    assert refused.form.args["text"].strip() == text.strip()


async def test_of_an_endorsement_and_an_answer_at_once_one_is_published(world: World) -> None:
    lin, mia, ann, bob = world.member("lin"), world.member("mia"), world.assistant("ann"), world.assistant("bob")
    await lin("/ask Why does it fail?")
    await mia("/suggest 1 By mia.")
    await ann("/review")
    await bob("/review")
    await bob.press("Answer")
    await gather(ann.press("Endorse mia's answer"), bob("By bob."))
    assert len(await world.group()) == 1
    assert len([said for said in await lin.heard() if "is answered" in said.text]) == 1
    assert sorted(bool(each.last.error) for each in (ann, bob)) == [False, True]
    assert "just now" in (ann.last.text if ann.last.error else bob.last.text)


async def test_an_endorsement_after_an_answer_becomes_a_correction_only_knowingly(world: World) -> None:
    lin, mia, ann, bob = world.member("lin"), world.member("mia"), world.assistant("ann"), world.assistant("bob")
    await lin("/ask Why does it fail?")
    await mia("/suggest 1 By mia.")
    await ann("/review")
    await bob("/answer 1 By bob.")
    assert "#1 was handled by bob just now" in (await ann.press("Endorse mia's answer")).text
    assert "under both your names" in (await ann.press("Do it all the same")).text
    assert "Answer by mia, endorsed by ann, updated on" in (await lin("/topic 1")).text


@pytest.mark.parametrize("kind", ["draft", "proposal"])
async def test_nothing_that_is_not_published_is_in_anything_a_member_reads(world: World, kind: str) -> None:
    lin, mia, wang, ann = world.member("lin"), world.member("mia"), world.member("wang"), world.assistant("ann")
    await lin("/ask Why does the verifier reject my loop?")
    if kind == "draft":
        await ann('/answer 1 draft:yes holds:"secret kernel" The secret words.')
    else:
        await mia("/suggest 1 The secret words.")
    await ann("/decide 1 planned")
    lines = ["/topics", "/topic 1", "/next-article", "/my-questions", "/articles", "/help", "/my-questions topic:1"]
    replies = [await each(line) for line in lines for each in (lin, wang)]
    replies += [await wang("/ask Why does the verifier reject my loop here?"), await wang("/answer 1")]
    replies += [*await world.group(), *await lin.heard(), *await wang.heard()]
    assert len(replies) > len(lines) * 2
    assert "secret" not in repr(replies).lower()
    assert "secret" in (await ann("/topic 1")).text


async def test_a_ready_made_text_begins_the_form(ready: World) -> None:
    lin, ann = ready.member("lin"), ready.assistant("ann")
    await lin("/ask It does not work?")
    await ann("/review")
    begun = await ann.press("Answer")
    assert "how-to-ask (How to ask with a reproducer), too-broad (Too broad)" in begun.text
    chinese = await ready.assistant("bo", "zh-CN")("/回答 1")
    assert "how-to-ask（How to ask with a reproducer）、too-broad（Too broad）" in chinese.text
    begun = await ann.press("How to ask with a repro…")
    assert begun.form is not None
    assert begun.form.args["text"] == HOW.text
    assert "is published" in (await ann("Please send: 1. the kernel version 2. the program")).text
    assert len(await ready.group()) == 1


async def test_an_unknown_ready_made_text_names_the_near_ones_and_loses_nothing(ready: World) -> None:
    lin, ann = ready.member("lin"), ready.assistant("ann", "zh-CN")
    await lin("/ask It does not work?")
    wrong = await ann("/回答 1 模板:how-to 我的话")
    assert "没有“how-to”这个模板，可以用：how-to-ask" in wrong.text
    assert wrong.text.endswith("原文还给你：\n我的话")
    begun = await ann("/回答 1 模板:Too-Broad 我的话")
    assert begun.form is not None
    assert begun.form.args["text"] == "Which part of it?\n\n我的话"
    assert await ready.group() == []


async def test_without_ready_made_texts_it_says_where_they_come_from(world: World) -> None:
    await world.member("lin")("/ask It does not work?")
    assert "answers/NAME.md" in (await world.assistant()("/answer 1 canned:hello")).text


@pytest.mark.parametrize("line", ["/answer 9 {text}", "/suggest 9 {text}", "/my-questions edit 9 {text}"])
async def test_what_was_written_for_a_topic_that_is_gone_is_given_back(world: World, line: str) -> None:
    text = "Because every path has to end,\nand yours does not."
    refused = await world.assistant()(line.format(text=text))
    assert text in refused.text


async def test_what_stands_in_a_refusal_already_is_not_said_twice(world: World) -> None:
    lin, ann, bo = world.member("lin"), world.assistant("ann"), world.assistant("bo")
    await lin("/ask Why does it fail?")
    await bo("/answer 1 Because of the loop.")
    late = await ann("/answer 1 rev:0 Because of the map.")
    assert late.text.count("Because of the map.") == 1


async def test_what_was_endorsed_waits_again_once_its_answer_is_withdrawn(world: World) -> None:
    lin, mia, ann = world.member("lin"), world.member("mia"), world.assistant("ann")
    await lin("/ask Why does it fail?")
    await mia("/suggest 1 By mia.")
    await ann("/review")
    await ann.press("Endorse mia's answer")
    await ann("/answer 1 By mia, corrected.")
    await ann("/unanswer 1")
    assert "mia proposes an answer (2026-11-20 17:00; not public):\nBy mia." in (await ann("/review")).text
    assert "The answer you proposed" in (await mia("/topic 1")).text
    await ann("/undo")
    assert "proposes" not in (await ann("/topic 1")).text
    await ann("/unanswer 1")
    await mia("/suggest 1 By mia, better.")
    await ann("/undo")
    assert "By mia, better." in (await ann("/topic 1")).text


async def test_a_draft_stands_again_once_the_answer_that_it_became_is_withdrawn(world: World) -> None:
    lin, ann, bob = world.member("lin"), world.assistant("ann"), world.assistant("bob")
    await lin("/ask Why does it fail?")
    await ann("/answer 1 draft:yes One.")
    await ann.press("Publish the draft")
    await bob("/answer 1 draft:yes Two.")
    await ann("/unanswer 1")
    card = await ann("/topic 1")
    assert "Has a draft by bob" in card.text
    assert "One." not in card.text
    await ann("/undo")
    await bob.press("Discard the draft")
    await ann("/unanswer 1")
    assert "Has a draft by ann (2026-11-20 17:00; not public):\nOne." in (await ann("/topic 1")).text


@pytest.mark.parametrize("back", ["/undo", "/unanswer 1"])
async def test_what_a_deleted_member_proposed_is_offered_to_nobody_again(world: World, back: str) -> None:
    lin, mia, ann = world.member("lin"), world.member("mia"), world.assistant("ann")
    await lin("/ask Why does it fail?")
    await mia("/suggest 1 By mia.")
    await ann("/review")
    await ann.press("Endorse mia's answer")
    await mia("/privacy delete")
    await mia.press("Delete everything")
    await ann(back)
    assert "proposes" not in (await ann("/topic 1")).text
