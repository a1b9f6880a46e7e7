"""What staff pasted to file for others, while they go through it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from bot.store.prepared import Prepared
from bot.store.schema import paste

_HERE, _IT = paste.c.course == bindparam("of"), paste.c.id == bindparam("which")
_ADD = Prepared(paste.insert().returning(paste.c.id))
_GET = Prepared(select(paste.c.source, paste.c["items"]).where(_HERE, _IT).with_for_update())
_SAVE = Prepared(paste.update().where(_IT))
_FORGET = Prepared(paste.update().where(_HERE, paste.c.at < bindparam("before")))


def add(tx: Connection, course: str, who: str, at: datetime, source: str, items: Sequence[Mapping[str, Any]]) -> int:
    """Keep a paste and return its number."""
    values = {"course": course, "person": who, "at": at, "source": source, "items": list(items)}
    return int(_ADD.value(tx, values))


def get(tx: Connection, course: str, id_: int) -> tuple[str, list[dict[str, Any]]] | None:
    """A paste's source and items unless it is forgotten; nobody else changes it until the transaction ends."""
    row = _GET.first(tx, {"of": course, "which": id_})
    return (row[0], row[1]) if row and row[1] else None


def save(tx: Connection, id_: int, items: Sequence[Mapping[str, Any]]) -> None:
    """Keep what became of the items."""
    _SAVE.run(tx, {"which": id_, "items": list(items)})


def forget(tx: Connection, course: str, before: datetime) -> None:
    """Drop what was pasted before a time; the rows stay, so that no number is given out twice."""
    _FORGET.run(tx, {"of": course, "before": before, "items": []})
