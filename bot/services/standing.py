"""What stands in a place and is kept true: said once under its name, then reworded where it stands."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection

from bot.core.chat import Notice
from bot.services import card
from bot.services.ledger import GROUP
from bot.services.work import HERALD, Work
from bot.store import deliveries

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
    wanted = {key_of(name, target): notice for (name, target), notice in _wanted(work).items()}
    return bool(wanted) and deliveries.notices(work.tx, work.course.key, list(wanted)) != wanted


def tick(work: Work) -> None:
    """Let everything stand as it should, any number of times; what is just being said is left to the next time."""
    for (name, target), notice in _wanted(work).items():
        keep(work, name, target, notice)


def _wanted(work: Work) -> Mapping[tuple[str, str], Notice]:
    """What is to stand, by name and target."""
    if not work.course.card:
        return {}
    notice = card.notice_of(work)
    return {("card", target): notice for target in work.course.card}


def keep(work: Work, name: str, target: str, notice: Notice) -> None:
    """Let a notice stand at a target under a name: one row of the ledger, said and then reworded in place."""
    key = key_of(name, target)
    row = deliveries.lock(work.tx, work.course.key, key)
    if row is None:
        _say(work, key, target, notice)
    elif not row.claimed and row.notice != notice:
        deliveries.reword(work.tx, work.course.key, key, notice)
        if row.state in ("sent", "failed", "skipped") and target != GROUP:
            stands = row.id if row.platform_id else None
            again = {"state": "pending", "corrects": stands, "due": None, "next_try": work.now + SOON, "attempts": 0}
            deliveries.change(work.tx, [row.id], **again)


def _say(work: Work, key: str, target: str, notice: Notice) -> None:
    announced = deliveries.announce(work.tx, work.course.key, key, notice, work.now, HERALD.key)
    if announced is not None:
        here = deliveries.New(target, "sent", platform_id="standing")
        there = deliveries.New(target, "pending", next_try=work.now + SOON)
        deliveries.add(work.tx, announced, [here if target == GROUP else there])
