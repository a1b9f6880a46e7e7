"""Counters: numbers given out without gaps, and how many there are of something, both without counting rows."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from bot.store.schema import counter
from bot.store.upsert import upsert


def add(tx: Connection, course: str, name: str, by: int = 1) -> int:
    """The counter after adding `by`; its row stays locked until the transaction ends: numbers are in commit order."""
    statement = upsert(tx, counter).values(course=course, name=name, value=by)
    statement = statement.on_conflict_do_update(
        index_elements=["course", "name"], set_={"value": counter.c.value + statement.excluded.value}
    )
    return int(tx.execute(statement.returning(counter.c.value)).scalar_one())


def all_of(tx: Connection, course: str) -> Mapping[str, int]:
    """Every counter of the course by name; one that was never counted is missing."""
    rows = tx.execute(select(counter.c.name, counter.c.value).where(counter.c.course == course))
    return {row.name: row.value for row in rows}
