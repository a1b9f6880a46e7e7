"""What buttons stand for that does not fit into them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from bot.store.schema import button
from bot.store.upsert import upsert


def remember(tx: Connection, key: str, args: Mapping[str, str], now: datetime) -> None:
    """Keep a button's values under a key; the same key holds the same values."""
    row = {"key": key, "args": dict(args), "at": now}
    tx.execute(upsert(tx.dialect.name, button).values(**row).on_conflict_do_nothing())


def recall(tx: Connection, key: str) -> Mapping[str, str] | None:
    """The values kept under a key."""
    found: Mapping[str, str] | None = tx.execute(select(button.c.args).where(button.c.key == key)).scalar()
    return found
