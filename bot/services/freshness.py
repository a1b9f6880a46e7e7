"""Answers that may be true no more: members say so, staff call them true still, and each quarter the rest is listed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.core.chat import Notice
from bot.core.errors import UserError
from bot.core.model import Topic
from bot.services import answers, ledger, topics
from bot.services.when import slot_window
from bot.services.work import Work
from bot.store import events, flags
from bot.store import topics as stored

OLD = timedelta(days=365)
MOST = 10


@dataclass(frozen=True, slots=True)
class Freshness:
    """How many say that a topic's answer is no longer true, their notes, whether the person does, and the last check.

    Who says so is not in it.
    """

    flags: int = 0
    notes: tuple[str, ...] = ()
    mine: bool = False
    checked: datetime | None = None


def may_be_flagged(topic: Topic) -> bool:
    """Whether there is anything that could be no longer true."""
    return topic.state in flags.FADING


def of_topic(work: Work, topic: Topic) -> Freshness:
    """What is said of a topic since it was answered, corrected or checked; nothing of one that is not answered."""
    if not may_be_flagged(topic):
        return Freshness()
    check = events.last_on(work.tx, work.course.key, f"topic:{topic.n}", ("check",))
    checked = check.at if check and not (topic.decided_at and check.at < topic.decided_at) else None
    said = _standing(work, topic, checked)
    mine = any(each.person == work.person.key for each in said)
    notes = tuple(each.note for each in said if each.note)
    return Freshness(len({each.person for each in said}), notes, mine, checked)


def _standing(work: Work, topic: Topic, checked: datetime | None) -> list[flags.Flag]:
    """What was said after the last check and the last correction: both answer it, and undoing them brings it back."""
    said = flags.under(work.tx, work.course.key, topic.n)
    answer = answers.published(work, topic.n) if said else None
    since = max((at for at in (checked, answer.at if answer and answer.updated else None) if at), default=None)
    return [
        each
        for each in said
        if (since is None or each.at > since) and (topic.decided_at is None or each.at >= topic.decided_at)
    ]


def flag(work: Work, n: int, note: str | None) -> tuple[Topic, bool]:
    """Keep that the person says it is no longer true: the topic, and whether they say so for the first time."""
    topic = _answered(work, n)
    new = not of_topic(work, topic).mine
    flags.remove(work.tx, work.course.key, topic.n, work.person.key)
    flags.put(work.tx, work.course.key, topic.n, work.person.key, note, work.now)
    return topic, new


def unflag(work: Work, n: int) -> Topic:
    """Forget that the person said so."""
    topic = topics.get(work, n, lock=True)
    flags.remove(work.tx, work.course.key, topic.n, work.person.key)
    return topic


def check(work: Work, n: int) -> tuple[Topic, int]:
    """Say that it is still true, which answers all who doubt it: the topic, and the event that undoes it."""
    topic = _answered(work, n)
    subject = f"topic:{topic.n}"
    return topic, events.add(work.tx, work.course.key, work.now, work.person.key, "check", subject, {}, {})


def _answered(work: Work, n: int) -> Topic:
    topic = topics.get(work, n, lock=True)
    if not may_be_flagged(topic):
        raise UserError("not_answered", n=topic.n, state=topic.state, topic=topic)
    return topic


def tick(work: Work) -> datetime:
    """Once in each quarter of the course's zone list for the instructors what is doubted or old; the next quarter."""
    today = work.day(work.now)
    key = f"{today.year}-Q{(today.month + 2) // 3}"
    if events.last_on(work.tx, work.course.key, f"quarter:{key}", ("freshness",)) is None:
        events.add(work.tx, work.course.key, work.now, work.person.key, "freshness", f"quarter:{key}", {}, {})
        _list(work, key)
    return _end(work, key)


def _end(work: Work, key: str) -> datetime:
    window = slot_window(key)
    last = window.last if window else date.max
    return datetime.combine(last + timedelta(days=1), time(), work.course.zone).astimezone(UTC)


def _list(work: Work, key: str) -> None:
    flagged = stored.some(work.tx, work.course.key, flags.flagged(work.tx, work.course.key))
    doubted = [(topic, of_topic(work, topic).flags) for topic in flagged]
    most = sorted(((topic, n) for topic, n in doubted if n), key=lambda each: (-each[1], each[0].n))[:MOST]
    known = {topic.n for topic, _ in most}
    old = [n for n in flags.old(work.tx, work.course.key, work.now - OLD, 2 * MOST) if n not in known]
    aged = stored.some(work.tx, work.course.key, old[: MOST - len(most)])
    if not most and not aged:
        return
    fields = {
        "quarter": key,
        "flagged": [[topic.n, topic.title, n] for topic, n in most],
        "old": [[topic.n, topic.title, work.day(topic.decided_at or topic.created).isoformat()] for topic in aged],
    }
    ledger.announce(work, f"freshness:{key}", Notice("freshness", fields), ledger.instructors(work))
