"""One Herald for two courses: who is staff of the one is nobody in particular in the other."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy import Connection, select

from bot.core.chat import Call, Reply, Role
from bot.core.model import Entry, Feed
from bot.store.schema import announcement, delivery, metadata, staff
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


# What was done in one course, tried in the other

WORD = "verifier"
DONE = (
    ("lin", "/ask Why does the verifier reject my loop?"),
    ("lin", "/ask different:yes How large may a verifier log become?"),
    ("mia", "/ask different:yes What of tail calls does the verifier see?"),
    ("mia", "/ask different:yes anonymous:yes Who wrote the verifier anyway?"),
    ("lin", "/my-questions edit 2 How large may the log of the verifier become?"),
    ("mia", "/me-too 1"),
    ("mia", "/follow 2"),
    ("mia", "/suggest 1 The verifier wants a bound."),
    ("chen", "/review"),
    ("chen", "/answer 1 draft:yes The verifier has to see an end."),
    ("chen", "/endorse 1"),
    ("chen", "/answer 2 As the verifier's caller likes."),
    ("lin", "/flag 2 The verifier has changed."),
    ("chen", "/decide 3 planned 2026-Q4 reason:The verifier again."),
    ("chen", "/retitle 3 The verifier and tail calls"),
    ("chen", "/merge 4 into:1"),
    ("chen", "/block 4 7 reason:The verifier only."),
    ("chen", "/file 小林:\nWhy does the verifier not like my map?\n\n老周:\nWhat does the verifier do with kfuncs?\n"),
    ("chen", "/schedule 2026-Q4 2026-12-24 09:00 title:The verifier"),
    ("chen", "/announce 2026-Q4"),
    ("chen", "/publish 2026-Q4 https://example.org/verifier"),
    ("chen", "/schedule 2026-review late"),
    ("chen", "/deliveries"),
    ("chen", "/feed"),
    ("chen", "/carry 2026-Q4"),
    ("chen", "/undo"),
    ("mia", "/notify"),
)


SEEN = (
    ("lin", "/ask Why does the channel block for good?"),
    ("lin", "/my-questions"),
    ("lin", "/topics mine:yes"),
    ("lin", "/notify"),
    ("mia", "/topics"),
    ("mia", "/topics search:verifier"),
    ("mia", "/ask Why does the verifier reject my loop?"),
    ("mia", "/my-questions"),
    ("mia", "/topic 1"),
    ("mia", "/next-article"),
    ("mia", "/articles"),
    ("chen", "/notify"),
    ("chen", "/review"),
    ("chen", "/endorse"),
    ("chen", "/block"),
    ("chen", "/deliveries"),
    ("chen", "/feed"),
    ("chen", "/brief 2026-Q4"),
    ("chen", "/announce 2026-Q4"),
    ("chen", "/announce 2026-Q4 outcome"),
    ("chen", "/carry 2026-Q4"),
    ("chen", "/undo"),
)


def of_ebpf(tx: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the course ebpf."""
    tables = (each for each in metadata.sorted_tables if "course" in each.c)
    rows = {each.name: [*map(tuple, tx.execute(select(each).where(each.c.course == "ebpf")))] for each in tables}
    of_its = delivery.c.announcement == announcement.c.id
    its = select(delivery).join(announcement, of_its).where(announcement.c.course == "ebpf")
    return {**rows, "delivery": [*map(tuple, tx.execute(its.order_by(delivery.c.id)))]}


FEED = Feed("https://example.org/feed")
EBPF = course(channels=("group:local", "group:discord:7", "group:wechat:ebpf"), feed=FEED, locale="en")
# Both others are called the same: what is said in the one can be compared with what is said in the other.
COURSES = (EBPF, *(replace(EBPF, key=key, title="Go", changes={}) for key in ("go", "more-go")))


async def done(world: World, course: str, lines: Iterable[tuple[str, str]]) -> list[tuple[Call, Reply]]:
    """All that is said in a course when this is typed there."""
    talks = {name: world.member(name, course=course) for name in ("lin", "mia")}
    talks["chen"] = world.instructor("chen", course=course)
    said = []
    for name, line in lines:
        reply = await talks[name](line)
        said.append((talks[name].calls[-1], reply))
    return said


async def busy(world: World) -> list[tuple[Call, Reply]]:
    """All that is said in ebpf, where much is done."""
    for key in ("old", "new"):
        entry = Entry((key,), f"The {key} verifier", f"https://example.org/{key}")
        await world.herald.check_feed(EBPF, (entry,), world.clock())
    return await done(world, "ebpf", DONE)


async def test_a_course_is_as_new_whatever_was_done_in_another_by_the_same_persons(url: str) -> None:
    async with opened_world(url, *COURSES) as world:
        new = await done(world, "go", SEEN)
        await busy(world)
        assert [reply for _, reply in await done(world, "more-go", SEEN)] == [reply for _, reply in new]


async def test_nothing_that_was_done_in_one_course_can_be_seen_or_changed_from_another(url: str) -> None:
    async with opened_world(url, *COURSES) as world:
        seen: list[Call] = []
        for call, reply in await busy(world):
            pressed = [each for each in reply.buttons if each.args.get("action") != "withdraw"]
            seen += [call, *(replace(call, command=each.command, args=each.args) for each in pressed)]
        before = await world.database.read(of_ebpf)
        for n, call in enumerate(seen):
            args = {name: value.replace(WORD, "scheduler") for name, value in call.args.items()}
            there = replace(call, args=args, id=f"again {n}", course="go")
            reply = await world.herald.dispatcher.handle(there)
            assert (WORD in str(reply), reply.error == "broken") == (False, False)
            assert await world.database.read(of_ebpf) == before
        for name in ("", "local:lin", "local:mia", "local:chen"):
            assert WORD not in str(await world._heard(name, "en", COURSES[1]))
