"""How much one member may ask; staff may ask any amount."""

from datetime import timedelta

from bot.core.errors import UserError
from bot.services.work import Work
from bot.store import topics

MOST_OPEN = 20
BURST, WITHIN = 10, timedelta(minutes=10)


def asker(work: Work, digest: str) -> topics.Asker:
    """The person, who asks what has this digest, as `check` wants to see them."""
    return topics.asker(work.tx, work.course.key, work.person.key, digest, BURST, work.now - WITHIN)


def check(work: Work, asker: topics.Asker) -> None:
    """UserError where the member has too many open questions, or asked too many just now: `wait` is how long."""
    if work.staff:
        return
    if asker.waiting >= MOST_OPEN:
        raise UserError("too_many_open", n=asker.waiting, most=MOST_OPEN)
    if asker.nth:
        raise UserError("too_fast", n=BURST, wait=asker.nth + WITHIN - work.now)
