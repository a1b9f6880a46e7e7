"""What waits for review, and what a review put off: held for details or until a later day."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from bot.core.model import State
from bot.store.schema import question, topic

_LISTED = (topic.c.root == topic.c.n) & (topic.c.wordings > 0)


def hold(tx: Connection, course: str, n: int, kind: str | None, until: datetime | None) -> None:
    """Let a topic's review wait for something until then; None lets it wait no more."""
    where = (topic.c.course == course, topic.c.n == n)
    tx.execute(topic.update().where(*where).values(hold=kind, hold_until=until))


def waiting(tx: Connection, course: str, now: datetime, after: int = 0, limit: int = 1) -> list[int]:
    """The numbers of the first topics after number `after` that wait for review and are not put off."""
    where = (*_new(course), _due(now), topic.c.n > after)
    return list(tx.scalars(select(topic.c.n).where(*where).order_by(topic.c.n).limit(limit)))


def before(tx: Connection, course: str, now: datetime, n: int) -> int:
    """How many of those that wait have a number below `n`."""
    where = (*_new(course), _due(now), topic.c.n < n)
    return int(tx.execute(select(func.count()).select_from(topic).where(*where)).scalar_one())


def held(tx: Connection, course: str, now: datetime, offset: int = 0, limit: int | None = None) -> list[int]:
    """The numbers of the topics whose review is put off, the soonest first."""
    statement = select(topic.c.n).where(*_new(course), topic.c.hold_until > now)
    return list(tx.scalars(statement.order_by(topic.c.hold_until, topic.c.n).offset(offset).limit(limit)))


def count_held(tx: Connection, course: str, now: datetime) -> int:
    """How many topics' review is put off."""
    where = (*_new(course), topic.c.hold_until > now)
    return int(tx.execute(select(func.count()).select_from(topic).where(*where)).scalar_one())


def matching(tx: Connection, course: str, now: datetime, state: State, words: Sequence[str], limit: int) -> list[int]:
    """The numbers of the listed topics in a state that are not put off and hold every word, oldest first."""
    statement = select(topic.c.n).where(topic.c.course == course, _LISTED, _due(now), topic.c.state == state)
    for word in words:
        statement = statement.where(or_(topic.c.title.icontains(word, autoescape=True), _worded(word)))
    return list(tx.scalars(statement.order_by(topic.c.n).limit(limit)))


def wordings(tx: Connection, course: str, ns: Sequence[int]) -> dict[int, list[str]]:
    """All that stands under each of these topics and what is merged into it, oldest first."""
    joined = (topic.c.course == question.c.course) & (topic.c.n == question.c.topic)
    statement = select(topic.c.root, question.c.text).select_from(question.join(topic, joined))
    where = (topic.c.course == course, topic.c.root.in_(ns), ~question.c.withdrawn)
    found: dict[int, list[str]] = {}
    for row in tx.execute(statement.where(*where).order_by(question.c.at, question.c.id)):
        found.setdefault(row.root, []).append(row.text)
    return found


def _new(course: str) -> tuple[Any, ...]:
    return topic.c.course == course, topic.c.state == State.NEW, _LISTED


def _due(now: datetime) -> Any:
    return or_(topic.c.hold_until.is_(None), topic.c.hold_until <= now)


def _worded(word: str) -> Any:
    filed = topic.alias()
    joined = (filed.c.course == question.c.course) & (filed.c.n == question.c.topic)
    where = (filed.c.course == topic.c.course, filed.c.root == topic.c.n, ~question.c.withdrawn)
    found = select(question.c.id).select_from(question.join(filed, joined)).where(*where)
    return found.where(question.c.text.icontains(word, autoescape=True)).correlate(topic).exists()
