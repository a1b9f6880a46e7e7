"""The ledger: what is to be said, and a row for each place and person it is said to."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ClauseElement, Connection, bindparam, case, func, select

from bot.core.chat import Notice, platform_of
from bot.core.model import Delivery
from bot.store.prepared import Prepared, Row, among, written
from bot.store.schema import announcement, delivery
from bot.store.upsert import upsert

WAITS = ("pending", "held")
# What `delivery_of` reads.
ROWS = select(delivery, announcement.c.course, announcement.c.key, announcement.c.notice, announcement.c.at).join(
    announcement, announcement.c.id == delivery.c.announcement
)
_IN_ORDER = ROWS.order_by(delivery.c.id)
_LOCKED = _IN_ORDER.with_for_update(of=delivery)
_HERE = announcement.c.course == bindparam("of")
_CALLED = _HERE & (announcement.c.key == bindparam("called"))
_AMONG = among(delivery.c.id, "ids")
# Of rows that are found by their ids: SQLite would rather look through all that are in such a state.
STATE = delivery.c.state + ""
_ALL_CALLED, _LOCK_CALLED = Prepared(_IN_ORDER.where(_CALLED)), Prepared(_LOCKED.where(_CALLED))
_MADE_AT = Prepared(
    _LOCKED.where(_HERE, announcement.c.person == bindparam("who"), announcement.c.at == bindparam("then"))
)
_SOME, _ONE = Prepared(_IN_ORDER.where(_AMONG)), Prepared(_LOCKED.where(_HERE, delivery.c.id == bindparam("which")))
_ADD, _CHANGE = Prepared(delivery.insert()), Prepared(delivery.update().where(_AMONG))
_REWORD = Prepared(announcement.update().where(_CALLED))
_WITHDRAW = Prepared(
    delivery.update()
    .where(_AMONG, STATE.in_(written((*WAITS, "by-hand"))), delivery.c.lease_until.is_(None))
    .values(state="skipped", next_try=None)
    .returning(delivery.c.id)
)
_USED = _HERE & among(announcement.c.key, "keys")
_SAID = Prepared(select(announcement.c.key).where(_USED))
_NOTICES = Prepared(select(announcement.c.key, announcement.c.notice).where(_USED))
_EVERYTHING = Prepared(
    select(announcement.c.id, announcement.c.at, announcement.c.key, announcement.c.notice, delivery.c.target)
    .join(delivery, delivery.c.announcement == announcement.c.id)
    .where(_HERE)
    .order_by(announcement.c.at, announcement.c.id, delivery.c.id)
)
_PLACE = delivery.c.target.startswith("group:")
_SENT = Prepared(
    select(func.count())
    .join_from(delivery, announcement, announcement.c.id == delivery.c.announcement)
    .where(_HERE, announcement.c.at > bindparam("since"), delivery.c.state == "sent")
)
# Of few or of the newest rows: SQLite would begin with all that was ever announced in the course.
OF_COURSE = announcement.c.course + "" == bindparam("of")
_NEEDS = OF_COURSE & delivery.c.state.in_(written((*WAITS, "failed", "unsure", "by-hand")))
_COUNTS = Prepared(
    select(delivery.c.state, func.count().label("n"))
    .join(announcement, announcement.c.id == delivery.c.announcement)
    .where(_NEEDS, ~_PLACE)
    .group_by(delivery.c.state)
)
_OPEN = (
    select(func.min(delivery.c.id).label("id"), func.count().label("n"))
    .join(announcement, announcement.c.id == delivery.c.announcement)
    .where(_NEEDS, _PLACE | (delivery.c.state == "by-hand"))
    .group_by(case((_PLACE, delivery.c.id), else_=-delivery.c.announcement))
)
_COUNT_OPEN = Prepared(select(func.count()).select_from(_OPEN.subquery()))
_NEWEST_OPEN = Prepared(
    _OPEN.order_by(func.min(delivery.c.id).desc()).offset(bindparam("skip")).limit(bindparam("most"))
)
_DONE = (
    select(delivery.c.id)
    .join(announcement, announcement.c.id == delivery.c.announcement)
    .where(_PLACE, delivery.c.corrects.is_(None))
    .order_by(delivery.c.id.desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class New:
    """A row to be: `due` is when it should be said, and None where a person says it or it is said already.

    `next_try` is given for what is never late.
    """

    target: str
    state: str
    due: datetime | None = None
    platform_id: str | None = None
    corrects: int | None = None
    next_try: datetime | None = None


def announce(
    tx: Connection, course: str, key: str, notice: Notice, at: datetime, person: str | None = None
) -> int | None:
    """Write down what is to be said under a key that is used once, and return its id; None where it is a repeat."""
    values = {"course": course, "key": key, "notice": asdict(notice), "at": at, "person": person}
    made: int | None = _announce.value(tx, values)
    return made


@Prepared
def _announce(dialect: str) -> ClauseElement:
    return upsert(dialect, announcement).on_conflict_do_nothing().returning(announcement.c.id)


def add(tx: Connection, announced: int, rows: Iterable[New]) -> None:
    """Add the ledger's rows for an announcement's targets; sent only with the platform's id."""
    values = [
        {
            "announcement": announced,
            "target": new.target,
            "platform": platform_of(new.target),
            "state": new.state,
            "due": new.due,
            "next_try": new.next_try or new.due,
            "platform_id": new.platform_id,
            "corrects": new.corrects,
        }
        for new in rows
    ]
    _ADD.run_each(tx, values)


