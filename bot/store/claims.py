"""Who sends what now: deliveries claimed for a while by one process, and the pace that all processes keep together."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, Row, Select, and_, bindparam, exists, func, or_, select

from bot.core.model import Delivery
from bot.store.deliveries import WAITS, delivery_of
from bot.store.schema import announcement, delivery, pace, person
from bot.store.upsert import upsert

AHEAD = timedelta(seconds=0.5)
BEHIND = timedelta(seconds=0.25)  # what a late claim may make up for
LONGEST = timedelta(days=1)
REST = timedelta(minutes=1)  # the longest that a platform is asked for nothing at all
PARTS = 20

_earlier, _original = delivery.alias("earlier"), delivery.alias("original")
_ON = delivery.c.platform == bindparam("on")
_WAITS = (_ON, delivery.c.state.in_(WAITS), delivery.c.next_try.is_not(None))
_NEXT = select(func.min(delivery.c.next_try)).where(*_WAITS)
_PACE = select(pace.c.free_at).where(pace.c.platform == bindparam("on")).with_for_update()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is this process's to send, at `at`; `also` are those that its message says too.

    `again` says that somebody had it before and nobody knows whether it was said. `locale` is the language that the
    person chose; `edits` the platform's id of the message that it replaces, `void` that there is none to replace.
    """

    delivery: Delivery
    at: datetime
    again: bool = False
    also: tuple[Delivery, ...] = ()
    locale: str | None = None
    edits: str | None = None
    void: bool = False


def next_try(tx: Connection, platform: str) -> datetime | None:
    """When something is next to be looked at on a platform."""
    found: datetime | None = tx.execute(_NEXT, {"on": platform}).scalar()
    return found


def claim(
    tx: Connection,
    platform: str,
    owner: str,
    now: datetime,
    lease: timedelta,
    each: timedelta,
    limit: int,
    late: timedelta,
) -> list[Claimed]:
    """Take what is due, at most `limit` and no more than the pace of one every `each` lets through about now.

    In one target's order, one at a time. Those that are later than `late` are said in one message a target.
    """
    first = _free_at(tx, platform, now)
    room = min(limit, 1 + int((now + AHEAD - first) / each)) if first <= now + AHEAD else 0
    if room <= 0:
        return []
    rows = tx.execute(_DUE, {"on": platform, "at": now, "room": room}).all()
    if rows:
        taken = {"lease_until": now + lease, "next_try": now + lease, "owner": owner}
        ids = [row.id for row in rows]
        tx.execute(delivery.update().where(delivery.c.id.in_(ids)).values(**taken, attempts=delivery.c.attempts + 1))
        tx.execute(pace.update().where(pace.c.platform == platform).values(free_at=first + each * len(rows)))
    return [_claimed(tx, row, first + each * n, now, late) for n, row in enumerate(rows)]


def _due() -> Select[Any]:
    ahead = and_(_earlier.c.target == delivery.c.target, _earlier.c.id < delivery.c.id, _earlier.c.state == "pending")
    # What is reworded where it stands holds up nothing that follows it.
    ahead = and_(ahead, _earlier.c.corrects.is_distinct_from(_earlier.c.id))
    of = announcement.c
    columns = (of.course, of.key, of.notice, of.at, person.c.locale)
    statement = select(delivery, *columns, _original.c.state.label("was"), _original.c.platform_id.label("edits"))
    statement = statement.join(announcement, of.id == delivery.c.announcement)
    statement = statement.outerjoin(person, person.c.key == delivery.c.target)
    statement = statement.outerjoin(_original, _original.c.id == delivery.c.corrects)
    due = (_ON, delivery.c.state == "pending", delivery.c.next_try <= bindparam("at"))
    statement = statement.where(*due, ~exists().where(ahead)).order_by(delivery.c.next_try, delivery.c.id)
    return statement.limit(bindparam("room")).with_for_update(of=delivery, skip_locked=True)


_DUE = _due()


def _claimed(tx: Connection, row: Row[Any], at: datetime, now: datetime, late: timedelta) -> Claimed:
    found = delivery_of(row)
    also = _also(tx, found, now - late) if found.due and found.due < now - late and not found.corrects else ()
    itself = found.corrects == found.id
    void = found.corrects is not None and not itself and row.was not in ("sent", "unsure")
    edits = row.edits if itself or row.was == "sent" else None
    return Claimed(found, at, found.claimed, tuple(also), row.locale, edits, void)


