"""The digest for staff: one message a day or a week about what waits, at nine, and none where nothing does."""

from dataclasses import asdict
from datetime import datetime, time

from bot.core.chat import Notice
from bot.services import ledger
from bot.services.hearing import DIGESTS
from bot.services.work import Work
from bot.store import digest, hearing, numbers

NINE = time(9)
MONDAY = 0


def tick(work: Work) -> datetime | None:
    """Say once a day what waits for staff, to each who wants to know; on Mondays to who wants it weekly too.

    It is seen to at every tick, so that there is no need to wake for it.
    """
    local = work.now.astimezone(work.course.zone)
    today = local.date()
    if local.time() < NINE or not numbers.advance(work.tx, work.course.key, "digest", today.toordinal()):
        return None
    found = digest.pending(work.tx, work.course.key, work.now)
    if any((found.waiting, found.drafts, found.failed)):
        wishes = DIGESTS[: 2 if today.weekday() == MONDAY else 1]
        staff = ledger.staff(work)
        declining = hearing.declining(work.tx, staff, wishes)
        willing = [each for each in staff if each not in declining]
        ledger.announce(work, f"digest:{today.isoformat()}", Notice("staff.digest", asdict(found)), willing)
    return None
