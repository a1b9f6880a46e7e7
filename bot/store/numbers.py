"""Counters: numbers given out without gaps, and how many there are of something, both without counting rows."""

from collections.abc import Mapping
from functools import cache

from sqlalchemy import Connection, Executable, bindparam, select

from bot.store.schema import counter
from bot.store.upsert import upsert

_ALL = select(counter.c.name, counter.c.value).where(counter.c.course == bindparam("of"))


def add(tx: Connection, course: str, name: str, by: int = 1) -> int:
    """The counter after adding `by`; its row stays locked until the transaction ends: numbers are in commit order."""
    return add_each(tx, course, {name: by})[name]


def add_each(tx: Connection, course: str, by: Mapping[str, int]) -> Mapping[str, int]:
    """The same of several counters at once."""
    rows = [{"course": course, "name": name, "value": value} for name, value in sorted(by.items())]
    return {row.name: row.value for row in tx.execute(_add(tx.dialect.name), rows[0] if len(rows) == 1 else rows)}


@cache
def _add(dialect: str) -> Executable:
    statement = upsert(dialect, counter)
    sum_ = {"value": counter.c.value + statement.excluded.value}
    return statement.on_conflict_do_update(index_elements=["course", "name"], set_=sum_).returning(
        counter.c.name, counter.c.value
    )


def advance(tx: Connection, course: str, name: str, to: int) -> bool:
    """Raise a counter, and whether this did: it was lower. One that was never counted begins there unraised."""
    its = (counter.c.course == course, counter.c.name == name)
    if tx.execute(counter.update().where(*its, counter.c.value < to).values(value=to)).rowcount:
        return True
    begin = upsert(tx.dialect.name, counter).values(course=course, name=name, value=to)
    tx.execute(begin.on_conflict_do_nothing())
    return False


def all_of(tx: Connection, course: str) -> Mapping[str, int]:
    """Every counter of the course by name; one that was never counted is missing."""
    rows = tx.execute(_ALL, {"of": course})
    return {row.name: row.value for row in rows}
