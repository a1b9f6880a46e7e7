"""Herald on Discord beside a bare discord.py bot that answers a constant, both against the server of the tests."""

import asyncio
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

import psutil

from bot import clock
from tests.discord.people import Person, Seen
from tests.discord.server import TOKEN, Server, serving
from tests.support import ROOT

ROUNDS = 3
CLOSED, IN_FLIGHT = 400, 32
RATES, SECONDS = (50, 100, 200), 3
GUILDS = (1, 100, 2000)

BARE = """
import asyncio, os, discord, yarl
from discord import app_commands
discord.http.Route.BASE = os.environ["API"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY"])
class Bare(discord.Client):
    async def setup_hook(self):
        self.tree = app_commands.CommandTree(self)
        @self.tree.command()
        async def ping(interaction: discord.Interaction):
            "Answer."
            await interaction.response.send_message("pong", ephemeral=True)
        await self.tree.sync()
Bare(intents=discord.Intents(guilds=True), allowed_mentions=discord.AllowedMentions.none()).run(os.environ["TOKEN"])
"""
COURSE = "title: eBPF\nzone: Asia/Shanghai\nlanguage: en\nplan: {first: 2022-Q2}\n"

Act = Callable[[Server, int], Awaitable[Seen]]


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot in a process of its own, and how long it took from its start to its first answer."""

    process: psutil.Process
    server: Server
    guild: int
    first: float

    def cpu(self) -> float:
        """The seconds of a processor that it used."""
        used = self.process.cpu_times()
        return float(used.user + used.system)


@asynccontextmanager
async def bare(guilds: int = 1) -> AsyncIterator[Bot]:
    """A bot that answers a constant."""
    async with _started([sys.executable, "-c", BARE], guilds, ping) as bot:
        yield bot


@asynccontextmanager
async def herald(guilds: int = 1) -> AsyncIterator[Bot]:
    """Herald over a SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bot", "run", "--config", f"{folder}/config", "--data", folder]
        async with _started(command, guilds, next_article, Path(folder)) as bot:
            yield bot


@asynccontextmanager
async def _started(command: Sequence[str], guilds: int, act: Act, folder: Path | None = None) -> AsyncIterator[Bot]:
    async with serving(clock.now) as server:
        for _ in range(guilds):
            guild = server.state.guild()
            for name in range(30):
                server.state.channel(guild, f"channel-{name}")
        if folder:
            _configure(folder, server)
        place = {"API": server.api, "GATEWAY": server.socket, "TOKEN": TOKEN, "DISCORD_TOKEN": TOKEN}
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **place},
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await server.gateway.until(lambda: any(one.wire for one in server.gateway.sessions.values()), 120)
            await act(server, 0)
            yield Bot(psutil.Process(process.pid), server, guild, time.perf_counter() - began)
        finally:
            process.terminate()
            await process.wait()


def _configure(folder: Path, server: Server) -> None:
    (folder / "config" / "courses").mkdir(parents=True)
    (folder / "config" / "courses" / "ebpf.yaml").write_text(COURSE)
    place = f"discord: {{api_base: {server.api}, gateway_url: '{server.socket}'}}"
    (folder / "config" / "herald.yaml").write_text(place)


def person(server: Server, n: int) -> Person:
    """Somebody in the last guild."""
    guild, channels = list(server.state.guilds.items())[-1]
    return Person(server, guild, channels[0], f"m{n}")


async def ping(server: Server, n: int) -> Seen:
    """The bare bot's command."""
    return await person(server, n).slash("ping")


async def next_article(server: Server, n: int) -> Seen:
    """A command that reads."""
    return await person(server, n).slash("next-article")


async def ask(server: Server, n: int) -> Seen:
    """A command that looks for what is alike, files, and waits for the commit."""
    chosen = random.Random(n)
    text = "".join(chr(chosen.randrange(0x4E00, 0x9FA5)) for _ in range(20))
    return await person(server, n).slash("ask", text=f"{text}？")


_numbers = count(1)


async def took(bot: Bot, act: Act) -> float:
    """The milliseconds until the answer; infinite where none came."""
    try:
        return (await act(bot.server, next(_numbers))).of.took * 1000
    except TimeoutError:
        return math.inf


async def closed(bot: Bot, act: Act) -> tuple[float, float]:
    """Interactions a second with `IN_FLIGHT` at a time, and milliseconds of a processor each."""
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def one() -> None:
        async with gate:
            await took(bot, act)

    began, used = time.perf_counter(), bot.cpu()
    await asyncio.gather(*(one() for _ in range(CLOSED)))
    return CLOSED / (time.perf_counter() - began), (bot.cpu() - used) * 1000 / CLOSED


async def paced(bot: Bot, act: Act, rate: int) -> tuple[float, float]:
    """The milliseconds within which half and 99 of 100 are answered at `rate` a second."""
    began = time.perf_counter()

    async def one(n: int) -> float:
        await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
        return await took(bot, act)

    each = sorted(await asyncio.gather(*(one(n) for n in range(rate * SECONDS))))
    return median(each), each[len(each) * 99 // 100]


async def speed() -> None:
    """Both bots in turn, so that what else the machine does falls on both."""
    async with bare() as plain, herald() as ours:
        acts: list[tuple[str, Bot, Act]] = [
            ("bare", plain, ping),
            ("/next-article", ours, next_article),
            ("/ask", ours, ask),
        ]
        found: dict[str, list[tuple[float, float]]] = {name: [] for name, _, _ in acts}
        for _ in range(ROUNDS):
            for name, bot, act in acts:
                found[name].append(await closed(bot, act))
        best = {name: (max(a for a, _ in runs), median(b for _, b in runs)) for name, runs in found.items()}
        for name, (rate, cpu) in best.items():
            print(f"{name:14} {rate:6.0f}/s ({rate / best['bare'][0]:.2f} of bare)  {cpu:.2f} ms of a processor each")
        for rate in RATES:
            for name, bot, act in acts:
                half, most = await paced(bot, act, rate)
                print(f"{name:14} at {rate:3}/s: p50 {half:5.1f} ms, p99 {most:6.1f} ms")


async def size() -> None:
    """Memory and the time to the first answer, by number of guilds."""
    for guilds in GUILDS:
        async with bare(guilds) as plain:
            base, start = plain.process.memory_info().rss, plain.first
        async with herald(guilds) as ours:
            rss, first = ours.process.memory_info().rss, ours.first
        sizes = f"bare {base / 2**20:.0f} MB, Herald {rss / 2**20:.0f} MB ({rss / base:.2f})"
        print(f"{guilds:5} guilds: {sizes}; first answer after {start:.1f} s and {first:.1f} s")


def main() -> None:
    """Print everything."""
    asyncio.run(speed())
    asyncio.run(size())
