"""Who hears of a topic, and whose vote it has: each person once, whatever was merged."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, case, func, select

from bot.core.model import VOTES, Tie
from bot.store.schema import follow, topic
from bot.store.upsert import upsert

_RANK = (Tie.FOLLOW, Tie.TOO, Tie.ASKED)
_HERE = (follow.c.course == bindparam("of")) & (follow.c.person == bindparam("who"))
# All that is merged into a topic, and the topic itself.
MEMBERS = select(topic.c.n).where(topic.c.course == bindparam("of"), topic.c.root == bindparam("number"))
_OF_TOPIC = (follow.c.course == bindparam("of")) & follow.c.topic.in_(MEMBERS)
_TOGETHER = select(topic.c.n).where(
    topic.c.course == bindparam("of"), topic.c.root.in_(bindparam("roots", expanding=True))
)
_VOTES = case((follow.c.kind.in_(VOTES), follow.c.person))
_COUNTS = select(func.count(follow.c.person.distinct()), func.count(_VOTES.distinct())).where(
    follow.c.course == bindparam("of"), follow.c.topic.in_(_TOGETHER)
)
_FOLLOWERS = select(follow.c.person).distinct().where(_OF_TOPIC).order_by(follow.c.person)
_ASKERS = _FOLLOWERS.where(follow.c.kind == Tie.ASKED)
_TIES = (
    select(topic.c.root, follow.c.kind)
    .join_from(follow, topic, (topic.c.course == follow.c.course) & (topic.c.n == follow.c.topic))
    .where(_HERE, topic.c.root.in_(bindparam("roots", expanding=True)))
)


def tie(tx: Connection, course: str, n: int, who: str, kind: Tie) -> None:
    """Let a person hear of a topic, at least as `kind`; the counts are `topics.recount`'s."""
    tx.execute(_tie(tx.dialect.name), {"course": course, "topic": n, "person": who, "kind": kind})


@cache
def _tie(dialect: str) -> Executable:
    statement = upsert(dialect, follow)
    new = statement.excluded.kind
    better = case((_rank(new) > _rank(follow.c.kind), new), else_=follow.c.kind)
    return statement.on_conflict_do_update(
        index_elements=["course", "topic", "person"], set_={"kind": better, "quiet": False}
    )


def _rank(kind: Any) -> Any:
    return case({each: rank for rank, each in enumerate(_RANK)}, value=kind)


def ask(tx: Connection, course: str, n: int, who: str) -> None:
    """Let a person hear of what they asked."""
    tie(tx, course, n, who, Tie.ASKED)


def unask(tx: Connection, course: str, n: int, who: str) -> None:
    """Let a person who took their words back hear no more of the topic that they were filed as."""
    tx.execute(follow.delete().where(follow.c.course == course, follow.c.topic == n, follow.c.person == who))


def untie(tx: Connection, course: str, n: int, who: str, *kinds: Tie) -> None:
    """Take back what ties a person to a topic or to what is merged into it, where it is one of `kinds`."""
    where = (_OF_TOPIC, follow.c.person == who, follow.c.kind.in_(kinds))
    tx.execute(follow.delete().where(*where), {"of": course, "number": n})


def followers(tx: Connection, course: str, n: int) -> list[str]:
    """Everybody who hears of a topic and of what is merged into it."""
    return list(tx.scalars(_FOLLOWERS, {"of": course, "number": n}))


def askers(tx: Connection, course: str, n: int) -> list[str]:
    """Everybody who asked a topic, or what is merged into it, in words of their own."""
    return list(tx.scalars(_ASKERS, {"of": course, "number": n}))


def ties(tx: Connection, course: str, who: str, ns: Sequence[int]) -> Mapping[int, Tie]:
    """What ties a person to each of these topics, the strongest; a topic without any is missing."""
    rows = tx.execute(_TIES, {"of": course, "who": who, "roots": ns}).all()
    return {n: kind for kind in _RANK for n, each in rows if each == kind}


def counts(tx: Connection, course: str, *ns: int) -> Mapping[str, int]:
    """How many persons hear of these topics and of what is merged into them, and how many of them count as votes."""
    row = tx.execute(_COUNTS, {"of": course, "roots": ns}).one()
    return {"followers": row[0], "voters": row[1]}
