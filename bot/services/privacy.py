"""What is kept of a person: shown, taken away, deleted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.services import credits, similar, topics
from bot.services.work import Work, as_herald
from bot.store import forgetting, keeping


@dataclass(frozen=True, slots=True)
class Kept:
    """How many there are of each kind, and how many published `answers` stay whatever is deleted."""

    counts: Mapping[str, int]
    answers: int


def kept(work: Work) -> Kept:
    """How much is kept of the person, over all their accounts and courses."""
    counts = {kind: len(rows) for kind, rows in keeping.kept(work.tx, work.person.key).items()}
    return Kept(counts, forgetting.has_published(work.tx, work.person.key))


def export(work: Work) -> str:
    """All of it as JSON."""
    return json.dumps(keeping.kept(work.tx, work.person.key), ensure_ascii=False, indent=2)


def delete(work: Work, *, keep: bool) -> None:
    """Delete the person; with `keep` their questions stay without them, otherwise their words go too.

    Who asks or follows a topic that is gone with them is told so, as of one that was withdrawn.
    """
    credits.withdraw(work)
    forgotten = forgetting.forget(work.tx, work.person.key, keep=keep)
    if keep:
        return
    for course, n in forgotten.topics:
        similar.index(work.tx, replace(work.course, key=course), n)
    for course, n in forgotten.stood:
        topics.tell_gone(as_herald(work.tx, replace(work.course, key=course), work.now), n, work.now.isoformat())
