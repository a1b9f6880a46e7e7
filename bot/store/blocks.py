"""Who may not ask: kept as a keyed hash, so that nobody who reads it learns who that is."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from bot.store.schema import block, person, question, secret
from bot.store.upsert import upsert

_SECRET = select(secret.c.value).where(secret.c.name == bindparam("called"))
_BLOCKS = (
    select(block, person.c.name)
    .join(person, person.c.key == block.c.person)
    .where(block.c.course == bindparam("of"))
    .order_by(block.c.at, block.c.topic)
)
_ASKER = (
    select(question.c.person, question.c.filed_by)
    .where(question.c.course == bindparam("of"), question.c.topic == bindparam("number"))
    .order_by(question.c.at, question.c.id)
    .limit(1)
)
_ACCOUNTS = select(person.c.key).where((person.c.key == bindparam("who")) | (person.c.main == bindparam("who")))


@dataclass(frozen=True, slots=True)
class Block:
    """Whoever `digest` stands for may not ask, because of a topic, until a time or for good; who said so when."""

    digest: str
    topic: int
    reason: str
    until: datetime | None
    person: str
    at: datetime
    name: str = ""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked a topic's own question, and who filed it for them if they did not."""

    person: str
    filed_by: str | None


def key(tx: Connection) -> str:
    """The secret that digests are made with; made once for the installation."""
    made = {"name": "block", "value": secrets.token_hex(32)}
    tx.execute(upsert(tx.dialect.name, secret).values(**made).on_conflict_do_nothing())
    return str(tx.execute(_SECRET, {"called": "block"}).scalar_one())


def put(tx: Connection, course: str, one: Block) -> None:
    """Keep a block in the place of the one that had its digest."""
    kept = {name: getattr(one, name) for name in ("topic", "reason", "until", "person", "at")}
    statement = upsert(tx.dialect.name, block).values(course=course, digest=one.digest, **kept)
    tx.execute(statement.on_conflict_do_update(index_elements=["course", "digest"], set_=kept))


def remove(tx: Connection, course: str, digest: str) -> None:
    """End a block."""
    tx.execute(block.delete().where(block.c.course == course, block.c.digest == digest))


def all_of(tx: Connection, course: str) -> list[Block]:
    """Every block of a course, also those that are over, oldest first."""
    return [_block(row) for row in tx.execute(_BLOCKS, {"of": course})]


def asker(tx: Connection, course: str, n: int) -> Asker | None:
    """Who asked the question that topic `n` was filed with, also anonymously: for nobody's eyes; None without one."""
    row = tx.execute(_ASKER, {"of": course, "number": n}).one_or_none()
    return Asker(row.person, row.filed_by) if row else None


def accounts(tx: Connection, who: str) -> list[str]:
    """All accounts of a person."""
    return list(tx.scalars(_ACCOUNTS, {"who": who}))


def _block(row: Row[Any]) -> Block:
    return Block(row.digest, row.topic or 0, row.reason, row.until, row.person, row.at, row.name)
