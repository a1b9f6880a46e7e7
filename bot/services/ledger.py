"""Saying something unasked: once a key, with a row for each place and person."""

from collections.abc import Iterable

from bot.core.chat import Notice, Role
from bot.services.work import Work
from bot.store import deliveries, messages, people

LOCAL = "local:"
GROUP = "group:local"
COMMENT = "comment:"
BEHALF = "behalf:"


def announce(work: Work, key: str, notice: Notice, targets: Iterable[str]) -> bool:
    """Say `notice` to every target unless `key` was used before; whether it is said now.

    The local chat is this database, so there it is sent in this very transaction. Who asked in a comment, or
    was filed by staff, is told by hand. Every other place waits in the ledger.
    """
    announced = deliveries.announce(work.tx, work.course.key, key, notice, work.now)
    if announced is None:
        return False
    targets = people.reached(work.tx, targets)
    for target in targets:
        if target == GROUP or target.startswith(LOCAL):
            deliveries.add(work.tx, announced, target, "sent", _tell_locally(work, target, notice))
        else:
            deliveries.add(work.tx, announced, target, "by-hand" if target.startswith((COMMENT, BEHALF)) else "pending")
    return True


def instructors(work: Work) -> list[str]:
    """Whom to remind: the course file's instructors and who last came as one."""
    named = [person for person, role in work.course.staff.items() if role is Role.INSTRUCTOR]
    return named + people.with_role(work.tx, Role.INSTRUCTOR)


def _tell_locally(work: Work, target: str, notice: Notice) -> str:
    person = None if target == GROUP else target
    return str(messages.append(work.tx, work.course.key, work.now, person, notice))
