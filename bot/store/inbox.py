"""What arrived: each message acts once."""

from datetime import datetime

from sqlalchemy import ClauseElement, Connection, bindparam, select

from bot.core.chat import Reply, reply_from_data, reply_to_data
from bot.store.prepared import Prepared
from bot.store.schema import inbox
from bot.store.upsert import upsert

_IT = (inbox.c.sender == bindparam("by")) & (inbox.c.message == bindparam("id"))
_REPLY = Prepared(select(inbox.c.reply).where(_IT))
_REPLIED = Prepared(inbox.update().where(_IT))
_FORGET = Prepared(inbox.delete().where(inbox.c.at < bindparam("before")))


@Prepared
def _receive(dialect: str) -> ClauseElement:
    return upsert(dialect, inbox).on_conflict_do_nothing()


def receive(tx: Connection, sender: str, message: str, now: datetime) -> Reply | None:
    """Note that a message arrived, before acting; the reply of the first time where it had arrived already."""
    arrived = {"sender": sender, "message": message, "at": now, "reply": {}}
    if _receive.run(tx, arrived):
        return None
    return reply_from_data(_REPLY.value(tx, {"by": sender, "id": message}))


def replied(tx: Connection, sender: str, message: str, reply: Reply) -> None:
    """Keep what a message was answered."""
    _REPLIED.run(tx, {"by": sender, "id": message, "reply": reply_to_data(reply)})


def forget(tx: Connection, before: datetime) -> None:
    """Keep no longer what arrived before then."""
    _FORGET.run(tx, {"before": before})
