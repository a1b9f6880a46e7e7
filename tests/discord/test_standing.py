"""What stands on Discord and is kept true, from what people do to what is to be seen there."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.app import Herald, opened, worded
from bot.core.chat import Role
from bot.platforms.discord.platform import Discord
from bot.services.delivering import Delivering
from tests.discord import faults as wrong
from tests.discord.conftest import INSTRUCTOR, running, setup
from tests.discord.people import Person, texts, unescaped
from tests.discord.server import Server
from tests.discord.state import FORUM, THREAD, Channel
from tests.support import Clock, World, course


@dataclass
class Group:
    """A study group on Discord in which something stands."""

    world: World
    delivering: Delivering
    boss: Person

    async def settle(self) -> None:
        """Let time pass until all stands as it should."""
        await self.world.herald.stand(self.world.clock())
        self.world.clock.wait(seconds=25)
        await self.delivering.drain()

    async def move(self, **to: Any) -> None:
        """Let the course's file name other places."""
        herald = self.world.herald
        herald.courses["ebpf"] = replace(herald.course, **to)
        await self.world.tick()
        await self.settle()

    async def told(self) -> list[str]:
        """What the instructor was told."""
        return [reply.text for reply in await self.world.instructor().heard()]


@asynccontextmanager
async def group(url: str, server: Server, clock: Clock, general: Channel, **more: object) -> AsyncIterator[Group]:
    """Herald on Discord with a course of which `more` says what stands where."""
    assert general.guild
    staff = dict.fromkeys([f"discord:{INSTRUCTOR}", "local:instructor"], Role.INSTRUCTOR)
    described = course("ebpf", staff=staff, locale="en", channels=(), **more)
    async with opened(url, (described,)) as herald:
        discord = Discord(setup(herald, server, clock, (general.guild,)))
        async with running(discord, server):
            yield Group(World(herald, clock), sending(herald, discord, clock), boss(server, general))


def sending(herald: Herald, discord: Discord, clock: Clock) -> Delivering:
    return Delivering(herald.database, herald.courses, "discord", discord, worded, clock)


def boss(server: Server, general: Channel) -> Person:
    assert general.guild
    return Person(server, general.guild, general, "boss", "en-US", (), INSTRUCTOR)


def read(channel: Channel) -> list[str]:
    return [unescaped("\n".join(texts(message))) for message in channel.messages.values()]


def labels(message: dict[str, object]) -> Iterator[str]:
    for row in message["components"]:  # type: ignore[attr-defined]
        yield from (part["label"] for part in row["components"] if "label" in part)


@pytest.fixture
def kind() -> str:
    """The rules of the database are in `tests/test_standing.py`."""
    return "sqlite"


async def test_the_card_is_pinned_once_and_follows_the_plan(
    url: str, server: Server, clock: Clock, general: Channel
) -> None:
    async with group(url, server, clock, general, card=(f"group:discord:{general.id}",)) as here:
        await here.boss.slash("ask", text="Why does the verifier reject it?")
        await here.settle()
        [card] = general.messages.values()
        assert card["pinned"]
        assert list(labels(card)) == ["Ask a question", "All topics", "#1"]
        await here.boss.slash("schedule", article="2026-Q4", title="Ring *buffers*")
        await here.settle()
        [text] = read(general)
        assert "Next article: 2026-Q4 · Ring *buffers*" in text
        assert "#1 Why does the verifier reject it? · 1 person asks" in text
        assert len(server.sent("PUT .*/messages/pins/")) == 1
        other = server.state.channel(general.guild or 0, "other")
        await here.move(card=(f"group:discord:{other.id}",))
        assert general.messages == {}
        assert (len(read(other)), await here.told()) == (1, [])
        await here.move(card=(f"group:discord:{general.id}",))
        assert ([message["pinned"] for message in general.messages.values()], other.messages) == ([True], {})
        assert server.state.pings == []


async def test_without_the_permission_to_pin_the_card_stands_and_staff_are_told_once_which_and_where(
    url: str, server: Server, clock: Clock, general: Channel
) -> None:
    general.denied.add("pin_messages")
    async with group(url, server, clock, general, card=(f"group:discord:{general.id}",)) as here:
        await here.settle()
        await here.boss.slash("schedule", article="2026-Q4", title="Maps")
        await here.settle()
        [text] = read(general)
        assert "Maps" in text
        [told] = await here.told()
        assert "#general" in told
        assert "Pin Messages" in told
        general.messages.clear()
        general.denied.clear()
        await here.boss.slash("schedule", article="2026-Q4", title="Ring buffers")
        await here.settle()
        assert [message["pinned"] for message in general.messages.values()] == [True]


async def test_what_is_said_and_cannot_be_finished_for_hours_is_not_said_again(
    url: str, server: Server, clock: Clock, general: Channel
) -> None:
    assert general.guild
    forum = server.state.channel(general.guild, "questions", FORUM)
    targets = {"card": (f"group:discord:{general.id}",), "threads": (f"group:discord:{forum.id}",)}
    async with group(url, server, clock, general, **targets) as here:
        server.faults.add("PUT .*/messages/pins/", 503, times=15)
        server.faults.add(r"GET /channels/\d+$", 503, times=15)
        await here.boss.slash("ask", text="Why does the verifier reject it?")
        for _ in range(8):
            await here.settle()
            clock.wait(minutes=15)
        [card] = general.messages.values()
        assert card["pinned"]
        assert len([one for one in server.state.channels.values() if one.type == THREAD]) == 1


