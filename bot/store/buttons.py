"""What buttons stand for that does not fit into them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from bot.store.schema import button
from bot.store.upsert import upsert


def remember(tx: Connection, key: str, args: Mapping[str, str], now: datetime) -> None:
    """Keep a button's values under a key, from now on where they were kept before."""
    statement = upsert(tx.dialect.name, button).values(key=key, args=dict(args), at=now)
    new = statement.excluded
    tx.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"args": new.args, "at": new.at}))


def recall(tx: Connection, key: str) -> Mapping[str, str] | None:
    """The values kept under a key."""
    found: Mapping[str, str] | None = tx.execute(select(button.c.args).where(button.c.key == key)).scalar()
    return found


def forget(tx: Connection, before: datetime) -> None:
    """Keep no longer what was kept last before then."""
    tx.execute(button.delete().where(button.c.at < before))
