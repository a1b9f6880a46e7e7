"""Who is there, and what of theirs arrived already."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.chat import Call, Notice, Reply, Role
from bot.core.model import Course, Person
from bot.services.work import Work
from bot.store import inbox, missed, people, roles

KEPT = timedelta(days=60)


def meet(tx: Connection, call: Call, course: Course) -> Person:
    """Remember who called, and what they may do in the course beyond what its file says."""
    person = people.meet(tx, call.person, call.name, call.at)
    named = course.staff.get(call.person, Role.MEMBER)
    roles.keep(tx, course.key, call.person, call.role if call.role > named else Role.MEMBER)
    return person


def known(tx: Connection, call: Call) -> Person:
    """Who called, as far as is known, without writing anything."""
    return people.known(tx, call.person) or Person(call.person, call.name)


def locale_of(tx: Connection, person: str) -> str | None:
    """The language that a person chose."""
    found = people.known(tx, person)
    return found.locale if found else None


def speak(tx: Connection, person: str, locale: str) -> None:
    """Keep the language that a person chose."""
    people.speak(tx, person, locale)


def receive(tx: Connection, call: Call) -> Reply | None:
    """Note that a call arrived; the reply of the first time where it had arrived before."""
    return inbox.receive(tx, *_message(call), call.at)


def replied(tx: Connection, call: Call, reply: Reply) -> None:
    """Keep what a call was answered."""
    inbox.replied(tx, *_message(call), reply)


def tick(tx: Connection, now: datetime) -> None:
    """Forget what arrived over `KEPT` ago: nothing comes again so late, and what it was answered was for one person."""
    inbox.forget(tx, now - KEPT)


def _message(call: Call) -> tuple[str, str]:
    return call.person, call.id


def was_missed(work: Work) -> bool:
    """Whether the person could not be reached when there was something to tell them."""
    return work.person.missed and missed.anything(work.tx, work.course.key, work.person.key)


def catch_up(work: Work, call: Call) -> Sequence[Notice]:
    """What the person could not be told, oldest first; the reply to this call says it, so it is said once."""
    return missed.take(work.tx, work.course.key, work.person.key, call.id) if was_missed(work) else ()
