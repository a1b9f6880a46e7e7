"""Which servers are told of the commands, and when."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.commands.catalog import declared
from bot.core.chat import Call, Command, Reply
from bot.platforms.discord import client
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.setup import Address, Setup
from tests.discord.conftest import running
from tests.discord.server import TOKEN, Server
from tests.discord.state import Channel
from tests.discord.test_ids import Kept
from tests.support import Clock, course

COMMANDS = tuple(each.command for each in declared())


@asynccontextmanager
async def told(
    server: Server, clock: Clock, memory: Kept, guilds: tuple[int, ...], commands: tuple[Command, ...] = COMMANDS
) -> AsyncIterator[Discord]:
    """Herald on Discord, for the length of the block."""

    async def handle(call: Call) -> Reply:
        return Reply("done")

    async def suggest(call: Call, param: str) -> list[tuple[str, str]]:
        return []

    place = Address(server.api, server.socket)
    discord = Discord(
        Setup(TOKEN, commands, handle, suggest, lambda: (course(locale="en"),), clock, memory, guilds, place)
    )
    async with running(discord, server):
        yield discord


async def test_a_server_is_told_again_only_of_other_commands(server: Server, clock: Clock, general: Channel) -> None:
    assert general.guild
    memory, guilds = Kept(), (general.guild,)
    for commands in (COMMANDS, COMMANDS, COMMANDS[:5], COMMANDS[:5]):
        async with told(server, clock, memory, guilds, commands):
            pass
        server.gateway.sessions.clear()
    assert server.state.syncs == [general.guild, general.guild]


async def test_without_a_server_everywhere_is_told_until_one_is_named(
    server: Server, clock: Clock, general: Channel
) -> None:
    assert general.guild
    memory = Kept()
    async with told(server, clock, memory, ()):
        assert server.state.commands[0]
    server.gateway.sessions.clear()
    async with told(server, clock, memory, (general.guild,)):
        assert server.state.commands[0] == []
        assert server.state.commands[general.guild]


async def test_a_server_that_invites_herald_later_is_told_then_and_when_it_does_so_again(
    server: Server, clock: Clock, general: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert general.guild
    monkeypatch.setattr(client, "READY", 0.05)
    later = server.state.id()
    async with told(server, clock, Kept(), (general.guild, later)) as discord:
        assert server.state.syncs == [general.guild]
        server.state.guilds[later] = []
        data = server.state.guild_data(later)
        # Without it the server was joined; with it, it was only out of reach for a while.
        del data["unavailable"]
        await server.gateway.dispatch("GUILD_CREATE", data)
        await server.gateway.until(lambda: later in server.state.syncs)
        await discord._connected()._client.wait_until_ready()
        server.state.throw_out(later)
        await server.gateway.dispatch("GUILD_DELETE", {"id": str(later)})
        server.state.guilds[later] = []
        await server.gateway.dispatch("GUILD_CREATE", data)
        await server.gateway.until(lambda: server.state.syncs.count(later) == 2)


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (404, 10004)], ids=["out", "gone"])
async def test_a_server_that_threw_herald_out_while_it_was_away_is_told_anew_once_it_is_back(
    server: Server, clock: Clock, general: Channel, caplog: pytest.LogCaptureFixture, status: int, code: int
) -> None:
    assert general.guild
    memory, guilds = Kept(), (general.guild,)
    async with told(server, clock, memory, guilds):
        pass
    server.gateway.sessions.clear()
    channels = server.state.guilds[general.guild]
    server.state.throw_out(general.guild)
    server.faults.add("GET .*/guilds/.*/commands", status, code=code, times=99)
    async with told(server, clock, memory, guilds):
        assert "Is Herald invited there?" in caplog.text
    server.gateway.sessions.clear()
    server.faults.faults.clear()
    server.state.guilds[general.guild] = channels
    async with told(server, clock, memory, guilds):
        assert server.state.syncs == [general.guild, general.guild]


@pytest.mark.parametrize("named", [True, False], ids=["one server", "every server"])
@pytest.mark.parametrize(
    ("status", "seconds", "via"),
    [(503, 0, True), (429, 300, True), (429, 300, False), (0, 0, True)],
    ids=["down", "limited", "walled off", "cut"],
)
async def test_where_discord_cannot_be_told_for_a_while_it_is_told_later_and_herald_is_there_meanwhile(
    server: Server,
    clock: Clock,
    general: Channel,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    seconds: int,
    via: bool,
    named: bool,
) -> None:
    assert general.guild
    monkeypatch.setattr(client, "PROMPT", 0.05)
    monkeypatch.setattr(client, "PAUSES", (0.01,))
    server.faults.add("PUT .*/commands", status, seconds=seconds, via=via, times=1 << 20)
    async with told(server, clock, Kept(), (general.guild,) if named else ()):
        assert server.state.syncs == []
        server.faults.faults.clear()
        await server.gateway.until(lambda: server.state.syncs == [general.guild if named else 0])
