"""Saying something unasked: once a key, with a row for each place and person."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.chat import Notice, Role, is_place
from bot.core.model import Delivery
from bot.services.work import HERALD, Work
from bot.store import deliveries, messages, people, roles

LOCAL = "local:"
GROUP = "group:local"
COMMENT = "comment:"
BEHALF = "behalf:"
WECHAT = "group:wechat:"
GRACE = timedelta(seconds=20)
# From when on it is said that something is late, and from when on it is asked about.
LATE, TOO_LATE = timedelta(minutes=10), timedelta(hours=24)
# A field of a notice that says in other words what was said before.
AGAIN = "again"


def announce(work: Work, key: str, notice: Notice, targets: Iterable[str], *, at_once: bool = False) -> bool:
    """Say `notice` to every target unless `key` was used before; whether it is said now.

    The local chat is this database, so there it is sent in this very transaction. Who asked in a comment, or was filed
    by staff, is told by hand, and so is a WeChat group. Every other place waits in the ledger; what a person causes
    waits `GRACE` longer, so that it can be taken back before anybody has read it, unless it is said `at_once`.
    """
    announced = deliveries.announce(work.tx, work.course.key, key, notice, work.now, work.person.key)
    if announced is None:
        return False
    reached = people.reached(work.tx, targets)
    deliveries.add(work.tx, announced, [_row(work, target, notice, at_once) for target in reached])
    return True


def _row(work: Work, target: str, notice: Notice, at_once: bool) -> deliveries.New:
    if target == GROUP or target.startswith(LOCAL):
        return deliveries.New(target, "sent", platform_id=_tell_locally(work, target, notice))
    if target.startswith((COMMENT, BEHALF, WECHAT)):
        return deliveries.New(target, "by-hand")
    if at_once or work.person == HERALD:
        return deliveries.New(target, "pending", work.now)
    return deliveries.New(target, "pending", work.now + GRACE)


def let_go(work: Work, rows: Iterable[Delivery]) -> bool:
    """Send at once what is held for its moment; whether there was any."""
    locked = (deliveries.get(work.tx, work.course.key, row.id) for row in rows)
    held = [row.id for row in locked if row and is_held(work, row)]
    return bool(deliveries.change(work.tx, held, due=work.now, next_try=work.now))


def is_held(work: Work, row: Delivery) -> bool:
    """Whether a row waits for its moment, so that it can be sent at once or taken back unread."""
    return row.state == "pending" and not row.claimed and not row.attempts and bool(row.due and row.due > work.now)


def unsay(work: Work, person: str, at: datetime) -> None:
    """Take back all that a person's act of that moment said, as far as nobody has read it.

    Call it after the corrections are announced: they go only to those who were told, at once, and in a place they stand
    where the message stood. What Herald did by itself at one moment may be several things: there nothing is taken back.
    """
    if person == HERALD.key:
        return
    was = deliveries.made_at(work.tx, work.course.key, person, at)
    withdrawn = deliveries.withdraw(work.tx, [each.id for each in was])
    told = {each.target: each.id for each in was if each.id not in withdrawn and _may_be_read(each)}
    before, reached = {each.id for each in was}, {*people.reached(work.tx, told)}
    for row in deliveries.made_at(work.tx, work.course.key, work.person.key, work.now):
        if row.id in before or row.corrects or row.state not in ("pending", "by-hand"):
            continue
        if row.target not in reached:
            deliveries.withdraw(work.tx, [row.id])
        elif row.state == "pending":
            original = told[row.target] if is_place(row.target) else None
            deliveries.change(work.tx, [row.id], due=work.now, next_try=work.now, corrects=original)


def correct(work: Work, of: str, key: str, notice: Notice, correction: Notice | None) -> bool:
    """Let the announcement `of` say `notice` instead: where it was said its message is changed, where it waits it will.

    The local chat is told `correction`, if any, because what was said there stays. Whether there was such an
    announcement.
    """
    rows = deliveries.of_announcement(work.tx, work.course.key, of, lock=True)
    if not rows:
        return False
    deliveries.reword(work.tx, work.course.key, of, notice)
    again = replace(notice, fields={**notice.fields, AGAIN: True})
    announced = deliveries.announce(work.tx, work.course.key, key, again, work.now, work.person.key)
    if announced is None:
        return True
    for row in rows:
        if row.target == GROUP:
            if correction:
                new = deliveries.New(GROUP, "sent", platform_id=_tell_locally(work, GROUP, correction))
                deliveries.add(work.tx, announced, [new])
        elif is_place(row.target) and _may_be_read(row):
            deliveries.add(work.tx, announced, [deliveries.New(row.target, "pending", work.now, corrects=row.id)])
    return True


def reword(work: Work, of: str, notice: Notice) -> None:
    """Let the announcement `of` say `notice` where it is kept here, as if it had never said anything else."""
    deliveries.reword(work.tx, work.course.key, of, notice)
    for row in deliveries.of_announcement(work.tx, work.course.key, of):
        if row.platform_id and (row.target == GROUP or row.target.startswith(LOCAL)):
            messages.reword(work.tx, work.course.key, int(row.platform_id), notice)


def _may_be_read(row: Delivery) -> bool:
    return row.state in ("sent", "unsure") or row.claimed


def instructors(work: Work) -> list[str]:
    """Whom to remind: the course file's instructors and who last came there as one."""
    named = [person for person, role in work.course.staff.items() if role is Role.INSTRUCTOR]
    return named + roles.at_least(work.tx, work.course.key, Role.INSTRUCTOR)


def staff(work: Work) -> list[str]:
    """The instructors and assistants."""
    return [*work.course.staff, *roles.at_least(work.tx, work.course.key, Role.ASSISTANT)]


def _tell_locally(work: Work, target: str, notice: Notice) -> str:
    person = None if target == GROUP else target
    return str(messages.append(work.tx, work.course.key, work.now, person, notice))
