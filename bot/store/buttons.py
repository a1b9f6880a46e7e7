"""What buttons stand for that does not fit into them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ClauseElement, Connection, bindparam, select

from bot.store.prepared import Prepared
from bot.store.schema import button
from bot.store.upsert import upsert

_ARGS = Prepared(select(button.c.args).where(button.c.key == bindparam("which")))
_FORGET = Prepared(button.delete().where(button.c.at < bindparam("before")))


@Prepared
def _remember(dialect: str) -> ClauseElement:
    statement = upsert(dialect, button)
    new = statement.excluded
    return statement.on_conflict_do_update(index_elements=["key"], set_={"args": new.args, "at": new.at})


def remember(tx: Connection, key: str, args: Mapping[str, str], now: datetime) -> None:
    """Keep a button's values under a key, from now on where they were kept before."""
    _remember.run(tx, {"key": key, "args": dict(args), "at": now})


def recall(tx: Connection, key: str) -> Mapping[str, str] | None:
    """The values kept under a key."""
    found: Mapping[str, str] | None = _ARGS.value(tx, {"which": key})
    return found


def forget(tx: Connection, before: datetime) -> None:
    """Keep no longer what was kept last before then."""
    _FORGET.run(tx, {"before": before})
