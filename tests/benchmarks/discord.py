"""Herald on Discord beside a bare discord.py bot that answers a constant, both against the server of the tests.

Read the ratios, and of those first what an interaction costs of a processor: what else the machine does falls on both.
Herald is without [semantic], over a SQLite file that is there already. `make bench ARGS=discord.size` is one part of
it; the others are `closed`, `paced` and `start`.
"""

import asyncio
import gc
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from statistics import median

from tests.benchmarks.bots import Act, Bot, ask, bare, cpu, herald, next_article, ping, typing

ROUNDS = 3
CLOSED, IN_FLIGHT = 400, 32
RATES, TURNS = (50, 100, 200), 5  # a second each
GUILDS = (1, 100, 2000)


@dataclass
class Measured:
    """What was seen of one command: interactions a second, milliseconds of a processor each, and until each answer."""

    name: str
    bot: Bot
    act: Act
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    async def note(self, run: Callable[[Bot, Act], Awaitable[list[float]]]) -> None:
        """Measure one run more, which gives the milliseconds until each answer."""
        began, used = time.perf_counter(), cpu(self.bot.process)
        waits = await run(self.bot, self.act)
        self.rates.append(len(waits) / (time.perf_counter() - began))
        self.costs.append((cpu(self.bot.process) - used) * 1000 / len(waits))
        self.waits += waits

    def within(self, share: float) -> float:
        """The milliseconds within which that share was answered."""
        return sorted(self.waits)[int(len(self.waits) * share)]


_numbers = count(2)


async def took(bot: Bot, act: Act) -> float:
    """The milliseconds until the answer; infinite where none came."""
    try:
        return (await act(bot.server, next(_numbers))).of.took * 1000
    except TimeoutError:
        return math.inf


async def at_once(bot: Bot, act: Act) -> list[float]:
    """`IN_FLIGHT` at a time, the next when one is answered."""
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def one() -> float:
        async with gate:
            return await took(bot, act)

    return await asyncio.gather(*(one() for _ in range(CLOSED)))


async def for_a_second(bot: Bot, act: Act, rate: int) -> list[float]:
    """`rate` in a second, however many are answered."""
    began = time.perf_counter()

    async def one(n: int) -> float:
        await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
        return await took(bot, act)

    return await asyncio.gather(*(one(n) for n in range(rate)))


@asynccontextmanager
async def both() -> AsyncIterator[Callable[[], list[Measured]]]:
    """The two bots; what is called gives the commands, of which nothing was seen yet."""
    gc.disable()  # a pause of the server's, of up to 100 ms, is none of the bots'
    async with bare() as plain, herald() as ours:
        yield lambda: [
            Measured("bare", plain, ping),
            Measured("/next-article", ours, next_article),
            Measured("/topic, typed", ours, typing),
            Measured("/ask", ours, ask),
        ]


async def _closed() -> None:
    async with both() as commands:
        measured = commands()
        for _ in range(ROUNDS):
            for each in measured:
                await each.note(at_once)
        base = measured[0]
        for each in measured:
            rate, most, cost, least = max(each.rates), max(base.rates), median(each.costs), median(base.costs)
            print(f"{each.name:14} {rate:5.0f}/s at most ({rate / most:.2f} of bare)", end="  ")
            print(f"{cost:.2f} ms of a processor each ({cost / least:.2f})", flush=True)


async def _paced() -> None:
    async with both() as commands:
        for rate in RATES:
            measured = commands()
            for _ in range(TURNS):
                for each in measured:
                    await each.note(partial(for_a_second, rate=rate))
            for each in measured:
                _print_paced(each, measured[0], rate)


def _print_paced(each: Measured, base: Measured, rate: int) -> None:
    half, most, cost = each.within(0.5), each.within(0.99), median(each.costs)
    print(f"{each.name:14} at {rate:3}/s ({median(each.rates):3.0f} answered):", end="  ")
    print(f"p50 {half:5.1f} ms ({half / base.within(0.5):5.2f})", end="  ")
    print(f"p99 {most:6.1f} ms ({most / base.within(0.99):5.2f})", end="  ")
    print(f"{cost:.2f} ms of a processor each ({cost / median(base.costs):.2f})", flush=True)


async def _start() -> None:
    found: dict[str, list[tuple[float, float]]] = {"bare": [], "Herald": []}
    for _ in range(ROUNDS):
        for name, begin in (("bare", bare), ("Herald", herald)):
            async with begin() as bot:
                found[name].append((bot.first, bot.used))
    (base, least), _ = (best(runs) for runs in found.values())
    for name, runs in found.items():
        first, used = best(runs)
        print(f"{name:14} first answer {first:.1f} s after its start ({first / base:.2f})", end="  ")
        print(f"{used:.2f} s of a processor ({used / least:.2f})")


def best(runs: list[tuple[float, float]]) -> tuple[float, float]:
    """The least of each: what else the machine does only makes it more."""
    firsts, used = zip(*runs, strict=True)
    return min(firsts), min(used)


async def _size() -> None:
    for guilds in GUILDS:
        async with bare(guilds) as plain:
            base = plain.memory
        async with herald(guilds) as ours:
            memory = ours.memory
        print(
            f"{guilds:5} guilds:  bare {base / 2**20:4.0f} MB  Herald {memory / 2**20:4.0f} MB ({memory / base:.2f})",
            flush=True,
        )


def closed() -> None:
    """How many interactions a second, and what each costs of a processor."""
    asyncio.run(_closed())


def paced() -> None:
    """How long an answer takes at so many interactions a second, the bots in turn for a second each."""
    asyncio.run(_paced())


def start() -> None:
    """How long from the start of a process to its first answer."""
    asyncio.run(_start())


def size() -> None:
    """How much memory, by number of servers."""
    asyncio.run(_size())


def main() -> None:
    """Print everything."""
    for part in (closed, paced, start, size):
        part()
