"""Who sends what now: deliveries claimed for a while by one process, and the pace that all processes keep together."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ClauseElement, Connection, bindparam, exists, func, or_, select

from bot.core.model import Delivery
from bot.store.deliveries import ROWS, STATE, WAITS, delivery_of
from bot.store.prepared import Prepared, Row, among, written
from bot.store.schema import announcement, delivery, pace, person
from bot.store.upsert import upsert

AHEAD = timedelta(seconds=0.5)
BEHIND = timedelta(seconds=0.25)  # what a late claim may make up for
LONGEST = timedelta(days=1)
REST = timedelta(minutes=1)  # the longest that a platform is asked for nothing at all
PARTS = 20

_EARLIER, _ORIGINAL = delivery.alias("earlier"), delivery.alias("original")
_ON = delivery.c.platform == bindparam("on")
_PENDING = delivery.c.state == "pending"
_WAITS = _ON & delivery.c.state.in_(written(WAITS)) & delivery.c.next_try.is_not(None)
_FREE = delivery.c.lease_until.is_(None)
_AMONG = among(delivery.c.id, "ids")
_NEXT = Prepared(select(func.min(delivery.c.next_try)).where(_WAITS))
# What is reworded where it stands holds up nothing that follows it.
_AHEAD = exists().where(
    _EARLIER.c.target == delivery.c.target,
    _EARLIER.c.id < delivery.c.id,
    _EARLIER.c.state == "pending",
    _EARLIER.c.corrects.is_distinct_from(_EARLIER.c.id),
)
_DUE = Prepared(
    select(delivery.c.id)
    .where(_ON, _PENDING, delivery.c.next_try <= bindparam("at"), ~_AHEAD)
    .order_by(delivery.c.next_try, delivery.c.id)
    .limit(bindparam("room"))
    .with_for_update(of=delivery, skip_locked=True)
)
# Read once they are locked: who rewords one meanwhile has done so before, or finds it claimed.
_WORDS = Prepared(
    ROWS.add_columns(person.c.locale, _ORIGINAL.c.state.label("was"), _ORIGINAL.c.platform_id.label("edits"))
    .outerjoin(person, person.c.key == delivery.c.target)
    .outerjoin(_ORIGINAL, _ORIGINAL.c.id == delivery.c.corrects)
    .where(_AMONG)
    .order_by(delivery.c.next_try, delivery.c.id)
)
_TAKE = Prepared(delivery.update().where(_AMONG).values(attempts=delivery.c.attempts + 1))
# What a late one's message says too: what was taken together with it, or else all that waits so late.
_WITH = delivery.c.within == bindparam("head")
_LATE = (
    _FREE
    & delivery.c.within.is_(None)
    & delivery.c.corrects.is_(None)
    & (delivery.c.due < bindparam("before"))
    & (delivery.c.id > bindparam("head"))
)
_SAME = (
    ROWS.where(delivery.c.target == bindparam("to"), _PENDING, announcement.c.course == bindparam("of"))
    .order_by(delivery.c.id)
    .limit(PARTS)
)
_TOGETHER, _ALL_LATE = Prepared(_SAME.where(_WITH)), Prepared(_SAME.where(or_(_WITH, _LATE)))
_JOIN = Prepared(delivery.update().where(_AMONG))
_SETTLE = delivery.update().where(_AMONG, STATE.in_(written((*WAITS, "unsure"))))
_SETTLE_ANY, _SETTLE_OWN = Prepared(_SETTLE), Prepared(_SETTLE.where(delivery.c.owner == bindparam("by")))
# Nearly all that was ever said is so: written so that SQLite does not begin there.
_ALONE = func.coalesce(delivery.c.within, 0) == 0
_OVERDUE = Prepared(
    ROWS.where(
        _ON, _PENDING, delivery.c.due < bindparam("before"), delivery.c.target.startswith("group:"), _FREE,
        _ALONE, among(announcement.c.course, "courses"),
    )
    .order_by(delivery.c.id)
    .with_for_update(of=delivery, skip_locked=True)
)  # fmt: skip
_HOLD = Prepared(
    delivery.update()
    .where(or_(_AMONG, among(delivery.c.within, "ids") & _PENDING))
    .values(state="held", next_try=None, within=None)
)
_WRONG = (
    delivery.update().where(_WAITS, _FREE, delivery.c.next_try > bindparam("longest")).values(next_try=bindparam("new"))
)
_LATER, _LATER_AT_FIRST = Prepared(_WRONG), Prepared(_WRONG.where(delivery.c.attempts == 0))
_WRONG_LEASE = Prepared(
    delivery.update()
    .where(_WAITS, delivery.c.lease_until > bindparam("new"))
    .values(next_try=bindparam("new"), lease_until=bindparam("new"))
)
_IT = pace.c.platform == bindparam("on")
_PACE = Prepared(select(pace.c.free_at).where(_IT).with_for_update())
_MOVE_ON = Prepared(pace.update().where(_IT))
_HOLD_UP = Prepared(pace.update().where(_IT, pace.c.free_at < bindparam("until")).values(free_at=bindparam("until")))


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
    found: datetime | None = _NEXT.value(tx, {"on": platform})
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
    due = {"ids": _DUE.each(tx, {"on": platform, "at": now, "room": room})}
    rows = _WORDS.all(tx, due) if due["ids"] else []
    if rows:
        _TAKE.run(tx, due | {"lease_until": now + lease, "next_try": now + lease, "owner": owner})
        _MOVE_ON.run(tx, {"on": platform, "free_at": first + each * len(rows)})
    return [_claimed(tx, row, first + each * n, now, late, owner) for n, row in enumerate(rows)]


def _claimed(tx: Connection, row: Row, at: datetime, now: datetime, late: timedelta, owner: str) -> Claimed:
    found = delivery_of(row)
    also = _also(tx, found, now - late, owner) if found.due and found.due < now - late and not found.corrects else ()
    itself = found.corrects == found.id
    void = found.corrects is not None and not itself and row.was not in ("sent", "unsure")
    edits = row.edits if itself or row.was == "sent" else None
    return Claimed(found, at, found.claimed, tuple(also), row.locale, edits, void)


def _also(tx: Connection, head: Delivery, before: datetime, owner: str) -> Sequence[Delivery]:
    """What else waits for the same target so late; once it was taken together, it stays together."""
    values = {"to": head.target, "of": head.course, "head": head.id}
    rows = _TOGETHER.all(tx, values) if head.claimed else _ALL_LATE.all(tx, values | {"before": before})
    found = [delivery_of(row) for row in rows]
    if found:
        _JOIN.run(tx, {"ids": [each.id for each in found], "within": head.id, "owner": owner})
    return found


def settle(tx: Connection, ids: Iterable[int], by: str | None, /, **values: Any) -> bool:
    """Write down what became of claimed rows; with `by` only where that owner still has them. Whether it was."""
    values |= {"ids": list(ids)}
    return bool(_SETTLE_OWN.run(tx, values | {"by": by}) if by else _SETTLE_ANY.run(tx, values))


def overdue(tx: Connection, platform: str, courses: Collection[str], before: datetime) -> list[Delivery]:
    """Take out what waits for a place since before then and was surely not said: a person decides."""
    asked = {"on": platform, "before": before, "courses": list(courses)}
    found = [delivery_of(row) for row in _OVERDUE.all(tx, asked)]
    if found:
        _HOLD.run(tx, {"ids": [each.id for each in found]})
    return found


def mend(tx: Connection, platform: str, now: datetime, lease: timedelta, grace: timedelta) -> None:
    """What waits for a time that only a wrong clock can have meant is due after all."""
    _LATER.run(tx, {"on": platform, "longest": now + LONGEST, "new": now})
    _LATER_AT_FIRST.run(tx, {"on": platform, "longest": now + grace, "new": now})
    _WRONG_LEASE.run(tx, {"on": platform, "new": now + lease})


def hold_up(tx: Connection, platform: str, until: datetime) -> None:
    """Ask a platform for nothing before then."""
    _HOLD_UP.run(tx, {"on": platform, "until": until})


def _free_at(tx: Connection, platform: str, now: datetime) -> datetime:
    """When the platform may be asked next; nobody else claims until the transaction ends."""
    _begin.run(tx, {"platform": platform, "free_at": now})
    free: datetime = _PACE.value(tx, {"on": platform})
    # Nothing is held up for longer: the clock was set back since.
    return max(free, now - BEHIND) if free <= now + REST else now


@Prepared
def _begin(dialect: str) -> ClauseElement:
    return upsert(dialect, pace).on_conflict_do_nothing()
