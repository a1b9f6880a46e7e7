"""Who did what to what: the audit log, and what undo reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Text, bindparam, case, cast, func, literal, select

from bot.store.prepared import Prepared, Row, Values, among
from bot.store.schema import event, person, topic

_ADD = Prepared(event.insert().returning(event.c.id))
_HERE, _STANDS = event.c.course == bindparam("of"), event.c.undone.is_(False)
_VERBS = among(event.c.verb, "verbs")
_NEWEST = (
    select(event, person.c.name).join(person, person.c.key == event.c.person).where(_HERE).order_by(event.c.id.desc())
)
_IT = _NEWEST.where(event.c.id == bindparam("which"))
_ONE, _LOCK = Prepared(_IT), Prepared(_IT.with_for_update(of=event))
_LAST_BY = Prepared(_NEWEST.where(event.c.person == bindparam("who"), _VERBS, _STANDS).limit(1))
_ON = _NEWEST.where(event.c.subject == bindparam("what"), _VERBS, _STANDS)
_ALL_ON, _LAST_ON = Prepared(_ON), Prepared(_ON.limit(1))
_FIRST: BindParameter[int] = bindparam("first")
_IN_STEP = Prepared(
    _NEWEST.where(
        event.c.person == bindparam("who"), event.c.id >= _FIRST, _STANDS,
        (event.c.id == _FIRST) | (event.c.batch == _FIRST),
    )
)  # fmt: skip
_TOUCHED = Prepared(
    select(topic.c.root)
    .distinct()
    .join_from(
        topic,
        event,
        (topic.c.course == event.c.course) & (event.c.subject == literal("topic:") + cast(topic.c.n, Text)),
    )
    .where(_HERE, _VERBS, event.c.person != bindparam("but"), event.c.id > bindparam("after"), _STANDS)
    .where(among(topic.c.root, "roots"))
)
_REVISIONS = Prepared(
    select(event.c.subject, func.sum(case((event.c.undone, 2), else_=1)), func.max(event.c.at))
    .where(_HERE, among(event.c.subject, "subjects"))
    .group_by(event.c.subject)
)
_FORGET = Prepared(event.delete().where(event.c.id == bindparam("which")))
_UNDO = Prepared(event.update().where(event.c.id == bindparam("which")).values(undone=True))


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
    return int(_ADD.value(tx, {**values, "before": dict(before), "after": dict(after)}))


def get(tx: Connection, course: str, id_: int, *, lock: bool = False) -> Event | None:
    """The event of that id in this course; with `lock` nobody else changes it until the transaction ends."""
    return _first(tx, _LOCK if lock else _ONE, {"of": course, "which": id_})


def last_by(tx: Connection, course: str, who: str, verbs: Sequence[str]) -> Event | None:
    """The newest of such things that a person did and has not undone."""
    return _first(tx, _LAST_BY, {"of": course, "who": who, "verbs": verbs})


def last_on(tx: Connection, course: str, subject: str, verbs: Sequence[str]) -> Event | None:
    """The newest of such things done to a subject that stands."""
    return _first(tx, _LAST_ON, {"of": course, "what": subject, "verbs": verbs})


def all_on(tx: Connection, course: str, subject: str, verbs: Sequence[str]) -> list[Event]:
    """All such things done to a subject that stand, newest first."""
    return list(map(_event, _ALL_ON.all(tx, {"of": course, "what": subject, "verbs": verbs})))


def in_step(tx: Connection, course: str, done: Event) -> list[Event]:
    """All that stands of the step in which an event was done, newest first."""
    values = {"of": course, "who": done.person, "first": done.batch or done.id}
    return list(map(_event, _IN_STEP.all(tx, values)))


def touched(tx: Connection, course: str, ns: Sequence[int], verbs: Sequence[str], but: str, after: int) -> set[int]:
    """The topics to which, or to what is merged into them, anybody `but` one did such things after an event."""
    return set(_TOUCHED.each(tx, {"of": course, "roots": ns, "verbs": verbs, "but": but, "after": after}))


def revisions(tx: Connection, course: str, subjects: Sequence[str]) -> dict[str, tuple[int, datetime]]:
    """How often each of these subjects was changed or changed back, and when it was changed last."""
    found = _REVISIONS.all(tx, {"of": course, "subjects": subjects})
    return {subject: (int(count), at) for subject, count, at in found}


def forget(tx: Connection, id_: int) -> None:
    """Keep an event no longer that a newer one takes the place of; only what cannot be undone."""
    _FORGET.run(tx, {"which": id_})


def mark_undone(tx: Connection, id_: int) -> None:
    """An event was taken back."""
    _UNDO.run(tx, {"which": id_})


def _first(tx: Connection, statement: Prepared, values: Values) -> Event | None:
    row = statement.first(tx, values)
    return _event(row) if row else None


def _event(row: Row) -> Event:
    done = (row.id, row.at, row.person, row.name, row.verb, row.subject, row.before, row.after, row.undone, row.batch)
    return Event(*done)
