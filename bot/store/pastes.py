"""What staff pasted to file for others, while they go through it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.store.schema import paste


def add(tx: Connection, course: str, who: str, at: datetime, source: str, items: Sequence[Mapping[str, Any]]) -> int:
    """Keep a paste and return its number."""
    values = {"course": course, "person": who, "at": at, "source": source, "items": list(items)}
    return int(tx.execute(paste.insert().values(**values).returning(paste.c.id)).scalar_one())


def get(tx: Connection, course: str, id_: int) -> tuple[str, list[dict[str, Any]]] | None:
    """A paste's source and items unless it is forgotten; nobody else changes it until the transaction ends."""
    where = (paste.c.course == course, paste.c.id == id_)
    row = tx.execute(select(paste.c.source, paste.c["items"]).where(*where).with_for_update()).one_or_none()
    return (row[0], row[1]) if row and row[1] else None


def save(tx: Connection, id_: int, items: Sequence[Mapping[str, Any]]) -> None:
    """Keep what became of the items."""
    tx.execute(paste.update().where(paste.c.id == id_).values(items=list(items)))


def forget(tx: Connection, course: str, before: datetime) -> None:
    """Drop what was pasted before a time; the rows stay, so that no number is given out twice."""
    tx.execute(paste.update().where(paste.c.course == course, paste.c.at < before).values(items=[]))
