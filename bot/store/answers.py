"""Answers, drafts and proposals, and their versions."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from bot.core.model import Answer, AnswerKind
from bot.store.schema import answer, person
from bot.store.schema import topic as filed

_PUBLIC = (AnswerKind.PUBLISHED, AnswerKind.EDITOR)
_WAITING = (AnswerKind.DRAFT, AnswerKind.SUGGESTED)
_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)
_KINDS: BindParameter[Any] = bindparam("kinds", expanding=True)
_ENDORSER = person.alias("endorser")
_ANSWERS = (
    select(answer, person.c.name, _ENDORSER.c.name.label("endorser"))
    .join(person, person.c.key == answer.c.person)
    .outerjoin(_ENDORSER, _ENDORSER.c.key == answer.c.endorsed_by)
    .where(answer.c.course == bindparam("of"))
    .order_by(answer.c.topic, answer.c.version)
)
_STANDING = _ANSWERS.where(~answer.c.withdrawn, answer.c.topic.in_(_NUMBERS), answer.c.kind.in_(_KINDS))
_HERE = select(filed.c.n).where(
    filed.c.course == bindparam("of"), (filed.c.n == bindparam("number")) | (filed.c.root == bindparam("number"))
)
_UNDER = _ANSWERS.where(~answer.c.withdrawn, answer.c.topic.in_(_HERE), answer.c.kind.in_(_KINDS))
_ONE = _ANSWERS.where(answer.c.topic == bindparam("number"), answer.c.version == bindparam("which"))
_ADD = answer.insert()
_LAST = select(func.max(answer.c.version)).where(
    answer.c.course == bindparam("of"), answer.c.topic == bindparam("number")
)
_EVER = select(answer.c.topic, answer.c.kind, answer.c.text).where(
    answer.c.course == bindparam("of"), answer.c.topic.in_(_NUMBERS)
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
    endorsed_by: str | None = None,
) -> int:
    """Keep an answer as the topic's next version and return its number, from 1."""
    last = tx.execute(_LAST, {"of": course, "number": topic}).scalar_one()
    values = {"course": course, "topic": topic, "version": (last or 0) + 1, "person": who, "text": text, "at": at}
    tx.execute(_ADD, {**values, "kind": kind, "holds": holds, "endorsed_by": endorsed_by})
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
    """What the public reads under each of these topics: of each kind the newest, none that is not published."""
    newest: dict[int, dict[AnswerKind, Answer]] = {n: {} for n in topics}
    for each in standing(tx, course, topics, _PUBLIC):
        corrects = each.kind in newest[each.topic]
        newest[each.topic].pop(each.kind, None)
        newest[each.topic][each.kind] = replace(each, updated=corrects)
    return {n: list(found.values()) for n, found in newest.items()}


def standing(tx: Connection, course: str, topics: Sequence[int], kinds: Iterable[AnswerKind]) -> list[Answer]:
    """All of these kinds that were not taken back, by topic and version; drafts and proposals are for no member."""
    values = {"of": course, "numbers": topics, "kinds": list(kinds)}
    return [_answer(row) for row in tx.execute(_STANDING, values)]


def under(tx: Connection, course: str, n: int, kinds: Iterable[AnswerKind]) -> list[Answer]:
    """Those of a topic and of all that it stands for, its own first."""
    found = tx.execute(_UNDER, {"of": course, "number": n, "kinds": list(kinds)})
    return sorted((_answer(row) for row in found), key=lambda each: each.topic != n)


def one(tx: Connection, course: str, topic: int, version: int) -> Answer | None:
    """A version, taken back or not."""
    row = tx.execute(_ONE, {"of": course, "number": topic, "which": version}).one_or_none()
    return _answer(row) if row else None


def ever(tx: Connection, course: str, topics: Sequence[int]) -> dict[int, list[tuple[AnswerKind, str]]]:
    """Every kind and text that was ever kept of these topics, those taken back too."""
    found: dict[int, list[tuple[AnswerKind, str]]] = {n: [] for n in topics}
    for row in tx.execute(_EVER, {"of": course, "numbers": topics}):
        found[row.topic].append((AnswerKind(row.kind), row.text))
    return found


def waiting(tx: Connection, course: str, limit: int) -> list[Answer]:
    """The drafts and proposals that stand under listed topics, oldest first."""
    joined = _ANSWERS.join(filed, (filed.c.course == answer.c.course) & (filed.c.n == answer.c.topic))
    statement = joined.where(~answer.c.withdrawn, answer.c.kind.in_(_WAITING), filed.c.wordings > 0).limit(limit)
    return [_answer(row) for row in tx.execute(statement, {"of": course})]


def proposed_by(tx: Connection, course: str, who: str) -> list[int]:
    """The topics under which a person's proposals stand."""
    where = (answer.c.course == course, answer.c.person == who, answer.c.kind == AnswerKind.SUGGESTED)
    return list(tx.scalars(select(answer.c.topic).where(*where, ~answer.c.withdrawn).order_by(answer.c.topic)))


def withdraw(tx: Connection, course: str, topic: int, version: int, *, withdrawn: bool = True) -> None:
    """Take one version back, or put it back."""
    where = (answer.c.course == course, answer.c.topic == topic, answer.c.version == version)
    tx.execute(answer.update().where(*where).values(withdrawn=withdrawn))


def _answer(row: Any) -> Answer:
    kept = (row.topic, row.version, row.text, row.person, row.name, row.at)
    return Answer(*kept, AnswerKind(row.kind), row.holds, row.endorser)
