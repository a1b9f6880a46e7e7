"""All that is kept of one person, as they may take it away; nothing of it is anybody else's."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, select

from bot.store import people
from bot.store.schema import (
    announcement,
    answer,
    delivery,
    event,
    flag,
    follow,
    inbox,
    message,
    paste,
    person,
    question,
)

Row = Mapping[str, Any]

_QUESTION = ("course", "topic", "text", "at", "source", "about", "anonymous", "withdrawn")
_ANSWER = ("course", "topic", "version", "kind", "text", "holds", "at", "withdrawn")
_OWN = {
    "accounts": (person.c.key, (person.c.key, person.c.name, person.c.seen)),
    "settings": (person.c.key, (person.c.key, person.c.locale, person.c.quiet, person.c.digest, person.c.credit)),
    "questions": (question.c.person, tuple(question.c[name] for name in _QUESTION)),
    "topics": (follow.c.person, (follow.c.course, follow.c.topic, follow.c.kind, follow.c.quiet)),
    "flags": (flag.c.person, (flag.c.course, flag.c.topic, flag.c.note, flag.c.at)),
    "answers": (answer.c.person, tuple(answer.c[name] for name in _ANSWER)),
    "acts": (event.c.person, (event.c.course, event.c.at, event.c.verb, event.c.subject, event.c.before)),
    "pastes": (paste.c.person, (paste.c.course, paste.c.at)),
    "messages": (message.c.person, (message.c.course, message.c.at, message.c.line)),
    "received": (inbox.c.sender, (inbox.c.message, inbox.c.at)),
}
_TOLD = select(announcement.c.course, announcement.c.at, announcement.c.notice, delivery.c.target, delivery.c.state)


def kept(tx: Connection, who: str) -> Mapping[str, Sequence[Row]]:
    """The rows of each kind, as JSON can hold them."""
    own = people.accounts(tx, who)
    found = {kind: _rows(tx, _select(whose, columns, own)) for kind, (whose, columns) in _OWN.items()}
    told = _TOLD.join_from(delivery, announcement, announcement.c.id == delivery.c.announcement)
    found["told"] = _rows(tx, told.where(delivery.c.target.in_(own)).order_by(delivery.c.id))
    return {kind: [_of_mine(row) for row in rows] for kind, rows in found.items()}


def _select(whose: Column[str], columns: Iterable[Column[Any]], own: Sequence[str]) -> Select[Any]:
    return select(*columns).where(whose.in_(own)).order_by(*whose.table.primary_key)


def _rows(tx: Connection, statement: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in tx.execute(statement).mappings()]


def _of_mine(row: dict[str, Any]) -> Row:
    """Of an act the words that were one's own, of what one was told only what it was about."""
    before, notice = row.pop("before", None), row.pop("notice", None)
    if before and row["verb"] in ("edit", "withdraw"):
        row["text"] = before.get("text")
    if notice:
        row |= {"kind": notice["kind"], "topic": notice["fields"].get("n")}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
