"""How much one member may ask; staff may ask any amount."""

from datetime import timedelta

from bot.core.errors import UserError
from bot.services import topics
from bot.services.work import Work
from bot.store import topics as stored

MOST_OPEN = 20
BURST, WITHIN = 10, timedelta(minutes=10)


def check(work: Work) -> None:
    """UserError where the member has too many open questions, or asked too many just now: `wait` is how long."""
    if work.staff:
        return
    waiting = topics.open_of(work)
    if waiting >= MOST_OPEN:
        raise UserError("too_many_open", n=waiting, most=MOST_OPEN)
    asked = stored.asked_since(work.tx, work.course.key, work.person.key, work.now - WITHIN)
    if len(asked) >= BURST:
        raise UserError("too_fast", n=BURST, wait=asked[BURST - 1] + WITHIN - work.now)
