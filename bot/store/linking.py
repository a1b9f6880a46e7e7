"""Accounts that become one person's: codes, and all that was an account's made the other's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, FromClause, and_, func, select

from bot.core.chat import platform_of
from bot.core.model import Tie
from bot.store import follows, topics
from bot.store.people import whose
from bot.store.schema import announcement, delivery, event, flag, follow, link, metadata, person, question, staff, topic

# What no platform has been asked to say yet, or refused to.
_UNSAID = ("pending", "held", "failed", "by-hand")


@dataclass(frozen=True, slots=True)
class Code:
    """A code, whose it is and until when it is good."""

    person: str
    until: datetime


def put(tx: Connection, code: str, who: str, until: datetime) -> None:
    """Keep a person's one code."""
    tx.execute(link.delete().where(link.c.person == who))
    tx.execute(link.insert().values(code=code, person=who, until=until))


def get(tx: Connection, code: str) -> Code | None:
    """Whose code that is; nobody else uses it until the transaction ends."""
    row = tx.execute(select(link).where(link.c.code == code).with_for_update()).one_or_none()
    return Code(row.person, row.until) if row else None


def used(tx: Connection, code: str) -> None:
    """Let a code be good for nothing more."""
    tx.execute(link.delete().where(link.c.code == code))


def tries(tx: Connection, who: str, verb: str, since: datetime) -> list[datetime]:
    """When a person did such a thing since then, in whatever course, oldest first."""
    done = (event.c.person == who, event.c.verb == verb, event.c.at > since)
    return list(tx.scalars(select(event.c.at).where(*done).order_by(event.c.at)))


def belongings(tx: Connection, who: str) -> tuple[int, int]:
    """How many questions a person asked and how many topics they hear of, in every course."""
    asked = select(func.count()).where(question.c.person == who, ~question.c.withdrawn)
    heard = select(func.count()).where(follow.c.person == who)
    return int(tx.execute(asked).scalar_one()), int(tx.execute(heard).scalar_one())


def join(tx: Connection, old: str, new: str) -> None:
    """Make all that is one person's another's, who counts once wherever both were; their accounts act as that one."""
    # Locked first: whoever does something as either waits, and finds them joined.
    tx.execute(select(person.c.key).where(person.c.key.in_((old, new))).order_by(person.c.key).with_for_update())
    counted = roots(tx, old)
    _join_ties(tx, old, new)
    _join_flags(tx, old, new)
    for column in referring():
        if column.table not in (follow, flag, link, person, staff):
            tx.execute(column.table.update().where(column == old).values({column: new}))
    tx.execute(link.delete().where(link.c.person == old))
    _join_unsaid(tx, old, new)
    tx.execute(person.update().where(whose(old)).values(main=new))
    for course, n in counted:
        topics.recount(tx, course, n)


def roots(tx: Connection, who: str) -> list[tuple[str, int]]:
    """The topics that count a person, by course and number."""
    joined = (topic.c.course == follow.c.course) & (topic.c.n == follow.c.topic)
    found = select(topic.c.course, topic.c.root).join_from(follow, topic, joined).where(follow.c.person == who)
    return [(row.course, row.root) for row in tx.execute(found.distinct().order_by(topic.c.course, topic.c.root))]


def referring() -> Iterator[Column[str]]:
    """Every column that names a person."""
    for table in metadata.sorted_tables:
        yield from (column for column in table.c if column.references(person.c.key))
    yield announcement.c.person


def _join_ties(tx: Connection, old: str, new: str) -> None:
    """The stronger tie stays; nothing more is heard of a topic only where neither wanted to."""
    theirs = {(row.course, row.topic): row for row in tx.execute(select(follow).where(follow.c.person == new))}
    for row in tx.execute(select(follow).where(follow.c.person == old)).all():
        other = theirs.get((row.course, row.topic))
        follows.tie(tx, row.course, row.topic, new, Tie(row.kind))
        its = (follow.c.course == row.course, follow.c.topic == row.topic, follow.c.person == new)
        tx.execute(follow.update().where(*its).values(quiet=row.quiet and (other is None or other.quiet)))
    tx.execute(follow.delete().where(follow.c.person == old))


def _join_flags(tx: Connection, old: str, new: str) -> None:
    same = flag.alias()
    both = select(same).where(same.c.course == flag.c.course, same.c.topic == flag.c.topic, same.c.person == new)
    tx.execute(flag.delete().where(flag.c.person == old, both.exists()))
    tx.execute(flag.update().where(flag.c.person == old).values(person=new))


def _join_unsaid(tx: Connection, old: str, new: str) -> None:
    """What was to be said to both is said to one, however it was put to each."""
    same, mine_, theirs = delivery.alias(), announcement.alias(), announcement.alias()
    said = select(same.c.id).join(theirs, theirs.c.id == same.c.announcement)
    said = said.join(mine_, and_(mine_.c.course == theirs.c.course, _matter(mine_) == _matter(theirs)))
    both = said.where(same.c.target == new, mine_.c.id == delivery.c.announcement).exists()
    mine = (delivery.c.target == old, delivery.c.state.in_(_UNSAID))
    tx.execute(delivery.update().where(*mine, both).values(state="skipped"))
    tx.execute(delivery.update().where(*mine, ~both).values(target=new, platform=platform_of(new)))


def _matter(of: FromClause) -> ColumnElement[str]:
    """What the key of an announcement says that it is about, for all who are told."""
    return func.replace(func.replace(of.c.key, ":followed", ""), ":credit", "")
