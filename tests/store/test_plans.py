"""What SQLite reads to find a few rows does not grow with all that stands beside them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.core.chat import Notice
from bot.core.model import AnswerKind, State, Tie
from bot.store import (
    answers,
    buttons,
    claims,
    credits,
    deliveries,
    events,
    follows,
    hearing,
    inbox,
    linking,
    missed,
    people,
    postings,
    reports,
    reviews,
    search,
    standing,
    topics,
)
from bot.store.deliveries import New
from bot.store.postings import Indexed
from bot.store.search import Wanted, Word
from bot.store.topics import Asked
from tests.support import START, once

COURSE, LIN, CHEN, ROOM = "ebpf", "discord:lin", "discord:chen", "group:discord:7"
DAY, SECOND = timedelta(1), timedelta(seconds=1)
FEW, MANY = 30, 1000
GRAIN = 10  # instructions of SQLite between two counts

WORK: Mapping[str, Callable[[Connection], Any]] = {
    "settle": lambda tx: claims.settle(tx, [3, 4, 5], "me", state="sent"),
    "settle whosever": lambda tx: claims.settle(tx, [6], None, state="sent"),
    "overdue": lambda tx: claims.overdue(tx, "elsewhere", [COURSE], START),
    "claim": lambda tx: claims.claim(tx, "discord", "me", START + DAY, DAY, SECOND, 1, DAY),
    "withdraw": lambda tx: deliveries.withdraw(tx, [7, 8, 9]),
    "change": lambda tx: deliveries.change(tx, [10, 11], error=None),
    "under": lambda tx: answers.under(tx, COURSE, 3, [AnswerKind.DRAFT]),
    "wordings": lambda tx: reviews.wordings(tx, COURSE, [3, 5]),
    "askers": lambda tx: credits.askers(tx, COURSE, [3, 5]),
    "declined": lambda tx: credits.declined(tx, [LIN, "discord:zoe"]),
    "last_by": lambda tx: events.last_by(tx, COURSE, LIN, ["edit"]),
    "revisions": lambda tx: events.revisions(tx, COURSE, ["topic:3", "topic:5"]),
    "touched": lambda tx: events.touched(tx, COURSE, [3, 5], ["edit"], "nobody", 0),
    "tries": lambda tx: linking.tries(tx, CHEN, "link.wrong", START - DAY),
}


def fill(tx: Connection, size: int) -> None:
    people.meet(tx, LIN, "Lin", START)
    filed = topics.file(tx, COURSE, [Asked("Why?", LIN, "Why?", "why", START, "chat")] * size)
    answers.add_first(tx, COURSE, [(n, LIN, "So.", START, AnswerKind.DRAFT) for n in filed])
    for state in ("pending", "sent"):
        said = deliveries.announce(tx, COURSE, f"{state}:{size}", Notice("topic.details", {}), START)
        assert said
        deliveries.add(tx, said, [New(f"discord:{n}", state, START) for n in filed])
    for n in filed:
        events.add(tx, COURSE, START, LIN, "edit", f"topic:{n}", {}, {})


# What few rows there are of, whatever was ever said, answered or shown.
FEW_OF: Mapping[str, Callable[[Connection], Any]] = {
    "open_keys": lambda tx: standing.open_keys(tx, COURSE),
    "waiting": lambda tx: answers.waiting(tx, COURSE, 20),
    "proposed_by": lambda tx: answers.proposed_by(tx, COURSE, LIN),
    "count_drafts": lambda tx: answers.count_drafts(tx, COURSE),
    "counts": lambda tx: deliveries.counts(tx, COURSE),
    "count_open": lambda tx: deliveries.count_open(tx, COURSE),
    "open_ones": lambda tx: deliveries.open_ones(tx, COURSE, 0, 5),
    "count_sent": lambda tx: deliveries.count_sent(tx, COURSE, START),
    "done_ones": lambda tx: deliveries.done_ones(tx, COURSE, 20),
    "listed": lambda tx: topics.listed(tx, COURSE, [State.PLANNED], 0, 5),
    "matching": lambda tx: reviews.matching(tx, COURSE, START, State.CANDIDATE, ["none", "of these"], 100),
    "searched": lambda tx: search.page(tx, COURSE, Wanted(words=[Word({8: 1.0}, 0.5)]), 0, 5),
    "about an article": lambda tx: search.count(tx, COURSE, Wanted(article="2026-Q4")),
    "planned": lambda tx: reports.planned(tx, COURSE),
    "topics_of": lambda tx: hearing.topics_of(tx, COURSE, CHEN),
    "missed": lambda tx: missed.anything(tx, COURSE, CHEN),
    "missed and said": lambda tx: missed.take(tx, COURSE, CHEN, "8"),
    "forget buttons": lambda tx: buttons.forget(tx, START - DAY),
    "forget what arrived": lambda tx: inbox.forget(tx, START - DAY),
}


def fill_with_done(tx: Connection, size: int) -> None:
    """Much that is done, and the first time a little of each that is not."""
    people.meet(tx, LIN, "Lin", START)
    asked = Asked("Why?", LIN, "Why?", "why", START, "chat", State.ANSWERED)
    filed = topics.file(tx, COURSE, [asked] * size)
    answers.add_first(tx, COURSE, [(n, LIN, "So.", START, AnswerKind.PUBLISHED) for n in filed])
    if size == FEW:
        topics.file(tx, COURSE, [replace(asked, state=State.CANDIDATE, about="2026-Q4")] * 3)
        postings.put(tx, COURSE, [Indexed(3, ((8,),), [8], None)], 1, {})
        people.meet(tx, CHEN, "Chen", START)
        follows.tie(tx, COURSE, 3, CHEN, Tie.FOLLOW)
        answers.add(tx, COURSE, 3, LIN, "So.", START, AnswerKind.DRAFT)
        answers.add(tx, COURSE, 4, LIN, "So.", START, AnswerKind.SUGGESTED)
        said(tx, "failed", New(ROOM, "failed"), New(CHEN, "failed"), New("behalf:lin", "by-hand"))
        said(tx, f"stands:topic:0:{ROOM}", New(ROOM, "sent"), open=True)
    for n in filed:
        said(tx, f"topic:{n}", New(ROOM, "sent"), New(LIN, "sent"))
        said(tx, f"stands:topic:{n}:{ROOM}", New(ROOM, "sent"), open=False)
        buttons.remember(tx, f"{n}", {}, START)
        inbox.receive(tx, LIN, f"{size}:{n}", START)


def said(tx: Connection, key: str, *rows: New, **fields: object) -> None:
    announced = deliveries.announce(tx, COURSE, key, Notice("topic.post", fields), START)
    assert announced
    deliveries.add(tx, announced, rows)


def cost(tx: Connection, work: Callable[[Connection], Any]) -> int:
    counted: list[None] = []
    connection: Any = tx.connection.dbapi_connection
    connection.set_progress_handler(lambda: counted.append(None), GRAIN)
    work(tx)
    connection.set_progress_handler(None, GRAIN)
    return len(counted)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("fill", "work"), [(fill, WORK), (fill_with_done, FEW_OF)])
def test_a_few_rows_are_found_at_the_same_cost_among_few_and_among_many(
    url: str, fill: Callable[[Connection, int], None], work: Mapping[str, Callable[[Connection], Any]]
) -> None:
    def grow(tx: Connection) -> None:
        fill(tx, FEW)
        before = {name: cost(tx, each) for name, each in work.items()}
        fill(tx, MANY)
        after = {name: cost(tx, each) for name, each in work.items()}
        assert {name: (before[name], now) for name, now in after.items() if now > before[name] + 5} == {}

    once(url, grow)
