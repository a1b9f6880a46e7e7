"""What members say is no longer true, each once a topic, and answers that are old."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, String, bindparam, cast, exists, select

from bot.core.model import State
from bot.store.follows import MEMBERS
from bot.store.schema import event, flag, topic
from bot.store.upsert import upsert

FADING = (State.ANSWERED, State.COVERED)
_HERE = (flag.c.course == bindparam("of")) & flag.c.topic.in_(MEMBERS)
_UNDER = select(flag).where(_HERE).order_by(flag.c.at, flag.c.person)


@dataclass(frozen=True, slots=True)
class Flag:
    """One person's "no longer true" under a topic."""

    topic: int
    person: str
    note: str | None
    at: datetime


def put(tx: Connection, course: str, n: int, who: str, note: str | None, at: datetime) -> None:
    """Keep what a person says of a topic, in place of what they said before."""
    tx.execute(_put(tx.dialect.name), {"course": course, "topic": n, "person": who, "note": note, "at": at})


@cache
def _put(dialect: str) -> Executable:
    statement = upsert(dialect, flag)
    said = {name: statement.excluded[name] for name in ("note", "at")}
    return statement.on_conflict_do_update(index_elements=["course", "topic", "person"], set_=said)


def remove(tx: Connection, course: str, n: int, who: str) -> None:
    """Forget what a person said of a topic and of what is merged into it."""
    statement = flag.delete().where(_HERE, flag.c.person == bindparam("who"))
    tx.execute(statement, {"of": course, "number": n, "who": who})


def under(tx: Connection, course: str, n: int) -> list[Flag]:
    """All that was said of a topic and of what is merged into it, oldest first."""
    rows = tx.execute(_UNDER, {"of": course, "number": n})
    return [Flag(row.topic, row.person, row.note, row.at) for row in rows]


def flagged(tx: Connection, course: str) -> list[int]:
    """The listed topics of which anybody ever said so, and that are answered or covered now."""
    filed = topic.alias("filed")
    at = (filed.c.course == flag.c.course) & (filed.c.n == flag.c.topic)
    stands = (topic.c.course == filed.c.course) & (topic.c.n == filed.c.root)
    joined = flag.join(filed, at).join(topic, stands)
    where = (flag.c.course == course, topic.c.state.in_(FADING), topic.c.wordings > 0)
    return list(tx.scalars(select(topic.c.n).distinct().select_from(joined).where(*where).order_by(topic.c.n)))


def old(tx: Connection, course: str, before: datetime, limit: int) -> list[int]:
    """The answered topics that nobody changed since `before` or called true since then, oldest first."""
    subject: Any = "topic:" + cast(topic.c.n, String)
    checked = exists().where(
        event.c.course == topic.c.course, event.c.subject == subject, event.c.verb == "check",
        event.c.at >= before, event.c.undone.is_(False),
    )  # fmt: skip
    where = (topic.c.course == course, topic.c.state == State.ANSWERED, topic.c.root == topic.c.n)
    listed = select(topic.c.n).where(*where, topic.c.wordings > 0, topic.c.decided_at < before, ~checked)
    return list(tx.scalars(listed.order_by(topic.c.decided_at, topic.c.n).limit(limit)))
