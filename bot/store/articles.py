"""What commands said of the plan's slots."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from bot.core.model import Change, Window
from bot.store.schema import article
from bot.store.upsert import upsert

_WINDOWS = ("window", "published", "slipped")
_CHANGES = select(article.c.key, article.c.change).where(article.c.course == bindparam("of"))


def changes(tx: Connection, course: str) -> dict[str, Change]:
    """What commands said, by slot."""
    rows = tx.execute(_CHANGES, {"of": course})
    return {row.key: change_from_data(row.change) for row in rows}


def save(tx: Connection, course: str, key: str, change: Change) -> None:
    """Keep all that commands said of a slot."""
    statement = upsert(tx.dialect.name, article).values(course=course, key=key, change=change_to_data(change))
    replaced = {"change": statement.excluded.change}
    tx.execute(statement.on_conflict_do_update(index_elements=["course", "key"], set_=replaced))


def lock(tx: Connection, course: str, key: str) -> Change:
    """What commands said of a slot; nobody else changes it until the transaction ends."""
    empty = upsert(tx.dialect.name, article).values(course=course, key=key, change={})
    tx.execute(empty.on_conflict_do_nothing())
    where = (article.c.course == course, article.c.key == key)
    return change_from_data(tx.execute(select(article.c.change).where(*where).with_for_update()).scalar_one())


def change_to_data(change: Change) -> dict[str, Any]:
    """A change as JSON can hold it: what is said only, days and times as ISO texts."""
    data: dict[str, Any] = {}
    for field in fields(change):
        value = getattr(change, field.name)
        if isinstance(value, Window):
            value = [value.first.isoformat(), value.last.isoformat()]
        elif isinstance(value, datetime):
            value = value.isoformat()
        if value is not None:
            data[field.name] = value
    return data


def change_from_data(data: Mapping[str, Any]) -> Change:
    """The change that `change_to_data` was given."""
    values = dict(data)
    for name in _WINDOWS:
        if name in values:
            values[name] = Window(*(date.fromisoformat(day) for day in values[name]))
    if "confirmed" in values:
        values["confirmed"] = datetime.fromisoformat(values["confirmed"])
    return Change(**values)
