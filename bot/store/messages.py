"""The local chat's messages."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from bot.core.chat import Notice, Reply, reply_from_data, reply_to_data
from bot.core.model import Message
from bot.store import numbers
from bot.store.schema import message


def append(
    tx: Connection, course: str, at: datetime, person: str | None, body: Reply | Notice, line: str | None = None
) -> int:
    """Add a message for `person`, or for everybody, and return its number; numbers grow in the order of commits."""
    seq = numbers.add(tx, course, "message")
    data = {"reply": reply_to_data(body)} if isinstance(body, Reply) else {"notice": asdict(body)}
    tx.execute(message.insert().values(course=course, seq=seq, at=at, person=person, line=line, body=data))
    return seq


def after(tx: Connection, course: str, person: str, seq: int, limit: int) -> list[Message]:
    """The first `limit` messages after `seq` that `person` may see, oldest first."""
    statement = _visible(course, person).where(message.c.seq > seq).order_by(message.c.seq).limit(limit)
    return _messages(tx.execute(statement))


def before(tx: Connection, course: str, person: str, seq: int | None, limit: int) -> list[Message]:
    """The last `limit` messages before `seq` (None: of all) that `person` may see, oldest first."""
    statement = _visible(course, person).order_by(message.c.seq.desc()).limit(limit)
    if seq is not None:
        statement = statement.where(message.c.seq < seq)
    return _messages(reversed(tx.execute(statement).all()))


def _visible(course: str, person: str) -> Any:
    return select(message).where(
        message.c.course == course, or_(message.c.person.is_(None), message.c.person == person)
    )


def _messages(rows: Iterable[Row[Any]]) -> list[Message]:
    return [
        Message(
            row.seq,
            row.at,
            row.person,
            row.line,
            reply_from_data(row.body["reply"]) if "reply" in row.body else None,
            Notice(**row.body["notice"]) if "notice" in row.body else None,
        )
        for row in rows
    ]
