"""What arrived: each message acts once."""

from datetime import datetime

from sqlalchemy import Connection, select

from bot.core.chat import Reply, reply_from_data, reply_to_data
from bot.store.schema import inbox
from bot.store.upsert import upsert


def receive(tx: Connection, sender: str, message: str, now: datetime) -> Reply | None:
    """Note that a message arrived, before acting; the reply of the first time where it had arrived already."""
    statement = upsert(tx, inbox).values(sender=sender, message=message, at=now, reply={})
    if tx.execute(statement.on_conflict_do_nothing().returning(inbox.c.message)).first():
        return None
    where = (inbox.c.sender == sender, inbox.c.message == message)
    return reply_from_data(tx.execute(select(inbox.c.reply).where(*where)).scalar_one())


def replied(tx: Connection, sender: str, message: str, reply: Reply) -> None:
    """Keep what a message was answered."""
    where = (inbox.c.sender == sender, inbox.c.message == message)
    tx.execute(inbox.update().where(*where).values(reply=reply_to_data(reply)))
