"""One Herald for two courses: who is staff of the one is nobody in particular in the other."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.core.chat import Role
from bot.store.schema import staff
from tests.dialogs.test_linking import linked
from tests.support import START, Talk, World, course, opened_world

GOPHER = {"local:gopher": Role.INSTRUCTOR}
WAITS, UNLINKED = "What waits for you", "is due now"


@pytest_asyncio.fixture
async def world(url: str) -> AsyncIterator[World]:
    """Herald with the courses ebpf and go, each with an instructor of its own."""
    async with opened_world(url, course(), course("go", staff=GOPHER)) as world:
        yield world


async def morning(world: World) -> None:
    """The next morning: something waits for the staff of each course, and for its instructors an article."""
    for key, name in (("ebpf", "instructor"), ("go", "gopher")):
        await world.member("lin", course=key)("/ask Why does it fail?")
        await world.instructor(name, course=key)("/schedule 2026-Q4 2026-11-21 09:00")
    await world.tick()
    world.clock.now = START.replace(day=21, hour=2)
    await world.tick()


async def told(talk: Talk) -> set[str]:
    """What of that somebody was told."""
    said = [f"{each.title} {each.text}" for each in await talk.heard()]
    return {part for part in (WAITS, UNLINKED) if any(part in each for each in said)}


async def test_staff_of_one_course_are_told_nothing_that_is_for_staff_of_another(world: World) -> None:
    chen, ta = world.instructor("chen"), world.assistant("ta")
    for talk in (chen, ta):
        await talk("/language English")
    await morning(world)
    assert (await told(chen), await told(ta)) == ({WAITS, UNLINKED}, {WAITS})
    assert await told(world.instructor("gopher", course="go")) == {WAITS, UNLINKED}
    for name in ("chen", "ta", "instructor", "assistant"):
        assert await world.member(name, course="go").heard() == []


@pytest.mark.parametrize("last", ["ebpf", "go"])
async def test_in_each_course_a_person_is_told_what_they_may_know_there(world: World, last: str) -> None:
    talks = {"ebpf": world.instructor("chen"), "go": world.assistant("chen", course="go")}
    for key in sorted(talks, key=last.__eq__):
        await talks[key]("/language English")
    await morning(world)
    assert {key: await told(talk) for key, talk in talks.items()} == {"ebpf": {WAITS, UNLINKED}, "go": {WAITS}}


async def test_who_came_as_a_member_last_is_told_what_staff_are_told_elsewhere_only(world: World) -> None:
    for key in ("ebpf", "go"):
        await world.instructor("chen", course=key)("/language English")
    chen = world.member("chen", course="go")
    await chen("/language English")
    await morning(world)
    assert await told(chen) == set()
    assert await told(world.member("chen")) == {WAITS, UNLINKED}


async def test_whom_a_courses_file_names_no_more_is_told_nothing_from_then_on(world: World) -> None:
    gopher = world.instructor("gopher", course="go")
    await gopher("/language English")
    await morning(world)
    before = len(await gopher.heard())
    world.herald.courses["go"] = replace(world.herald.courses["go"], staff={})
    world.clock.wait(days=1)
    await world.tick()
    assert (before, len(await gopher.heard())) == (2, 2)


async def test_a_linked_person_is_told_what_any_of_their_accounts_may_know_in_that_course(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant("ta")
    await linked(lin, ta)
    world.clock.wait(minutes=1)
    await lin("/language English")
    await morning(world)
    assert await told(lin) == {WAITS}
    assert await told(world.member("lin", course="go")) == await told(ta) == set()
    assert (await lin("/review")).error == "not_allowed"


async def test_of_who_had_themselves_deleted_nothing_is_kept_that_they_might_do(world: World) -> None:
    for key in ("ebpf", "go"):
        chen = world.assistant("chen", course=key)
        await chen("/language English")
    kept = select(staff.c.course, staff.c.person, staff.c.role).order_by(staff.c.course)
    rows = await world.database.read(lambda tx: [tuple(row) for row in tx.execute(kept)])
    assert rows == [("ebpf", "local:chen", 1), ("go", "local:chen", 1)]
    await chen("/privacy delete")
    await chen.press("Delete everything")
    assert await world.database.read(lambda tx: list(tx.execute(kept))) == []
