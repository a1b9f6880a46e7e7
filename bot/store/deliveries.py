"""The ledger: what is to be said, and a row for each place and person it is said to."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, case, func, select

from bot.core.chat import Notice, platform_of
from bot.core.model import Delivery
from bot.store.schema import announcement, delivery
from bot.store.upsert import upsert

WAITS = ("pending", "held")
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_SAID = select(announcement.c.key).where(announcement.c.course == bindparam("of"), announcement.c.key.in_(_KEYS))


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
    statement = upsert(tx.dialect.name, announcement).values(**values).on_conflict_do_nothing()
    row = tx.execute(statement.returning(announcement.c.id)).first()
    return int(row.id) if row else None


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
    if values:
        tx.execute(delivery.insert(), values)


@dataclass(frozen=True, slots=True)
class Announced:
    """An announcement and to whom it went."""

    at: datetime
    key: str
    notice: Notice
    targets: tuple[str, ...]


def everything(tx: Connection, course: str) -> list[Announced]:
    """All announcements of a course that anybody was to hear, in the order of their times."""
    columns = (announcement.c.id, announcement.c.at, announcement.c.key, announcement.c.notice, delivery.c.target)
    statement = select(*columns).join(delivery, delivery.c.announcement == announcement.c.id)
    statement = statement.where(announcement.c.course == course)
    found: dict[int, Announced] = {}
    for row in tx.execute(statement.order_by(announcement.c.at, announcement.c.id, delivery.c.id)):
        before = found.get(row.id)
        targets = (*before.targets, row.target) if before else (row.target,)
        found[row.id] = Announced(row.at, row.key, Notice(**row.notice), targets)
    return list(found.values())


def said(tx: Connection, course: str, keys: Sequence[str]) -> set[str]:
    """Those of the keys that were used."""
    return set(tx.scalars(_SAID, {"of": course, "keys": list(keys)})) if keys else set()


def notices(tx: Connection, course: str, keys: Sequence[str]) -> dict[str, Notice]:
    """What was announced under these keys, as far as they were used."""
    columns = select(announcement.c.key, announcement.c.notice)
    found = tx.execute(columns.where(announcement.c.course == course, announcement.c.key.in_(keys)))
    return {row.key: Notice(**row.notice) for row in found}


def lock(tx: Connection, course: str, key: str) -> Delivery | None:
    """The one row of an announcement that has one; nobody else changes it until the transaction ends."""
    return next(iter(_found(tx, announcement.c.course == course, announcement.c.key == key, lock=True)), None)


def reword(tx: Connection, course: str, key: str, notice: Notice) -> None:
    """Put other words in what was announced under a key."""
    its = (announcement.c.course == course, announcement.c.key == key)
    tx.execute(announcement.update().where(*its).values(notice=asdict(notice)))


def withdraw(tx: Connection, ids: Iterable[int]) -> set[int]:
    """Let nobody be told what these rows say, and return those for which it was not too late."""
    early = (delivery.c.state.in_((*WAITS, "by-hand")), delivery.c.lease_until.is_(None))
    statement = delivery.update().where(delivery.c.id.in_(list(ids)), *early).values(state="skipped", next_try=None)
    return set(tx.scalars(statement.returning(delivery.c.id)))


def of_announcement(tx: Connection, course: str, key: str) -> list[Delivery]:
    """The rows of the announcement with that key, in their order."""
    return _found(tx, announcement.c.course == course, announcement.c.key == key)


def made_at(tx: Connection, course: str, person: str, at: datetime) -> list[Delivery]:
    """The rows of all that a person's act at that moment announced."""
    mine = (announcement.c.person == person, announcement.c.at == at)
    return _found(tx, announcement.c.course == course, *mine)


def get(tx: Connection, course: str, id_: int) -> Delivery | None:
    """One row; nobody else changes it until the transaction ends."""
    return next(iter(_found(tx, announcement.c.course == course, delivery.c.id == id_, lock=True)), None)


def counts(tx: Connection, course: str) -> dict[tuple[str, bool], int]:
    """How many rows are in each state, apart for places (True) and persons."""
    place = delivery.c.target.startswith("group:")
    statement = select(delivery.c.state, place.label("place"), func.count().label("n"))
    statement = statement.join(announcement, announcement.c.id == delivery.c.announcement)
    rows = tx.execute(statement.where(announcement.c.course == course).group_by(delivery.c.state, "place"))
    return {(row.state, bool(row.place)): row.n for row in rows}


def count_open(tx: Connection, course: str) -> int:
    """How many `open_ones` there are."""
    return tx.execute(select(func.count()).select_from(_open(course).subquery())).scalar_one()


def open_ones(tx: Connection, course: str, offset: int, limit: int) -> list[Delivery]:
    """What waits or needs somebody, newest first: each place's row, and one for all who are told the same by hand."""
    ids = _open(course).order_by(func.min(delivery.c.id).desc()).offset(offset).limit(limit)
    return _found(tx, delivery.c.id.in_(list(tx.scalars(ids))))[::-1]


def done_ones(tx: Connection, course: str, limit: int) -> list[Delivery]:
    """What was said in places last, or was not to be said there, newest first."""
    done = (delivery.c.state.in_(("sent", "skipped")), delivery.c.target.startswith("group:"))
    ids = select(delivery.c.id).join(announcement, announcement.c.id == delivery.c.announcement)
    ids = ids.where(announcement.c.course == course, *done, delivery.c.corrects.is_(None))
    newest = ids.order_by(delivery.c.id.desc()).limit(limit)
    return _found(tx, delivery.c.id.in_(list(tx.scalars(newest))))[::-1]


def _open(course: str) -> Select[Any]:
    place = delivery.c.target.startswith("group:")
    by_hand = delivery.c.state == "by-hand"
    open_ = delivery.c.state.in_(("pending", "held", "failed", "unsure", "by-hand"))
    each = case((place, delivery.c.id), else_=-delivery.c.announcement)
    statement = select(func.min(delivery.c.id).label("id"))
    statement = statement.join(announcement, announcement.c.id == delivery.c.announcement)
    return statement.where(announcement.c.course == course, open_, place | by_hand).group_by(each)


def change(tx: Connection, ids: Iterable[int], **values: Any) -> int:
    """Set columns of rows, and return of how many."""
    return tx.execute(delivery.update().where(delivery.c.id.in_(list(ids))).values(**values)).rowcount


def _found(tx: Connection, *where: Any, lock: bool = False) -> list[Delivery]:
    statement = select(delivery, announcement.c.course, announcement.c.key, announcement.c.notice, announcement.c.at)
    statement = statement.join(announcement, announcement.c.id == delivery.c.announcement)
    if lock:
        statement = statement.with_for_update(of=delivery)
    return [delivery_of(row) for row in tx.execute(statement.where(*where).order_by(delivery.c.id))]


def delivery_of(row: Row[Any]) -> Delivery:
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
