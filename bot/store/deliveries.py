"""The ledger: what is to be said, and a row for each place it is said in."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection

from bot.core.chat import Notice
from bot.store.schema import announcement, delivery
from bot.store.upsert import upsert


def announce(tx: Connection, course: str, key: str, notice: Notice, at: datetime) -> int | None:
    """Write down what is to be said under a key that is used once, and return its id; None where it is a repeat."""
    values = {"course": course, "key": key, "notice": asdict(notice), "at": at}
    statement = upsert(tx.dialect.name, announcement).values(**values).on_conflict_do_nothing()
    row = tx.execute(statement.returning(announcement.c.id)).first()
    return int(row.id) if row else None


def add(tx: Connection, announced: int, target: str, state: str, platform_id: str | None = None) -> None:
    """Add the ledger's row for one target; sent only with the platform's id."""
    values = {"announcement": announced, "target": target, "state": state, "platform_id": platform_id}
    tx.execute(delivery.insert().values(**values))
