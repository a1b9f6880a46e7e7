"""One announcement to many targets at a platform's limit: the time beside the least that the limit allows.

`python -m tests.benchmarks fan_out`; TARGETS and RATE in the environment change both (10,000 at 250 a second), with
RATE=50 it is Discord's own limit and takes its 200 s. The platform counts in a sliding second and answers 429.
"""

import asyncio
import os
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil

from bot import clock
from bot.app import worded
from bot.core.chat import Notice, Reply, Role
from bot.core.errors import RetryLater
from bot.services import ledger
from bot.services.delivering import Delivering
from bot.services.work import HERALD, Work
from bot.store.database import sqlite_url
from tests.support import World, opened_world

TARGETS, RATE = int(os.environ.get("TARGETS", "10000")), float(os.environ.get("RATE", "250"))
LATENCY = 0.1


@dataclass
class Limited:
    """A platform that takes so many requests a second and answers each after a while."""

    rate: float
    taken: int = 0
    refused: int = 0
    recent: deque[float] = field(default_factory=deque)

    async def send(self, target: str, reply: Reply, nonce: str) -> str:
        """Take one."""
        now = time.monotonic()
        while self.recent and self.recent[0] <= now - 1:
            self.recent.popleft()
        if len(self.recent) >= self.rate:
            self.refused += 1
            raise RetryLater(1)
        self.recent.append(now)
        await asyncio.sleep(LATENCY)
        self.taken += 1
        return nonce

    async def find(self, target: str, nonce: str, since: datetime) -> str | None:
        """Nothing is in doubt here."""
        return None

    async def finish(self, target: str, id_: str, reply: Reply) -> None:
        """Nothing is pinned here."""

    async def edit(self, target: str, id_: str, reply: Reply, nonce: str) -> None:
        """Nothing is edited here."""


def main() -> None:
    """Print all of it."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(Path(folder)))


async def _run(folder: Path) -> None:
    async with opened_world(sqlite_url(folder / "herald.db")) as world:
        world.clock.now = clock.now()
        begun = time.perf_counter()
        await world.database.write(lambda tx: _announce(world, tx))
        spent = time.perf_counter() - begun
        print(f"fan-out         {TARGETS:,} rows in the announcement's own transaction: {spent:.2f} s")
        half = await _deliver(world, TARGETS // 2)
        print(f"interrupted     after {half:,}; the rest follows")
        await _deliver(world, TARGETS)


def _announce(world: World, tx: object) -> None:
    work = Work(tx, world.herald.course, HERALD, Role.INSTRUCTOR, clock.now())  # type: ignore[arg-type]
    notice = Notice("article.retracted", {"key": "2026-Q4", "title": "Maps"})
    ledger.announce(work, "once", notice, [f"group:wire:{n}" for n in range(TARGETS)])


async def _deliver(world: World, until: int, done: list[int] = [0]) -> int:  # noqa: B006 - one run, one count
    wire, herald = Limited(RATE), world.herald
    worker = Delivering(herald.database, herald.courses, "wire", wire, worded, clock.now, rate=RATE)
    before, slowest, process = _memory(), 0.0, psutil.Process()
    begun = time.perf_counter()
    running = asyncio.create_task(worker.run())
    while done[0] + wire.taken < until:
        await asyncio.sleep(0.2)
        asked = time.perf_counter()
        await world.member("lin")("/next-article")
        slowest = max(slowest, time.perf_counter() - asked)
    spent = time.perf_counter() - begun
    running.cancel()
    await asyncio.wait([running])
    done[0] += wire.taken
    ideal = wire.taken / RATE
    print(f"delivered       {wire.taken:,} at {RATE:.0f}/s in {spent:.1f} s   time / ideal: {spent / ideal:.3f}")
    print(f"                429 earned: {wire.refused}   memory +{_memory() - before:.1f} MB of {_memory():.0f}")
    cpu = sum(process.cpu_times()[:2])
    print(f"                slowest /next-article meanwhile {slowest * 1000:.0f} ms   cpu {cpu:.0f} s")
    return done[0]


def _memory() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20
