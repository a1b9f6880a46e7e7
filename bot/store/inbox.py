"""What arrived: each message acts once."""

from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Executable, bindparam, select

from bot.core.chat import Reply, reply_from_data, reply_to_data
from bot.store.schema import inbox
from bot.store.upsert import upsert

_IT = (inbox.c.sender == bindparam("by")) & (inbox.c.message == bindparam("id"))
_REPLY = select(inbox.c.reply).where(_IT)
_REPLIED = inbox.update().where(_IT)


def receive(tx: Connection, sender: str, message: str, now: datetime) -> Reply | None:
    """Note that a message arrived, before acting; the reply of the first time where it had arrived already."""
    arrived = {"sender": sender, "message": message, "at": now, "reply": {}}
    if tx.execute(_receive(tx.dialect.name), arrived).first():
        return None
    return reply_from_data(tx.execute(_REPLY, {"by": sender, "id": message}).scalar_one())


@cache
def _receive(dialect: str) -> Executable:
    return upsert(dialect, inbox).on_conflict_do_nothing().returning(inbox.c.message)


def replied(tx: Connection, sender: str, message: str, reply: Reply) -> None:
    """Keep what a message was answered."""
    tx.execute(_REPLIED, {"by": sender, "id": message, "reply": reply_to_data(reply)})
