"""How much was asked and answered in a stretch of time; who it was is not counted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from bot.store.prepared import Prepared
from bot.store.schema import answer, topic

_ASKED = Prepared(
    select(func.count()).where(
        topic.c.course == bindparam("of"), topic.c.created >= bindparam("begin"), topic.c.created < bindparam("end")
    )
)
_ANSWERED = Prepared(
    select(func.count(answer.c.topic.distinct()))
    .where(answer.c.course == bindparam("of"), answer.c.at >= bindparam("begin"), answer.c.at < bindparam("end"))
    .where(answer.c.kind == "published", answer.c.withdrawn.is_(False))
)


@dataclass(frozen=True, slots=True)
class Counts:
    """New topics, and topics that got an answer."""

    asked: int
    answered: int


def counts(tx: Connection, course: str, begin: datetime, end: datetime) -> Counts:
    """What happened from `begin` to before `end`."""
    values = {"of": course, "begin": begin, "end": end}
    return Counts(_ASKED.value(tx, values), _ANSWERED.value(tx, values))
