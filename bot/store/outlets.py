"""Where a course's articles appear, and what was ever seen there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.core.model import Entry
from bot.store.schema import entry, outlet
from bot.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class Outlet:
    """How looking went so far; `read_at` is None before the first look that found something."""

    url: str
    etag: str | None
    modified: str | None
    next_look: datetime
    read_at: datetime | None
    failing_since: datetime | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry that was seen; `verdict` is seen, offered, announced or not-ours."""

    id: int
    title: str
    url: str | None
    at: datetime
    verdict: str


def lock(tx: Connection, course: str, url: str, now: datetime) -> Outlet:
    """The course's outlet, new where there was none; nobody else changes it until the transaction ends."""
    new = upsert(tx.dialect.name, outlet).values(course=course, url=url, next_look=now)
    tx.execute(new.on_conflict_do_nothing())
    row = tx.execute(_outlet(course).with_for_update()).one()
    return Outlet(*row)


def get(tx: Connection, course: str) -> Outlet | None:
    """The course's outlet, if anybody ever looked."""
    row = tx.execute(_outlet(course)).one_or_none()
    return Outlet(*row) if row else None


def _outlet(course: str) -> Any:
    names = ("url", "etag", "modified", "next_look", "read_at", "failing_since", "problem")
    return select(*(outlet.c[name] for name in names)).where(outlet.c.course == course)


def change(tx: Connection, course: str, **values: Any) -> None:
    """Set columns of a course's outlet."""
    tx.execute(outlet.update().where(outlet.c.course == course).values(**values))


def known(tx: Connection, course: str, keys: Iterable[str]) -> dict[str, int]:
    """The entry that each of these keys stands for, as far as one does."""
    wanted = list(dict.fromkeys(keys))
    found: dict[str, int] = {}
    for at in range(0, len(wanted), 500):
        where = (entry.c.course == course, entry.c.key.in_(wanted[at : at + 500]))
        found |= {
            row.key: row.of or row.id for row in tx.execute(select(entry.c.key, entry.c.id, entry.c.of).where(*where))
        }
    return found


def add(tx: Connection, course: str, new: Entry, now: datetime, verdict: str) -> int:
    """Keep an entry under all its keys and return its id."""
    row = {"course": course, "title": new.title, "url": new.url, "at": now, "verdict": verdict}
    statement = entry.insert().values(**row, key=new.keys[0]).returning(entry.c.id)
    id_ = int(tx.execute(statement).scalar_one())
    alias(tx, course, new, id_, now)
    return id_


def alias(tx: Connection, course: str, also: Entry, id_: int, now: datetime) -> None:
    """Know an entry by these keys too."""
    row = {"course": course, "of": id_, "title": also.title, "url": also.url, "at": now, "verdict": "alias"}
    for key in also.keys:
        tx.execute(upsert(tx.dialect.name, entry).values(**row, key=key).on_conflict_do_nothing())


def seen(tx: Connection, course: str, *where: Any) -> list[Seen]:
    """Entries, oldest first."""
    columns = (entry.c.id, entry.c.title, entry.c.url, entry.c.at, entry.c.verdict)
    rows = tx.execute(select(*columns).where(entry.c.course == course, *where).order_by(entry.c.id))
    return [Seen(*row) for row in rows]


def offered(tx: Connection, course: str) -> list[Seen]:
    """The entries that wait for the instructor's word."""
    return seen(tx, course, entry.c.verdict == "offered")


def one(tx: Connection, course: str, id_: int) -> Seen | None:
    """The entry of that id."""
    return next(iter(seen(tx, course, entry.c.id == id_, entry.c.verdict != "alias")), None)


def judge(tx: Connection, id_: int, verdict: str) -> None:
    """Keep what an entry is."""
    tx.execute(entry.update().where(entry.c.id == id_).values(verdict=verdict))
