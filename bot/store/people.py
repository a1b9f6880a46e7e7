"""Who used Herald."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Connection,
    Text,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.core.model import Person
from bot.store.missed import unsaid_to
from bot.store.prepared import Prepared, among
from bot.store.schema import person
from bot.store.upsert import upsert

_MAIN = person.alias("main")
_KEY = func.coalesce(_MAIN.c.key, person.c.key)
_KNOWN = Prepared(
    select(
        _KEY.label("key"),
        func.coalesce(_MAIN.c.name, person.c.name).label("name"),
        func.coalesce(_MAIN.c.locale, person.c.locale).label("locale"),
        unsaid_to(_KEY).label("missed"),
    )
    .outerjoin(_MAIN, _MAIN.c.key == person.c.main)
    .where(person.c.key == bindparam("who"))
)

_SEVERAL = select(_MAIN.c.main).where(_MAIN.c.main == person.c.key).exists()
# The accounts among some that belong to a person with several, and who that is.
_OWNER = func.coalesce(person.c.main, person.c.key)
_LINKED = Prepared(
    select(person.c.key, _OWNER.label("main")).where(
        among(person.c.key, "keys"), or_(person.c.main.is_not(None), _SEVERAL)
    )
)
_USED = Prepared(
    select(_OWNER.label("who"), person.c.key)
    .where(or_(among(person.c.key, "mains"), among(person.c.main, "mains")))
    .order_by(person.c.seen, person.c.key)
)
_WHOSE = or_(person.c.key == bindparam("who"), person.c.main == bindparam("who"))
_SPEAK = Prepared(person.update().where(_WHOSE))
_ACCOUNTS = Prepared(select(person.c.key).where(_WHOSE).order_by(person.c.seen.desc(), person.c.key))


def _changing(dialect: str) -> sqlite.Insert | postgresql.Insert:
    statement = upsert(dialect, person)
    new = statement.excluded
    name = case((new.name == "", person.c.name), else_=new.name)
    return statement.on_conflict_do_update(index_elements=["key"], set_={"name": name, "seen": new.seen})


@Prepared
def _meet(dialect: str) -> ClauseElement:
    # Of a column SQLAlchemy would leave out the table here, and "key" is the other one's inside.
    missed = unsaid_to(literal_column("person.key", Text)).label("missed")
    return _changing(dialect).returning(person.c.name, person.c.locale, person.c.main, missed)


_MEET_MANY = Prepared(_changing)


def meet(tx: Connection, key: str, name: str, now: datetime) -> Person:
    """Remember an account by its newest name, and return what was known of the person whose it is."""
    row = _meet.one(tx, {"key": key, "name": name, "seen": now})
    linked = known(tx, key) if row.main else None
    return linked or Person(key, row.name, row.locale, bool(row.missed))


def meet_many(tx: Connection, met: Mapping[str, str], now: datetime) -> None:
    """Remember persons by key and name."""
    rows = [{"key": key, "name": name, "seen": now} for key, name in met.items()]
    _MEET_MANY.run_each(tx, rows)


def known(tx: Connection, key: str) -> Person | None:
    """The person whose account this is, or None where it has never written anything."""
    row = _KNOWN.first(tx, {"who": key})
    return Person(row.key, row.name, row.locale, bool(row.missed)) if row else None


def speak(tx: Connection, key: str, locale: str) -> None:
    """Keep the language that a person chose, for all their accounts."""
    _SPEAK.run(tx, {"who": key, "locale": locale})


def whose(key: str) -> ColumnElement[bool]:
    """Which rows are a person's accounts."""
    return or_(person.c.key == key, person.c.main == key)


def accounts(tx: Connection, key: str) -> list[str]:
    """Every account of a person, the one used last first."""
    return _ACCOUNTS.each(tx, {"who": key})


def reached(tx: Connection, targets: Iterable[str]) -> list[str]:
    """Each target once; of a person's accounts that which they used last, wherever they were known from."""
    targets = list(dict.fromkeys(targets))
    linked = {row.key: row.main for row in _LINKED.all(tx, {"keys": targets})}
    last = _last_used(tx, set(linked.values())) if linked else {}
    return list(dict.fromkeys(last.get(linked.get(target, target), target) for target in targets))


def _last_used(tx: Connection, mains: Iterable[str]) -> Mapping[str, str]:
    """Of each of these persons the account that they used last."""
    return {row.who: row.key for row in _USED.all(tx, {"mains": list(mains)})}
