"""The dialog helper itself: what a test types is what Herald gets."""

import pytest

from tests.support import World


async def test_people_talk_press_buttons_and_hear_what_became_of_their_question(world: World) -> None:
    lin, teacher = world.member("lin"), world.instructor()
    reply = await lin("/ask Why does the verifier reject my loop?")
    assert reply.text.startswith("Filed as #1")
    assert (await lin.press("#1")).title == "#1 Why does the verifier reject my loop?"
    world.clock.wait(hours=1)
    await teacher("/review")
    asked = await teacher.press("Answer")
    assert asked.form is not None
    assert "published" in (await teacher("Because every path has to end.")).text
    assert "answered" in (await lin.heard())[0].text
    assert [said.title for said in await world.group()] == ["Answered: #1 Why does the verifier reject my loop?"]


async def test_a_message_that_arrives_again_acts_once(world: World) -> None:
    lin = world.member("lin", locale="zh-CN")
    first = await lin("/提问 为什么循环通不过验证器？")
    assert await lin.again() == first
    assert "#1" in (await lin("/话题")).text
    assert "#2" not in lin.last.text


async def test_a_button_that_is_not_there_is_named_with_those_that_are(world: World) -> None:
    lin = world.member("lin")
    await lin("/ask Why does the verifier reject my loop?")
    with pytest.raises(KeyError, match=r"no button 'nothing'.*#1"):
        await lin.press("nothing")
