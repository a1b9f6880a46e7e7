"""Killed with -9 at any moment between claim, send and commit: everything arrives, and arrives once."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from random import Random

import pytest
from hypothesis import settings
from sqlalchemy import Connection, select

from bot.clock import now
from bot.core.chat import Notice, Role
from bot.services import ledger
from bot.services.work import HERALD, Work
from bot.store.database import Database
from bot.store.schema import delivery
from tests.kills import Server, forking, troubles
from tests.support import PATIENCE, Process, course

LONG = settings().max_examples > 1000
KILLS = 100 if LONG else 3


@pytest.fixture(scope="module")
def parent() -> Iterator[Process]:
    """What forks the workers of these tests."""
    with forking() as process:
        yield process


class Workers:
    """Keeps so many workers running: who is killed is replaced."""

    def __init__(self, parent: Process, order: dict[str, object], count: int) -> None:
        self._parent, self._order = parent, order
        self.killed = 0
        self.pids: set[int] = set()
        for _ in range(count):
            self.start()

    def start(self) -> None:
        """One more."""
        self._parent.write(json.dumps(self._order))
        self.pids.add(int(self._parent.read()))

    def kill(self, pid: int) -> None:
        """End one as if its machine had lost power, and start another."""
        if pid in self.pids:
            self.end(pid)
            self.killed += 1
            self.start()

    def end(self, pid: int) -> None:
        """End one."""
        self.pids.discard(pid)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def announce(tx: Connection, targets: list[str], now: object) -> None:
    work = Work(tx, course(), HERALD, Role.INSTRUCTOR, now)  # type: ignore[arg-type]
    notice = Notice("article.retracted", {"key": "2026-Q4", "title": "Maps"})
    assert ledger.announce(work, "once", notice, targets)


def states(tx: Connection) -> list[tuple[str, str, str | None]]:
    rows = tx.execute(select(delivery.c.target, delivery.c.state, delivery.c.platform_id))
    return [tuple(row) for row in rows]


async def settled(database: Database) -> list[tuple[str, str, str | None]]:
    """The rows once none of them waits."""
    async with asyncio.timeout(2 * PATIENCE + 3 * KILLS):
        found = await database.read(states)
        while "pending" in {state for _, state, _ in found}:
            await asyncio.sleep(0.1)
            found = await database.read(states)
    return found


@pytest.mark.parametrize(("kind", "processes"), [("sqlite", 1), ("postgresql", 3)], indirect=["kind"])
@pytest.mark.parametrize("nonces", [True, False], ids=["nonces", "history"])
async def test_whoever_is_killed_whenever_everything_arrives_once(
    url: str, processes: int, nonces: bool, parent: Process
) -> None:
    targets = [f"group:wire:{n}" for n in range(10 * KILLS)]
    trouble = troubles(Random(nonces), lambda pid: workers.killed < KILLS and pid in workers.pids)
    server = Server(trouble, lambda pid: workers.kill(pid), nonces)
    async with server.listening() as address, Database(url) as database:
        await database.write(lambda tx: announce(tx, targets, now()))
        workers = Workers(parent, {"url": url, "server": address, "rate": 100}, processes)
        try:
            found = await settled(database)
            assert workers.killed >= (KILLS if LONG else KILLS / 2)
            assert {state for _, state, _ in found} == {"sent"}
            assert {target: [id_] for target, _, id_ in found} == server.arrived
        finally:
            for pid in list(workers.pids):
                workers.end(pid)