@dataclass(frozen=True, slots=True)
class Announced:
    """An announcement and to whom it went."""

    at: datetime
    key: str
    notice: Notice
    targets: tuple[str, ...]


def everything(tx: Connection, course: str) -> list[Announced]:
    """All announcements of a course that anybody was to hear, in the order of their times."""
    found: dict[int, Announced] = {}
    for row in _EVERYTHING.all(tx, {"of": course}):
        before = found.get(row.id)
        targets = (*before.targets, row.target) if before else (row.target,)
        found[row.id] = Announced(row.at, row.key, Notice(**row.notice), targets)
    return list(found.values())


def said(tx: Connection, course: str, keys: Sequence[str]) -> set[str]:
    """Those of the keys that were used."""
    return set(_SAID.each(tx, {"of": course, "keys": keys})) if keys else set()


def notices(tx: Connection, course: str, keys: Sequence[str]) -> dict[str, Notice]:
    """What was announced under these keys, as far as they were used."""
    return {row.key: Notice(**row.notice) for row in _NOTICES.all(tx, {"of": course, "keys": keys})}


def reword(tx: Connection, course: str, key: str, notice: Notice) -> None:
    """Put other words in what was announced under a key."""
    _REWORD.run(tx, {"of": course, "called": key, "notice": asdict(notice)})


def withdraw(tx: Connection, ids: Iterable[int]) -> set[int]:
    """Let nobody be told what these rows say, and return those for which it was not too late."""
    return set(_WITHDRAW.each(tx, {"ids": list(ids)}))


def of_announcement(tx: Connection, course: str, key: str, *, lock: bool = False) -> list[Delivery]:
    """The rows of the announcement with that key, in their order; with `lock` nobody else changes them meanwhile."""
    rows = (_LOCK_CALLED if lock else _ALL_CALLED).all(tx, {"of": course, "called": key})
    return list(map(delivery_of, rows))


def made_at(tx: Connection, course: str, person: str, at: datetime) -> list[Delivery]:
    """The rows of all that a person's act at that moment announced; nobody else changes them meanwhile."""
    return list(map(delivery_of, _MADE_AT.all(tx, {"of": course, "who": person, "then": at})))


def get(tx: Connection, course: str, id_: int) -> Delivery | None:
    """One row; nobody else changes it until the transaction ends."""
    row = _ONE.first(tx, {"of": course, "which": id_})
    return delivery_of(row) if row else None


def counts(tx: Connection, course: str) -> dict[str, int]:
    """How many rows to persons are in each state in which they are not done."""
    return {row.state: row.n for row in _COUNTS.all(tx, {"of": course})}


def count_sent(tx: Connection, course: str, since: datetime) -> int:
    """How many rows of what was announced since then were sent."""
    return int(_SENT.value(tx, {"of": course, "since": since}))


def count_open(tx: Connection, course: str) -> int:
    """How many `open_ones` there are."""
    return int(_COUNT_OPEN.value(tx, {"of": course}))


def open_ones(tx: Connection, course: str, offset: int, limit: int) -> list[tuple[Delivery, int]]:
    """What waits or needs somebody, newest first: each place's row, and one for so many who are told it by hand."""
    found = {row.id: row.n for row in _NEWEST_OPEN.all(tx, {"of": course, "skip": offset, "most": limit})}
    return [(each, found[each.id]) for each in _newest_of(tx, list(found))]


def done_ones(tx: Connection, course: str, limit: int) -> list[Delivery]:
    """What was said in places last, or was not to be said there, newest first."""
    return _newest_of(tx, _newest_done.each(tx, {"of": course, "most": limit}))


@Prepared
def _newest_done(dialect: str) -> ClauseElement:
    here, state = (OF_COURSE, STATE) if dialect == "sqlite" else (_HERE, delivery.c.state)
    return _DONE.where(here, state.in_(written(("sent", "skipped"))))


def _newest_of(tx: Connection, ids: Sequence[int]) -> list[Delivery]:
    return list(map(delivery_of, _SOME.all(tx, {"ids": ids})))[::-1]


def change(tx: Connection, ids: Iterable[int], **values: Any) -> int:
    """Set columns of rows, and return of how many."""
    return _CHANGE.run(tx, {"ids": list(ids), **values})


def delivery_of(row: Row) -> Delivery:
    """The model's delivery in a row that has its announcement's columns too."""
    return Delivery(
        id=row.id,
        course=row.course,
        key=row.key,
        notice=Notice(**row.notice),
        target=row.target,
        state=row.state,
        at=row.at,
        due=row.due,
        next_try=row.next_try,
        attempts=row.attempts,
        claimed=row.lease_until is not None,
        sending=row.owner is not None,
        platform_id=row.platform_id,
        error=row.error,
        corrects=row.corrects,
    )
