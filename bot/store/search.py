"""Topics that hold words and pass filters, a page at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, case, func, or_, select, union

from bot.core.model import State, Tie, Topic
from bot.store import topics
from bot.store.schema import follow, posting, question, topic

_FILED = topic.alias("filed")


@dataclass(frozen=True, slots=True)
class Word:
    """What each of a word's tokens weighs, and how much of that a topic must hold."""

    weights: Mapping[int, float]
    least: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; what is empty is not asked for.

    A topic must hold enough of any of the `words`; `ties` are those of the person `who`; an article is one that the
    topic is in or that a question in it is about; `unanswered` leaves out what is planned and has an answer.
    """

    states: Sequence[State] = ()
    article: str | None = None
    who: str = ""
    ties: Sequence[Tie] = ()
    words: Sequence[Word] = ()
    unanswered: bool = False


def count(tx: Connection, course: str, wanted: Wanted) -> int:
    """How many topics there are."""
    found = _found(course, wanted).subquery()
    return int(tx.execute(select(func.count()).select_from(found)).scalar_one())


def page(tx: Connection, course: str, wanted: Wanted, offset: int, limit: int) -> list[Topic]:
    """The topics that weigh most, of equals the newest, first."""
    ns = [row.n for row in tx.execute(_found(course, wanted).offset(offset).limit(limit))]
    return topics.some(tx, course, ns)


def _found(course: str, wanted: Wanted) -> Select[tuple[int]]:
    statement = select(topic.c.n).where(topic.c.root == topic.c.n, topic.c.wordings > 0, *_filters(course, wanted))
    if not wanted.words:
        return statement.where(topic.c.course == course).order_by(topic.c.n.desc())
    holding = _holding(course, wanted).subquery()
    # The course is what is held's, so that neither database can begin with all topics of the course.
    filed = (_FILED.c.course == holding.c.course) & (_FILED.c.n == holding.c.topic)
    stands = (topic.c.course == holding.c.course) & (topic.c.n == _FILED.c.root)
    statement = statement.select_from(holding).join(_FILED, filed).join(topic, stands).group_by(topic.c.n)
    return statement.order_by(func.max(holding.c.weight).desc(), topic.c.n.desc())


def _holding(course: str, wanted: Wanted) -> Select[tuple[str, int, float]]:
    """Each topic that holds enough of the words, as it was filed."""
    weights = {token: weight for word in wanted.words for token, weight in word.weights.items()}
    enough = [_weight(word.weights) >= word.least for word in wanted.words]
    statement = select(posting.c.course, posting.c.topic, _weight(weights).label("weight"))
    statement = statement.where(posting.c.course == course, posting.c.token.in_(weights))
    return statement.group_by(posting.c.course, posting.c.topic).having(or_(*enough))


def _weight(weights: Mapping[int, float]) -> Any:
    return func.sum(case(dict(weights), value=posting.c.token, else_=0.0))


def _filters(course: str, wanted: Wanted) -> Iterator[Any]:
    if wanted.states:
        yield topic.c.state.in_(wanted.states)
    if wanted.unanswered:
        yield ~topics.ANSWERED_AND_PLANNED
    if wanted.article:
        about = (question.c.course == _FILED.c.course) & (question.c.topic == _FILED.c.n)
        asked = select(_FILED.c.root).join_from(question, _FILED, about).where(question.c.course == course)
        asked = asked.where(question.c.about == wanted.article, ~question.c.withdrawn)
        taken_up = select(_FILED.c.n).where(_FILED.c.course == course, _FILED.c.article == wanted.article)
        yield topic.c.n.in_(union(taken_up, asked))
    if wanted.ties:
        there = (follow.c.course == _FILED.c.course) & (follow.c.topic == _FILED.c.n)
        tied = select(_FILED.c.root).join_from(follow, _FILED, there).where(follow.c.course == course)
        yield topic.c.n.in_(tied.where(follow.c.person == wanted.who, follow.c.kind.in_(wanted.ties)))
