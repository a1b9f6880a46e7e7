"""Topics put together and taken apart, and who hears of it."""

from dataclasses import replace

import pytest

from tests.support import Talk, World


async def two(world: World) -> tuple[Talk, Talk, Talk]:
    """Lin asked #1, wang #2, and an assistant is there."""
    lin, wang = world.member("lin"), world.member("wang")
    await lin("/ask different:yes Why does the verifier reject my loop?")
    await wang("/ask different:yes My loop is refused, why?")
    return lin, wang, world.assistant("ta")


async def test_a_merge_is_shown_before_it_is_done(world: World) -> None:
    _, wang, ta = await two(world)
    await wang("/ask different:yes The loop again, please explain")
    await ta("/merge 3 2")
    await ta.press("Merge")
    reply = await ta("/merge 1 2")
    assert reply.title == "Merge #1 into #2?"
    assert "#1 Why does the verifier reject my loop? [waiting for review]" in reply.text
    assert "• lin: Why does the verifier reject my loop?" in reply.text
    assert "• wang: My loop is refused, why?\n• wang: The loop again, please explain" in reply.text
    assert "Wordings together: 3; 2 people ask, each counted once." in reply.text
    assert [button.label for button in reply.buttons] == ["Merge", "The other way round", "#1", "#2"]
    assert "Why does the verifier reject my loop? [waiting" in (await ta("/topics")).text
    await ta("/merge 1 2")
    reply = await ta.press("The other way round")
    assert reply.title == "Merge #2 into #1?"


async def test_of_a_merged_number_the_topic_is_shown_that_stands_for_it(world: World) -> None:
    lin, wang, ta = await two(world)
    await ta("/merge 1 2")
    assert "#1 is merged into #2 “My loop is refused, why?”" in (await ta.press("Merge")).text
    card = await lin("/topic 1")
    assert card.title == "#2 My loop is refused, why?"
    assert card.text.startswith("#1 was merged into #2.")
    assert "lin asked on" in card.text
    assert "wang asked on" in card.text
    assert "put together" not in (await wang("/topic 2")).text
    assert "1 in all" in (await lin("/topics")).text
    assert "#2 My loop is refused" in (await lin("/my-questions")).text
    assert await lin.heard() == []


async def both_of_one(world: World) -> Talk:
    """Lin asked #1 openly and #2 anonymously, which is put together with it."""
    lin, ta = world.member("lin"), world.assistant("ta")
    await lin("/ask Why does the verifier reject my loop?")
    await lin("/ask anonymous:yes different:yes What do ring buffers lose?")
    await ta("/merge 2 1")
    await ta.press("Merge")
    return lin


async def test_of_ones_own_two_the_one_is_edited_whose_number_one_names(world: World) -> None:
    lin = await both_of_one(world)
    form = (await lin("/my-questions edit 2")).form
    assert form
    assert form.args["text"] == "What do ring buffers lose?"
    await lin("What do ring buffers lose under load?")
    card = (await lin("/topic 1")).text
    assert "Why does the verifier reject my loop?" in card
    assert "What do ring buffers lose under load?" in card
    await lin("/my-questions edit 1 Why is my loop refused?")
    card = (await lin("/topic 1")).text
    assert "Why is my loop refused?" in card
    assert "What do ring buffers lose under load?" in card


@pytest.mark.parametrize(("n", "text", "anonymous"), [(1, "Why does", None), (2, "What do", "yes")])
async def test_of_ones_own_two_the_one_is_withdrawn_whose_number_one_names(
    world: World, n: int, text: str, anonymous: str | None
) -> None:
    lin = await both_of_one(world)
    reply = await lin(f"/my-questions withdraw {n}")
    assert text in reply.text
    assert reply.buttons[0].args.get("anonymous") == anonymous
    assert text not in (await lin("/topic 1")).text


async def test_an_edit_leaves_the_title_to_those_whose_words_begin_so_too(world: World) -> None:
    lin, wang, ta = world.member("lin"), world.member("wang"), world.assistant("ta")
    await lin("/ask Hello! Why does the verifier reject my loop?")
    await wang("/ask different:yes Hello! What do ring buffers lose?")
    await ta("/merge 2 1")
    await ta.press("Merge")
    await wang("/my-questions edit 2 Do ring buffers lose events?")
    assert (await lin("/topic 1")).title == "#1 Hello!"
    await lin("/my-questions edit 1 Why is my loop refused?")
    assert (await lin("/topic 1")).title == "#1 Why is my loop refused?"


