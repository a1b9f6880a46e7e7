"""Deliveries that a person looks after: what waits, what failed, what is to be posted by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bot.core.chat import Role, is_place
from bot.core.errors import UserError
from bot.core.model import Course, Delivery, Page, Person
from bot.services.ledger import is_held
from bot.services.pages import page
from bot.services.work import Work
from bot.store import deliveries, events

# What may be done with a delivery in each state; "held" is what waits for a person, "grace" what waits for its moment.
ACTS: Mapping[str, tuple[str, ...]] = {
    "failed": ("retry", "posted", "drop"),
    "unsure": ("posted", "retry", "drop"),
    "by-hand": ("posted", "drop"),
    "held": ("retry", "drop"),
    "grace": ("retry", "drop"),
    "pending": ("retry", "drop"),
}
LONGEST, LAST = 100, 20
LATELY = timedelta(days=30)  # the words name it
_FREE = {"lease_until": None, "owner": None, "within": None}


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery to a place, or those to so many `persons` who are told the same by hand."""

    delivery: Delivery
    standing: str
    persons: int = 0

    @property
    def acts(self) -> tuple[str, ...]:
        """What may be done with it."""
        return () if self.delivery.claimed and self.standing == "pending" else ACTS.get(self.standing, ())


@dataclass(frozen=True, slots=True)
class Overview:
    """What needs somebody, a page of it, and how many messages to persons are in each state: who they are is theirs.

    `sent` are those of what was announced `LATELY`.
    """

    items: Page[Item]
    private: Mapping[str, int]
    sent: int


@dataclass(frozen=True, slots=True)
class Board:
    """What is open, the newest of so many in all; what was `done` in places last; how many are to persons, by state."""

    open: tuple[Item, ...]
    total: int
    done: tuple[Item, ...]
    private: Mapping[str, int]


def overview(work: Work, number: int) -> Overview:
    """How the course's deliveries stand."""
    tx, key = work.tx, work.course.key
    shown = page(number, deliveries.count_open(tx, key), partial(_open, work))
    return Overview(shown, deliveries.counts(tx, key), deliveries.count_sent(tx, key, work.now - LATELY))


def board(tx: Connection, course: Course, person: Person, role: Role, now: datetime) -> Board:
    """The ledger as the instructor sees it."""
    work = Work(tx, course, person, role, now)
    done = tuple(Item(row, row.state) for row in deliveries.done_ones(tx, course.key, LAST))
    total, private = deliveries.count_open(tx, course.key), deliveries.counts(tx, course.key)
    return Board(tuple(_open(work, 0, LONGEST)), total, done, private)


def _open(work: Work, offset: int, limit: int) -> list[Item]:
    found = deliveries.open_ones(work.tx, work.course.key, offset, limit)
    return [_item(work, row, persons) for row, persons in found]


def look(work: Work, id_: int) -> Item:
    """One delivery; UserError where there is none or it is a person's."""
    found = deliveries.get(work.tx, work.course.key, id_)
    if found is None or not (is_place(found.target) or found.state == "by-hand"):
        raise UserError("no_delivery", n=id_)
    return _item(work, found, len(_together(work, found)))


def act(work: Work, id_: int, action: str) -> tuple[Item, int]:
    """Send it again or now ("retry"), note that somebody posted it, or drop it; it then, and the event that undoes it.

    UserError where that cannot be done with it as it stands.
    """
    was = look(work, id_)
    if action not in was.acts:
        raise UserError("delivery_moved", n=id_, standing=was.standing)
    rows = _together(work, was.delivery)
    before = {str(row.id): _kept(row) for row in rows}
    after = _changed(work, action)
    deliveries.change(work.tx, [row.id for row in rows], **_FREE, **after)
    done = {"state": after["state"]}
    subject = f"delivery:{id_}"
    event = events.add(work.tx, work.course.key, work.now, work.person.key, "delivery", subject, before, done)
    return replace(was, delivery=replace(was.delivery, state=after["state"]), standing=after["state"]), event


def put_back(work: Work, done: events.Event) -> None:
    """Undo `act`; UserError where it went out meanwhile."""
    for id_, kept in done.before.items():
        row = deliveries.get(work.tx, work.course.key, int(id_))
        if row is None or row.claimed or row.state != done.after["state"]:
            raise UserError("delivery_moved", n=int(id_), standing=row.state if row else "sent")
        moments = {name: datetime.fromisoformat(kept[name]) if kept[name] else None for name in ("due", "next_try")}
        values = {"state": kept["state"], "platform_id": kept["platform_id"], **moments}
        deliveries.change(work.tx, [row.id], **values)


def _kept(row: Delivery) -> dict[str, Any]:
    moments = {name: at.isoformat() if (at := getattr(row, name)) else None for name in ("due", "next_try")}
    return {"state": row.state, "platform_id": row.platform_id, **moments}


def _changed(work: Work, action: str) -> dict[str, Any]:
    if action == "retry":
        return {"state": "pending", "due": work.now, "next_try": work.now, "attempts": 0}
    if action == "posted":
        return {"state": "sent", "platform_id": "by hand", "next_try": None}
    return {"state": "skipped", "next_try": None}


def _together(work: Work, row: Delivery) -> list[Delivery]:
    """The rows that are handled as one: of persons told by hand, all of the same announcement."""
    if is_place(row.target):
        return [row]
    of = deliveries.of_announcement(work.tx, work.course.key, row.key)
    return [each for each in of if not is_place(each.target) and each.state == row.state]


def _item(work: Work, row: Delivery, persons: int) -> Item:
    standing = "grace" if is_held(work, row) else row.state
    return Item(row, standing, 0 if is_place(row.target) else persons)
