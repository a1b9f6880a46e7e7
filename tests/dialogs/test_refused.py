"""What is refused comes back to whoever wrote it, whatever refused it."""

import pytest

from tests.support import World

TEXT = "These are words that somebody thought about for a while."


@pytest.mark.parametrize(
    "line",
    [f"/my-questions edit 99 {TEXT}", f"/suggest 99 {TEXT}", f"/flag 99 {TEXT}", f"/flag 1 {TEXT}"],
)
async def test_a_member_gets_back_what_they_wrote(world: World, line: str) -> None:
    lin = world.member("lin")
    await lin("/ask Why does it fail?")
    refused = await lin(line)
    assert refused.error
    assert refused.text.endswith(f"Here is your text, nothing is lost:\n{TEXT}")


@pytest.mark.parametrize(
    "line",
    [
        f"/answer 99 {TEXT}",
        f"/answer 99 draft:yes text:{TEXT}",
        f"/answer 99 holds:kernel text:{TEXT}",
        f"/decide 99 declined {TEXT}",
        f"/decide 99 details {TEXT}",
        f"/decide 1 planned article:2031-Q9 reason:{TEXT}",
        f"/unanswer 1 {TEXT}",
        f"/block 99 reason:{TEXT}",
        f'/schedule 2031-Q9 title:"{TEXT}"',
        f"/publish 2031-Q9 https://example.org/31 {TEXT}",
        f"/retitle 99 {TEXT}",
        f"/answer 1 draft:publish text:{TEXT}",
        f"/answer 1 draft:discard text:{TEXT}",
        f"/decide 1 planned 2026-Q4 {TEXT}",
        f"/decide 1 candidate {TEXT}",
        f"/decide 1 reopened {TEXT}",
        f'/schedule 2026-Q4 reset title:"{TEXT}"',
        f'/schedule pause summary:"{TEXT}"',
    ],
)
async def test_staff_get_back_what_they_wrote(world: World, line: str) -> None:
    await world.member("lin")("/ask Why does it fail?")
    refused = await world.instructor()(line)
    assert refused.error
    assert TEXT in refused.text
    assert refused.text.count(TEXT) == 1
    assert (await world.instructor()("/undo")).error == "nothing_to_undo"


@pytest.mark.parametrize("line", ["/my-questions withdraw 1", "/my-questions topic:1", "/suggest 1 action:withdraw"])
async def test_what_a_member_wrote_where_nothing_is_done_with_it_comes_back(world: World, line: str) -> None:
    lin = world.member("lin")
    await lin("/ask Why does it fail?")
    await lin("/suggest 1 Because of the bound.")
    refused = await lin(f"{line} text:{TEXT}")
    assert refused.error == "too_much"
    assert refused.text.count(TEXT) == 1
    card = (await lin("/topic 1")).text
    assert "Why does it fail?" in card
    assert "Because of the bound." in card


async def test_an_answer_to_what_was_withdrawn_meanwhile_comes_back(world: World) -> None:
    lin, ta = world.member("lin", "zh-CN"), world.assistant(locale="zh-CN")
    await lin("/提问 为什么会失败？")
    assert (await ta("/回答 1")).form
    await lin("/我的提问 撤回 1")
    assert (await ta(TEXT)).text.endswith(f"原文还给你：\n{TEXT}")


async def test_a_form_that_asks_for_one_thing_keeps_the_others(world: World) -> None:
    boss, lin = world.instructor(), world.member("lin")
    asked = await boss(f'/schedule 2026-Q4 whenever title:Maps summary:"{TEXT}"')
    assert asked.form
    assert asked.form.args == {"article": "2026-Q4", "when": "whenever", "title": "Maps", "summary": TEXT}
    await lin("/ask Why does it fail?")
    await lin(f"/my-questions action:edit text:{TEXT}")
    assert "#1 has your new wording" in (await lin("1")).text


async def test_what_a_reply_holds_already_is_not_said_twice(world: World) -> None:
    await world.member("lin")("/ask Why does it fail?")
    await world.assistant()("/decide 1 candidate")
    late = await world.assistant("wang")(f"/decide 1 declined {TEXT}")
    assert late.error
    assert TEXT not in late.text
    assert late.buttons[-1].args["reason"] == TEXT


async def test_words_to_search_for_are_no_text_that_could_be_lost(world: World) -> None:
    refused = await world.member("lin")("/topics article:2031-Q9 words:verifier")
    assert refused.error == "no_article"
    assert "verifier" not in refused.text
