"""The Discord of these tests, with a bare discord.py at its other end: it must be as strict as the real one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import discord
import pytest
import yarl
from discord import app_commands

from tests.discord import spec
from tests.discord.people import Person
from tests.discord.server import TOKEN, Server
from tests.discord.state import Channel
from tests.support import Clock


class Bare(discord.Client):
    """A bot that answers a constant."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = app_commands.CommandTree(self)
        self.answers = 0

        @self.tree.command()
        async def ping(interaction: discord.Interaction) -> None:
            """Answer."""
            self.answers += 1
            await interaction.response.send_message("pong", allowed_mentions=discord.AllowedMentions.none())

    async def setup_hook(self) -> None:
        """Tell the server what there is."""
        await self.tree.sync()


@asynccontextmanager
async def bare(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bare]:
    monkeypatch.setattr(discord.http.Route, "BASE", server.api)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.socket))
    client = Bare()
    running = asyncio.create_task(client.start(TOKEN))
    try:
        await server.gateway.ready()
        yield client
    finally:
        await client.close()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest.fixture
def channel(server: Server) -> Channel:
    """A channel of a guild."""
    return server.state.channel(server.state.guild(), "general")


@pytest.fixture
def lin(server: Server, channel: Channel) -> Person:
    """Somebody there."""
    assert channel.guild
    return Person(server, channel.guild, channel, "lin")


async def test_a_command_is_answered(server: Server, lin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bare(server, monkeypatch):
        seen = await lin.slash("ping")
    assert seen.of.messages[0]["content"] == "pong"


async def test_what_is_missed_is_heard_after_a_resume(
    server: Server, lin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bare(server, monkeypatch) as client:
        await server.gateway.everyone("close", 4000)
        missed = lin.prepare(2, lin._command(lin.command("ping"), {}))
        await lin.send(missed)
        assert (await lin.answered(missed)).of.messages[0]["content"] == "pong"
        assert (server.gateway.resumed, len(server.gateway.identified), client.answers) == (1, 1, 1)


async def test_an_interaction_is_acknowledged_once_and_within_three_seconds(
    server: Server, lin: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bare(server, monkeypatch) as client:
        seen = await lin.slash("ping")
        await lin.send(seen.of)
        old = lin.prepare(2, lin._command(lin.command("ping"), {}))
        clock.wait(seconds=4)
        await lin.send(old)
        await server.gateway.until(lambda: len(server.sent("callback")) == 3 and client.answers == 3)
        assert (len(seen.of.messages), old.acknowledged) == (1, 0)


async def test_a_nonce_counts_once(server: Server, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bare(server, monkeypatch) as client:
        place = client.get_partial_messageable(channel.id)
        none = discord.AllowedMentions.none()
        sent = [await place.send("hello", nonce="one", allowed_mentions=none) for _ in range(2)]
        assert sent[0].id == sent[1].id
        assert len(channel.messages) == 1


async def test_a_wrong_token_and_an_intent_that_was_not_granted_are_final(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", server.api)
    async with Bare() as stranger:
        with pytest.raises(discord.LoginFailure):
            await stranger.start("a.wrong.token")
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.socket))
    async with discord.Client(intents=discord.Intents(guilds=True, members=True)) as client:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await client.start(TOKEN)


@pytest.mark.skipif(not spec.FILE.is_file(), reason=spec.ABSENT)
@pytest.mark.parametrize(
    "wrong",
    [
        spec.Request("POST", "/channels/1/messages", {}, {"nonce": "n" * 26}),
        spec.Request("POST", "/channels/1/messages", {}, {"components": [{"type": 1, "components": []}]}),
        spec.Request("POST", "/interactions/1/t/callback", {"with_response": "1"}, {"type": 99}),
        spec.Request("PUT", "/applications/1/commands", {}, [{"name": "a", "description": "d" * 101}]),
        spec.Request("POST", "/channels/1/nowhere", {}, {}),
    ],
)
def test_the_specification_finds_a_wrong_request(wrong: spec.Request) -> None:
    assert list(spec.faults(wrong))
