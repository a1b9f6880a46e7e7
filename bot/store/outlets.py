"""Where a course's articles appear, and what was ever seen there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ClauseElement, Connection, bindparam, select

from bot.core.model import Entry
from bot.store.prepared import Prepared, among
from bot.store.schema import entry, outlet
from bot.store.upsert import upsert

_ITS = outlet.c.course == bindparam("of")
_OUTLET = select(
    outlet.c.url, outlet.c.etag, outlet.c.modified, outlet.c.next_look, outlet.c.read_at, outlet.c.failing_since,
    outlet.c.problem,
).where(_ITS)  # fmt: skip
_GET, _LOCK, _CHANGE = Prepared(_OUTLET), Prepared(_OUTLET.with_for_update()), Prepared(outlet.update().where(_ITS))
_HERE, _IT = entry.c.course == bindparam("of"), entry.c.id == bindparam("which")
_KNOWN = Prepared(select(entry.c.key, entry.c.id, entry.c.of).where(_HERE, among(entry.c.key, "keys")))
_ADD = Prepared(entry.insert().returning(entry.c.id))
_SEEN = select(entry.c.id, entry.c.title, entry.c.url, entry.c.at, entry.c.verdict).where(_HERE)
_OFFERED = Prepared(_SEEN.where(entry.c.verdict == "offered").order_by(entry.c.id))
_ONE = Prepared(_SEEN.where(_IT, entry.c.verdict != "alias"))
_JUDGE = Prepared(entry.update().where(_IT))


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
    _begin.run(tx, {"course": course, "url": url, "next_look": now})
    return Outlet(*_LOCK.one(tx, {"of": course}))


@Prepared
def _begin(dialect: str) -> ClauseElement:
    return upsert(dialect, outlet).on_conflict_do_nothing()


def get(tx: Connection, course: str) -> Outlet | None:
    """The course's outlet, if anybody ever looked."""
    row = _GET.first(tx, {"of": course})
    return Outlet(*row) if row else None


def change(tx: Connection, course: str, **values: Any) -> None:
    """Set columns of a course's outlet."""
    _CHANGE.run(tx, {"of": course, **values})


def known(tx: Connection, course: str, keys: Iterable[str]) -> dict[str, int]:
    """The entry that each of these keys stands for, as far as one does."""
    found = _KNOWN.all(tx, {"of": course, "keys": list(keys)})
    return {row.key: row.of or row.id for row in found}


def add(tx: Connection, course: str, new: Entry, now: datetime, verdict: str) -> int:
    """Keep an entry under all its keys and return its id."""
    row = {"course": course, "title": new.title, "url": new.url, "at": now, "verdict": verdict}
    id_ = int(_ADD.value(tx, {**row, "key": new.keys[0]}))
    alias(tx, course, new, id_, now)
    return id_


def alias(tx: Connection, course: str, also: Entry, id_: int, now: datetime) -> None:
    """Know an entry by these keys too."""
    row = {"course": course, "of": id_, "title": also.title, "url": also.url, "at": now, "verdict": "alias"}
    _alias.run_each(tx, [{**row, "key": key} for key in also.keys])


@Prepared
def _alias(dialect: str) -> ClauseElement:
    return upsert(dialect, entry).on_conflict_do_nothing()


def offered(tx: Connection, course: str) -> list[Seen]:
    """The entries that wait for the instructor's word, oldest first."""
    return [Seen(*row) for row in _OFFERED.all(tx, {"of": course})]


def one(tx: Connection, course: str, id_: int) -> Seen | None:
    """The entry of that id."""
    row = _ONE.first(tx, {"of": course, "which": id_})
    return Seen(*row) if row else None


def judge(tx: Connection, id_: int, verdict: str) -> None:
    """Keep what an entry is."""
    _JUDGE.run(tx, {"which": id_, "verdict": verdict})
