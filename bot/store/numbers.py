"""Counters: numbers given out without gaps, and how many there are of something, both without counting rows."""

from collections.abc import Mapping

from sqlalchemy import ClauseElement, Connection, bindparam, select

from bot.store.prepared import Prepared
from bot.store.schema import counter
from bot.store.upsert import upsert

_IT = (counter.c.course == bindparam("of")) & (counter.c.name == bindparam("which"))
_ALL = Prepared(select(counter.c.name, counter.c.value).where(counter.c.course == bindparam("of")))
_ONE = Prepared(select(counter.c.value).where(_IT))
_RAISE = Prepared(counter.update().where(_IT, counter.c.value < bindparam("to")).values(value=bindparam("to")))


@Prepared
def _add(dialect: str) -> ClauseElement:
    statement = upsert(dialect, counter)
    sum_ = {"value": counter.c.value + statement.excluded.value}
    return statement.on_conflict_do_update(index_elements=["course", "name"], set_=sum_).returning(counter.c.value)


@Prepared
def _begin(dialect: str) -> ClauseElement:
    return upsert(dialect, counter).on_conflict_do_nothing()


def add(tx: Connection, course: str, name: str, by: int = 1) -> int:
    """The counter after adding `by`; its row stays locked until the transaction ends: numbers are in commit order."""
    return int(_add.value(tx, {"course": course, "name": name, "value": by}))


def add_each(tx: Connection, course: str, by: Mapping[str, int]) -> Mapping[str, int]:
    """The same of several counters, in the order of their names: of two who need both none waits for the other."""
    return {name: add(tx, course, name, by[name]) for name in sorted(by)}


def put(tx: Connection, course: str, name: str, value: int) -> None:
    """Let a counter be that, whoever else counts."""
    add(tx, course, name, value - add(tx, course, name, 0))


def advance(tx: Connection, course: str, name: str, to: int) -> bool:
    """Raise a counter, and whether this did: it was lower. One that was never counted begins there unraised."""
    if _RAISE.run(tx, {"of": course, "which": name, "to": to}):
        return True
    _begin.run(tx, {"course": course, "name": name, "value": to})
    return False


def get(tx: Connection, course: str, name: str) -> int:
    """A counter as it is; 0 where it was never counted."""
    return _ONE.value(tx, {"of": course, "which": name}) or 0


def all_of(tx: Connection, course: str) -> Mapping[str, int]:
    """Every counter of the course by name; one that was never counted is missing."""
    return {row.name: row.value for row in _ALL.all(tx, {"of": course})}
