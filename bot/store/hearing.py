"""Who wants to hear of what."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, func, select

from bot.core.model import VOTES
from bot.store.follows import MEMBERS
from bot.store.prepared import Prepared, among, written
from bot.store.schema import follow, person, topic

_HERE = (follow.c.course == bindparam("of")) & follow.c.topic.in_(MEMBERS)
_VOTES = func.max(case((follow.c.kind.in_(written(VOTES)), 1), else_=0))
_LISTENERS = Prepared(
    select(follow.c.person, _VOTES.label("votes"))
    .join(person, person.c.key == follow.c.person)
    .where(_HERE, ~follow.c.quiet, ~person.c.quiet)
    .group_by(follow.c.person)
    .order_by(follow.c.person)
)
_MINE = Prepared(
    select(topic.c.root, follow.c.quiet)
    .join_from(follow, topic, (topic.c.course == follow.c.course) & (topic.c.n == follow.c.topic))
    .where(follow.c.course == bindparam("of"), follow.c.person == bindparam("who"))
)
_HUSH = Prepared(follow.update().where(_HERE, follow.c.person == bindparam("who")))
_WHO = person.c.key == bindparam("who")
_WISH, _KEEP = Prepared(select(person.c.quiet, person.c.digest).where(_WHO)), Prepared(person.update().where(_WHO))
_ACCOUNT = person.alias("account")
_DECLINING = Prepared(
    select(_ACCOUNT.c.key)
    .join_from(_ACCOUNT, person, person.c.key == func.coalesce(_ACCOUNT.c.main, _ACCOUNT.c.key))
    .where(among(_ACCOUNT.c.key, "accounts"), person.c.digest.is_not(None), ~among(person.c.digest, "wishes"))
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to hear: nothing of topics where `quiet`; `digest` is daily, weekly, off or not said."""

    quiet: bool = False
    digest: str | None = None


def listeners(tx: Connection, course: str, n: int) -> tuple[list[str], list[str]]:
    """Who wants to hear of a topic and of what is merged into it: those who asked it too, and those who follow it."""
    found = _LISTENERS.all(tx, {"of": course, "number": n})
    return [row.person for row in found if row.votes], [row.person for row in found if not row.votes]


def wish(tx: Connection, who: str) -> Wish:
    """What a person said that they want to hear."""
    row = _WISH.first(tx, {"who": who})
    return Wish(row.quiet, row.digest) if row else Wish()


def set_quiet(tx: Connection, who: str, quiet: bool) -> None:
    """Keep whether a person wants to hear nothing of topics."""
    _KEEP.run(tx, {"who": who, "quiet": quiet})


def set_digest(tx: Connection, who: str, digest: str) -> None:
    """Keep which digest a person wants."""
    _KEEP.run(tx, {"who": who, "digest": digest})


def hush(tx: Connection, course: str, n: int, who: str, *, quiet: bool = True) -> int:
    """Tell a person nothing of a topic and of what is merged into it, or all again; how many ties they have there."""
    return _HUSH.run(tx, {"of": course, "number": n, "who": who, "quiet": quiet})


def topics_of(tx: Connection, course: str, who: str) -> tuple[Sequence[int], Sequence[int]]:
    """The topics that a person hears of, and those of which they want to hear nothing."""
    found = _MINE.all(tx, {"of": course, "who": who})
    loud = {row.root for row in found if not row.quiet}
    return sorted(loud), sorted({row.root for row in found} - loud)


def declining(tx: Connection, accounts: Sequence[str], wishes: Sequence[str]) -> set[str]:
    """Of these accounts those whose person said that they want another digest than one of these, or none."""
    return set(_DECLINING.each(tx, {"accounts": accounts, "wishes": wishes}))
