"""What commands said of the plan's slots."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ClauseElement, Connection, bindparam, select

from bot.core.model import Change, Window
from bot.store.prepared import Prepared
from bot.store.schema import article
from bot.store.upsert import upsert

_WINDOWS = ("window", "published", "slipped")
_CHANGES = Prepared(select(article.c.key, article.c.change).where(article.c.course == bindparam("of")))
_IT = (article.c.course == bindparam("of")) & (article.c.key == bindparam("which"))
_LOCK = Prepared(select(article.c.change).where(_IT).with_for_update())


@Prepared
def _save(dialect: str) -> ClauseElement:
    statement = upsert(dialect, article)
    return statement.on_conflict_do_update(index_elements=["course", "key"], set_={"change": statement.excluded.change})


@Prepared
def _begin(dialect: str) -> ClauseElement:
    return upsert(dialect, article).on_conflict_do_nothing()


def changes(tx: Connection, course: str) -> dict[str, Change]:
    """What commands said, by slot."""
    return {row.key: change_from_data(row.change) for row in _CHANGES.all(tx, {"of": course})}


def save(tx: Connection, course: str, key: str, change: Change) -> None:
    """Keep all that commands said of a slot."""
    _save.run(tx, {"course": course, "key": key, "change": change_to_data(change)})


def lock(tx: Connection, course: str, key: str) -> Change:
    """What commands said of a slot; nobody else changes it until the transaction ends."""
    _begin.run(tx, {"course": course, "key": key, "change": {}})
    return change_from_data(_LOCK.value(tx, {"of": course, "which": key}))


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
