"""Help with one command."""

import pytest

from bot.commands.catalog import declared
from bot.core.chat import Role
from bot.words import LOCALES, words_in
from tests.support import World

ALL = [each.command for each in declared()]


@pytest.mark.parametrize(
    "line", ["/help ask", "/help /ask", "/help 提问", "/help ／提问", "/help ASK", "/help command:ask"]
)
async def test_one_command_is_explained_whole(world: World, line: str) -> None:
    reply = await world.member("lin")(line)
    assert reply.title == "/ask"
    assert reply.text == (
        "Ask a question; staff review it as a candidate topic for a coming article.\n\n"
        "• text (required): The text itself; its lines stay as they are\n"
        "• article: Which article: 2026-Q4, or 2026-review for the year's\n"
        "• anonymous: Nobody sees who asks, staff neither (yes)\n\n"
        "Example: /ask Why does the verifier reject my loop?\n"
        "For everyone"
    )
    assert reply.error is None


async def test_one_command_is_explained_in_chinese(world: World) -> None:
    reply = await world.instructor(locale="zh-CN")("/帮助 decide")
    assert reply.title == "/处理"
    assert "• 话题（必填）：话题的编号，比如 12" in reply.text
    assert "谁能用：讲师和助教" in reply.text


async def test_a_name_that_is_none_gets_the_nearest_and_the_list(world: World) -> None:
    lin = world.member("lin")
    reply = await lin("/help toppics")
    assert reply.text.startswith("There is no command “toppics” that you can use. The nearest is /topics;")
    assert "• /ask: Ask a question" in reply.text
    assert reply.error == "unknown_command"
    assert (await lin.press("/topics")).title == "/topics"
    assert "最接近的是 /" in (await world.member("wang", "zh-CN")("/帮助 🤔")).text


@pytest.mark.parametrize("name", ["review", "审题", "publish"])
async def test_of_what_i_may_not_run_i_am_told_for_whom_it_is_and_no_more(world: World, name: str) -> None:
    refused = await world.member("lin")(f"/help {name}")
    called, who = ("publish", "the instructor") if name == "publish" else ("review", "assistants and the instructor")
    assert refused.text.startswith(f"/{called} is for {who} only.")
    assert refused.error == "not_allowed"
    explained = await world.instructor()(f"/help {name}")
    assert explained.error is None
    assert not any(line in refused.text for line in explained.text.splitlines() if line)


async def test_an_assistant_is_told_in_chinese_what_is_for_the_instructor(world: World) -> None:
    ta = world.assistant(locale="zh-CN")
    assert (await ta("/帮助 publish")).text.startswith("/发布 只有讲师可以用")
    assert (await ta("/帮助 审题")).title == "/审题"


@pytest.mark.parametrize("name", ["reviewx", "审题吧"])
async def test_the_nearest_of_a_name_that_is_none_is_one_that_i_may_run(world: World, name: str) -> None:
    reply = await world.member("lin")(f"/help {name}")
    assert reply.text.startswith(f"There is no command “{name}” that you can use.")
    assert "/review" not in reply.text


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_command_is_explained_with_every_option(world: World, locale: str) -> None:
    boss, say = world.instructor(locale=locale), words_in(locale)
    for command in ALL:
        text = (await boss(f"/help {command.name}")).text
        assert say(f"{command.name}.about") in text
        assert say(f"{command.name}.example") in text
        assert say(f"help.{command.role.name.lower()}") in text
        for param in command.params:
            assert (f"• {say(f'param.{param.name}')}" in text) is not param.hidden


async def test_the_list_stays_as_it_is(world: World) -> None:
    lines = (await world.member("lin")("/help")).text.splitlines()
    members = [f"• /{command.name}: " for command in ALL if command.role is Role.MEMBER]
    assert [line.partition(": ")[0] + ": " for line in lines if line.startswith("•")] == members