@pytest.mark.parametrize(("line", "said"), [("publish", "is published"), ("discard", "Ask the kernel.")])
async def test_a_draft_is_found_by_every_number_of_its_topic(world: World, line: str, said: str) -> None:
    _, _, ta = await two(world)
    await ta("/merge 2 1")
    await ta.press("Merge")
    await ta("/answer 2 draft:yes Ask the kernel.")
    assert said in (await ta(f"/answer 2 draft:{line}")).text


async def test_a_chain_of_merges_is_one_topic_and_each_link_can_be_split(world: World) -> None:
    lin, _, ta = await two(world)
    await lin("/ask different:yes Another loop altogether?")
    for line in ("/merge 1 2", "/merge 2 3"):
        await ta(line)
        await ta.press("Merge")
    assert (await lin("/topic 1")).text.startswith("#1 was merged into #3.")
    reply = await ta("/split 1")
    assert "#1 “Why does the verifier reject my loop?” is split off #3 again" in reply.text
    assert (await lin("/topic 1")).title == "#1 Why does the verifier reject my loop?"
    assert (await lin("/topic 2")).title == "#3 Another loop altogether?"


async def test_who_joins_an_answered_topic_hears_the_answer_once(world: World) -> None:
    lin, wang, ta = await two(world)
    await ta("/answer 2 Because every path has to end.")
    reply = await ta("/merge 1 2")
    assert "1 person did not hear of #2 yet and is told where it stands: answered." in reply.text
    await ta.press("Merge")
    await ta.again()
    [told] = await lin.heard()
    assert told.text == (
        "#1 “Why does the verifier reject my loop?” was merged into #2 “My loop is refused, why?”, "
        "which is answered:\n"
        "Because every path has to end."
    )
    assert len(await wang.heard()) == 1
    assert "\n  Answered." in (await lin("/my-questions")).text


@pytest.mark.parametrize(
    ("decision", "told"),
    [
        ("planned 2026-Q4", "排进 2026-Q4，发布时会告诉你"),
        ("declined 超出范围", "这个话题没有采纳。理由：超出范围"),
        ("candidate", None),
    ],
)
async def test_who_joins_hears_what_is_more_than_a_candidate(world: World, decision: str, told: str | None) -> None:
    lin, ta = world.member("lin", "zh-CN"), world.assistant("ta", "zh-CN")
    await lin("/提问 different:yes 验证器为什么拒绝循环？")
    await world.member("wang", "zh-CN")("/提问 different:yes 循环怎么写才能过？")
    await ta(f"/decide 2 {decision}")
    assert (await ta("/合并 1 2")).title == "把 #1 并入 #2？"
    assert "#1 已并入 #2" in (await ta.press("合并")).text
    heard = [reply.text for reply in await lin.heard()]
    if told is None:
        assert heard == []
    else:
        [only] = heard
        assert only.startswith("你关注的 #1“验证器为什么拒绝循环？”和 #2“循环怎么写才能过？”合并了")
        assert told in only


async def test_who_heard_of_both_is_not_told_again(world: World) -> None:
    _, _, ta = await two(world)
    zoe = world.member("zoe")
    for n in (1, 2):
        await zoe(f"/me-too {n}")
    await ta("/answer 2 Because every path has to end.")
    assert len(await zoe.heard()) == 1
    assert "1 person did not hear of #2 yet" in (await ta("/merge 1 2")).text
    await ta.press("Merge")
    await ta.press("Undo")
    assert len(await zoe.heard()) == 1


async def test_who_joins_a_covered_topic_gets_the_article(world: World) -> None:
    lin, _, ta = await two(world)
    await ta("/decide 2 planned")
    await world.instructor()("/publish 2026-Q4 https://example.org/29 Loops in depth")
    await ta("/merge 1 2")
    await ta.press("Merge")
    [told] = await lin.heard()
    assert "which is in an article that is out: Loops in depth" in told.text
    assert told.url == "https://example.org/29"


async def test_an_answered_topic_does_not_go_under_one_that_is_not(world: World) -> None:
    lin, _, ta = await two(world)
    await ta("/answer 1 Because every path has to end.")
    reply = await ta("/merge 1 2")
    assert "#1 is “answered” and #2 is not" in reply.text
    reply = await ta.press("The other way round")
    assert reply.title == "Merge #2 into #1?"
    assert "The other way round" not in [button.label for button in reply.buttons]
    await ta.press("Merge")
    assert "Because every path has to end." in (await lin("/topic 2")).text


