"""Events, inbox, deliveries, messages, people, the plan's changes and moments: what goes in comes out, once."""

import asyncio
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from bot.core.chat import Button, Form, Notice, Reply, Role
from bot.core.model import Change, Message, Window
from bot.core.text import received
from bot.store import articles, deliveries, events, inbox, messages, people, roles
from bot.store.database import Database, writer_engine
from bot.store.schema import announcement, delivery, person
from tests.support import START, once, rows, waited_for

LIN, MIA = "local:lin", "local:mia"
REPLY = Reply(
    "Filed as #1.\n第一条", "Title", "https://example.org", (Button("#1", "topic", {"topic": "1"}),),
    Form("ask", ("text",), {"text": "Why?"}), False, "too_short", "en",
)  # fmt: skip
NOTICE = Notice(
    "answer.published", {"n": 1, "title": "为什么", "topics": [[1, "a"]], "late": None}, "https://example.org"
)


def meet(tx: Connection, key: str = LIN, name: str = "Lin", at: datetime = START) -> None:
    people.meet(tx, key, name, at)


# People


def test_a_person_is_known_by_their_newest_name_and_keeps_their_language(url: str) -> None:
    def work(tx: Connection) -> None:
        assert people.known(tx, LIN) is None
        meet(tx)
        people.speak(tx, LIN, "en")
        again = people.meet(tx, LIN, "Lin Lin", START + timedelta(1))
        assert (again.name, again.locale) == ("Lin Lin", "en")
        assert people.known(tx, LIN) == again
        assert tx.execute(select(person.c.seen)).scalar_one() == START + timedelta(1)

    once(url, work)


def test_a_role_is_of_one_course_and_the_newest_one_holds(url: str) -> None:
    def work(tx: Connection) -> None:
        for key in (LIN, MIA):
            meet(tx, key)
            roles.keep(tx, "ebpf", key, Role.ASSISTANT)
        assert roles.at_least(tx, "go", Role.MEMBER) == []
        roles.keep(tx, "ebpf", LIN, Role.INSTRUCTOR)
        roles.keep(tx, "go", MIA, Role.MEMBER)
        found = [roles.at_least(tx, "ebpf", role) for role in Role]
        assert found == [[LIN, MIA], [LIN, MIA], [LIN]]
        roles.keep(tx, "ebpf", LIN, Role.MEMBER)
        assert roles.at_least(tx, "ebpf", Role.MEMBER) == [MIA]

    once(url, work)


def test_who_comes_without_a_name_keeps_the_one_that_was_known(url: str) -> None:
    def work(tx: Connection) -> None:
        meet(tx)
        assert people.meet(tx, LIN, "", START).name == "Lin"
        assert people.meet(tx, MIA, "", START).name == ""

    once(url, work)


def test_who_was_not_reached_is_known_by_all_their_accounts_and_nobody_else_by_it(url: str) -> None:
    def work(tx: Connection) -> None:
        for key in (LIN, MIA, "wechat:mia"):
            meet(tx, key)
        tx.execute(person.update().where(person.c.key == "wechat:mia").values(main=MIA))
        made = deliveries.announce(tx, "ebpf", "lost", NOTICE, START, None)
        assert made
        deliveries.add(tx, made, [deliveries.New("wechat:mia", "failed"), deliveries.New(LIN, "sent")])
        for key, missed in ((LIN, False), (MIA, True), ("wechat:mia", True)):
            known = people.known(tx, key)
            assert known
            assert known.missed is people.meet(tx, key, "", START).missed is missed

    once(url, work)


# Events


def test_events_are_found_by_number_by_their_doer_and_by_their_subject(url: str) -> None:
    def work(tx: Connection) -> None:
        meet(tx)
        meet(tx, MIA, "Mia")
        add = [
            events.add(tx, "ebpf", START, who, verb, subject, {"state": "new"}, {"state": "planned", "no": None})
            for who, verb, subject in (
                (LIN, "decide", "topic:1"), (LIN, "edit", "topic:2"), (MIA, "answer", "topic:1"),
            )
        ]  # fmt: skip
        first = events.get(tx, "ebpf", add[0])
        assert first
        assert (first.person, first.name, first.verb, first.subject, first.at) == (
            LIN,
            "Lin",
            "decide",
            "topic:1",
            START,
        )
        assert (first.before, first.after, first.undone) == ({"state": "new"}, {"state": "planned", "no": None}, False)
        assert events.get(tx, "another course", add[0]) is None
        assert events.last_by(tx, "ebpf", LIN, ["decide", "answer"]) == first
        last = events.last_on(tx, "ebpf", "topic:1", ["decide", "answer"])
        assert last
        assert last.id == add[2]
        events.mark_undone(tx, add[2])
        assert events.last_on(tx, "ebpf", "topic:1", ["decide", "answer"]) == first
        assert events.last_by(tx, "ebpf", MIA, ["answer"]) is None
        undone = events.get(tx, "ebpf", add[2])
        assert undone
        assert undone.undone

    once(url, work)


