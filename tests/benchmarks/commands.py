"""Commands through `handle` as a course grows, asks that share a commit, memory, and the time to the first reply.

Every figure is a median of rounds that are interleaved; a ratio compares within this run.
"""

import asyncio
import itertools
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import psutil
from sqlalchemy import Connection, insert

from bot.core.chat import Call, Role
from bot.core.model import State
from bot.services import similar
from bot.services.topics import digest
from bot.store import numbers, people
from bot.store.database import sqlite_url
from bot.store.schema import follow, question, topic
from tests.support import START, World, course, opened_world

SIZES = (1, 1_000, 100_000)
ROUNDS = 7
LINES: dict[str, tuple[str, dict[str, str]]] = {
    "/ask": ("ask", {"different": "yes"}),
    "/ask, alike": ("ask", {}),
    "/topics": ("topics", {}),
    "/topics unanswered": ("topics", {"unanswered": "yes"}),
    "/next-article": ("next-article", {}),
}
_ids = itertools.count()


def main() -> None:
    """Print all of it."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_grow(Path(folder)))
        asyncio.run(_share(Path(folder)))
        _memory(Path(folder))
        _first_reply(Path(folder))


async def _grow(folder: Path) -> None:
    costs: dict[tuple[str, int], list[float]] = {}
    for size in SIZES:
        async with opened_world(sqlite_url(folder / f"{size}.db")) as world:
            await world.database.write(partial(fill, size=size))
            await similar.catch_up(world.database, world.herald.courses.values())
    for _ in range(ROUNDS):
        for size in SIZES:
            async with opened_world(sqlite_url(folder / f"{size}.db")) as world:
                await similar.catch_up(world.database, world.herald.courses.values())
                for line in LINES:
                    await _one(world, line)
                    costs.setdefault((line, size), []).append(await _timed(20, partial(_one, world, line)))
    for line in LINES:
        medians = [statistics.median(costs[line, size]) for size in SIZES]
        each = "  ".join(f"{size:,}: {1 / cost:.0f}/s" for size, cost in zip(SIZES, medians, strict=True))
        print(f"{line:18} by topics in the course  {each}   cost at 100,000 / at 1: {medians[-1] / medians[0]:.2f}")


async def _share(folder: Path) -> None:
    """Asks at the same moment beside a bare SQLite that commits each row durably."""
    alone, together, bare = [], [], []
    async with opened_world(sqlite_url(folder / "1.db")) as world:
        for _ in range(ROUNDS):
            alone.append(await _timed(64, lambda: _one(world, "/ask")))
            together.append(await _timed(4, lambda: asyncio.gather(*(_one(world, "/ask") for _ in range(64)))) / 64)
            bare.append(_bare(folder / "bare.db"))
    a, t, b = (statistics.median(each) for each in (alone, together, bare))
    print(f"/ask durable    alone {1 / a:.0f}/s   64 at once {1 / t:.0f}/s   at once / alone: {a / t:.1f}")
    print(f"                bare sqlite3, one durable row a commit {1 / b:.0f}/s   64 at once / bare: {b / t:.2f}")


def _bare(file: Path) -> float:
    tx = sqlite3.connect(file, isolation_level=None)
    tx.execute("pragma journal_mode=wal")
    tx.execute("pragma synchronous=full")
    tx.execute("create table if not exists t (id integer primary key, text text)")
    begun = time.perf_counter()
    for _ in range(64):
        tx.execute("begin immediate")
        tx.execute("insert into t (text) values (?)", ("why does it fail?" * 3,))
        tx.execute("commit")
    spent = (time.perf_counter() - begun) / 64
    tx.close()
    return spent


def _memory(folder: Path) -> None:
    """Resident memory of the demo's process, idle over an empty and over a large database."""
    idle = _resident(folder, "--empty")
    large = folder / "large"
    large.mkdir()
    (folder / "100000.db").rename(large / "herald.db")
    full = _resident(large, demo=False)
    print(f"memory          demo idle {idle:.0f} MB   chat over 100,000 topics {full:.0f} MB")


def _resident(folder: Path, *args: str, demo: bool = True) -> float:
    name, more = ("demo", ["--port", "0"]) if demo else ("chat", ["--json"])
    command = [name, "--data", str(folder), *more, *args]
    with _started(command) as process:
        if not demo and process.stdin:
            process.stdin.write("/topics\n/next-article\n")
            process.stdin.flush()
        _wait(process)
        memory = psutil.Process(process.pid).memory_info().rss / 2**20
        process.terminate()
    return memory


def _first_reply(folder: Path) -> None:
    """From the start of the process to the first reply, beside a Python that only imports SQLAlchemy and aiohttp."""
    ours, peer = [], []
    for _ in range(3):
        begun = time.perf_counter()
        with _started(["chat", "--data", str(folder / "large"), "--json"]) as process:
            assert process.stdin
            process.stdin.write("/next-article\n")
            process.stdin.flush()
            _wait(process)
            ours.append(time.perf_counter() - begun)
            process.terminate()
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import sqlalchemy, aiohttp.web"], check=True)
        peer.append(time.perf_counter() - begun)
    a, b = statistics.median(ours), statistics.median(peer)
    print(
        f"first reply     {a:.2f} s after the start   of the limit of 2 s: {a / 2:.2f}   of bare imports: {a / b:.1f}"
    )


def _started(args: list[str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    environ = os.environ | {"PYTHONUNBUFFERED": "1"}
    return subprocess.Popen([sys.executable, "-m", "bot", *args], stdin=pipe, stdout=pipe, text=True, env=environ)


def _wait(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    while not process.stdout.readline().strip():
        if process.poll() is not None:
            raise RuntimeError("the process ended")


async def _one(world: World, line: str) -> None:
    command, args = LINES[line]
    n = next(_ids)
    args = {"text": f"Why does program {n} fail on kernel {n % 7}?", **args} if command == "ask" else args
    # Somebody else asks each question: there is only so much that one member may ask.
    who = f"local:n{n}" if command == "ask" else f"local:m{n % 50}"
    call = Call(command, args, who, "m", f"{os.getpid()}-{time.time_ns()}", START, Role.MEMBER, "en")
    reply = await world.herald.dispatcher.handle(call)
    assert reply.error is None


async def _timed(times: int, work: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        await work()
    return (time.perf_counter() - begun) / times


def fill(tx: Connection, size: int) -> None:
    """File `size` topics of fifty persons, in bulk."""
    for m in range(50):
        people.meet(tx, f"local:m{m}", f"m{m}", START)
    ns = range(1, size + 1)
    row = {"course": "ebpf", "state": State.NEW, "created": START, "wordings": 1, "followers": 1}
    tx.execute(insert(topic), [{**row, "n": n, "root": n, "title": f"Question {n}?"} for n in ns])
    asked = {"course": "ebpf", "at": START, "source": "ask"}
    rows = [{**asked, "topic": n, "person": f"local:m{n % 50}", "text": f"Question {n}?"} for n in ns]
    tx.execute(insert(question), [{**each, "digest": digest(str(each["text"]))} for each in rows])
    tx.execute(insert(follow), [{"course": "ebpf", "topic": n, "person": f"local:m{n % 50}"} for n in ns])
    for first in range(1, size + 1, 1000):
        similar.index(tx, course(), *range(first, min(first + 1000, size + 1)))
    numbers.add(tx, "ebpf", "topic", size)
    numbers.add(tx, "ebpf", f"topics.{State.NEW}", size)
