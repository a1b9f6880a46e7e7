"""Who may be named for what they asked, and where they are."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Text, bindparam, cast, func, or_, select

from bot.core.chat import Notice
from bot.store import events
from bot.store.follows import TOGETHER
from bot.store.prepared import Prepared, among
from bot.store.schema import announcement, event, person, question, topic

_ASKERS = Prepared(
    select(topic.c.root, person.c.key, person.c.name, person.c.credit)
    .join_from(question, topic, (topic.c.course == question.c.course) & (topic.c.n == question.c.topic))
    .join(person, person.c.key == question.c.person)
    .where(question.c.course == bindparam("of"), question.c.topic.in_(TOGETHER))
    .where(~question.c.withdrawn, ~question.c.anonymous, question.c.filed_by.is_(None))
    .group_by(topic.c.root, person.c.key, person.c.name, person.c.credit)
    .order_by(func.min(question.c.at), func.min(question.c.id))
)
_WHO = person.c.key == bindparam("who")
_AGREED = Prepared(select(person.c.credit).where(_WHO))
_AGREE = Prepared(person.update().where(_WHO | (person.c.main == bindparam("who"))))

# Done in no course: it holds in all of them.
_EVERYWHERE, _DECLINED = "", "no-credit"
_WHO_DECLINED = Prepared(
    select(event.c.person)
    .distinct()
    .where(event.c.course == bindparam("of"), among(event.c.person, "persons"), event.c.verb == bindparam("verb"))
)


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asked topic `n` themselves and openly; `agreed` says that they may be named for it."""

    n: int
    person: str
    name: str
    agreed: bool


def askers(tx: Connection, course: str, ns: Sequence[int]) -> list[Asker]:
    """Who asked these topics, or what is merged into them, the first question first."""
    rows = _ASKERS.all(tx, {"of": course, "roots": ns})
    return [Asker(row.root, row.key, row.name, row.credit) for row in rows]


def agreed(tx: Connection, who: str) -> bool:
    """Whether a person may be named."""
    return bool(_AGREED.value(tx, {"who": who}))


def agree(tx: Connection, who: str, agrees: bool) -> None:
    """Keep whether a person may be named, for all their accounts."""
    _AGREE.run(tx, {"who": who, "credit": agrees})


def decline(tx: Connection, who: str, at: datetime) -> None:
    """Keep that a person wants to be asked no more whether they may be named."""
    if not declined(tx, [who]):
        events.add(tx, _EVERYWHERE, at, who, _DECLINED, "credits", {}, {})


def declined(tx: Connection, persons: Collection[str]) -> set[str]:
    """Those of these persons who want to be asked no more."""
    values = {"of": _EVERYWHERE, "persons": list(persons), "verb": _DECLINED}
    return set(_WHO_DECLINED.each(tx, values)) if persons else set()


def naming(tx: Connection, keys: Sequence[str]) -> list[tuple[str, str, Notice]]:
    """The announcements that name any of these accounts: course, key and notice."""
    said = cast(announcement.c.notice, Text)
    held = or_(*(said.contains(json.dumps(key)[1:-1], autoescape=True) for key in keys))
    columns = (announcement.c.course, announcement.c.key, announcement.c.notice)
    found = tx.execute(select(*columns).where(said.contains('"credits"'), held).order_by(announcement.c.id))
    return [(row.course, row.key, Notice(**row.notice)) for row in found]
