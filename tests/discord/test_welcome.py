"""A server that invites Herald is greeted once, in both languages, and told what lacks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.app import opened
from bot.core.model import Course
from bot.platforms.discord import client, permissions
from bot.platforms.discord.permissions import BASE, FEATURES
from bot.platforms.discord.platform import Discord
from tests.discord.conftest import running, setup
from tests.discord.people import texts, unescaped
from tests.discord.server import Server
from tests.discord.state import ANNOUNCEMENT, Channel
from tests.support import Clock, course


@asynccontextmanager
async def online(server: Server, clock: Clock, url: str, course: Course) -> AsyncIterator[None]:
    """Herald on Discord, and it knows the servers that it is in."""
    async with opened(url, (course,)) as herald:
        discord = Discord(setup(herald, server, clock, ()))
        async with running(discord, server):
            await discord._connected()._client.wait_until_ready()
            yield


async def invited(server: Server, guild: int, system: Channel | None = None) -> None:
    """Let a server invite Herald; it greets newcomers in `system`."""
    data = server.state.guild_data(guild)
    # With it the server was only out of reach for a while.
    del data["unavailable"]
    await server.gateway.dispatch("GUILD_CREATE", data | {"system_channel_id": str(system.id) if system else None})


async def heard(server: Server, channel: Channel) -> str:
    """The greeting, once it is there."""
    await server.gateway.until(lambda: channel.messages)
    return "\n".join(unescaped(text) for message in channel.messages.values() for text in texts(message))


async def test_it_is_said_once_where_herald_may_speak_also_over_restarts(
    server: Server,
    clock: Clock,
    general: Channel,
    url: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "READY", 0.05)
    extras = (replace(each, wanted=lambda course: course.channels) for each in FEATURES if each.extra)
    monkeypatch.setattr(permissions, "FEATURES", (*BASE, *extras))
    state, first, second, silent = server.state, *(server.state.guild() for _ in range(3))
    channels = [state.channel(first, name) for name in ("rules", "lobby", "news")]
    (rules, lobby, news), hall = channels, state.channel(second, "hall")
    rules.denied, news.denied = {"send_messages"}, {"attach_files"}
    state.channel(silent, "news", ANNOUNCEMENT)
    joined, state.guilds = state.guilds, {general.guild or 0: [general]}
    place = course(locale="en", channels=(f"group:discord:{news.id}",))

    async with online(server, clock, url, place):
        state.guilds = joined
        await invited(server, silent)
        await invited(server, first, rules)
        said = await heard(server, lobby)
        assert said.startswith("### Herald\nHello! I say when the next article comes")
        assert said.index("• /ask: ") < said.index("大家好！") < said.index("• /提问：")
        assert "#news: I lack Attach Files, so a text that is too long" in said
        assert "#news：我没有“附加文件”权限" in said
        assert "study group: I lack Create Events, so articles are not" in said
        assert "in no text channel of the server study group" in caplog.text

    server.gateway.sessions.clear()
    clock.wait(minutes=10)  # Discord forgets what it would not say twice
    async with online(server, clock, url, place):
        await invited(server, first, lobby)
        await invited(server, second, hall)
        assert "nothing is announced in this server yet" in await heard(server, hall)
    assert [len(each.messages) for each in (general, *channels, hall)] == [0, 0, 1, 0, 1]
