"""What stands in a place and is kept true: said once under its name, then reworded where it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from bot.core.chat import Notice
from bot.core.model import Delivery
from bot.services import calendar, card, posts, schedule
from bot.services.ledger import GRACE, GROUP
from bot.services.work import HERALD, Work
from bot.store import deliveries, topics
from bot.store.standing import key_of, named, open_keys, unpost

AT_ONCE = 20
LOOK = timedelta(seconds=2)
GONE = {"open": False, "gone": True}
SOON = timedelta(seconds=3)  # what changes meanwhile is one change


@dataclass(frozen=True, slots=True)
class Standing:
    """What is to stand at a target under a name; where it is not `new` only if something stood there before."""

    name: str
    target: str
    notice: Notice
    new: bool = True


def in_chat(tx: Connection, course: str, name: str) -> Notice | None:
    """What stands in the local chat under a name."""
    key = key_of(name, GROUP)
    return deliveries.notices(tx, course, [key]).get(key)


def behind(work: Work) -> bool:
    """Whether anything does not stand as it should; only looks."""
    if work.course.threads and topics.unposted(work.tx, work.course.key, 1):
        return True
    wanted = {key_of(each.name, each.target): each for each in _wanted(work)}
    said = deliveries.notices(work.tx, work.course.key, list(wanted)) if wanted else {}
    return any(said.get(key) != each.notice and (key in said or each.new) for key, each in wanted.items())


def tick(work: Work) -> None:
    """Let everything stand as it should, any number of times; what is just being said is left to the next time."""
    for each in _wanted(work):
        keep(work, each)
    for n in topics.unposted(work.tx, work.course.key, AT_ONCE) if work.course.threads else ():
        _post(work, n)


def move(work: Work) -> None:
    """Take back what stands where the course's file names no place or article any more, and go where it names one.

    What is settled stays as it is where it stands, and goes nowhere new.
    """
    stands = {key: named(key) for key in open_keys(work.tx, work.course.key)}
    left = [key for key, (name, target) in stands.items() if target not in _places(work, name)]
    for key, notice in deliveries.notices(work.tx, work.course.key, left).items() if left else ():
        keep(work, Standing(*stands[key], replace(notice, fields={**notice.fields, **GONE}), new=False))
    if {target for name, target in stands.values() if name.startswith("topic:")} != set(work.course.threads):
        unpost(work.tx, work.course.key)


def _places(work: Work, name: str) -> tuple[str, ...]:
    kind, _, of = name.partition(":")
    if kind == "event" and of not in [article.key for article in schedule.spoken(work)]:
        return ()
    return {"card": work.course.card, "topic": work.course.threads, "event": work.course.calendars}[kind]


def _wanted(work: Work) -> Iterator[Standing]:
    """What is to stand, apart from the topics' threads."""
    if work.course.card:
        notice = card.notice_of(work)
        yield from (Standing("card", target, notice) for target in work.course.card)
    for key, notice in calendar.notices(work) if work.course.calendars else ():
        for target in work.course.calendars:
            yield Standing(f"event:{key}", target, notice, new=notice.fields["open"])


def _post(work: Work, n: int) -> None:
    topic = topics.get(work.tx, work.course.key, n, lock=True)
    if topic is None:
        return
    notice, new = posts.notice_of(work, topic), posts.is_open(topic)
    settled = [keep(work, Standing(f"topic:{n}", target, notice, new)) for target in work.course.threads]
    if all(settled):
        topics.mark_posted(work.tx, work.course.key, n)


def keep(work: Work, wanted: Standing) -> bool:
    """Let something stand: one row of the ledger, said once and then reworded in place; whether that is settled.

    What is just being said is not touched.
    """
    key, notice = key_of(wanted.name, wanted.target), wanted.notice
    rows = deliveries.of_announcement(work.tx, work.course.key, key, lock=True)
    if not rows:
        return not wanted.new or _say(work, key, wanted)
    [row] = rows
    if row.sending:
        return False
    if row.notice != notice:
        deliveries.reword(work.tx, work.course.key, key, notice)
        deliveries.change(work.tx, [row.id], **_again(work, row, new=wanted.new))
    return True


def _say(work: Work, key: str, wanted: Standing) -> bool:
    announced = deliveries.announce(work.tx, work.course.key, key, wanted.notice, work.now, HERALD.key)
    if announced is not None:
        here = deliveries.New(GROUP, "sent", platform_id="standing")
        there = deliveries.New(wanted.target, "pending", next_try=work.now + GRACE)
        deliveries.add(work.tx, announced, [here if wanted.target == GROUP else there])
    return True


def _again(work: Work, row: Delivery, *, new: bool) -> Mapping[str, Any]:
    """What becomes of a row whose words are others now: what nobody has read yet is said later, or not at all."""
    if not (row.platform_id or row.claimed or new):
        return {"state": "skipped", "next_try": None}
    if row.target == GROUP or row.state in ("pending", "unsure", "held"):
        return {"state": row.state}
    stands = row.id if row.platform_id else None
    return {"state": "pending", "corrects": stands, "due": None, "next_try": work.now + SOON, "attempts": 0}
