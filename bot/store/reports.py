"""What a course's article or year comes to: leading topics and counts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from bot.core.model import AnswerKind, State
from bot.store.prepared import Prepared, among
from bot.store.schema import answer, person, question, topic

_LISTED = (topic.c.course == bindparam("of")) & (topic.c.root == topic.c.n) & (topic.c.wordings > 0)
_BEST = select(topic.c.n).where(_LISTED).order_by(topic.c.voters.desc(), topic.c.n)
_IN_STATES = _BEST.where(among(topic.c.state, "states")).limit(bindparam("most"))
_LEADING, _LEADING_OF = (
    Prepared(_IN_STATES),
    Prepared(_IN_STATES.where(topic.c.created >= bindparam("first"), topic.c.created < bindparam("end"))),
)
_PLANNED = Prepared(select(topic.c.article).where(_LISTED, topic.c.state == State.PLANNED))
_STATE = topic.c.state == bindparam("its")
_SINCE, _UNTIL = topic.c.decided_at >= bindparam("first"), topic.c.decided_at < bindparam("end")
_DECIDED, _DECIDED_SINCE = Prepared(_BEST.where(_STATE, _UNTIL)), Prepared(_BEST.where(_STATE, _SINCE, _UNTIL))
_COUNT_DECIDED = Prepared(select(func.count()).where(_LISTED, _STATE, _SINCE, _UNTIL))
_ASKED = (
    (question.c.course == bindparam("of"))
    & (question.c.at >= bindparam("first"))
    & (question.c.at < bindparam("end"))
    & ~question.c.withdrawn
)
_COUNT_ASKED = Prepared(select(func.count()).where(_ASKED))
_ANONYMOUS = Prepared(select(func.count()).where(_ASKED, question.c.anonymous))
_PERSONS = Prepared(
    select(func.count(func.coalesce(person.c.main, person.c.key).distinct()))
    .join_from(question, person, person.c.key == question.c.person)
    .where(_ASKED, ~question.c.anonymous)
)
_NTH = func.row_number().over(partition_by=topic.c.root, order_by=(answer.c.at, answer.c.id))
_GIVEN = (
    select(answer.c.person, answer.c.at, topic.c.created, _NTH.label("nth"))
    .join_from(answer, topic, (topic.c.course == answer.c.course) & (topic.c.n == answer.c.topic))
    .where(answer.c.course == bindparam("of"), ~answer.c.withdrawn, answer.c.kind == AnswerKind.PUBLISHED)
    .subquery()
)
_ANSWERED = Prepared(
    select(_GIVEN.c.person, _GIVEN.c.at, _GIVEN.c.created).where(
        _GIVEN.c.nth == 1, _GIVEN.c.at >= bindparam("first"), _GIVEN.c.at < bindparam("end")
    )
)


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
    values = {"of": course, "states": states, "most": limit}
    if span is None:
        return _LEADING.each(tx, values)
    return _LEADING_OF.each(tx, values | {"first": span[0], "end": span[1]})


def planned(tx: Connection, course: str) -> dict[str, int]:
    """How many topics are planned, by article."""
    return Counter(sorted(filter(None, _PLANNED.each(tx, {"of": course}))))


def decided(tx: Connection, course: str, state: State, first: datetime | None, end: datetime) -> list[int]:
    """The listed topics that came into a state from `first` (None: ever) until before `end`, the most wanted first."""
    values = {"of": course, "its": state, "end": end}
    return _DECIDED_SINCE.each(tx, values | {"first": first}) if first else _DECIDED.each(tx, values)


def counts(tx: Connection, course: str, first: datetime, end: datetime) -> Counts:
    """What happened from `first` until before `end`; linked accounts are one person."""
    span = {"of": course, "first": first, "end": end}
    return Counts(
        questions=_COUNT_ASKED.value(tx, span),
        persons=_PERSONS.value(tx, span),
        anonymous=_ANONYMOUS.value(tx, span),
        declined=_COUNT_DECIDED.value(tx, span | {"its": State.DECLINED}),
        covered=_COUNT_DECIDED.value(tx, span | {"its": State.COVERED}),
    )


def answered(tx: Connection, course: str, first: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
    """Of each topic that was answered first in that time: by whom, when, and when it was asked."""
    return _ANSWERED.all(tx, {"of": course, "first": first, "end": end})
