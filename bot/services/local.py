"""The local chat's log: what each person sees in the browser and in the terminal."""

from datetime import datetime

from sqlalchemy import Connection

from bot.core.chat import Reply
from bot.core.model import Message
from bot.store import messages

PAGE = 50


def record(
    tx: Connection, course: str, at: datetime, person: str, line: str, reply: Reply, call: str | None = None
) -> int:
    """Keep what a person typed and was told, for them alone, and return its number; the same `call` is kept once."""
    return messages.append(tx, course, at, person, reply, line, call)


def unrecorded(tx: Connection, course: str) -> int:
    """A number for a message that is shown once and kept nowhere."""
    return messages.number(tx, course)


def changes(tx: Connection, course: str, seq: int | None) -> tuple[int, set[str | None]]:
    """How far the log has grown since `seq` and for whom (None: everybody); without `seq`, how far it has grown."""
    return messages.changes(tx, course, seq, PAGE)


def one(tx: Connection, course: str, person: str, seq: int) -> Message | None:
    """A message by its number, where `person` may see it."""
    return messages.get(tx, course, person, seq)


def news(tx: Connection, course: str, person: str, seq: int) -> list[Message]:
    """What `person` may see after message `seq`, oldest first, at most a page."""
    return messages.after(tx, course, person, seq, PAGE)


def history(tx: Connection, course: str, person: str, seq: int | None = None) -> list[Message]:
    """The page of messages before `seq`, or the last page, oldest first."""
    return messages.before(tx, course, person, seq, PAGE)
