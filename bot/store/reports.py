"""What a course's article or year comes to: leading topics and counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from bot.core.model import AnswerKind, State
from bot.store.schema import answer, person, question, topic

_LISTED = (topic.c.root == topic.c.n, topic.c.wordings > 0)


@dataclass(frozen=True, slots=True)
class Counts:
    """Of some time: questions, of how many persons known by name, anonymous ones, topics declined and covered."""

    questions: int
    persons: int
    anonymous: int
    declined: int
    covered: int


def leading(
    tx: Connection, course: str, states: Sequence[State], limit: int, span: tuple[datetime, datetime] | None = None
) -> list[int]:
    """The listed topics in these states that most persons want, best first; of a span those asked in it."""
    where = [topic.c.course == course, topic.c.state.in_(states), *_LISTED]
    if span:
        where += [topic.c.created >= span[0], topic.c.created < span[1]]
    return list(tx.scalars(select(topic.c.n).where(*where).order_by(topic.c.voters.desc(), topic.c.n).limit(limit)))


def planned(tx: Connection, course: str) -> dict[str, int]:
    """How many topics are planned, by article."""
    where = (topic.c.course == course, topic.c.state == State.PLANNED, *_LISTED)
    rows = tx.execute(select(topic.c.article, func.count()).where(*where).group_by(topic.c.article))
    return {row[0]: row[1] for row in rows if row[0]}


def decided(tx: Connection, course: str, state: State, first: datetime | None, end: datetime) -> list[int]:
    """The listed topics that came into a state from `first` (None: ever) until before `end`, the most wanted first."""
    where = [topic.c.course == course, topic.c.state == state, topic.c.decided_at < end, *_LISTED]
    if first:
        where.append(topic.c.decided_at >= first)
    return list(tx.scalars(select(topic.c.n).where(*where).order_by(topic.c.voters.desc(), topic.c.n)))


def counts(tx: Connection, course: str, first: datetime, end: datetime) -> Counts:
    """What happened from `first` until before `end`; linked accounts are one person."""
    asked = (question.c.course == course, question.c.at >= first, question.c.at < end, ~question.c.withdrawn)
    joined = question.join(person, person.c.key == question.c.person)
    one = func.coalesce(person.c.main, person.c.key)
    named = select(func.count(one.distinct())).select_from(joined).where(*asked, ~question.c.anonymous)
    decided = (topic.c.course == course, topic.c.decided_at >= first, topic.c.decided_at < end, *_LISTED)
    return Counts(
        questions=_count(tx, *asked),
        persons=int(tx.execute(named).scalar_one()),
        anonymous=_count(tx, *asked, question.c.anonymous),
        declined=_count(tx, *decided, topic.c.state == State.DECLINED),
        covered=_count(tx, *decided, topic.c.state == State.COVERED),
    )


def answered(tx: Connection, course: str, first: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
    """Of each topic that was answered first in that time: by whom, when, and when it was asked."""
    rows = tx.execute(
        select(topic.c.root, answer.c.person, answer.c.at, topic.c.created)
        .join_from(answer, topic, (topic.c.course == answer.c.course) & (topic.c.n == answer.c.topic))
        .where(answer.c.course == course, ~answer.c.withdrawn, answer.c.kind == AnswerKind.PUBLISHED)
        .order_by(answer.c.at.desc(), answer.c.id.desc())
    )
    earliest = {row.root: (row.person, row.at, row.created) for row in rows}
    return [each for each in earliest.values() if first <= each[1] < end]


def _count(tx: Connection, *where: Any) -> int:
    return int(tx.execute(select(func.count()).where(*where)).scalar_one())
