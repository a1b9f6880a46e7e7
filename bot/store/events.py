"""Who did what to what: the audit log, and what undo reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Text, case, cast, func, literal, select

from bot.store.schema import event, person, topic

_ADD = event.insert().returning(event.c.id)
_EVENTS = select(event, person.c.name).join(person, person.c.key == event.c.person)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing done to a subject ("topic:12", "article:2026-Q4"); `before` and `after` are what undo needs.

    `batch` is the first event of the step in which it was done with others, None of the first itself.
    """

    id: int
    at: datetime
    person: str
    name: str
    verb: str
    subject: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    undone: bool
    batch: int | None = None


def add(
    tx: Connection,
    course: str,
    at: datetime,
    who: str,
    verb: str,
    subject: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    batch: int | None = None,
) -> int:
    """Write down what was done, as part of a step where `batch` is its first event, and return the event's id."""
    values = {"course": course, "at": at, "person": who, "verb": verb, "subject": subject, "batch": batch}
    return int(tx.execute(_ADD, {**values, "before": dict(before), "after": dict(after)}).scalar_one())


def get(tx: Connection, course: str, id_: int) -> Event | None:
    """The event of that id in this course."""
    return _first(tx, event.c.course == course, event.c.id == id_)


def last_by(tx: Connection, course: str, who: str, verbs: Sequence[str]) -> Event | None:
    """The newest of such things that a person did and has not undone."""
    where = (event.c.course == course, event.c.person == who, event.c.verb.in_(verbs))
    return _first(tx, *where, event.c.undone.is_(False))


def last_on(tx: Connection, course: str, subject: str, verbs: Sequence[str]) -> Event | None:
    """The newest of such things done to a subject that stands."""
    where = (event.c.course == course, event.c.subject == subject, event.c.verb.in_(verbs))
    return _first(tx, *where, event.c.undone.is_(False))


def all_on(tx: Connection, course: str, subject: str, verbs: Sequence[str]) -> list[Event]:
    """All such things done to a subject that stand, newest first."""
    where = (event.c.course == course, event.c.subject == subject, event.c.verb.in_(verbs))
    return _newest(tx, None, *where, event.c.undone.is_(False))


def in_step(tx: Connection, course: str, done: Event) -> list[Event]:
    """All that stands of the step in which an event was done, newest first."""
    first = done.batch or done.id
    where = (event.c.course == course, event.c.person == done.person, event.c.id >= first, event.c.undone.is_(False))
    return _newest(tx, None, *where, (event.c.id == first) | (event.c.batch == first))


def touched(tx: Connection, course: str, ns: Sequence[int], verbs: Sequence[str], but: str, after: int) -> set[int]:
    """The topics to which, or to what is merged into them, anybody `but` one did such things after an event."""
    of = (topic.c.course == event.c.course) & (event.c.subject == literal("topic:") + cast(topic.c.n, Text))
    done = (event.c.course == course, event.c.verb.in_(verbs), event.c.person != but, event.c.id > after)
    statement = select(topic.c.root).distinct().join_from(topic, event, of).where(*done, event.c.undone.is_(False))
    return set(tx.scalars(statement.where(topic.c.root.in_(ns))))


def revisions(tx: Connection, course: str, subjects: Sequence[str]) -> dict[str, tuple[int, datetime]]:
    """How often each of these subjects was changed or changed back, and when it was changed last."""
    acts = func.sum(case((event.c.undone, 2), else_=1))
    statement = select(event.c.subject, acts, func.max(event.c.at)).group_by(event.c.subject)
    found = tx.execute(statement.where(event.c.course == course, event.c.subject.in_(subjects)))
    return {subject: (int(count), at) for subject, count, at in found}


def mark_undone(tx: Connection, id_: int) -> None:
    """An event was taken back."""
    tx.execute(event.update().where(event.c.id == id_).values(undone=True))


def _first(tx: Connection, *where: Any) -> Event | None:
    return next(iter(_newest(tx, 1, *where)), None)


def _newest(tx: Connection, limit: int | None, *where: Any) -> list[Event]:
    return [_event(row) for row in tx.execute(_EVENTS.where(*where).order_by(event.c.id.desc()).limit(limit))]


def _event(row: Row[Any]) -> Event:
    done = (row.id, row.at, row.person, row.name, row.verb, row.subject, row.before, row.after, row.undone, row.batch)
    return Event(*done)
