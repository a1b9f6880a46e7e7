"""What is offered while a value is typed."""

from dataclasses import replace

import pytest

from bot.commands.suggest import Suggester
from bot.core.chat import Call, Role
from tests.support import World


@pytest.fixture
def kind() -> str:
    """Which database."""
    return "sqlite"


async def offered(world: World, command: str, param: str, typed: str, role: Role = Role.MEMBER) -> list[str]:
    """The values that are offered to lin."""
    herald = world.herald
    suggester = Suggester(herald.database, herald.courses, herald.dispatcher.commands)
    call = Call(command, {param: typed}, "local:lin", "lin", "1", world.clock(), role, "en")
    return [value for _, value in await suggester.suggest(call, param)]


@pytest.fixture
async def asked(world: World) -> World:
    """A world with three topics, the second answered, the third of lin."""
    mia = world.member("mia")
    await mia("/ask Why does the verifier reject my loop?")
    await mia("/ask How are maps shared between programs?")
    await world.instructor()("/answer 2 By pinning them.")
    await world.member("lin")("/ask 内核版本多低还能用？")
    return world


async def test_topics_are_found_by_number_and_by_words(asked: World) -> None:
    assert await offered(asked, "topic", "topic", "") == ["3", "2", "1"]
    assert await offered(asked, "topic", "topic", "#2") == ["2"]
    assert await offered(asked, "topic", "topic", "LOOP") == ["1"]
    assert await offered(asked, "topic", "topic", "内核") == ["3"]


async def test_staff_are_offered_what_is_open_and_members_their_own(asked: World) -> None:
    assert await offered(asked, "answer", "topic", "", Role.ASSISTANT) == ["3", "1"]
    assert await offered(asked, "my-questions", "topic", "") == ["3"]


async def test_several_topics_are_completed_one_by_one(asked: World) -> None:
    assert await offered(asked, "decide", "topic", "3 ", Role.ASSISTANT) == ["3 1"]
    assert await offered(asked, "decide", "topic", "#3, loop", Role.ASSISTANT) == ["#3, 1"]


async def test_articles_are_the_coming_ones(asked: World) -> None:
    assert (await offered(asked, "schedule", "article", ""))[:2] == ["2026-Q4", "2026-review"]
    assert await offered(asked, "schedule", "article", "2027-q2") == ["2027-Q2"]


async def test_nothing_else_is_offered(asked: World) -> None:
    assert await offered(asked, "ask", "text", "why") == []
    assert await offered(asked, "nonsense", "topic", "1") == []


async def test_a_label_is_in_the_language_of_who_types(asked: World) -> None:
    herald = asked.herald
    suggester = Suggester(herald.database, herald.courses, herald.dispatcher.commands)
    call = Call("topic", {"topic": "1"}, "local:new", "new", "1", asked.clock(), locale="en")
    assert (await suggester.suggest(call, "topic"))[0][
        0
    ] == "#1 Why does the verifier reject my loop? [waiting for review]"
    chinese = replace(call, locale="zh-CN")
    assert (await suggester.suggest(chinese, "topic"))[0][0] == "#1 Why does the verifier reject my loop?【待审】"


async def test_commands_that_one_may_run_are_offered_by_any_of_their_names(world: World) -> None:
    assert await offered(world, "help", "command", "top") == ["topics", "topic"]
    assert await offered(world, "help", "command", "/提") == ["ask", "my-questions"]
    assert await offered(world, "help", "command", "revi") == []
    assert await offered(world, "help", "command", "revi", Role.ASSISTANT) == ["review"]
    assert len(await offered(world, "help", "command", "", Role.INSTRUCTOR)) == 25
