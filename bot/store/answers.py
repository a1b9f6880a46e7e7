"""Answers, drafts and proposals, and their versions."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from bot.core.model import Answer, AnswerKind
from bot.store.prepared import Prepared, Row, among, written
from bot.store.schema import answer, person
from bot.store.schema import topic as filed

_PUBLIC = (AnswerKind.PUBLISHED, AnswerKind.EDITOR)
_ENDORSER = person.alias("endorser")
_OF_COURSE, _OF_TOPIC = answer.c.course == bindparam("of"), answer.c.topic == bindparam("number")
_ANSWERS = (
    select(answer, person.c.name, _ENDORSER.c.name.label("endorser"))
    .join(person, person.c.key == answer.c.person)
    .outerjoin(_ENDORSER, _ENDORSER.c.key == answer.c.endorsed_by)
    .where(_OF_COURSE)
    .order_by(answer.c.topic, answer.c.version)
)
_IT = _OF_TOPIC & (answer.c.version == bindparam("which"))
_NUMBERS = among(answer.c.topic, "numbers")
_STANDS = ~answer.c.withdrawn & among(answer.c.kind, "kinds")
_STANDING = Prepared(_ANSWERS.where(_NUMBERS, _STANDS))
_FILED_HERE = filed.c.course == bindparam("of")
# The course stands in both: SQLite then looks each up.
_HERE = select(filed.c.n).where(
    (_FILED_HERE & (filed.c.n == bindparam("number"))) | (_FILED_HERE & (filed.c.root == bindparam("number")))
)
_UNDER = Prepared(_ANSWERS.where(answer.c.topic.in_(_HERE), _STANDS))
_ONE = Prepared(_ANSWERS.where(_IT))
_ADD = Prepared(answer.insert())
_LAST = Prepared(select(func.max(answer.c.version)).where(_OF_COURSE, _OF_TOPIC))
_EVER = Prepared(select(answer.c.topic, answer.c.kind, answer.c.text).where(_OF_COURSE, _NUMBERS))
_UNPUBLISHED = ~answer.c.withdrawn & answer.c.kind.in_(written((AnswerKind.DRAFT, AnswerKind.SUGGESTED)))
_WAITING = Prepared(
    _ANSWERS.join(filed, (filed.c.course == answer.c.course) & (filed.c.n == answer.c.topic))
    .where(_UNPUBLISHED, filed.c.wordings > 0)
    .limit(bindparam("most"))
)
_PROPOSED = Prepared(
    select(answer.c.topic)
    .where(_OF_COURSE, _UNPUBLISHED, answer.c.person == bindparam("who"), answer.c.kind == AnswerKind.SUGGESTED)
    .order_by(answer.c.topic)
)
_COUNT_DRAFTS = Prepared(select(func.count()).where(_OF_COURSE, _UNPUBLISHED, answer.c.kind == AnswerKind.DRAFT))
_WITHDRAW = Prepared(answer.update().where(_OF_COURSE, _IT))


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
    version = (_LAST.value(tx, {"of": course, "number": topic}) or 0) + 1
    values = {"course": course, "topic": topic, "version": version, "person": who, "text": text, "at": at}
    _ADD.run(tx, {**values, "kind": kind, "holds": holds, "endorsed_by": endorsed_by})
    return version


def add_first(tx: Connection, course: str, given: Sequence[tuple[int, str, str, datetime, AnswerKind]]) -> None:
    """Keep the first answers of topics that have none: topic, person, text, time and kind."""
    versions = Counter[int]()
    rows: list[dict[str, Any]] = []
    for topic, who, text, at, kind in given:
        versions[topic] += 1
        row = {"course": course, "topic": topic, "version": versions[topic], "person": who, "text": text}
        rows.append(row | {"at": at, "kind": kind})
    _ADD.run_each(tx, rows)


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
    return list(map(_answer, _STANDING.all(tx, values)))


def under(tx: Connection, course: str, n: int, kinds: Iterable[AnswerKind]) -> list[Answer]:
    """Those of a topic and of all that it stands for, its own first."""
    found = _UNDER.all(tx, {"of": course, "number": n, "kinds": list(kinds)})
    return sorted(map(_answer, found), key=lambda each: each.topic != n)


def one(tx: Connection, course: str, topic: int, version: int) -> Answer | None:
    """A version, taken back or not."""
    row = _ONE.first(tx, {"of": course, "number": topic, "which": version})
    return _answer(row) if row else None


def ever(tx: Connection, course: str, topics: Sequence[int]) -> dict[int, list[tuple[AnswerKind, str]]]:
    """Every kind and text that was ever kept of these topics, those taken back too."""
    found: dict[int, list[tuple[AnswerKind, str]]] = {n: [] for n in topics}
    for row in _EVER.all(tx, {"of": course, "numbers": topics}):
        found[row.topic].append((AnswerKind(row.kind), row.text))
    return found


def waiting(tx: Connection, course: str, limit: int) -> list[Answer]:
    """The drafts and proposals that stand under listed topics, oldest first."""
    return list(map(_answer, _WAITING.all(tx, {"of": course, "most": limit})))


def proposed_by(tx: Connection, course: str, who: str) -> list[int]:
    """The topics under which a person's proposals stand."""
    return _PROPOSED.each(tx, {"of": course, "who": who})


def count_drafts(tx: Connection, course: str) -> int:
    """How many drafts stand."""
    return int(_COUNT_DRAFTS.value(tx, {"of": course}))


def withdraw(tx: Connection, course: str, topic: int, version: int, *, withdrawn: bool = True) -> None:
    """Take one version back, or put it back."""
    _WITHDRAW.run(tx, {"of": course, "number": topic, "which": version, "withdrawn": withdrawn})


def _answer(row: Row) -> Answer:
    kept = (row.topic, row.version, row.text, row.person, row.name, row.at)
    return Answer(*kept, AnswerKind(row.kind), row.holds, row.endorser)
