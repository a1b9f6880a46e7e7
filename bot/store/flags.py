"""What members say is no longer true, each once a topic, and answers that are old."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ClauseElement, Connection, String, bindparam, cast, exists, select

from bot.core.model import State
from bot.store.follows import MEMBERS
from bot.store.prepared import Prepared, written
from bot.store.schema import event, flag, topic
from bot.store.upsert import upsert

FADING = (State.ANSWERED, State.COVERED)
_HERE = (flag.c.course == bindparam("of")) & flag.c.topic.in_(MEMBERS)
_UNDER = Prepared(select(flag).where(_HERE).order_by(flag.c.at, flag.c.person))
_REMOVE = Prepared(flag.delete().where(_HERE, flag.c.person == bindparam("who")))
_FILED = topic.alias("filed")
_FLAGGED = Prepared(
    select(topic.c.n)
    .distinct()
    .join_from(flag, _FILED, (_FILED.c.course == flag.c.course) & (_FILED.c.n == flag.c.topic))
    .join(topic, (topic.c.course == _FILED.c.course) & (topic.c.n == _FILED.c.root))
    .where(flag.c.course == bindparam("of"), topic.c.state.in_(written(FADING)), topic.c.wordings > 0)
    .order_by(topic.c.n)
)
_SUBJECT: Any = "topic:" + cast(topic.c.n, String)
_CHECKED = exists().where(
    event.c.course == topic.c.course, event.c.subject == _SUBJECT, event.c.verb == "check",
    event.c.at >= bindparam("before"), event.c.undone.is_(False),
)  # fmt: skip
_OLD = Prepared(
    select(topic.c.n)
    .where(topic.c.course == bindparam("of"), topic.c.state == State.ANSWERED, topic.c.root == topic.c.n)
    .where(topic.c.wordings > 0, topic.c.decided_at < bindparam("before"), ~_CHECKED)
    .order_by(topic.c.decided_at, topic.c.n)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Flag:
    """One person's "no longer true" under a topic."""

    topic: int
    person: str
    note: str | None
    at: datetime


def put(tx: Connection, course: str, n: int, who: str, note: str | None, at: datetime) -> None:
    """Keep what a person says of a topic, in place of what they said before."""
    _put.run(tx, {"course": course, "topic": n, "person": who, "note": note, "at": at})


@Prepared
def _put(dialect: str) -> ClauseElement:
    statement = upsert(dialect, flag)
    said = {name: statement.excluded[name] for name in ("note", "at")}
    return statement.on_conflict_do_update(index_elements=["course", "topic", "person"], set_=said)


def remove(tx: Connection, course: str, n: int, who: str) -> None:
    """Forget what a person said of a topic and of what is merged into it."""
    _REMOVE.run(tx, {"of": course, "number": n, "who": who})


def under(tx: Connection, course: str, n: int) -> list[Flag]:
    """All that was said of a topic and of what is merged into it, oldest first."""
    rows = _UNDER.all(tx, {"of": course, "number": n})
    return [Flag(row.topic, row.person, row.note, row.at) for row in rows]


def flagged(tx: Connection, course: str) -> list[int]:
    """The listed topics of which anybody ever said so, and that are answered or covered now."""
    return _FLAGGED.each(tx, {"of": course})


def old(tx: Connection, course: str, before: datetime, limit: int) -> list[int]:
    """The answered topics that nobody changed since `before` or called true since then, oldest first."""
    return _OLD.each(tx, {"of": course, "before": before, "most": limit})
