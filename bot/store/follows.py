"""Who hears of a topic, and whose vote it has: each person once, whatever was merged."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Connection, bindparam, case, func, select

from bot.core.model import VOTES, Tie
from bot.store.prepared import Prepared, among, written
from bot.store.schema import follow, topic
from bot.store.upsert import upsert

_RANK = (Tie.FOLLOW, Tie.TOO, Tie.ASKED)
_HERE = (follow.c.course == bindparam("of")) & (follow.c.person == bindparam("who"))
# All that is merged into a topic, or into one of several, and the topic itself.
MEMBERS = select(topic.c.n).where(topic.c.course == bindparam("of"), topic.c.root == bindparam("number"))
TOGETHER = select(topic.c.n).where(topic.c.course == bindparam("of"), among(topic.c.root, "roots"))
_OF_TOPIC = (follow.c.course == bindparam("of")) & follow.c.topic.in_(MEMBERS)
_VOTES = case((follow.c.kind.in_(written(VOTES)), follow.c.person))
_COUNTS = Prepared(
    select(
        func.count(follow.c.person.distinct()).label("followers"), func.count(_VOTES.distinct()).label("voters")
    ).where(follow.c.course == bindparam("of"), follow.c.topic.in_(TOGETHER))
)
_PERSONS = select(follow.c.person).distinct().where(_OF_TOPIC).order_by(follow.c.person)
_FOLLOWERS, _ASKERS = Prepared(_PERSONS), Prepared(_PERSONS.where(follow.c.kind == Tie.ASKED))
_UNASK = Prepared(follow.delete().where(_HERE, follow.c.topic == bindparam("filed")))
_UNTIE = Prepared(follow.delete().where(_OF_TOPIC, follow.c.person == bindparam("who"), among(follow.c.kind, "kinds")))
_TIES = Prepared(
    select(topic.c.root, follow.c.kind)
    .join_from(follow, topic, (topic.c.course == follow.c.course) & (topic.c.n == follow.c.topic))
    .where(_HERE, among(topic.c.root, "roots"))
)


def tie(tx: Connection, course: str, n: int, who: str, kind: Tie) -> None:
    """Let a person hear of a topic, at least as `kind`; the counts are `topics.recount`'s."""
    _tie.run(tx, {"course": course, "topic": n, "person": who, "kind": kind})


@Prepared
def _tie(dialect: str) -> ClauseElement:
    statement = upsert(dialect, follow)
    new = statement.excluded.kind
    better = case((_rank(new) > _rank(follow.c.kind), new), else_=follow.c.kind)
    return statement.on_conflict_do_update(
        index_elements=["course", "topic", "person"], set_={"kind": better, "quiet": False}
    )


def _rank(kind: Any) -> Any:
    return case({each: rank for rank, each in enumerate(_RANK)}, value=kind)


def unask(tx: Connection, course: str, n: int, who: str) -> None:
    """Let a person who took their words back hear no more of the topic that they were filed as."""
    _UNASK.run(tx, {"of": course, "filed": n, "who": who})


def untie(tx: Connection, course: str, n: int, who: str, *kinds: Tie) -> None:
    """Take back what ties a person to a topic or to what is merged into it, where it is one of `kinds`."""
    _UNTIE.run(tx, {"of": course, "number": n, "who": who, "kinds": kinds})


def followers(tx: Connection, course: str, n: int) -> list[str]:
    """Everybody who hears of a topic and of what is merged into it."""
    return _FOLLOWERS.each(tx, {"of": course, "number": n})


def askers(tx: Connection, course: str, n: int) -> list[str]:
    """Everybody who asked a topic, or what is merged into it, in words of their own."""
    return _ASKERS.each(tx, {"of": course, "number": n})


def ties(tx: Connection, course: str, who: str, ns: Sequence[int]) -> Mapping[int, Tie]:
    """What ties a person to each of these topics, the strongest; a topic without any is missing."""
    rows = _TIES.all(tx, {"of": course, "who": who, "roots": ns})
    return {n: kind for kind in _RANK for n, each in rows if each == kind}


def counts(tx: Connection, course: str, *ns: int) -> Mapping[str, int]:
    """How many persons hear of these topics and of what is merged into them, and how many of them count as votes."""
    counted = _COUNTS.one(tx, {"of": course, "roots": ns})
    return {"followers": counted.followers, "voters": counted.voters}
