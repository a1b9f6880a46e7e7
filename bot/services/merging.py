"""Topics put together and taken apart again, and their titles."""

from dataclasses import dataclass
from typing import Any

from bot.core.chat import Notice
from bot.core.errors import UserError
from bot.core.model import UNTOLD, Change, State, Topic
from bot.core.text import title_of
from bot.services import answers, ledger, schedule, similar, topics
from bot.services.work import Work
from bot.store import events, follows, hearing, merges
from bot.store import topics as stored

_SETTLED = (State.ANSWERED, State.COVERED)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would make: both cards, the persons who want to know, each once, and how many would be told."""

    one: topics.Card
    into: topics.Card
    voters: int
    told: int


def preview(work: Work, n: int, into: int) -> Preview:
    """What merging topic `n` into another would make; UserError where it cannot be."""
    one, other = topics.card(work, n), topics.card(work, into)
    _check(n, into, one.topic, other.topic)
    together = follows.counts(work.tx, work.course.key, one.topic.n, other.topic.n)
    told = len(_newcomers(work, one.topic.n, other.topic.n)) if _tells(one.topic, other.topic) else 0
    return Preview(one, other, together["voters"], told)


def merge(work: Work, n: int, into: int, seen: tuple[int, int]) -> tuple[Topic, Topic, int]:
    """Put topic `n` under another; both as they were, and the event that undoes it.

    `seen` are the revisions that the person acts on. Who hears of `n` and did not of the other is told where that one
    stands. UserError where it cannot be, or somebody else was first.
    """
    was, other = _both(work, n, into)
    _check(n, into, was, other)
    for typed, revision in zip((n, into), seen, strict=True):
        topics.acting_on(work, typed, revision)
    event = topics.note(work, "merge", was.n, {}, {"into": other.n})
    join(work, was, other.n, f"{event}")
    return was, other, event


def _both(work: Work, n: int, into: int) -> tuple[Topic, Topic]:
    """Both topics, locked in the order of their numbers; again where one was merged while this waited for it."""
    one, other = topics.get(work, n).n, topics.get(work, into).n
    for each in sorted({one, other}):
        stored.get(work.tx, work.course.key, each, lock=True)
    was, to = topics.get(work, one), topics.get(work, other)
    return (was, to) if (was.n, to.n) == (one, other) else _both(work, n, into)


def _check(n: int, into: int, was: Topic, other: Topic) -> None:
    if n == into:
        raise UserError("merge_itself", n=n)
    if was.n == other.n:
        raise UserError("merged_already", n=n, into=into, topic=was)
    if settled(was) and not settled(other):
        raise UserError("merge_backwards", n=was.n, into=other.n, state=was.state, other=other)


def settled(topic: Topic) -> bool:
    """Whether those who asked a topic were given what they asked for."""
    return topic.state in _SETTLED or topic.answered


def _tells(was: Topic, now: Topic) -> bool:
    """Whether who heard of one topic is told that they hear of the other from now on."""
    return not {was.state, now.state} <= {*UNTOLD}


def _newcomers(work: Work, n: int, into: int) -> list[str]:
    """Who wants to hear of topic `n` and does not hear of the other; who does it knows already."""
    known = {*follows.followers(work.tx, work.course.key, into), work.person.key}
    asked, others = hearing.listeners(work.tx, work.course.key, n)
    return [who for who in (*asked, *others) if who not in known]


def join(work: Work, was: Topic, into: int, once: str) -> None:
    """Link a topic that stands for itself to another and tell the newcomers, once under `once`."""
    other = topics.standing_for(work, into)
    newcomers = _newcomers(work, was.n, other.n)
    merges.merge(work.tx, work.course.key, was.n, into)
    if not _tells(was, other):
        return
    state = State.ANSWERED if other.answered and other.state not in UNTOLD else other.state
    fields: dict[str, Any] = {"n": other.n, "title": other.title, **_standing(work, other, state)}
    fields |= {"other": was.n, "other_title": was.title}
    url = fields.pop("url", None)
    notice = Notice(f"topic.joined_{state}", fields, url)
    ledger.announce(work, f"topic:{other.n}:joined:{once}", notice, newcomers)


def _standing(work: Work, topic: Topic, state: State) -> dict[str, str | None]:
    """What somebody must hear who hears for the first time that a topic is in a state."""
    if state is State.ANSWERED:
        given = answers.published(work, topic.n)
        return {"text": given.text, "holds": given.holds} if given else {"text": ""}
    if state is State.DECLINED:
        return {"reason": topic.reason}
    if state in UNTOLD:
        return {}
    said = schedule.changes(work).get(topic.article or "", Change())
    return {"article": said.title or topic.article, "url": said.url}


def split(work: Work, n: int) -> tuple[Topic, Topic, int]:
    """Let a merged topic stand for itself again, as it was; it, what it was under, and the event that undoes it."""
    root = _lock_merged(work, n)
    event = topics.note(work, "split", n, {"into": _itself(work, n).merged_into}, {})
    part(work, n, f"{event}")
    return _itself(work, n), _itself(work, root), event


def _lock_merged(work: Work, n: int) -> int:
    """Lock a merged topic and the one that stands for it, which it returns; UserError where it is not merged."""
    root = topics.get(work, n).n
    if root == n:
        raise UserError("not_merged", n=n, parts=merges.into(work.tx, work.course.key, n))
    for each in sorted({root, n}):
        stored.get(work.tx, work.course.key, each, lock=True)
    return root if topics.get(work, n).n == root else _lock_merged(work, n)


def part(work: Work, n: int, once: str) -> None:
    """Unlink a merged topic; who heard of the other as theirs through it alone is told where theirs stands.

    Who hears of one of which nothing is left is told that it is gone.
    """
    root = _itself(work, _lock_merged(work, n))
    merges.split(work.tx, work.course.key, n)
    for each in (root.n, n):
        topics.tell_gone(work, each, f"parted:{once}")
    topic = _still_planned(work, _itself(work, n))
    if not topic.wordings or not _tells(root, topic):
        return
    fields = {"n": n, "title": topic.title, "other": root.n, "state": topic.state}
    newcomers = _newcomers(work, n, root.n)
    ledger.announce(work, f"topic:{n}:parted:{once}", Notice("topic.parted", fields), newcomers)


def _still_planned(work: Work, topic: Topic) -> Topic:
    """The topic; it waits for review again where the article that it was planned for is out by now."""
    if topic.state is not State.PLANNED or not schedule.is_out(work, topic.article):
        return topic
    stored.set_state(work.tx, work.course.key, topic, State.NEW, None, None)
    return _itself(work, topic.n)


def rejoin(work: Work, n: int, into: int, once: str) -> None:
    """Put a topic back under the one that it was split from; UserError where that is under it by now."""
    other = topics.standing_for(work, into)
    if other.n == n:
        raise UserError("merged_already", n=n, into=into, topic=other)
    for each in sorted({n, other.n}):
        stored.get(work.tx, work.course.key, each, lock=True)
    join(work, _itself(work, n), into, once)


def retitle(work: Work, n: int, title: str) -> tuple[Topic, int]:
    """Give a topic a title in staff's words over all wordings; it then, and the event that undoes it."""
    was = topics.get(work, n, lock=True)
    if was.title == title:
        raise UserError("same_title", n=was.n, title=title, topic=was)
    asked = stored.questions(work.tx, work.course.key, was.n)
    after = next((each.id for each in asked if title_of(each.text) == was.title), None)
    event = topics.note(work, "retitle", was.n, {"title": was.title, "question": after}, {"title": title})
    _name(work, was.n, title)
    return topics.get(work, was.n), event


def take_back_title(work: Work, n: int, done: events.Event) -> None:
    """Undo a retitle; what was called after somebody's words is called after them as they are by now."""
    asked = stored.questions(work.tx, work.course.key, n)
    words = (title_of(each.text) for each in asked if each.id == done.before.get("question"))
    _name(work, n, next(words, done.before["title"]))


def _name(work: Work, n: int, title: str) -> None:
    stored.retitle(work.tx, work.course.key, n, title)
    similar.index(work.tx, work.course, n)


def _itself(work: Work, n: int) -> Topic:
    """The topic of that number, merged or not."""
    topic = stored.get(work.tx, work.course.key, n)
    if topic is None:
        raise UserError("no_topic", n=n)
    return topic
