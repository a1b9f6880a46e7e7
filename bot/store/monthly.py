"""How much was asked and answered in a stretch of time; who it was is not counted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.store.schema import answer, topic


@dataclass(frozen=True, slots=True)
class Counts:
    """New topics, and topics that got an answer."""

    asked: int
    answered: int


def counts(tx: Connection, course: str, begin: datetime, end: datetime) -> Counts:
    """What happened from `begin` to before `end`."""
    filed = (topic.c.course == course, topic.c.created >= begin, topic.c.created < end)
    asked = tx.execute(select(func.count()).select_from(topic).where(*filed)).scalar_one()
    given = (answer.c.course == course, answer.c.at >= begin, answer.c.at < end)
    standing = (answer.c.kind == "published", answer.c.withdrawn.is_(False))
    answered = select(func.count(answer.c.topic.distinct())).where(*given, *standing)
    return Counts(asked, tx.execute(answered).scalar_one())
