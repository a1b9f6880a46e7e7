"""What waits for review, and what a review put off: held for details or until a later day."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, or_, select

from bot.core.model import State
from bot.store.follows import TOGETHER
from bot.store.prepared import Prepared
from bot.store.schema import question, topic

_HERE, _IT = topic.c.course == bindparam("of"), topic.c.n == bindparam("number")
_LISTED = (topic.c.root == topic.c.n) & (topic.c.wordings > 0)
_NEW = _HERE & (topic.c.state == State.NEW) & _LISTED
_DUE = topic.c.hold_until.is_(None) | (topic.c.hold_until <= bindparam("now"))
_LATER = topic.c.hold_until > bindparam("now")
_HOLD = Prepared(topic.update().where(_HERE, _IT))
_WAITING = Prepared(select(topic.c.n).where(_NEW, _DUE, topic.c.n > bindparam("after")).order_by(topic.c.n).limit(1))
_BEFORE = Prepared(select(func.count()).select_from(topic).where(_NEW, _DUE, topic.c.n < bindparam("number")))
_HELD = Prepared(
    select(topic.c.n)
    .where(_NEW, _LATER)
    .order_by(topic.c.hold_until, topic.c.n)
    .offset(bindparam("skip"))
    .limit(bindparam("most"))
)
_COUNT_HELD = Prepared(select(func.count()).select_from(topic).where(_NEW, _LATER))
_WORDINGS = Prepared(
    select(topic.c.root, question.c.text)
    .join_from(question, topic, (topic.c.course == question.c.course) & (topic.c.n == question.c.topic))
    .where(question.c.course == bindparam("of"), question.c.topic.in_(TOGETHER), ~question.c.withdrawn)
    .order_by(question.c.at, question.c.id)
)


def hold(tx: Connection, course: str, n: int, kind: str | None, until: datetime | None) -> None:
    """Let a topic's review wait for something until then; None lets it wait no more."""
    _HOLD.run(tx, {"of": course, "number": n, "hold": kind, "hold_until": until})


def waiting(tx: Connection, course: str, now: datetime, after: int) -> int | None:
    """The number of the first topic after number `after` that waits for review and is not put off."""
    found: int | None = _WAITING.value(tx, {"of": course, "now": now, "after": after})
    return found


def before(tx: Connection, course: str, now: datetime, n: int) -> int:
    """How many of those that wait have a number below `n`."""
    return int(_BEFORE.value(tx, {"of": course, "now": now, "number": n}))


def held(tx: Connection, course: str, now: datetime, offset: int, limit: int) -> list[int]:
    """The numbers of the topics whose review is put off, the soonest first."""
    return _HELD.each(tx, {"of": course, "now": now, "skip": offset, "most": limit})


def count_held(tx: Connection, course: str, now: datetime) -> int:
    """How many topics' review is put off."""
    return int(_COUNT_HELD.value(tx, {"of": course, "now": now}))


def matching(tx: Connection, course: str, now: datetime, state: State, words: Sequence[str], limit: int) -> list[int]:
    """The numbers of the listed topics in a state that are not put off and hold every word, oldest first."""
    statement = select(topic.c.n).where(_HERE, _LISTED, _DUE, topic.c.state == state)
    for word in words:
        statement = statement.where(or_(topic.c.title.icontains(word, autoescape=True), _worded(word)))
    return list(tx.scalars(statement.order_by(topic.c.n).limit(limit), {"of": course, "now": now}))


def wordings(tx: Connection, course: str, ns: Sequence[int]) -> dict[int, list[str]]:
    """All that stands under each of these topics and what is merged into it, oldest first."""
    found: dict[int, list[str]] = {}
    for row in _WORDINGS.all(tx, {"of": course, "roots": ns}):
        found.setdefault(row.root, []).append(row.text)
    return found


def _worded(word: str) -> Any:
    filed = topic.alias()
    members = select(filed.c.n).where(filed.c.course == topic.c.course, filed.c.root == topic.c.n).correlate(topic)
    stands = (question.c.course == topic.c.course, question.c.topic.in_(members), ~question.c.withdrawn)
    return exists().where(*stands, question.c.text.icontains(word, autoescape=True)).correlate(topic)
