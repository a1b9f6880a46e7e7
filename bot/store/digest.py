"""What staff should look at."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from bot.core.model import AnswerKind, State
from bot.store.schema import announcement, answer, delivery, topic

OLDEST = 3
_LISTED = (topic.c.root == topic.c.n) & (topic.c.wordings > 0)


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
    over = topic.c.hold_until <= now
    free = or_(topic.c.hold_until.is_(None), over)
    waits = (topic.c.course == course, topic.c.state == State.NEW, _LISTED, free)
    oldest = select(topic.c.n, topic.c.title).where(*waits).order_by(topic.c.n).limit(OLDEST)
    drafts = select(func.count()).where(answer.c.course == course, answer.c.kind == AnswerKind.DRAFT)
    count = select(func.count()).where(*waits)
    return Pending(
        waiting=tx.execute(count).scalar_one(),
        oldest=tuple((row.n, row.title) for row in tx.execute(oldest)),
        drafts=tx.execute(drafts.where(~answer.c.withdrawn)).scalar_one(),
        due=tx.execute(count.where(over)).scalar_one(),
        failed=_failed(tx, course),
    )


def _failed(tx: Connection, course: str) -> int:
    """Of places only: what a person could not be told is said to them when they are there again."""
    statement = select(func.count()).join_from(delivery, announcement, announcement.c.id == delivery.c.announcement)
    lost = (delivery.c.state.in_(("failed", "unsure")), delivery.c.target.startswith("group:"))
    return int(tx.execute(statement.where(announcement.c.course == course, *lost)).scalar_one())
