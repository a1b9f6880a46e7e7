"""Me too and follow: one person counts once, whatever is merged."""

from dataclasses import dataclass

from bot.core.model import Tie, Topic
from bot.services import topics
from bot.services.work import Work
from bot.store import follows
from bot.store import topics as stored


@dataclass(frozen=True, slots=True)
class Tied:
    """A topic as it is now, and what ties the person to it: before and after."""

    topic: Topic
    was: Tie | None
    now: Tie | None


def me_too(work: Work, n: int) -> Tied:
    """Count the person among those who ask this; whoever asked it counts already."""
    return _tie(work, n, Tie.TOO)


def not_me(work: Work, n: int) -> Tied:
    """Count the person no more, unless they asked it themselves."""
    return _untie(work, n, Tie.TOO)


def follow(work: Work, n: int) -> Tied:
    """Let the person hear of a topic without counting."""
    return _tie(work, n, Tie.FOLLOW)


def unfollow(work: Work, n: int) -> Tied:
    """Let the person hear of it no more, unless they ask it too."""
    return _untie(work, n, Tie.FOLLOW)


def _tie(work: Work, n: int, kind: Tie) -> Tied:
    topic = topics.get(work, n, lock=True)
    was = tie_of(work, topic.n)
    # Who counts already through what is merged into it gets nothing more, which a split would leave behind.
    if was is None or (was is Tie.FOLLOW and kind is Tie.TOO):
        follows.tie(work.tx, work.course.key, topic.n, work.person.key, kind)
    return _counted(work, topic.n, was)


def _untie(work: Work, n: int, kind: Tie) -> Tied:
    topic = topics.get(work, n, lock=True)
    was = tie_of(work, topic.n)
    follows.untie(work.tx, work.course.key, topic.n, work.person.key, kind)
    return _counted(work, topic.n, was)


def _counted(work: Work, n: int, was: Tie | None) -> Tied:
    now = tie_of(work, n)
    if now != was:
        stored.recount(work.tx, work.course.key, n)
    return Tied(topics.get(work, n), was, now)


def tie_of(work: Work, n: int) -> Tie | None:
    """What ties the person to a topic and to what is merged into it, the strongest."""
    return follows.ties(work.tx, work.course.key, work.person.key, [n]).get(n)
