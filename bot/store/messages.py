"""The local chat's messages."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, or_, select

from bot.core.chat import Notice, Reply, reply_from_data, reply_to_data
from bot.core.model import Message
from bot.store import numbers
from bot.store.prepared import Prepared, Row
from bot.store.schema import message

_HERE, _IT = message.c.course == bindparam("of"), message.c.seq == bindparam("number")
_ADD, _REWORD = Prepared(message.insert()), Prepared(message.update().where(_HERE, _IT))
_NUMBER = Prepared(
    select(message.c.seq).where(_HERE, message.c.person == bindparam("who"), message.c.call == bindparam("which"))
)
_LAST = Prepared(select(func.max(message.c.seq)).where(_HERE))
_AFTER, _BEFORE = message.c.seq > bindparam("since"), message.c.seq < bindparam("until")
_CHANGES = Prepared(
    select(message.c.seq, message.c.person).where(_HERE, _AFTER).order_by(message.c.seq).limit(bindparam("most"))
)
_VISIBLE = select(message).where(_HERE, or_(message.c.person.is_(None), message.c.person == bindparam("who")))
_FIRST = _VISIBLE.order_by(message.c.seq).limit(bindparam("most"))
_NEWEST = _VISIBLE.order_by(message.c.seq.desc()).limit(bindparam("most"))
_ONE, _FIRST_AFTER = Prepared(_VISIBLE.where(_IT)), Prepared(_FIRST.where(_AFTER))
_LAST_ONES, _LAST_BEFORE = Prepared(_NEWEST), Prepared(_NEWEST.where(_BEFORE))


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
    _ADD.run(tx, row)
    return seq


def reword(tx: Connection, course: str, seq: int, notice: Notice) -> None:
    """Put other words in a message that was said unasked."""
    _REWORD.run(tx, {"of": course, "number": seq, "body": {"notice": asdict(notice)}})


def number(tx: Connection, course: str) -> int:
    """The next message's number, which nobody else gets."""
    return numbers.add(tx, course, "message")


def _number_of(tx: Connection, course: str, person: str | None, call: str) -> int | None:
    found: int | None = _NUMBER.value(tx, {"of": course, "who": person, "which": call})
    return found


def changes(tx: Connection, course: str, seq: int | None, limit: int) -> tuple[int, set[str | None]]:
    """The last number and for whom the messages after `seq` are, at most `limit` of them; None asks for the number."""
    if seq is None:
        return _LAST.value(tx, {"of": course}) or 0, set()
    rows = _CHANGES.all(tx, {"of": course, "since": seq, "most": limit})
    return (rows[-1].seq if rows else seq), {row.person for row in rows}


def get(tx: Connection, course: str, person: str, seq: int) -> Message | None:
    """One message that `person` may see."""
    row = _ONE.first(tx, {"of": course, "who": person, "number": seq})
    return _message(row) if row else None


def after(tx: Connection, course: str, person: str, seq: int, limit: int) -> list[Message]:
    """The first `limit` messages after `seq` that `person` may see, oldest first."""
    rows = _FIRST_AFTER.all(tx, {"of": course, "who": person, "since": seq, "most": limit})
    return list(map(_message, rows))


def before(tx: Connection, course: str, person: str, seq: int | None, limit: int) -> list[Message]:
    """The last `limit` messages before `seq` (None: of all) that `person` may see, oldest first."""
    values = {"of": course, "who": person, "most": limit}
    rows = _LAST_ONES.all(tx, values) if seq is None else _LAST_BEFORE.all(tx, values | {"until": seq})
    return list(map(_message, reversed(rows)))


def _message(row: Row) -> Message:
    return Message(
        row.seq,
        row.at,
        row.person,
        row.line,
        reply_from_data(row.body["reply"]) if "reply" in row.body else None,
        Notice(**row.body["notice"]) if "notice" in row.body else None,
        row.call,
    )