def _also(tx: Connection, head: Delivery, before: datetime) -> Sequence[Delivery]:
    """What else waits for the same target so late; once it was taken together, it stays together."""
    late = and_(delivery.c.within.is_(None), delivery.c.due < before, delivery.c.corrects.is_(None))
    apart = and_(delivery.c.lease_until.is_(None), delivery.c.id > head.id)
    columns = (announcement.c.course, announcement.c.key, announcement.c.notice, announcement.c.at)
    statement = select(delivery, *columns).join(announcement, announcement.c.id == delivery.c.announcement)
    waits = (delivery.c.target == head.target, delivery.c.state == "pending", announcement.c.course == head.course)
    mine = or_(delivery.c.within == head.id, and_(late, apart))
    if head.claimed:
        mine = delivery.c.within == head.id
    found = [delivery_of(row) for row in tx.execute(statement.where(*waits, mine).order_by(delivery.c.id).limit(PARTS))]
    if found:
        ids = [each.id for each in found]
        tx.execute(delivery.update().where(delivery.c.id.in_(ids)).values(within=head.id))
    return found


def settle(tx: Connection, ids: Iterable[int], by: str | None, /, **values: Any) -> bool:
    """Write down what became of claimed rows; with `by` only where that owner still has them. Whether it was."""
    where: list[ColumnElement[bool]] = [delivery.c.id.in_(list(ids)), delivery.c.state.in_((*WAITS, "unsure"))]
    if by:
        where.append(delivery.c.owner == by)
    return bool(tx.execute(delivery.update().where(*where).values(**values)).rowcount)


def overdue(tx: Connection, platform: str, courses: Collection[str], before: datetime) -> list[Delivery]:
    """Take out what waits for a place since before then and was surely not said: a person decides."""
    asked = {"on": platform, "before": before, "courses": list(courses)}
    found = [delivery_of(row) for row in tx.execute(_OVERDUE, asked)]
    if found:
        held = {"state": "held", "next_try": None, "within": None}
        ids = [each.id for each in found]
        parts = (delivery.c.within.in_(ids), delivery.c.state == "pending")
        tx.execute(delivery.update().where(or_(delivery.c.id.in_(ids), and_(*parts))).values(**held))
    return found


def _overdue() -> Select[Any]:
    columns = (announcement.c.course, announcement.c.key, announcement.c.notice, announcement.c.at)
    statement = select(delivery, *columns).join(announcement, announcement.c.id == delivery.c.announcement)
    late = (_ON, delivery.c.state == "pending", delivery.c.due < bindparam("before"))
    place = (delivery.c.target.startswith("group:"), delivery.c.lease_until.is_(None), delivery.c.within.is_(None))
    mine = announcement.c.course.in_(bindparam("courses", expanding=True))
    statement = statement.where(*late, *place, mine).order_by(delivery.c.id)
    return statement.with_for_update(of=delivery, skip_locked=True)


_OVERDUE = _overdue()


def mend(tx: Connection, platform: str, now: datetime, lease: timedelta, grace: timedelta) -> None:
    """What waits for a time that only a wrong clock can have meant is due after all."""
    tx.execute(_WRONG, {"on": platform, "longest": now + LONGEST, "new": now})
    tx.execute(_WRONG_AT_FIRST, {"on": platform, "longest": now + grace, "new": now})
    tx.execute(_WRONG_LEASE, {"on": platform, "new": now + lease})


_FREE = delivery.update().where(*_WAITS, delivery.c.lease_until.is_(None)).values(next_try=bindparam("new"))
_WRONG = _FREE.where(delivery.c.next_try > bindparam("longest"))
_WRONG_AT_FIRST = _WRONG.where(delivery.c.attempts == 0)
_LEASED = delivery.update().where(*_WAITS, delivery.c.lease_until > bindparam("new"))
_WRONG_LEASE = _LEASED.values(next_try=bindparam("new"), lease_until=bindparam("new"))


def hold_up(tx: Connection, platform: str, until: datetime) -> None:
    """Ask a platform for nothing before then."""
    tx.execute(pace.update().where(pace.c.platform == platform, pace.c.free_at < until).values(free_at=until))


def _free_at(tx: Connection, platform: str, now: datetime) -> datetime:
    """When the platform may be asked next; nobody else claims until the transaction ends."""
    tx.execute(_keep_pace(tx.dialect.name), {"platform": platform, "free_at": now})
    free: datetime = tx.execute(_PACE, {"on": platform}).scalar_one()
    # Nothing is held up for longer: the clock was set back since.
    return max(free, now - BEHIND) if free <= now + REST else now


@cache
def _keep_pace(dialect: str) -> Executable:
    return upsert(dialect, pace).on_conflict_do_nothing()
