"""What could not be said to a person where they are reached."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, or_, select

from bot.core.chat import Notice
from bot.store.schema import announcement, delivery, person

_ACCOUNTS = select(person.c.key).where(or_(person.c.key == bindparam("who"), person.c.main == bindparam("who")))
_LOST = delivery.c.target.in_(_ACCOUNTS) & delivery.c.state.in_(("failed", "by-hand"))
_HERE = announcement.c.course == bindparam("of")


_ALL = (
    select(delivery.c.id, announcement.c.notice)
    .join_from(delivery, announcement, announcement.c.id == delivery.c.announcement)
    .where(_LOST, _HERE)
    .order_by(delivery.c.id)
)
_ANY = _ALL.limit(1)
_TAKE = _ALL.with_for_update(of=delivery)


def anything(tx: Connection, course: str, who: str) -> bool:
    """Whether a person was not told something that they should hear."""
    return tx.execute(_ANY, {"of": course, "who": who}).first() is not None


def take(tx: Connection, course: str, who: str, said: str) -> Sequence[Notice]:
    """All that a person was not told, oldest first; it counts as sent from now on, in the message `said`."""
    found = tx.execute(_TAKE, {"of": course, "who": who}).all()
    ids = [row.id for row in found]
    tx.execute(delivery.update().where(delivery.c.id.in_(ids)).values(state="sent", platform_id=said))
    return [Notice(**row.notice) for row in found]
