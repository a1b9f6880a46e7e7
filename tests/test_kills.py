"""Killed with -9 at any moment between claim, send and commit: everything arrives, and arrives once."""

import asyncio
import sys
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from sqlalchemy import Connection, select

from bot import clock
from bot.core.chat import Notice, Role
from bot.services import ledger
from bot.services.work import HERALD, Work
from bot.store.schema import delivery
from tests.kills import LONGEST, Lives, Server
from tests.processes import Herald
from tests.support import course, once

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how long another process worked")
TIMES = 10 if settings().max_examples > 1000 else 1
TARGETS = [f"group:wire:{n}" for n in range(48 * TIMES)]
SOON = timedelta(seconds=15)  # after the first, before a wrong clock is suspected


def announce(tx: Connection) -> None:
    def say(key: str, targets: list[str], at: datetime) -> None:
        notice = Notice("article.retracted", {"key": "2026-Q4", "title": "Maps"})
        assert ledger.announce(Work(tx, course(), HERALD, Role.INSTRUCTOR, at), key, notice, targets)

    say("first", TARGETS[:1], clock.now())
    say("rest", TARGETS[1:], clock.now() + SOON)


def states(tx: Connection) -> list[tuple[str, str, str | None]]:
    rows = tx.execute(select(delivery.c.target, delivery.c.state, delivery.c.platform_id))
    return [tuple(row) for row in rows]


# A hundred kills in all; a thousand with HYPOTHESIS_PROFILE=long.
@pytest.mark.parametrize(("kind", "processes", "rounds"), [("sqlite", 1, 26), ("postgresql", 3, 8)], indirect=["kind"])
@pytest.mark.parametrize("nonces", [True, False], ids=["nonces", "history"])
async def test_whoever_is_killed_whenever_everything_arrives_once(
    url: str, processes: int, rounds: int, nonces: bool, herald: Herald
) -> None:
    once(url, announce)
    server = Server(nonces)
    async with server.listening() as address:
        lives = herald.program(f"from tests.kills import *; {Lives(url, address, processes, rounds * TIMES)}.live()")
        code = await asyncio.to_thread(lives.ends, LONGEST * TIMES)
        assert (code, lives.complaint) == (0, "")
    found = once(url, states)
    assert {state for _, state, _ in found} == {"sent"}
    assert {target: [id_] for target, _, id_ in found} == server.arrived
    assert server.again > 0