async def test_what_cannot_be_merged_is_said_with_a_way_on(world: World) -> None:
    _, _, ta = await two(world)
    assert "There is no topic #9" in (await ta("/merge 1 9")).text
    assert "cannot be merged into itself" in (await ta("/merge 1 1")).text
    assert (await ta("2")).title == "Merge #1 into #2?"
    await ta.press("Merge")
    reply = await ta("/merge 2 1")
    assert "#2 and #1 are merged already." in reply.text
    assert "#1 “Why does" in (await ta.press("Split off #1")).text
    assert "not merged into another" in (await ta("/split 1")).text


async def test_splitting_where_others_are_merged_in_offers_those(world: World) -> None:
    _, _, ta = await two(world)
    await ta("/merge 1 2")
    await ta.press("Merge")
    assert "others are merged into it" in (await ta("/split 2")).text
    assert "is split off #2 again" in (await ta.press("Split off #1")).text


async def test_undoing_a_merge_takes_it_apart_and_who_was_told_hears_so(world: World) -> None:
    lin, wang, ta = await two(world)
    await ta("/answer 2 Because every path has to end.")
    await ta("/merge 1 2")
    await ta.press("Merge")
    reply = await ta.press("Undo")
    assert reply.text == "Undone: #1 is apart from #2 again and “waiting for review”."
    assert (await lin.heard())[-1].text == (
        "A correction: #1 “Why does the verifier reject my loop?” is not the same as #2 "
        "and a topic of its own again. It is “waiting for review”."
    )
    assert len(await wang.heard()) == 1
    assert (await lin("/topic 1")).title == "#1 Why does the verifier reject my loop?"


async def test_a_split_can_be_undone_and_then_the_merge(world: World) -> None:
    lin, _, ta = await two(world)
    await ta("/merge 1 2")
    await ta.press("Merge")
    await ta("/拆分 1")
    assert (await ta("/undo")).text == "Undone: #1 is merged into #2 again."
    assert (await lin("/topic 1")).title == "#2 My loop is refused, why?"
    assert "#1 is apart from #2 again" in (await ta("/undo")).text
    assert (await lin("/topic 1")).title == "#1 Why does the verifier reject my loop?"


async def test_undoing_the_split_of_a_link_of_a_chain_restores_the_chain(world: World) -> None:
    lin, _, ta = await two(world)
    await lin("/ask different:yes Another loop altogether?")
    for line in ("/merge 1 2", "/merge 2 3"):
        await ta(line)
        await ta.press("Merge")
    await ta("/split 1")
    await ta("/undo")
    assert (await lin("/topic 1")).title == "#3 Another loop altogether?"
    await ta("/split 2")
    assert (await lin("/topic 1")).title == "#2 My loop is refused, why?"


async def test_what_was_decided_before_a_merge_is_not_undone_under_it(world: World) -> None:
    _, _, ta = await two(world)
    await ta("/decide 1 candidate")
    event = next(button for button in ta.last.buttons if button.label == "Undo").args["event"]
    await ta("/merge 1 2")
    await ta.press("Merge")
    assert "#1 was changed by ta just now, after that" in (await ta(f"/undo {event}")).text


async def test_a_button_made_before_a_merge_does_nothing_to_the_other_topic(world: World) -> None:
    _, _, ann = await two(world)
    bob = world.assistant("bob")
    assert (await bob("/review")).title == "#1 Why does the verifier reject my loop?"
    await ann("/merge 1 2")
    await ann.press("Merge")
    world.clock.wait(hours=2)
    reply = await bob.press("Keep as candidate")
    assert "#1 was merged into #2 by ta 2 hours ago. Nothing was changed." in reply.text
    assert "Waiting for review" in (await bob("/topic 2")).text
    assert "#2 is a candidate now." in (await bob("/decide 1 candidate")).text


async def test_an_answer_begun_before_a_merge_comes_back(world: World) -> None:
    _, _, ann = await two(world)
    bob = world.assistant("bob")
    await bob("/review")
    await bob.press("Answer")
    await ann("/merge 1 2")
    await ann.press("Merge")
    world.clock.wait(hours=2)
    reply = await bob("Because every path has to end.")
    assert "#1 was merged into #2 by ta 2 hours ago. Your answer was not published; here is your text:" in reply.text
    assert "Because every path has to end." in reply.text
    assert await world.group() == []
    assert "Your answer to #2 is published" in (await bob.press("Answer all the same")).text


