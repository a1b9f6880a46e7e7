"""Who may not ask: kept as a keyed hash, so that nobody who reads it learns who that is."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ClauseElement, Connection, bindparam, select

from bot.store.prepared import Prepared, Row
from bot.store.schema import block, person, question, secret
from bot.store.upsert import upsert

_SECRET = Prepared(select(secret.c.value).where(secret.c.name == bindparam("called")))
_BLOCKS = Prepared(
    select(block, person.c.name)
    .join(person, person.c.key == block.c.person)
    .where(block.c.course == bindparam("of"))
    .order_by(block.c.at, block.c.topic)
)
_ASKER = Prepared(
    select(question.c.person)
    .where(question.c.course == bindparam("of"), question.c.topic == bindparam("number"))
    .order_by(question.c.at, question.c.id)
    .limit(1)
)
_REMOVE = Prepared(block.delete().where(block.c.course == bindparam("of"), block.c.digest == bindparam("which")))
_KEPT = ("topic", "reason", "until", "person", "at")


@Prepared
def _put(dialect: str) -> ClauseElement:
    statement = upsert(dialect, block)
    kept = {name: statement.excluded[name] for name in _KEPT}
    return statement.on_conflict_do_update(index_elements=["course", "digest"], set_=kept)


@Prepared
def _make(dialect: str) -> ClauseElement:
    return upsert(dialect, secret).on_conflict_do_nothing()


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


def key(tx: Connection) -> str:
    """The secret that digests are made with; made once for the installation."""
    _make.run(tx, {"name": "block", "value": secrets.token_hex(32)})
    return str(_SECRET.value(tx, {"called": "block"}))


def put(tx: Connection, course: str, one: Block) -> None:
    """Keep a block in the place of the one that had its digest."""
    _put.run(tx, {"course": course, "digest": one.digest, **{name: getattr(one, name) for name in _KEPT}})


def remove(tx: Connection, course: str, digest: str) -> None:
    """End a block."""
    _REMOVE.run(tx, {"of": course, "which": digest})


def all_of(tx: Connection, course: str) -> list[Block]:
    """Every block of a course, also those that are over, oldest first."""
    return [_block(row) for row in _BLOCKS.all(tx, {"of": course})]


def asker(tx: Connection, course: str, n: int) -> str | None:
    """Who asked the question that topic `n` was filed with, also anonymously: for nobody's eyes; None without one."""
    found: str | None = _ASKER.value(tx, {"of": course, "number": n})
    return found


def _block(row: Row) -> Block:
    return Block(row.digest, row.topic or 0, row.reason, row.until, row.person, row.at, row.name)