# Inbox


def test_a_message_that_arrives_again_gets_the_reply_of_the_first_time(url: str) -> None:
    def work(tx: Connection) -> None:
        assert inbox.receive(tx, LIN, "m1", START) is None
        inbox.replied(tx, LIN, "m1", REPLY)
        assert inbox.receive(tx, LIN, "m1", START + timedelta(1)) == REPLY
        assert inbox.receive(tx, MIA, "m1", START) is None
        assert inbox.receive(tx, LIN, "m2", START) is None

    once(url, work)


async def test_a_message_that_arrives_at_two_places_at_once_acts_once(url: str) -> None:
    def act(tx: Connection) -> bool:
        if earlier := inbox.receive(tx, LIN, "m1", START):
            assert earlier == REPLY
            return False
        inbox.replied(tx, LIN, "m1", REPLY)
        return True

    async with Database(url) as one, Database(url) as other:
        acted = await asyncio.gather(*(place.write(act) for place in (one, other) * 8))
    assert acted.count(True) == 1


# Announcements and deliveries


async def test_an_announcement_is_made_once_whoever_makes_it_at_the_same_time(url: str) -> None:
    def announce(tx: Connection) -> bool:
        made = deliveries.announce(tx, "ebpf", "slip:2026-Q4", NOTICE, START)
        if made is None:
            return False
        rows = [deliveries.New("group:local", "sent", platform_id="17"), deliveries.New(LIN, "pending", START)]
        deliveries.add(tx, made, rows)
        return True

    async with Database(url) as one, Database(url) as other:
        made = await asyncio.gather(*(place.write(announce) for place in (one, other) * 8))
    assert made.count(True) == 1

    def check(tx: Connection) -> None:
        assert rows(tx, announcement) == 1
        targets = tx.execute(select(delivery.c.target, delivery.c.state, delivery.c.platform_id))
        assert sorted(map(tuple, targets)) == [("group:local", "sent", "17"), (LIN, "pending", None)]
        assert deliveries.announce(tx, "another course", "slip:2026-Q4", NOTICE, START) is not None

    once(url, check)


# Messages


def test_each_sees_what_is_theirs_and_what_is_everybodys_in_order_and_in_pages(url: str) -> None:
    def work(tx: Connection) -> None:
        for who, body, line in (
            (LIN, REPLY, "/ask Why?"),
            (None, NOTICE, None),
            (MIA, REPLY, "/topics"),
            (LIN, NOTICE, None),
        ):
            messages.append(tx, "ebpf", START, who, body, line)
        messages.append(tx, "another", START, None, NOTICE)
        seen = messages.after(tx, "ebpf", LIN, 0, 9)
        assert seen == [
            Message(1, START, LIN, "/ask Why?", reply=REPLY),
            Message(2, START, None, notice=NOTICE),
            Message(4, START, LIN, notice=NOTICE),
        ]
        assert messages.after(tx, "ebpf", LIN, 1, 1) == seen[1:2]
        assert messages.before(tx, "ebpf", LIN, None, 2) == seen[1:]
        assert messages.before(tx, "ebpf", LIN, 4, 2) == seen[:2]
        assert [each.seq for each in messages.after(tx, "ebpf", MIA, 0, 9)] == [2, 3]
        assert messages.changes(tx, "ebpf", None, 9) == (4, set())
        assert messages.changes(tx, "ebpf", 1, 9) == (4, {None, MIA, LIN})
        assert messages.changes(tx, "ebpf", 1, 2) == (3, {None, MIA})
        assert messages.changes(tx, "ebpf", 4, 9) == (4, set())
        assert messages.changes(tx, "a third", None, 9) == (0, set())

    once(url, work)


