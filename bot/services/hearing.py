"""Who hears of what: everyone who asked, once, and nobody who wants to hear nothing or did it themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.chat import Notice
from bot.core.errors import UserError
from bot.core.model import Tie, Topic
from bot.services import credits, ledger
from bot.services.work import Work
from bot.store import follows, hearing, merges, topics

DIGESTS = ("daily", "weekly", "off")


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a person hears: of `topics`, but not of `hushed`, of none where `quiet`; `digest` is for staff."""

    topics: Sequence[int]
    hushed: Sequence[int]
    quiet: bool
    digest: str


def of(work: Work) -> Hearing:
    """What the person hears."""
    loud, hushed = hearing.topics_of(work.tx, work.course.key, work.person.key)
    wish = hearing.wish(work.tx, work.person.key)
    return Hearing(loud, hushed, wish.quiet, wish.digest or DIGESTS[0])


def set_quiet(work: Work, *, quiet: bool) -> None:
    """Tell the person nothing of topics, or all again."""
    hearing.set_quiet(work.tx, work.person.key, quiet)


def set_digest(work: Work, digest: str) -> None:
    """Send the person the digest for staff as often as they say; UserError where they are not staff."""
    if not work.staff:
        raise UserError("digest_for_staff")
    hearing.set_digest(work.tx, work.person.key, digest)


def hush(work: Work, topic: Topic) -> None:
    """Tell the person nothing more of a topic: who follows it no longer does, who asked it still counts."""
    follows.untie(work.tx, work.course.key, topic.n, work.person.key, Tie.FOLLOW)
    hearing.hush(work.tx, work.course.key, topic.n, work.person.key)
    topics.recount(work.tx, work.course.key, topic.n)


def hear(work: Work, topic: Topic) -> None:
    """Tell the person of a topic, again or from now on."""
    if not hearing.hush(work.tx, work.course.key, topic.n, work.person.key, quiet=False):
        follows.tie(work.tx, work.course.key, topic.n, work.person.key, Tie.FOLLOW)
        topics.recount(work.tx, work.course.key, topic.n)


def tell(work: Work, topic: Topic, kind: str, once: str, but: str | None = None, **fields: object) -> None:
    """Tell everyone who asked or follows a topic, all `but` one, once under `once`; who does it knows already.

    That it is planned for an article is when they are asked whether they may be named there. Who asked what was merged
    into it, unsaid, knows it by another number: they are told those too.
    """
    told = hearing.listeners(work.tx, work.course.key, topic.n)
    asked, following = ([each for each in persons if each not in (but, work.person.key)] for persons in told)
    parts = merges.into(work.tx, work.course.key, topic.n)
    key, data = f"topic:{topic.n}:{once}", {"n": topic.n, "title": topic.title, "parts": parts, **fields}
    wanted = credits.to_ask(work, topic.n) & {*asked} if kind == "topic.planned" else set()
    ledger.announce(work, key, Notice(kind, data), [each for each in asked if each not in wanted])
    if wanted:
        ledger.announce(work, f"{key}:credit", Notice(kind, {**data, "credit": True}), sorted(wanted))
    if following:
        ledger.announce(work, f"{key}:followed", Notice(kind, {**data, "followed": True}), following)


def tell_one(work: Work, topic: Topic, kind: str, once: str, who: str, **fields: object) -> None:
    """Tell one person of a topic, whether they follow it or not, unless they do it or want to hear nothing of it."""
    if who == work.person.key:
        return
    _, hushed = hearing.topics_of(work.tx, work.course.key, who)
    if topic.n not in hushed and not hearing.wish(work.tx, who).quiet:
        data = {"n": topic.n, "title": topic.title, **fields}
        ledger.announce(work, f"person:{topic.n}:{once}", Notice(kind, data), [who])
