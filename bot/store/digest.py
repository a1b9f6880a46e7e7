"""What staff should look at."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from bot.core.model import State
from bot.store import answers
from bot.store.prepared import Prepared, written
from bot.store.schema import announcement, delivery, topic

OLDEST = 3
_OVER = topic.c.hold_until <= bindparam("now")
_WAITS = (
    (topic.c.course == bindparam("of"))
    & (topic.c.state == State.NEW)
    & (topic.c.root == topic.c.n)
    & (topic.c.wordings > 0)
    & (topic.c.hold_until.is_(None) | _OVER)
)
_OLDEST = Prepared(select(topic.c.n, topic.c.title).where(_WAITS).order_by(topic.c.n).limit(OLDEST))
_WAITING, _DUE = Prepared(select(func.count()).where(_WAITS)), Prepared(select(func.count()).where(_WAITS, _OVER))
# Of places only: what a person could not be told is said to them when they are there again.
_FAILED = Prepared(
    select(func.count())
    .join_from(delivery, announcement, announcement.c.id == delivery.c.announcement)
    .where(announcement.c.course == bindparam("of"), delivery.c.state.in_(written(("failed", "unsure"))))
    .where(delivery.c.target.startswith("group:"))
)


@dataclass(frozen=True, slots=True)
class Pending:
    """How much waits of each kind: for review, of which these are the `oldest`, unpublished, held back, not delivered.

    `due` are those of the waiting whose time to be looked at again has come.
    """

    waiting: int
    oldest: tuple[tuple[int, str], ...]
    drafts: int
    due: int
    failed: int


def pending(tx: Connection, course: str, now: datetime) -> Pending:
    """What waits for staff in a course."""
    values = {"of": course, "now": now}
    return Pending(
        waiting=_WAITING.value(tx, values),
        oldest=tuple((row.n, row.title) for row in _OLDEST.all(tx, values)),
        drafts=answers.count_drafts(tx, course),
        due=_DUE.value(tx, values),
        failed=_FAILED.value(tx, values),
    )
