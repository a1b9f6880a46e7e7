"""Is it out? What appeared where the course's articles appear, and what is done about it, once."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.core.chat import Notice
from bot.core.errors import UserError
from bot.core.model import Article, Certainty, Entry
from bot.core.text import canonical
from bot.services import ledger, schedule
from bot.services.work import Work
from bot.store import events, outlets
from bot.store.outlets import Outlet, Seen

EVERY = timedelta(minutes=15)
PATIENCE = timedelta(hours=24)
STALE = timedelta(days=30)
_LISTED = 10


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found: `total` entries, of which `new` were never seen; at the `first` look none is new."""

    total: int
    new: tuple[Entry, ...] = ()
    first: bool = False


def due(work: Work) -> Outlet | None:
    """The outlet, where it is time to look there and nobody else does; the next look is `EVERY` later."""
    feed = work.course.feed
    if feed is None:
        return None
    found = outlets.lock(work.tx, work.course.key, feed.url, work.now)
    if found.url != feed.url:
        # Another place: what stands there is no news.
        fresh = {"url": feed.url, "etag": None, "modified": None, "read_at": None, "failing_since": None}
        outlets.change(work.tx, work.course.key, **fresh, problem=None, next_look=work.now)
        found = outlets.lock(work.tx, work.course.key, feed.url, work.now)
    if work.now < found.next_look < work.now + 2 * EVERY:
        return None
    outlets.change(work.tx, work.course.key, next_look=work.now + EVERY)
    return found


def file(
    work: Work, entries: Iterable[Entry], *, etag: str | None = None, modified: str | None = None, dry: bool = False
) -> Found:
    """Keep what was never seen, and offer it to the instructors or announce it.

    The first look that finds anything keeps all of it and offers nothing. With `dry` nothing is written.
    """
    listed = list(entries)
    before = outlets.get(work.tx, work.course.key) if dry else _locked(work)
    first = before is None or before.read_at is None
    new = _unseen(work, listed, dry)
    if dry:
        return Found(len(listed), () if first else tuple(entry for entry, _ in new), first and bool(listed))
    outlets.change(work.tx, work.course.key, etag=etag, modified=modified, failing_since=None, problem=None)
    if listed:
        outlets.change(work.tx, work.course.key, read_at=work.now)
    if first:
        return Found(len(listed), first=bool(listed))
    out = _addresses(work)
    fresh = [(entry, id_) for entry, id_ in new if not _is_out(out, entry)]
    for _, id_ in fresh:
        outlets.judge(work.tx, id_, "offered")
    if fresh and not _announce(work, fresh):
        _offer(work, fresh)
    return Found(len(listed), tuple(entry for entry, _ in fresh))


def unchanged(work: Work) -> None:
    """Keep that it could be read and said that nothing has changed."""
    outlets.change(work.tx, work.course.key, failing_since=None, problem=None)


def failed(work: Work, key: str, fields: dict[str, Any]) -> None:
    """Keep why it could not be read; the instructors are told once it has gone on for a day."""
    found = _locked(work)
    since = found.failing_since or work.now
    outlets.change(work.tx, work.course.key, failing_since=since, problem=json.dumps([key, fields]))
    if work.now - since >= PATIENCE:
        said = {"url": found.url, "why": key, "of": fields}
        once = f"feed.failing:{since.isoformat()}"
        ledger.announce(work, once, Notice("feed.failing", said), ledger.instructors(work))


def standing(work: Work) -> Outlet | None:
    """How looking went so far; None where nobody ever looked."""
    return outlets.get(work.tx, work.course.key)


def waiting(work: Work) -> list[Seen]:
    """What was offered and nobody has said anything about, oldest first."""
    out = _addresses(work)
    return [each for each in outlets.offered(work.tx, work.course.key) if not _is_out(out, each)]


def slot_of(work: Work, seen: Seen | Entry) -> Article | None:
    """The article of the plan that an entry will be: the one with its link, else the next."""
    named = _addresses(work).get(canonical(seen.url)) if seen.url else None
    return named or schedule.next_article(work)


def not_ours(work: Work, id_: int) -> tuple[Seen, int]:
    """Remember that an entry is none of the course's articles; it and the event that undoes it. UserError."""
    found = outlets.one(work.tx, work.course.key, id_)
    if found is None:
        raise UserError("no_entry", n=id_)
    outlets.judge(work.tx, id_, "not-ours")
    before, after = {"verdict": found.verdict}, {"verdict": "not-ours"}
    event = events.add(work.tx, work.course.key, work.now, work.person.key, "feed", f"entry:{id_}", before, after)
    return found, event


def put_back(work: Work, done: events.Event) -> None:
    """Undo `not_ours`."""
    outlets.judge(work.tx, int(done.subject.partition(":")[2]), done.before["verdict"])


def _locked(work: Work) -> Outlet:
    url = work.course.feed.url if work.course.feed else ""
    return outlets.lock(work.tx, work.course.key, url, work.now)


def _unseen(work: Work, listed: list[Entry], dry: bool) -> list[tuple[Entry, int]]:
    """The entries that none of their keys is known of, now kept; the others are known by all their keys from now on."""
    known = outlets.known(work.tx, work.course.key, (key for entry in listed for key in entry.keys))
    new = []
    for entry in listed:
        ids = {known[key] for key in entry.keys if key in known}
        if not ids:
            id_ = -1 if dry else outlets.add(work.tx, work.course.key, entry, work.now, "seen")
            new.append((entry, id_))
            ids = {id_}
        elif not dry and any(key not in known for key in entry.keys):
            outlets.alias(work.tx, work.course.key, entry, min(ids), work.now)
        known |= dict.fromkeys(entry.keys, min(ids))
    return new


def _addresses(work: Work) -> dict[str, Article]:
    """The articles of the plan that have a link, by what their addresses share."""
    return {canonical(article.url): article for article in schedule.spoken(work) if article.url}


def _is_out(out: dict[str, Article], entry: Entry | Seen) -> bool:
    article = out.get(canonical(entry.url)) if entry.url else None
    return article is not None and article.certainty is Certainty.PUBLISHED


def _announce(work: Work, fresh: list[tuple[Entry, int]]) -> bool:
    """Announce the one new article, where the course wants that and nothing about it is strange; whether it did."""
    feed = work.course.feed
    if not (feed and feed.auto and len(fresh) == 1 and not schedule.paused(work)):
        return False
    [(entry, id_)] = fresh
    slot = slot_of(work, entry)
    recent = entry.at is None or abs(work.now - entry.at) < STALE
    if not (slot and entry.url and recent):
        return False
    title = None if slot.title else entry.title
    schedule.publish(work, slot.key, entry.url, title)
    outlets.judge(work.tx, id_, "announced")
    return True


def _offer(work: Work, fresh: list[tuple[Entry, int]]) -> None:
    """Ask the instructors about what is new, in one message."""
    slot = slot_of(work, fresh[0][0])
    listed = [{"id": id_, "title": entry.title, "url": entry.url} for entry, id_ in fresh[:_LISTED]]
    fields = {"entries": listed, "count": len(fresh), "article": slot.key if slot else None}
    once = f"feed.new:{fresh[0][1]}"
    ledger.announce(work, once, Notice("feed.new", fields, fresh[0][0].url), ledger.instructors(work))
