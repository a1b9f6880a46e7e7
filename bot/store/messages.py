"""The local chat's messages."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, or_, select

from bot.core.chat import Notice, Reply, reply_from_data, reply_to_data
from bot.core.model import Message
from bot.store import numbers
from bot.store.schema import message

_ADD = message.insert()
_NUMBER = select(message.c.seq).where(
    message.c.course == bindparam("of"), message.c.person == bindparam("who"), message.c.call == bindparam("which")
)


def append(
    tx: Connection,
    course: str,
    at: datetime,
    person: str | None,
    body: Reply | Notice,
    line: str | None = None,
    call: str | None = None,
) -> int:
    """Add a message for `person`, or for everybody, and return its number; numbers grow in the order of commits.

    The same `call` of the same person again adds nothing and returns the number it got.
    """
    seq = number(tx, course)
    # The counter's row is locked now, so nobody can add the same call between this look and the insert.
    if call is not None and (known := _number_of(tx, course, person, call)) is not None:
        return known
    data = {"reply": reply_to_data(body)} if isinstance(body, Reply) else {"notice": asdict(body)}
    row = {"course": course, "seq": seq, "at": at, "person": person, "line": line, "call": call, "body": data}
    tx.execute(_ADD, row)
    return seq


def reword(tx: Connection, course: str, seq: int, notice: Notice) -> None:
    """Put other words in a message that was said unasked."""
    its = (message.c.course == course, message.c.seq == seq)
    tx.execute(message.update().where(*its).values(body={"notice": asdict(notice)}))


def number(tx: Connection, course: str) -> int:
    """The next message's number, which nobody else gets."""
    return numbers.add(tx, course, "message")


def _number_of(tx: Connection, course: str, person: str | None, call: str) -> int | None:
    found: int | None = tx.execute(_NUMBER, {"of": course, "who": person, "which": call}).scalar()
    return found


def changes(tx: Connection, course: str, seq: int | None, limit: int) -> tuple[int, set[str | None]]:
    """The last number and for whom the messages after `seq` are, at most `limit` of them; None asks for the number."""
    if seq is None:
        last = select(func.max(message.c.seq)).where(message.c.course == course)
        return tx.execute(last).scalar() or 0, set()
    statement = select(message.c.seq, message.c.person).where(message.c.course == course, message.c.seq > seq)
    rows = tx.execute(statement.order_by(message.c.seq).limit(limit)).all()
    return (rows[-1].seq if rows else seq), {row.person for row in rows}


def get(tx: Connection, course: str, person: str, seq: int) -> Message | None:
    """One message that `person` may see."""
    return next(iter(_messages(tx.execute(_visible(course, person).where(message.c.seq == seq)))), None)


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
            row.call,
        )
        for row in rows
    ]
