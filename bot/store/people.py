"""Who used Herald."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Executable, bindparam, case, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.core.chat import Role
from bot.core.model import Person
from bot.store.schema import person
from bot.store.upsert import upsert

_KNOWN = select(person.c.name, person.c.locale).where(person.c.key == bindparam("who"))


def meet(tx: Connection, key: str, name: str, role: Role, now: datetime) -> Person:
    """Remember a person by their newest name, and return what was known of them."""
    row = tx.execute(_meet(tx.dialect.name), {"key": key, "name": name, "role": int(role), "seen": now}).one()
    return Person(key, row.name, row.locale)


def meet_many(tx: Connection, met: Mapping[str, str], now: datetime) -> None:
    """Remember members by key and name."""
    rows = [{"key": key, "name": name, "role": int(Role.MEMBER), "seen": now} for key, name in met.items()]
    if rows:
        tx.execute(_changing(tx.dialect.name), rows)


@cache
def _meet(dialect: str) -> Executable:
    return _changing(dialect).returning(person.c.name, person.c.locale)


@cache
def _changing(dialect: str) -> sqlite.Insert | postgresql.Insert:
    statement = upsert(dialect, person)
    new = statement.excluded
    name = case((new.name == "", person.c.name), else_=new.name)
    changed = {"name": name, "role": new.role, "seen": new.seen}
    return statement.on_conflict_do_update(index_elements=["key"], set_=changed)


def known(tx: Connection, key: str) -> Person | None:
    """The person, or None where they have never written anything."""
    row = tx.execute(_KNOWN, {"who": key}).one_or_none()
    return Person(key, row.name, row.locale) if row else None


def speak(tx: Connection, key: str, locale: str) -> None:
    """Keep the language that a person chose."""
    tx.execute(person.update().where(person.c.key == key).values(locale=locale))


def with_role(tx: Connection, role: Role) -> list[str]:
    """Everybody who last came with this role."""
    return list(tx.scalars(select(person.c.key).where(person.c.role == int(role)).order_by(person.c.key)))
