"""Deleting a person: what is theirs goes, what others need stays without them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Text, cast, func, literal, select

from bot.core.model import GONE, AnswerKind
from bot.core.text import shown, title_of
from bot.store import linking, people, topics
from bot.store.redacting import INSTEAD, Redaction
from bot.store.schema import (
    answer,
    delivery,
    event,
    flag,
    follow,
    inbox,
    link,
    message,
    paste,
    person,
    question,
    staff,
)
from bot.store.upsert import upsert

_UNPUBLISHED = (AnswerKind.DRAFT, AnswerKind.SUGGESTED)
_OWN_WORDS = {"edit": ("text", "title"), "withdraw": ("text", "title")}
_TEXTS = ("text", "note")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Topics by course and number: as which their questions were filed, and `stood` under which their words stood."""

    topics: Sequence[tuple[str, int]]
    stood: Sequence[tuple[str, int]]


def forget(tx: Connection, who: str, *, keep: bool) -> Forgotten:
    """Delete a person with all their accounts; with `keep` their questions stay, asked by nobody."""
    own = people.accounts(tx, who)
    met = tx.execute(select(person).where(person.c.key.in_(own)).with_for_update()).all()
    _meet_nobody(tx, met)
    asked = tx.execute(select(question).where(question.c.person.in_(own))).all()
    counted = sorted({*linking.roots(tx, who), *_roots(tx, asked)})
    stood = sorted(_roots(tx, (row for row in asked if not row.withdrawn)))
    texts = _unpublished(tx, own) | (set() if keep else {*_texts(asked), *_former(tx, own)})
    _delete(tx, own)
    _leave_questions(tx, own, asked, keep=keep)
    _forget_acts(tx, own)
    _leave(tx, own)
    tx.execute(person.delete().where(person.c.key.in_(own)))
    Redaction(own, {row.name for row in met if row.name}, texts).apply(tx)
    for course, n in counted:
        topics.recount(tx, course, n)
    return Forgotten([(row.course, row.topic) for row in asked], stood)


def _meet_nobody(tx: Connection, met: Sequence[Row[Any]]) -> None:
    nobody = {"key": GONE, "name": "", "seen": max(row.seen for row in met)}
    tx.execute(upsert(tx.dialect.name, person).values(**nobody).on_conflict_do_nothing())


def _roots(tx: Connection, asked: Iterable[Row[Any]]) -> set[tuple[str, int]]:
    return {(row.course, topics.root(tx, row.course, row.topic) or row.topic) for row in asked}


def _texts(asked: Iterable[Row[Any]]) -> set[str]:
    return {said for row in asked for said in _forms(row.text)}


def _unpublished(tx: Connection, own: Sequence[str]) -> set[str]:
    """What they wrote for staff alone."""
    drafts = select(answer.c.text).where(answer.c.person.in_(own), answer.c.kind.in_(_UNPUBLISHED))
    notes = select(flag.c.note).where(flag.c.person.in_(own), flag.c.note.is_not(None))
    return {form for found in (drafts, notes) for text in tx.scalars(found) for form in _forms(text)}


def _former(tx: Connection, own: Sequence[str]) -> set[str]:
    """What a person's questions said before they were edited."""
    acts = tx.execute(select(event).where(event.c.person.in_(own), event.c.verb.in_(_OWN_WORDS)))
    kept = (said.get("text") for row in acts for said in (row.before, row.after))
    return {form for text in kept if text for form in _forms(text)}


def _forms(text: str) -> set[str]:
    """A text as it was written and as it was shown."""
    return {text, shown(text), title_of(text)}


def _delete(tx: Connection, own: Sequence[str]) -> None:
    """What is nobody's business but theirs."""
    theirs = (follow.c.person, flag.c.person, link.c.person, paste.c.person, staff.c.person, message.c.person)
    for column in (*theirs, inbox.c.sender):
        tx.execute(column.table.delete().where(column.in_(own)))
    # The row stays, or another answer would get its version, by which acts name it.
    nothing = answer.update().where(answer.c.person.in_(own), answer.c.kind.in_(_UNPUBLISHED))
    tx.execute(nothing.values(text="", holds=None, withdrawn=True))
    nobody = {"target": literal(GONE) + cast(delivery.c.id, Text), "platform_id": None, "error": None}
    mine = delivery.update().where(delivery.c.target.in_(own))
    tx.execute(mine.where(delivery.c.state.in_(("pending", "held", "unsure"))).values(state="skipped"))
    tx.execute(mine.values(**nobody))


def _leave_questions(tx: Connection, own: Sequence[str], asked: Sequence[Row[Any]], *, keep: bool) -> None:
    # Where it was asked may show who did.
    theirs = question.update().where(question.c.person.in_(own)).values(source="")
    if keep:
        tx.execute(theirs.values(anonymous=True))
        return
    tx.execute(theirs.values(anonymous=True, withdrawn=True, text="", digest=""))
    for row in asked:
        for n in {row.topic, topics.root(tx, row.course, row.topic) or row.topic}:
            topics.retitle(tx, row.course, n, _other_title(tx, row.course, n), was=title_of(row.text))


def _other_title(tx: Connection, course: str, n: int) -> str:
    return next((title_of(each.text) for each in topics.questions(tx, course, n)), INSTEAD)


def _forget_acts(tx: Connection, own: Sequence[str]) -> None:
    """What a person did stays where others were concerned, but not their words in it."""
    for row in tx.execute(select(event).where(event.c.person.in_(own))).all():
        words = _OWN_WORDS.get(row.verb, _TEXTS)
        before, after = ({k: "" if k in words else v for k, v in said.items()} for said in (row.before, row.after))
        if (before, after) != (row.before, row.after):
            tx.execute(event.update().where(event.c.id == row.id).values(before=before, after=after))


def _leave(tx: Connection, own: Sequence[str]) -> None:
    """Whatever else names them names nobody."""
    for column in linking.referring():
        if column.table is not person:
            tx.execute(column.table.update().where(column.in_(own)).values({column: GONE}))


def has_published(tx: Connection, who: str) -> int:
    """How many answers of a person stand, and stay without their name."""
    stands = (answer.c.person == who, answer.c.kind.not_in(_UNPUBLISHED), ~answer.c.withdrawn)
    return int(tx.execute(select(func.count()).select_from(answer).where(*stands)).scalar_one())
