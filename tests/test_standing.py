"""What stands in a place: said once, reworded where it stands, and put up anew where somebody deleted it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from bot.core.errors import Unreachable, Unsure
from bot.core.model import Change
from bot.services import ledger, standing
from bot.store.schema import announcement, delivery
from bot.store.topics import unposted
from tests.fixtures import DATABASES
from tests.platform import ROOM, Recorder, worker
from tests.support import START, World, course, opened_world, rows

T = TypeVar("T")


@pytest.fixture
def kind() -> str:
    """Where the other is not said to matter."""
    return "sqlite"


@asynccontextmanager
async def carded(url: str) -> AsyncIterator[tuple[World, Recorder]]:
    """An installation whose card stands in the local chat and in a room."""
    async with opened_world(url, course(channels=(), card=(ledger.GROUP, ROOM), locale="en")) as world:
        yield world, Recorder()


async def settle(world: World, wire: Recorder) -> str:
    """What stands in the room once all is said."""
    await world.herald.stand(world.clock())
    world.clock.wait(seconds=25)
    await worker(world, wire).drain()
    [text] = wire.texts(ROOM)
    return text


async def test_the_card_follows_every_change_of_the_plan_in_one_message(url: str) -> None:
    async with carded(url) as (world, wire):
        boss = world.instructor()
        assert "Next article: 2026-Q4\nExpected: Q4 2026" in await settle(world, wire)
        await boss("/schedule 2026-Q4 2026-12-24 10:00 title:Debugging")
        assert "2026-Q4 · Debugging\nConfirmed: Thursday, December 24, 2026" in await settle(world, wire)
        await boss("/schedule 2026-Q4 late")
        assert "Late: it was promised for December 24, 2026. There is no new date" in await settle(world, wire)
        await boss("/schedule 2026-Q4 2026-12-28..2026-12-30")
        assert "for December 24, 2026 and is now expected for Dec 28" in await settle(world, wire)
        await boss("/publish 2026-Q4 https://example.org/29")
        assert "Next article: 2026-review" in await settle(world, wire)
        await boss.press("Undo")
        assert "Next article: 2026-Q4" in await settle(world, wire)
        assert wire.pinned == ["m1"]
        assert await world.database.read(kept_rows) == (1, 1)


async def test_the_card_says_of_an_article_that_did_not_come_that_it_is_not_out(url: str) -> None:
    async with carded(url) as (world, wire):
        boss = world.instructor()
        for said in ("2026-12-24 10:00", "2026-12-28..2026-12-30"):
            await boss(f"/schedule 2026-Q4 {said}")
            world.clock.wait(days=43)
            assert "and is not out yet" in await settle(world, wire)


def kept_rows(tx: Connection) -> tuple[int, int]:
    """How many rows there are of what stands: announcements and deliveries to the room."""
    ours = announcement.c.key.startswith("stands:card:group:wire")
    announced = tx.execute(announcement.select().where(ours)).all()
    return len(announced), len(tx.execute(delivery.select().where(delivery.c.target == ROOM)).all())


async def test_what_leads_is_counted_and_a_burst_of_votes_is_one_edit(url: str) -> None:
    async with carded(url) as (world, wire):
        await world.member("lin")("/ask Why does the verifier reject it?")
        await world.member("mia")("/ask different:yes anonymous:yes How do ring buffers lose events?")
        first = await settle(world, wire)
        assert first.index("#1 Why does") < first.index("#2 How do")
        calls = wire.calls
        for name in ("ann", "bo", "cai", "dan"):
            await world.member(name)("/me-too 2")
            await world.herald.stand(world.clock.wait(seconds=0.5))
        text = await settle(world, wire)
        assert text.index("#2 How do ring buffers lose events? · 5 people ask") < text.index("#1 Why does")
        assert wire.calls == calls + 1
        await world.assistant()("/answer 2 When nobody reads them.")
        assert "#2" not in await settle(world, wire)


async def test_nothing_is_written_while_nothing_changes(url: str) -> None:
    async with carded(url) as (world, wire):
        await settle(world, wire)
        before, calls = await world.database.read(lambda tx: rows(tx, delivery)), wire.calls
        for _ in range(3):
            await settle(world, wire)
        assert (await world.database.read(lambda tx: rows(tx, delivery)), wire.calls) == (before, calls)


async def test_what_stands_in_all_courses_is_one_look_and_where_nothing_does_there_is_none(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    courses = [course(key, channels=(), card=(ledger.GROUP,)) for key in ("ebpf", "go", "sql")]
    async with opened_world(url, *courses, course("plain")) as world:
        looks: list[object] = []
        read, mine = world.database.read, asyncio.current_task()

        async def counted(look: Callable[[Connection], T]) -> T:
            looks.extend([look] if asyncio.current_task() is mine else [])
            return await read(look)

        monkeypatch.setattr(world.database, "read", counted)
        await world.herald.stand(world.clock())
        assert len(looks) == 1
        for each in courses:
            assert await read(partial(standing.in_chat, course=each.key, name="card"))
            world.herald.courses[each.key] = replace(each, card=())
        await world.herald.stand(world.clock())
        assert len(looks) == 1


async def test_a_card_that_was_deleted_by_hand_is_put_up_and_pinned_anew(url: str) -> None:
    async with carded(url) as (world, wire):
        await settle(world, wire)
        [(_, nonce, _)] = wire.arrived[ROOM]
        wire.arrived.clear()
        await world.instructor()("/schedule 2026-Q4 title:Maps")
        assert "Maps" in await settle(world, wire)
        [(id_, other, _)] = wire.arrived[ROOM]
        assert other != nonce
        assert wire.pinned[-1] == id_
        assert len(wire.pinned) == 2


@pytest.mark.parametrize("kind", DATABASES)
async def test_a_change_while_it_is_being_said_is_said_after(url: str) -> None:
    async with carded(url) as (world, wire):
        boss = world.instructor()
        await world.herald.stand(world.clock())
        world.clock.wait(seconds=25)
        sending = worker(world, wire)
        [claimed] = await sending._claim()
        await boss("/schedule 2026-Q4 title:Maps")
        await world.herald.stand(world.clock())
        await sending._deliver(claimed, paced=False)
        assert "Maps" not in wire.texts(ROOM)[0]
        assert "Maps" in await settle(world, wire)


async def test_where_it_may_not_be_pinned_it_stands_and_staff_are_told_once(url: str) -> None:
    async with carded(url) as (world, wire):
        wire.faults.extend([None, Unreachable("unworded", key="no pins")])
        await settle(world, wire)
        await world.instructor()("/schedule 2026-Q4 title:Maps")
        assert "Maps" in await settle(world, wire)
        told = [each.text for each in await world.instructor().heard()]
        assert [text for text in told if "no pins" in text] == ["The platform refused it (no pins)."]


async def test_what_may_not_be_changed_for_a_while_is_not_said_twice(url: str) -> None:
    async with carded(url) as (world, wire):
        boss = world.instructor()
        await settle(world, wire)
        wire.faults.append(Unreachable("unworded", key="no access"))
        await boss("/schedule 2026-Q4 title:Maps")
        await settle(world, wire)
        await boss("/schedule 2026-Q4 title:Ring buffers")
        assert "Ring buffers" in await settle(world, wire)


async def test_an_announcement_does_not_wait_for_the_card(url: str) -> None:
    async with opened_world(url, course(channels=(ROOM,), card=(ROOM,), locale="en")) as world:
        wire = Recorder()
        await settle(world, wire)
        await world.instructor()("/schedule 2026-Q4 late")
        await world.herald.stand(world.clock.wait(seconds=19))
        await worker(world, wire).drain()
        world.clock.wait(seconds=1.5)
        await worker(world, wire).drain()
        assert len(wire.texts(ROOM)) == 2


async def test_the_local_chat_reads_the_card_where_the_ledger_keeps_it(url: str) -> None:
    async with carded(url) as (world, _):
        await world.herald.stand(world.clock())
        await world.instructor()("/schedule 2026-Q4 title:Maps")
        await world.herald.stand(world.clock())
        notice = await world.database.read(lambda tx: standing.in_chat(tx, "ebpf", "card"))
        assert notice
        assert notice.fields["title"] == "Maps"
        assert await world.group() == []


# A topic's thread


@asynccontextmanager
async def threaded(url: str) -> AsyncIterator[tuple[World, Recorder]]:
    """An installation in which each topic has a thread in a room."""
    async with opened_world(url, course("ebpf", channels=(), threads=(ROOM,), locale="en")) as world:
        yield world, Recorder()


async def threads(world: World, wire: Recorder) -> list[tuple[str, bool]]:
    """What stands in the room once all is said, and whether each is closed."""
    while await world.database.read(lambda tx: bool(unposted(tx, "ebpf", 1))):
        await world.herald.stand(world.clock())
    world.clock.wait(seconds=25)
    await worker(world, wire).drain()
    return [(text, wire.closed[id_]) for id_, _, text in wire.arrived.get(ROOM, [])]


@pytest.mark.parametrize("kind", DATABASES)
async def test_a_topics_thread_follows_it_from_the_question_to_the_answer_and_back(url: str) -> None:
    async with threaded(url) as (world, wire):
        ta = world.assistant()
        await world.member("nemo")("/ask anonymous:yes Why does the verifier reject it?")
        assert await threads(world, wire) == [("#1 Why does the verifier reject it?\nWaiting for review.", False)]
        await ta("/retitle 1 The verifier and loops")
        await ta("/answer 1 Because it never ends.")
        [(text, closed)] = await threads(world, wire)
        assert (text, closed) == ("#1 The verifier and loops\nAnswered.\n\nBecause it never ends.", True)
        await ta("/unanswer 1 reason:It was wrong")
        assert await threads(world, wire) == [("#1 The verifier and loops\nWaiting for review.", False)]
        await ta("/decide 1 declined That is another course.")
        [(text, closed)] = await threads(world, wire)
        assert (text, closed) == ("#1 The verifier and loops\nDeclined: That is another course.", True)
        await ta.press("Undo")
        assert (await threads(world, wire))[0][1] is False
        assert "nemo" not in str(wire.arrived)


async def test_a_merged_topics_thread_says_where_it_went_and_comes_back_with_it(url: str) -> None:
    async with threaded(url) as (world, wire):
        lin, ta = world.member("lin"), world.assistant()
        await lin("/ask Why does the verifier reject it?")
        await lin("/ask different:yes How do ring buffers lose events?")
        await threads(world, wire)
        await ta("/merge 2 1")
        await ta.press(ta.last.buttons[0].label)
        assert (await threads(world, wire))[1] == (
            "#2 How do ring buffers lose events?\n#2 was merged into #1.",
            True,
        )
        await ta("/split 2")
        assert [closed for _, closed in await threads(world, wire)] == [False, False]
        await lin("/my-questions withdraw 2")
        assert (await threads(world, wire))[1] == ("#2\nWhoever asked this withdrew it.", True)


async def test_what_is_settled_or_taken_back_in_time_gets_no_thread(url: str) -> None:
    async with threaded(url) as (world, wire):
        lin, ta = world.member("lin"), world.assistant()
        await lin("/ask Why does the verifier reject it?")
        await ta("/answer 1 Because it never ends.")
        await lin("/ask different:yes How do ring buffers lose events?")
        await world.herald.stand(world.clock())
        await lin("/my-questions withdraw 2")
        assert await threads(world, wire) == []
        await ta("/decide 1 reopened")
        assert [text.split("\n")[0] for text, _ in await threads(world, wire)] == [
            "#1 Why does the verifier reject it?"
        ]


async def test_votes_change_nothing_in_a_thread_and_one_deleted_by_hand_stays_so_once_it_is_settled(url: str) -> None:
    async with threaded(url) as (world, wire):
        await world.member("lin")("/ask Why does the verifier reject it?")
        await threads(world, wire)
        calls = wire.calls
        await world.member("mia")("/me-too 1")
        await threads(world, wire)
        assert wire.calls == calls
        wire.arrived.clear()
        await world.assistant()("/decide 1 declined Spam.")
        assert await threads(world, wire) == []


@pytest.mark.parametrize("kind", DATABASES)
async def test_where_the_file_moves_threads_what_is_open_follows_and_what_is_settled_stays(url: str) -> None:
    async with opened_world(url, course("ebpf", channels=(), threads=(), locale="en")) as world:
        wire, lin, other = Recorder(), world.member("lin"), "group:wire:other"
        await lin("/ask Why does the verifier reject it?")
        await lin("/ask different:yes How do ring buffers lose events?")
        await world.assistant()("/answer 1 Because it never ends.")
        await name(world, ROOM)
        assert await threads(world, wire) == [("#2 How do ring buffers lose events?\nWaiting for review.", False)]
        await lin("/ask different:yes How do maps grow?")
        await threads(world, wire)
        await world.assistant()("/answer 2 When nobody reads them.")
        await threads(world, wire)
        await name(world, ROOM, other)
        await threads(world, wire)
        assert wire.texts(other) == ["#3 How do maps grow?\nWaiting for review."]
        calls = wire.calls
        await name(world, other)
        assert await threads(world, wire) == [
            ("#2 How do ring buffers lose events?\nAnswered.\n\nWhen nobody reads them.", True),
            ("#3 How do maps grow?\nThis topic is no longer kept up to date here. /topic 3 shows how it stands.", True),
        ]
        assert wire.calls == calls + 2
        await name(world, other)
        await threads(world, wire)
        assert wire.calls == calls + 2


async def name(world: World, *targets: str) -> None:
    """Let the course's file name these places for its topics' threads."""
    world.herald.courses["ebpf"] = replace(world.herald.course, threads=targets)
    await world.tick()


async def test_what_waits_for_a_place_that_is_named_no_more_is_never_said(url: str) -> None:
    async with carded(url) as (world, wire):
        await world.herald.stand(world.clock())
        world.herald.courses["ebpf"] = replace(world.herald.course, card=())
        await world.tick()
        world.clock.wait(seconds=25)
        await worker(world, wire).drain()
        assert wire.calls == 0


# Confirmed articles in a calendar


async def test_an_article_that_is_confirmed_no_more_before_anybody_saw_it_comes_into_no_calendar(url: str) -> None:
    async with opened_world(url, course("ebpf", channels=(), calendars=(ROOM,), locale="en")) as world:
        wire, boss = Recorder(), world.instructor()
        await boss("/schedule 2026-Q4 2026-12-24 10:00")
        await world.herald.stand(world.clock())
        await boss("/schedule 2026-Q4 late")
        await world.herald.stand(world.clock.wait(seconds=25))
        await worker(world, wire).drain()
        assert wire.calls == 0


async def test_an_article_comes_into_the_calendar_however_many_come_before_it(url: str) -> None:
    async with opened_world(url, course("ebpf", channels=(), calendars=(ROOM,), locale="en")) as world:
        wire = Recorder()
        await world.instructor()("/schedule 2028-Q1 2028-02-24 10:00")
        assert "Next article: 2028-Q1" in await settle(world, wire)


async def test_an_extra_that_the_file_names_no_more_leaves_the_calendar(url: str) -> None:
    bonus = {"bonus-1": Change(title="Bonus", confirmed=START + timedelta(days=30))}
    async with opened_world(url, course("ebpf", channels=(), calendars=(ROOM,), changes=bonus, locale="en")) as world:
        wire = Recorder()
        assert "Next article: Bonus" in await settle(world, wire)
        world.herald.courses["ebpf"] = replace(world.herald.course, changes={})
        await world.tick()
        await settle(world, wire)
        assert list(wire.closed.values()) == [True]


async def test_what_was_in_doubt_when_it_changed_is_found_and_changed(url: str) -> None:
    async with carded(url) as (world, wire):
        wire.nonces = False
        wire.after.append(Unsure())
        assert "Maps" not in await settle(world, wire)
        await world.instructor()("/schedule 2026-Q4 title:Maps")
        await world.herald.stand(world.clock())
        world.clock.wait(minutes=2)
        assert "Maps" in await settle(world, wire)
        assert wire.pinned == ["m1"]
