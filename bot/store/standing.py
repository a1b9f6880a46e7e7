"""What stands in places under a key of its own, and whose topics' threads are to be looked at again."""

from sqlalchemy import Connection, bindparam, select, text

from bot.core.model import OPEN
from bot.store.prepared import Prepared, written
from bot.store.schema import STANDING, STANDS, announcement, topic

_HERE = select(announcement.c.key).where(announcement.c.course == bindparam("of"))
_KEYS = Prepared(lambda dialect: _HERE.where(text(STANDS[dialect])))
_OPEN = (topic.c.state.in_(written(OPEN)), topic.c.merged_into.is_(None), topic.c.wordings > 0)
_UNPOST = Prepared(topic.update().where(topic.c.course == bindparam("of"), topic.c.posted, *_OPEN).values(posted=False))


def key_of(name: str, target: str) -> str:
    """The ledger's key of what stands at a target under a name."""
    return f"{STANDING}{name}:{target}"


def named(key: str) -> tuple[str, str]:
    """The name and the target in a key."""
    name, _, place = key.removeprefix(STANDING).partition(":group:")
    return name, f"group:{place}"


def open_keys(tx: Connection, course: str) -> list[str]:
    """The keys of what stands anywhere and is not closed."""
    return _KEYS.each(tx, {"of": course})


def unpost(tx: Connection, course: str) -> None:
    """Let the threads of all open topics be looked at again."""
    _UNPOST.run(tx, {"of": course})
