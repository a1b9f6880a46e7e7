"""What could not be said to a person where they are reached."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Exists, Text, bindparam, exists, or_, select

from bot.core.chat import Notice
from bot.store.deliveries import OF_COURSE
from bot.store.prepared import Prepared, among, written
from bot.store.schema import announcement, delivery, person

_UNSAID = written(("failed", "by-hand"))
_ACCOUNT = person.alias("account")


def _unsaid(who: ColumnElement[str]) -> ColumnElement[bool]:
    accounts = select(_ACCOUNT.c.key).where(or_(_ACCOUNT.c.key == who, _ACCOUNT.c.main == who))
    accounts = accounts.correlate_except(_ACCOUNT)
    return delivery.c.target.in_(accounts) & delivery.c.state.in_(_UNSAID)


def unsaid_to(who: ColumnElement[str]) -> Exists:
    """Whether a person was not told something, in whatever course: looked at with every command, by an index."""
    return exists(select(delivery.c.id).where(_unsaid(who)).correlate_except(delivery))


_ALL = (
    select(delivery.c.id, announcement.c.notice)
    .join_from(delivery, announcement, announcement.c.id == delivery.c.announcement)
    .where(_unsaid(bindparam("who", type_=Text)), OF_COURSE)
    .order_by(delivery.c.id)
)
_ANYTHING = Prepared(_ALL.limit(1))
_TAKE = Prepared(_ALL.with_for_update(of=delivery))
_SAID = Prepared(delivery.update().where(among(delivery.c.id, "ids")).values(state="sent"))


def anything(tx: Connection, course: str, who: str) -> bool:
    """Whether a person was not told something that they should hear."""
    return _ANYTHING.first(tx, {"of": course, "who": who}) is not None


def take(tx: Connection, course: str, who: str, said: str) -> Sequence[Notice]:
    """All that a person was not told, oldest first; it counts as sent from now on, in the message `said`."""
    found = _TAKE.all(tx, {"of": course, "who": who})
    _SAID.run(tx, {"ids": [row.id for row in found], "platform_id": said})
    return [Notice(**row.notice) for row in found]
