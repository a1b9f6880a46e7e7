"""A server that invites Herald is greeted once, in both languages, and told what lacks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import opened
from bot.config import load
from bot.core.model import Course
from bot.platforms.discord import client
from bot.platforms.discord.platform import Discord
from tests.discord.conftest import running, setup
from tests.discord.people import texts, unescaped
from tests.discord.server import Server
from tests.discord.state import ANNOUNCEMENT, FORUM, THREAD, Channel
from tests.discord.test_check import check, target
from tests.support import PATIENCE, Clock, course


@asynccontextmanager
async def online(server: Server, clock: Clock, url: str, *courses: Course) -> AsyncIterator[client.Client]:
    """Herald on Discord, and it knows the servers that it is in."""
    async with opened(url, courses) as herald:
        discord = Discord(setup(herald, server, clock, ()))
        async with running(discord, server):
            connected = discord._connected()._client
            assert isinstance(connected, client.Client)
            await connected.wait_until_ready()
            yield connected


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
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(client, "READY", 0.05)
    state, first, second, silent = server.state, *(server.state.guild() for _ in range(3))
    channels = [state.channel(first, name) for name in ("rules", "lobby", "news")]
    (rules, lobby, news), hall = channels, state.channel(second, "hall")
    rules.denied, news.denied = {"send_messages"}, {"attach_files"}
    state.channel(silent, "news", ANNOUNCEMENT)
    forum, cards, hidden = (state.channel(first, *of) for of in (("topics", FORUM), ("cards",), ("hidden",)))
    forum.denied, hidden.denied = {"send_messages_in_threads", "manage_threads"}, {"view_channel"}
    thread = Channel(state.id(), "why", THREAD, first, forum.id)
    state.channels[thread.id] = thread
    state.above.add(role := state.role(first))
    more = f"card: [{target(cards)}, {target(hidden)}]\nthreads: [{target(forum)}]\nevents: ['{first}']\n"
    checked = await check(server, tmp_path, target(news), target(thread), more=f"{more}mention: discord-role:{role}\n")
    courses = course(locale="en", channels=()), *load(tmp_path).courses
    joined, state.guilds = state.guilds, {general.guild or 0: [general]}

    async with online(server, clock, url, *courses) as herald:
        state.guilds = joined
        await invited(server, silent)
        await invited(server, first, rules)
        said = await heard(server, lobby)
        assert said.startswith("### Herald\nHello! I say when the next article comes")
        assert said.index("• /ask: ") < said.index("大家好！") < said.index("• /提问：")
        assert "#news：我没有“附加文件”权限" in said
        wrong = [line.replace(" (study group)", "") for line in checked.stdout.splitlines()[2:]]
        places = ["#news", "#why", "#cards", "#hidden", "#topics", "#topics", "study group", *["@readers"] * 2]
        assert [line.split(":")[0] for line in wrong] == places
        assert [line for line in wrong if line not in said] == []
        await settled(herald)
        assert "in no text channel of the server study group" in caplog.text

    server.gateway.sessions.clear()
    clock.wait(minutes=10)  # Discord forgets what it would not say twice
    async with online(server, clock, url, *courses) as herald:
        await invited(server, first, lobby)
        await invited(server, second, hall)
        assert "nothing is announced in this server yet" in await heard(server, hall)
        await settled(herald)
    assert [len(each.messages) for each in (general, *channels, hall)] == [0, 0, 1, 0, 1]


@pytest.mark.parametrize(("status", "seconds"), [(503, 0), (429, 300)], ids=["down", "limited"])
async def test_it_is_said_once_though_discord_takes_nothing_at_first(
    server: Server, clock: Clock, url: str, monkeypatch: pytest.MonkeyPatch, status: int, seconds: int
) -> None:
    monkeypatch.setattr(client, "READY", 0.05)
    monkeypatch.setattr(client, "PAUSES", (0.01,))
    server.faults.add("POST /channels/.*/messages", status, seconds=seconds, times=1 << 20)
    async with online(server, clock, url, course(locale="en", channels=())):
        guild = server.state.guild()
        hall = server.state.channel(guild, "hall")
        await invited(server, guild)
        await server.gateway.until(lambda: len(server.sent("POST /channels/.*/messages")) > 6)
        server.faults.faults.clear()
        assert "Hello!" in await heard(server, hall)
    assert len(hall.messages) == 1


@pytest.mark.parametrize("when", ["now", "lately"])
async def test_a_server_is_greeted_while_the_greeting_of_another_keeps_failing(
    server: Server, clock: Clock, general: Channel, url: str, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    monkeypatch.setattr(client, "READY", 0.05)
    monkeypatch.setattr(client, "PAUSES", (0.01,))
    failing = f"POST /channels/{general.id}/messages"
    server.faults.add(failing, 503, times=1 << 20)
    server.state.joined[general.guild or 0] = clock()
    hall = server.state.channel(server.state.guild(), "hall")
    if when == "lately":
        server.state.joined[hall.guild or 0] = clock()
    async with online(server, clock, url, course(locale="en", channels=())):
        await server.gateway.until(lambda: server.sent(failing))
        if when == "now":
            await invited(server, hall.guild or 0)
        assert "Hello!" in await heard(server, hall)
        tried = len(server.sent(failing))
        await server.gateway.until(lambda: len(server.sent(failing)) > tried)
        await invited(server, general.guild or 0)
        server.faults.faults.clear()
        assert "Hello!" in await heard(server, general)
    assert [len(each.messages) for each in (general, hall)] == [1, 1]


async def all_greeted(server: Server, herald: client.Client) -> None:
    """Return once the servers that were there before a new one are greeted."""
    hall = server.state.channel(server.state.guild(), "hall")
    await invited(server, hall.guild or 0)
    assert "Hello!" in await heard(server, hall)
    await settled(herald)


async def settled(herald: client.Client) -> None:
    """Return once no server is being greeted."""
    async with asyncio.timeout(PATIENCE):
        while herald._greeting:
            await asyncio.sleep(0)


@pytest.mark.parametrize(("days", "greetings"), [(6, 1), (8, 0)], ids=["lately", "long ago"])
async def test_a_server_that_invited_herald_while_it_was_away_is_greeted_once_unless_that_is_long_ago(
    server: Server,
    clock: Clock,
    general: Channel,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    greetings: int,
) -> None:
    monkeypatch.setattr(client, "READY", 0.05)
    server.state.joined[general.guild or 0] = clock()
    clock.wait(days=days)
    for _ in range(2):
        async with online(server, clock, url, course(locale="en", channels=())) as herald:
            await all_greeted(server, herald)
        server.gateway.sessions.clear()
        clock.wait(minutes=10)  # Discord forgets what it would not say twice
    assert len(general.messages) == greetings


@pytest.mark.parametrize("after", [False, True], ids=["not heard", "heard"])
async def test_a_greeting_that_was_not_confirmed_when_herald_ended_is_there_once_after_the_next_start(
    server: Server,
    clock: Clock,
    general: Channel,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    after: bool,
) -> None:
    monkeypatch.setattr(client, "READY", 0.05)
    server.state.joined[general.guild or 0] = clock()
    server.faults.add("POST /channels/.*/messages", after=after, silent=True)
    async with online(server, clock, url, course(locale="en", channels=())):
        await server.gateway.until(lambda: server.sent("POST /channels/.*/messages") and len(general.messages) == after)
    server.gateway.sessions.clear()
    clock.wait(minutes=10)
    async with online(server, clock, url, course(locale="en", channels=())) as herald:
        await all_greeted(server, herald)
    assert (len(general.messages), caplog.text) == (1, "")
