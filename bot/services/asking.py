"""Asking: what was asked already is shown first, one's own repeat becomes an edit, the rest is filed."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.model import Question, Tie, Topic
from bot.services import blocking, limits, searching, similar, topics
from bot.services.work import Work
from bot.store import events
from bot.store import topics as stored

# So like one's own open question by its words that it is the same one, written again.
REPEAT = 0.85


@dataclass(frozen=True, slots=True)
class Asking:
    """What somebody asks: their words, the article they are about, and whether nobody is to see who asks."""

    text: str
    about: str | None = None
    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """It is a topic now."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class Known:
    """The person asked these very words before."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class Edited:
    """It took the place of what the person had asked, `was`; `event` is the edit."""

    topic: Topic
    was: str
    event: int


@dataclass(frozen=True, slots=True)
class Alike:
    """A topic that may ask the same; `tie` is the person's, `mine` what they may replace with the new words."""

    found: similar.Similar
    topic: Topic
    tie: Tie | None
    mine: Question | None


Outcome = Filed | Known | Edited | Sequence[Alike]


def ask(work: Work, asking: Asking, *, different: bool = False, instead: int | None = None) -> Outcome:
    """File a question unless something like it was asked; with `different` whatever was asked.

    `instead` names an edit that this question became and should not have: it is taken back. UserError where the person
    may not ask now.
    """
    if instead:
        _take_back(work, instead)
    asker = limits.asker(work, topics.digest(asking.text))
    if asker.same:
        return Known(topics.get(work, asker.same))
    if asker.blocks:
        blocking.check(work)
    alike = [] if different else _alike(work, asking)
    if repeated := next((each for each in alike if _is_repeat(each)), None):
        return _edit(work, repeated, asking.text)
    if alike:
        return alike
    limits.check(work, asker)
    return Filed(topics.file(work, asking.text, about=asking.about, anonymous=asking.anonymous))


def _alike(work: Work, asking: Asking) -> list[Alike]:
    found = similar.likely(work.tx, work.course, asking.text)
    known = {topic.n: topic for topic in stored.some(work.tx, work.course.key, [each.topic for each in found])}
    ties = searching.ties(work, list(known.values()))
    return [
        Alike(each, known[each.topic], ties.get(each.topic), _replaceable(work, known[each.topic], asking))
        for each in found
    ]


def _replaceable(work: Work, topic: Topic, asking: Asking) -> Question | None:
    """The person's only question that they may change, where it was asked as openly, or as anonymously, as this one."""
    if not topic.editable:
        return None
    own = stored.own(work.tx, work.course.key, topic.n, work.person.key)
    if len(own) != 1 or (own[0].person is None) != asking.anonymous or asking.about not in (None, own[0].about):
        return None
    return own[0]


def _is_repeat(one: Alike) -> bool:
    return one.mine is not None and one.topic.wordings == 1 and one.found.words >= REPEAT


def _edit(work: Work, repeated: Alike, text: str) -> Edited:
    topic, was, event = topics.edit(work, repeated.topic.n, text)
    return Edited(topic, was, event)


def _take_back(work: Work, id_: int) -> None:
    """Put the person's old words back, where the edit still stands as it was made."""
    done = events.get(work.tx, work.course.key, id_)
    if done is None or done.verb != "edit" or done.undone:
        return
    n = int(done.subject.removeprefix("topic:"))
    now = topics.own(work, n)
    if now and now.id == done.before["question"] and now.text == done.after["text"]:
        topics.edit(work, n, done.before["text"])
        events.mark_undone(work.tx, done.id)
