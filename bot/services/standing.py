"""What stands in a place and is kept true: said once under its name, then reworded where it stands."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from bot.core.chat import Notice
from bot.core.model import Delivery
from bot.services import card, posts
from bot.services.ledger import GRACE, GROUP
from bot.services.work import HERALD, Work
from bot.store import deliveries, topics

AT_ONCE = 20
LOOK = timedelta(seconds=2)
SOON = timedelta(seconds=3)  # what changes meanwhile is one change


def key_of(name: str, target: str) -> str:
    """The ledger's key of what stands at a target under a name."""
    return f"stands:{name}:{target}"


def in_chat(tx: Connection, course: str, name: str) -> Notice | None:
    """What stands in the local chat under a name."""
    key = key_of(name, GROUP)
    return deliveries.notices(tx, course, [key]).get(key)


def behind(work: Work) -> bool:
    """Whether anything does not stand as it should; only looks."""
    if work.course.threads and topics.unposted(work.tx, work.course.key, 1):
        return True
    wanted = {key_of(name, target): notice for (name, target), notice in _wanted(work).items()}
    return bool(wanted) and deliveries.notices(work.tx, work.course.key, list(wanted)) != wanted


def tick(work: Work) -> None:
    """Let everything stand as it should, any number of times; what is just being said is left to the next time."""
    for (name, target), notice in _wanted(work).items():
        keep(work, name, target, notice)
    for n in topics.unposted(work.tx, work.course.key, AT_ONCE) if work.course.threads else ():
        _post(work, n)


def _wanted(work: Work) -> Mapping[tuple[str, str], Notice]:
    """What is to stand, by name and target."""
    if not work.course.card:
        return {}
    notice = card.notice_of(work)
    return {("card", target): notice for target in work.course.card}


def _post(work: Work, n: int) -> None:
    topic = topics.get(work.tx, work.course.key, n, lock=True)
    if topic is None:
        return
    notice, new = posts.notice_of(work, topic), posts.is_open(topic)
    settled = [keep(work, f"topic:{n}", target, notice, new=new) for target in work.course.threads]
    if all(settled):
        topics.mark_posted(work.tx, work.course.key, n)


def keep(work: Work, name: str, target: str, notice: Notice, *, new: bool = True) -> bool:
    """Let a notice stand at a target under a name, unless it is `new` and not wanted then; whether that is settled.

    It is one row of the ledger, said once and then reworded in place. What is just being said is not touched.
    """
    key = key_of(name, target)
    row = deliveries.lock(work.tx, work.course.key, key)
    if row is None:
        return not new or _say(work, key, target, notice)
    if row.claimed:
        return False
    if row.notice != notice:
        deliveries.reword(work.tx, work.course.key, key, notice)
        deliveries.change(work.tx, [row.id], **_again(work, row, new=new))
    return True


def _say(work: Work, key: str, target: str, notice: Notice) -> bool:
    announced = deliveries.announce(work.tx, work.course.key, key, notice, work.now, HERALD.key)
    if announced is not None:
        here = deliveries.New(target, "sent", platform_id="standing")
        there = deliveries.New(target, "pending", next_try=work.now + GRACE)
        deliveries.add(work.tx, announced, [here if target == GROUP else there])
    return True


def _again(work: Work, row: Delivery, *, new: bool) -> Mapping[str, Any]:
    """What becomes of a row whose words are others now: what nobody has read yet is said later, or not at all."""
    if not row.platform_id and not new:
        return {"state": "skipped", "next_try": None}
    if row.target == GROUP or row.state in ("pending", "unsure", "held"):
        return {"state": row.state}
    stands = row.id if row.platform_id else None
    return {"state": "pending", "corrects": stands, "due": None, "next_try": work.now + SOON, "attempts": 0}
