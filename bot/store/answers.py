"""Answers and their versions."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from bot.core.model import Answer, AnswerKind
from bot.store.schema import answer, person

_ENDORSER = person.alias("endorser")
_OF_TOPICS = (
    select(answer, person.c.name, _ENDORSER.c.name.label("endorser"))
    .join(person, person.c.key == answer.c.person)
    .outerjoin(_ENDORSER, _ENDORSER.c.key == answer.c.endorsed_by)
    .where(answer.c.course == bindparam("of"), ~answer.c.withdrawn)
    .where(answer.c.topic.in_(bindparam("numbers", expanding=True)))
    .order_by(answer.c.version)
)


def add(
    tx: Connection,
    course: str,
    topic: int,
    who: str,
    text: str,
    at: datetime,
    kind: AnswerKind = AnswerKind.PUBLISHED,
    holds: str | None = None,
) -> int:
    """Keep an answer as the topic's next version and return its number, from 1."""
    where = (answer.c.course == course, answer.c.topic == topic)
    last = tx.execute(select(func.max(answer.c.version)).where(*where)).scalar_one()
    values = {"course": course, "topic": topic, "version": (last or 0) + 1, "person": who, "text": text, "at": at}
    tx.execute(answer.insert().values(**values, kind=kind, holds=holds))
    return (last or 0) + 1


def add_first(tx: Connection, course: str, given: Sequence[tuple[int, str, str, datetime, AnswerKind]]) -> None:
    """Keep the first answers of topics that have none: topic, person, text, time and kind."""
    versions = Counter[int]()
    rows: list[dict[str, Any]] = []
    for topic, who, text, at, kind in given:
        versions[topic] += 1
        row = {"course": course, "topic": topic, "version": versions[topic], "person": who, "text": text}
        rows.append(row | {"at": at, "kind": kind})
    if rows:
        tx.execute(answer.insert(), rows)


def of_topics(tx: Connection, course: str, topics: Sequence[int]) -> dict[int, list[Answer]]:
    """All that stand of each of these topics, oldest first."""
    found: dict[int, list[Answer]] = {n: [] for n in topics}
    for row in tx.execute(_OF_TOPICS, {"of": course, "numbers": topics}):
        kept = (row.topic, row.version, row.text, row.person, row.name, row.at)
        found[row.topic].append(Answer(*kept, AnswerKind(row.kind), row.holds, row.endorser))
    return found


def withdraw(tx: Connection, course: str, topic: int, version: int, *, withdrawn: bool = True) -> None:
    """Take one version back, or put it back."""
    where = (answer.c.course == course, answer.c.topic == topic, answer.c.version == version)
    tx.execute(answer.update().where(*where).values(withdrawn=withdrawn))