async def test_the_same_call_of_the_same_person_is_one_message_even_from_two_places_at_once(url: str) -> None:
    def add(tx: Connection) -> int:
        return messages.append(tx, "ebpf", START, LIN, REPLY, "/ask Why?", "call-1")

    async with Database(url) as one, Database(url) as other:
        given = await asyncio.gather(*(place.write(add) for place in (one, other) * 8))
        theirs = await one.write(lambda tx: messages.append(tx, "ebpf", START, MIA, REPLY, "/ask", "call-1"))
    assert len(set(given)) == 1
    assert theirs != given[0]
    assert len(once(url, lambda tx: messages.after(tx, "ebpf", LIN, 0, 99))) == 1


async def test_no_message_appears_behind_one_that_was_seen_already(url: str) -> None:
    """Numbers are in the order of commits: who reads on from the last number misses nothing."""
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    seen: list[int] = []

    def slow(tx: Connection) -> int:
        seq = messages.append(tx, "ebpf", START, None, NOTICE)
        loop.call_soon_threadsafe(begun.set)
        return seq

    async with Database(url) as one, Database(url) as other:
        writing = [asyncio.ensure_future(place.write(slow)) for place in (one, other) * 10]
        await begun.wait()
        while len(seen) < len(writing):
            last = seen[-1] if seen else 0
            seen += [
                each.seq
                for each in await one.read(partial(messages.after, course="ebpf", person=LIN, seq=last, limit=99))
            ]
        given = await asyncio.gather(*writing)
    assert seen == sorted(given)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_message_waits_for_one_with_a_smaller_number_to_be_committed(url: str) -> None:
    def add(tx: Connection) -> int:
        return messages.append(tx, "ebpf", START, None, NOTICE)

    first = writer_engine(url)
    async with Database(url) as other:
        with first.begin() as tx:
            seq = add(tx)
            second = asyncio.ensure_future(other.write(add))
            await waited_for(tx)
            assert await other.read(partial(messages.after, course="ebpf", person=LIN, seq=0, limit=9)) == []
        assert await second == seq + 1
    first.dispose()


# The plan's changes

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
WINDOWS = st.builds(lambda one, two: Window(min(one, two), max(one, two)), DAYS, DAYS)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001
TEXTS = st.text(max_size=20).map(received)
CHANGES = st.builds(
    Change,
    **{name: st.none() | TEXTS for name in ("title", "summary", "url")},
    **{name: st.none() | WINDOWS for name in ("window", "published", "slipped")},
    **{name: st.none() | st.booleans() for name in ("late", "skipped")},
    confirmed=st.none() | MOMENTS,
)


def test_whatever_is_said_of_a_slot_comes_back_as_it_was_said(url: str) -> None:
    engine = writer_engine(url)
    with engine.begin() as tx:

        @given(change=CHANGES)
        def comes_back(change: Change) -> None:
            articles.save(tx, "ebpf", "2026-Q4", change)
            assert articles.changes(tx, "ebpf") == {"2026-Q4": change}
            assert articles.lock(tx, "ebpf", "2026-Q4") == change

        comes_back()
    engine.dispose()


def test_a_slot_of_which_nothing_was_said_is_locked_as_an_empty_change(url: str) -> None:
    def work(tx: Connection) -> None:
        articles.save(tx, "another", "2026-Q4", Change(late=True))
        assert articles.lock(tx, "ebpf", "2026-Q4") == Change()
        assert articles.changes(tx, "another") == {"2026-Q4": Change(late=True)}

    once(url, work)


# Moments


def test_a_moment_comes_back_in_utc_and_one_without_a_zone_is_refused(url: str) -> None:
    def keep(at: datetime) -> Any:
        def work(tx: Connection) -> Any:
            meet(tx, at=at)
            return tx.execute(select(person.c.seen)).scalar_one()

        return once(url, work)

    moment = datetime(2026, 11, 20, 17, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    assert keep(moment) == moment
    assert keep(moment).tzinfo is UTC
    with pytest.raises(ValueError, match="a time without a zone"):
        keep(moment.replace(tzinfo=None))
    assert once(url, lambda tx: tx.execute(select(person.c.seen)).scalar_one()) == moment