async def test_a_form_is_begun_for_the_topic_that_stands_for_what_was_merged(world: World) -> None:
    _, _, ann = await two(world)
    bob = world.assistant("bob", "zh-CN")
    await bob("/topic 1")
    pressed = {button.label: button for button in bob.last.buttons}["回答"]
    await ann("/merge 1 2")
    await ann.press("Merge")
    await bob("/topic 1")
    bob.last = replace(bob.last, buttons=(pressed,))
    assert "#1 刚刚已由 ta 并入 #2，你的操作没有生效。" in (await bob.press("回答")).text
    assert (await bob.press("仍然这样处理")).form
    assert "#2 的回答已发布" in (await bob("路径都要走完。")).text


async def test_an_answer_is_not_taken_back_of_another_topic_than_was_seen(world: World) -> None:
    _, _, ann = await two(world)
    bob = world.assistant("bob")
    await ann("/answer 2 Because every path has to end.")
    await ann("/merge 1 2")
    await ann.press("Merge")
    assert "#1 was merged into #2 by ta just now. Nothing was changed." in (await bob("/unanswer 1")).text
    assert "#2" in (await bob.press("Do it all the same")).text
    assert bob.last.error is None


@pytest.mark.parametrize("press", ["Publish the draft", "Endorse mia's answer"])
async def test_what_was_written_for_a_merged_topic_is_published_from_its_card(world: World, press: str) -> None:
    _, _, ann = await two(world)
    await ann("/answer 1 draft:yes Split the loop.")
    await world.member("mia")("/suggest 1 Split the loop.")
    await ann("/merge 1 2")
    await ann.press("Merge")
    bob = world.assistant("bob")
    await bob("/topic 1")
    reply = await bob.press(press)
    assert reply.error is None, reply.text
    assert "Split the loop." in (await world.group())[-1].text


@pytest.mark.parametrize("press", ["Publish the draft", "Endorse mia's answer"])
async def test_what_was_written_for_a_topic_answers_no_other_unasked(world: World, press: str) -> None:
    _, _, ann = await two(world)
    await ann("/answer 1 draft:yes Split the loop.")
    await world.member("mia")("/suggest 1 Split the loop.")
    bob = world.assistant("bob")
    await bob("/topic 1")
    await ann("/merge 1 2")
    await ann.press("Merge")
    world.clock.wait(hours=2)
    assert "#1 was merged into #2 by ta 2 hours ago. Nothing was changed." in (await bob.press(press)).text
    assert await world.group() == []
    assert (await bob.press("Do it all the same")).error is None
    assert "Split the loop." in (await world.group())[-1].text


async def test_a_merge_gives_way_to_what_another_did_since_the_preview(world: World) -> None:
    _, _, ann = await two(world)
    bob = world.assistant("bob", "zh-CN")
    await bob("/合并 1 2")
    await ann("/decide 2 candidate")
    world.clock.wait(minutes=2)
    assert "#2 2 分钟前已由 ta 处理，没有合并" in (await bob.press("合并")).text
    assert (await bob.press("重新预览")).title == "把 #1 并入 #2？"
    assert "#1 已并入 #2" in (await bob.press("合并")).text


async def test_a_title_of_staff_stands_over_all_wordings_and_can_be_taken_back(world: World) -> None:
    lin, _, ta = await two(world)
    assert "#1 is called “Loops and the verifier” now" in (await ta("/retitle 1 Loops and the verifier")).text
    card = await lin("/topic 1")
    assert card.title == "#1 Loops and the verifier"
    assert "Why does the verifier reject my loop?" in card.text
    await lin("/my-questions edit 1 Why does it reject all of my loops?")
    assert (await lin("/topic 1")).title == "#1 Loops and the verifier"
    await ta("/decide 1 candidate")
    assert "called “Loops and the verifier” already" in (await ta("/retitle 1 Loops and the verifier")).text
    await ta("/undo")
    assert "is called “Why does it reject all" in (await ta("/undo")).text
    assert (await lin("/topic 1")).title == "#1 Why does it reject all of my loops?"


async def test_a_title_that_is_too_long_comes_back(world: World) -> None:
    lin, ta = world.member("lin", "zh-CN"), world.assistant("ta", "zh-CN")
    await lin("/提问 different:yes 验证器为什么拒绝循环？")
    reply = await ta("/改标题 1 " + "字" * 61)
    assert "最多 60 个字" in reply.text
    assert reply.form
    assert reply.form.args["title"] == "字" * 61
    assert "#1 现在叫“循环与验证器”" in (await ta("/改标题 1 循环与验证器")).text


async def test_members_merge_nothing(world: World) -> None:
    lin, _, _ = await two(world)
    for line in ("/merge 1 2", "/split 1", "/retitle 1 Mine"):
        assert (await lin(line)).error == "not_allowed"
