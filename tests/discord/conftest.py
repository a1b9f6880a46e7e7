"""A Discord of each test's own; whatever the bot sent must be what Discord's specification allows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio
from discord import gateway, http

from bot.app import Herald, opened
from bot.config import DiscordConfig
from bot.core.chat import Role
from bot.platforms.discord import talk, tries
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.setup import Setup, Shards
from tests.discord import spec
from tests.discord.people import Person
from tests.discord.rules import pings_by_its_words
from tests.discord.server import TOKEN, Server, serving
from tests.discord.state import Channel
from tests.support import PATIENCE, Clock, World, course

INSTRUCTOR, ASSISTANTS = 1_000_001, 2_000_002


@pytest.fixture
def kind() -> str:
    """Which database."""
    return "sqlite"


@pytest.fixture
def clock() -> Clock:
    """The time on both sides."""
    return Clock()


@pytest.fixture(autouse=True)
def _own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back where discord.py takes Discord to be: it keeps that for the whole process."""
    monkeypatch.setattr(http.Route, "BASE", http.Route.BASE)
    monkeypatch.setattr(gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway.DiscordWebSocket.DEFAULT_GATEWAY)


@pytest.fixture(autouse=True)
def _no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody be told to wait because the machine is busy, and try again at once; tests of that say when."""
    monkeypatch.setattr(talk, "PROMPT", PATIENCE)
    monkeypatch.setattr(talk, "TAKES", PATIENCE)
    for module in (talk, tries):
        monkeypatch.setattr(module, "PAUSES", (0.0, 0.0))


@pytest_asyncio.fixture
async def server(clock: Clock) -> AsyncIterator[Server]:
    """Discord on loopback."""
    async with serving(clock) as server:
        yield server
    assert [one for one in server.requests if pings_by_its_words(one.body)] == []
    if spec.FILE.is_file():
        assert [fault for request in server.requests for fault in spec.faults(request)] == []


@dataclass
class Place:
    """A study group on Discord: its channels, and Herald in it."""

    server: Server
    world: World
    discord: Discord
    general: Channel
    guild: int

    def person(self, name: str, locale: str = "en-US", roles: tuple[int, ...] = (), id_: int = 0) -> Person:
        """Somebody in the group."""
        return Person(self.server, self.guild, self.general, name, locale, roles, id_)

    def assistant(self, name: str = "ta", locale: str = "en-US") -> Person:
        """An assistant, by a role that they have."""
        return self.person(name, locale, (ASSISTANTS,))

    def instructor(self, name: str = "boss", locale: str = "en-US") -> Person:
        """The instructor, by their id."""
        return self.person(name, locale, id_=INSTRUCTOR)


@pytest.fixture
def general(server: Server) -> Channel:
    """The channel where people talk."""
    return server.state.channel(server.state.guild(), "general")


@pytest_asyncio.fixture
async def place(server: Server, url: str, clock: Clock, general: Channel) -> AsyncIterator[Place]:
    """Herald on Discord, logged in, over an empty database."""
    assert general.guild
    staff = {f"discord:{INSTRUCTOR}": Role.INSTRUCTOR, f"discord-role:{ASSISTANTS}": Role.ASSISTANT}
    async with opened(url, (course(staff=staff, locale="en"),)) as herald:
        discord = Discord(setup(herald, server, clock, (general.guild,)))
        async with running(discord, server):
            yield Place(server, World(herald, clock), discord, general, general.guild)


def setup(herald: Herald, server: Server, clock: Clock, guilds: tuple[int, ...], shards: Shards | None = None) -> Setup:
    """What Herald's adapter is given, as the program gives it."""
    return replace(herald.discord(TOKEN, DiscordConfig(guilds, server.api, server.socket), shards), clock=clock)


@asynccontextmanager
async def running(discord: Discord, server: Server, sessions: int = 1) -> AsyncIterator[None]:
    """Herald on Discord until the block ends, which begins once there are so many sessions in all."""
    task = asyncio.create_task(discord.run())
    try:
        await server.gateway.ready(sessions)
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
