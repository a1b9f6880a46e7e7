"""What could not be said to a person where they are reached."""

from collections.abc import Sequence

from sqlalchemy import Connection, Text, bindparam, literal_column, or_, select

from bot.core.chat import Notice
from bot.store.schema import announcement, delivery, person

# Written into the statement, which then needs not be made anew each time.
_UNSAID = tuple(literal_column(f"'{state}'", Text) for state in ("failed", "by-hand"))
_ACCOUNTS = select(person.c.key).where(or_(person.c.key == bindparam("who"), person.c.main == bindparam("who")))
_LOST = delivery.c.target.in_(_ACCOUNTS) & delivery.c.state.in_(_UNSAID)
_HERE = announcement.c.course == bindparam("of")


_ALL = (
    select(delivery.c.id, announcement.c.notice)
    .join_from(delivery, announcement, announcement.c.id == delivery.c.announcement)
    .where(_LOST, _HERE)
    .order_by(delivery.c.id)
)
# Every command looks first, by an index and without the announcements, and nearly always finds nothing.
_ANY = select(delivery.c.id).where(_LOST).limit(1)
_TAKE = _ALL.with_for_update(of=delivery)


def anything(tx: Connection, course: str, who: str) -> bool:
    """Whether a person was not told something that they should hear."""
    found = tx.execute(_ANY, {"who": who}).first()
    return found is not None and tx.execute(_ALL, {"of": course, "who": who}).first() is not None


def take(tx: Connection, course: str, who: str, said: str) -> Sequence[Notice]:
    """All that a person was not told, oldest first; it counts as sent from now on, in the message `said`."""
    found = tx.execute(_TAKE, {"of": course, "who": who}).all()
    ids = [row.id for row in found]
    tx.execute(delivery.update().where(delivery.c.id.in_(ids)).values(state="sent", platform_id=said))
    return [Notice(**row.notice) for row in found]