async def test_where_nothing_more_can_be_pinned_the_card_stands_and_staff_are_told_once(
    url: str, server: Server, clock: Clock, general: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = "Maximum number of pins reached for the channel (250)"
    monkeypatch.setattr(wrong, "MISSING_PERMISSIONS", (400, 30003, full))
    general.denied.add("pin_messages")
    async with group(url, server, clock, general, card=(f"group:discord:{general.id}",)) as here:
        for _ in range(3):
            await here.settle()
            clock.wait(minutes=15)
        assert (len(general.messages), len(server.sent("PUT .*/messages/pins/"))) == (1, 1)
        [told] = await here.told()
        assert full in told


async def test_a_thread_whose_beginning_was_not_confirmed_is_begun_once(
    url: str, server: Server, clock: Clock, general: Channel
) -> None:
    async with group(url, server, clock, general, threads=(f"group:discord:{general.id}",)) as here:
        await here.boss.slash("ask", text="Why does the verifier reject it?")
        server.faults.add("POST /channels/.*/messages/.*/threads", after=True)
        for _ in range(3):
            await here.settle()
            clock.wait(minutes=1)
        [message] = general.messages
        assert server.state.channels[message].name == "#1 Why does the verifier reject it?"
        assert await here.told() == []


async def test_a_forum_has_a_post_for_each_topic_that_closes_and_opens_without_a_word(
    url: str, server: Server, clock: Clock, general: Channel
) -> None:
    assert general.guild
    forum = server.state.channel(general.guild, "questions", FORUM)
    async with group(url, server, clock, general, threads=(f"group:discord:{forum.id}",)) as here:
        await here.boss.slash("ask", text="Why does the verifier reject it?")
        await here.settle()
        [post] = [one for one in server.state.channels.values() if one.type == THREAD]
        assert (post.name, post.parent) == ("#1 Why does the verifier reject it?", forum.id)
        await here.boss.slash("decide", topic="1", state="declined", reason="Another course.")
        await here.settle()
        assert (post.archived, post.locked) == (True, True)
        assert "Declined: Another course." in read(post)[0]
        await here.boss.slash("retitle", topic="1", title="Loops")
        await here.boss.slash("decide", topic="1", state="reopened")
        await here.settle()
        assert (post.name, post.archived, post.locked) == ("#1 Loops", False, False)
        forum.denied.add("manage_threads")
        await here.boss.slash("decide", topic="1", state="declined", reason="No.")
        await here.settle()
        assert (post.archived, post.locked) == (True, False)
        [told] = await here.told()
        assert "#questions" in told
        assert "Manage Threads" in told
        forum.denied.clear()
        await here.boss.slash("decide", topic="1", state="reopened")
        await here.settle()
        await here.move(threads=())
        assert (post.archived, post.locked) == (True, True)
        assert "no longer kept up to date here" in read(post)[0]
        await here.move(threads=(f"group:discord:{forum.id}",))
        assert (post.archived, post.locked) == (False, False)
        assert (len(post.messages), server.state.pings) == (1, [])


async def test_in_a_text_channel_a_topic_is_a_message_with_a_thread(
    url: str, server: Server, clock: Clock, general: Channel
) -> None:
    general.denied.add("create_public_threads")
    async with group(url, server, clock, general, threads=(f"group:discord:{general.id}",)) as here:
        await here.boss.slash("ask", text="Why does the verifier reject it?")
        await here.settle()
        [told] = await here.told()
        assert "Create Public Threads" in told
        general.denied.clear()
        await here.boss.slash("retitle", topic="1", title="Loops")
        await here.settle()
        [message] = general.messages
        assert server.state.channels[message].name == "#1 Loops"
        await here.boss.slash("decide", topic="1", state="declined", reason="No.")
        await here.settle()
        assert server.state.channels[message].locked
        assert list(labels(general.messages[message])) == ["See #1"]


async def test_a_confirmed_article_is_an_event_until_it_is_not(
    url: str, server: Server, clock: Clock, general: Channel
) -> None:
    guild = f"group:discord:server:{general.guild}"
    async with group(url, server, clock, general, calendars=(guild,)) as here:
        await here.settle()
        assert server.state.events == {}
        await here.boss.slash("schedule", article="2026-Q4", when="2026-12-24 10:00", title="Maps")
        server.faults.add("POST /guilds/.*/scheduled-events", after=True)
        await here.settle()
        clock.wait(minutes=2)
        await here.settle()
        [event] = server.state.events.values()
        assert (event["name"], event["entity_metadata"]) == (
            "Next article: Maps",
            {"location": "Herald"},
        )
        assert event["scheduled_start_time"] == "2026-12-24T10:00:00+08:00"
        await here.boss.slash(
            "schedule", article="2026-Q4", when="2026-12-24 11:00", summary="s" * 900, url="https://example.org/29"
        )
        await here.settle()
        [event] = server.state.events.values()
        assert (event["scheduled_start_time"], event["entity_metadata"]) == (
            "2026-12-24T11:00:00+08:00",
            {"location": "https://example.org/29"},
        )
        await here.boss.slash("schedule", article="2026-Q4", when="late")
        await here.settle()
        assert server.state.events == {}
        await here.boss.slash("schedule", article="2026-Q4", when="2026-12-25 10:00")
        await here.settle()
        assert len(server.state.events) == 1
        await here.move(calendars=())
        assert server.state.events == {}
        await here.move(calendars=(guild,))
        assert len(server.state.events) == 1
        await here.boss.slash("publish", article="2026-Q4", url="https://example.org/29")
        await here.settle()
        assert (server.state.events, await here.told()) == ({}, [])


async def test_an_event_whose_time_comes_before_it_could_be_made_or_changed_is_none_and_nobody_is_bothered(
    url: str, server: Server, clock: Clock, general: Channel
) -> None:
    async with group(url, server, clock, general, calendars=(f"group:discord:server:{general.guild}",)) as here:
        for passes, made in ((120, 0), (25, 1), (120, 1)):
            at = (clock() + timedelta(minutes=2)).astimezone(ZoneInfo("Asia/Shanghai"))
            await here.boss.slash("schedule", article="2026-Q4", when=f"{at:%Y-%m-%d %H:%M}")
            await here.world.herald.stand(clock())
            clock.wait(seconds=passes)
            await here.delivering.drain()
            assert len(server.state.events) == made
        await here.settle()
        assert (server.state.events, await here.told()) == ({}, [])


async def test_the_words_of_an_event_show_as_they_were_written(
    url: str, server: Server, clock: Clock, general: Channel
) -> None:
    evil = "@everyone <@1> [here](https://evil.example) **x** a_b_c"
    async with group(url, server, clock, general, calendars=(f"group:discord:server:{general.guild}",)) as here:
        await here.boss.slash(
            "schedule", article="2026-Q4", when="2026-12-24 10:00", summary=evil, url="https://example.org/a_b"
        )
        await here.settle()
        [event] = server.state.events.values()
        assert event["description"].startswith(r"@everyone \<@1> \[here\](https://evil.example) \*\*x\*\* a\_b\_c")
        assert event["description"].splitlines()[1] == "https://example.org/a_b"
        await here.boss.slash("schedule", article="2026-Q4", when="2026-12-24 10:00", summary="*" * 1000)
        await here.settle()
        [event] = server.state.events.values()
        assert 990 < len(event["description"]) <= 1000
        assert unescaped(event["description"]).splitlines()[0].strip("*") == "…"


async def test_without_the_permission_for_events_staff_are_told_which_and_where(
    url: str, server: Server, clock: Clock, general: Channel
) -> None:
    assert general.guild
    server.state.eventless.add(general.guild)
    async with group(url, server, clock, general, calendars=(f"group:discord:server:{general.guild}",)) as here:
        await here.boss.slash("schedule", article="2026-Q4", when="2026-12-24 10:00")
        await here.settle()
        [told] = await here.told()
        assert f"did not reach the events of the Discord server {general.guild}" in told
        assert "study group" in told
        assert "Create Events" in told
        server.state.eventless.clear()
        await here.boss.slash("schedule", article="2026-Q4", when="2026-12-24 11:00")
        await here.settle()
        assert len(server.state.events) == 1


@pytest.mark.parametrize("refusal", [(404, 10004, "Unknown Guild"), (403, 50001, "Missing Access")], ids=str)
@pytest.mark.parametrize("known", [True, False], ids=["told", "not told"])
async def test_where_the_server_of_an_event_is_gone_staff_are_told_once_and_it_is_there_when_herald_is_back(
    url: str,
    server: Server,
    clock: Clock,
    general: Channel,
    monkeypatch: pytest.MonkeyPatch,
    refusal: tuple[int, int, str],
    known: bool,
) -> None:
    monkeypatch.setattr(wrong, "MISSING_ACCESS", refusal)
    other = server.state.guild()
    async with group(url, server, clock, general, calendars=(f"group:discord:server:{other}",)) as here:
        await here.boss.slash("schedule", article="2026-Q4", when="2026-12-24 10:00")
        await here.settle()
        server.state.throw_out(other)
        if known:
            await server.gateway.dispatch("GUILD_DELETE", {"id": str(other)})
        for hour in (11, 12):
            await here.boss.slash("schedule", article="2026-Q4", when=f"2026-12-24 {hour}:00")
            await here.settle()
        [told] = await here.told()
        assert f"did not reach the events of the Discord server {other}" in told
        assert "I am not on the Discord server" in told
        server.state.guilds[other] = []
        server.state.events.clear()
        await here.boss.slash("schedule", article="2026-Q4", when="2026-12-24 13:00")
        await here.settle()
        [event] = server.state.events.values()
        assert event["scheduled_start_time"] == "2026-12-24T13:00:00+08:00"
