"""Wakes what looks for due things; it holds no rules, and waking it too often does no harm."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

log = logging.getLogger(__name__)
SWEEP = 30.0


def now() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)


async def run(tick: Callable[[datetime], Awaitable[datetime | None]]) -> None:
    """Call `tick` now, when it says, and every `SWEEP` seconds, until cancelled; what it raises is logged."""
    while True:
        due: datetime | None = None
        try:
            due = await tick(now())
        except Exception:
            log.exception("a tick failed; the next is in %d s", SWEEP)
        await asyncio.sleep(min(SWEEP, max((due - now()).total_seconds(), 0.05)) if due else SWEEP)
