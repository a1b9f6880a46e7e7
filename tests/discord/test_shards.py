"""More than one process on Discord: each answers its servers, and what all share is said once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.app import Herald, opened, worded
from bot.core.chat import Reply, Role
from bot.core.errors import OperatorError, Unreachable
from bot.core.model import Change
from bot.platforms.discord.client import Client
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.setup import Shards
from bot.services.delivering import Delivering
from tests.discord.conftest import ASSISTANTS, running, setup
from tests.discord.people import Person, texts
from tests.discord.server import Server
from tests.discord.state import FORUM, Channel, user
from tests.support import Clock, course


@dataclass
class Part:
    """One process of several: its connection, and what it sends of the ledger that all share."""

    herald: Herald
    discord: Discord
    delivering: Delivering


@pytest.fixture
def rooms(server: Server, clock: Clock) -> list[Channel]:
    """A channel in a server of each of two shards."""
    made: dict[int, Channel] = {}
    while len(made) < 2:
        clock.wait(milliseconds=1)
        guild = server.state.guild()
        made[(guild >> 22) % 2] = server.state.channel(guild, f"room-{(guild >> 22) % 2}")
    return [made[0], made[1]]


@asynccontextmanager
async def part(url: str, server: Server, clock: Clock, rooms: list[Channel], shards: str) -> AsyncIterator[Part]:
    """A process with some of the two shards; an article is confirmed for an hour from now."""
    places = [channel for room in rooms for channel in server.state.guilds[room.guild or 0]]
    confirmed = Change(title="Debugging", url="https://example.org/29", confirmed=clock() + timedelta(hours=1))
    described = course(
        changes={"2026-Q4": confirmed},
        locale="en",
        staff={f"discord-role:{ASSISTANTS}": Role.ASSISTANT},
        channels=tuple(f"group:discord:{place.id}" for place in places),
    )
    async with opened(url, (described,)) as herald:
        guilds = tuple(room.guild or 0 for room in rooms)
        discord = Discord(setup(herald, server, clock, guilds, Shards.read(shards)))
        sessions = len(server.gateway.sessions) + len(Shards.read(shards).ids)
        async with running(discord, server, sessions):
            yield Part(herald, discord, Delivering(herald.database, herald.courses, "discord", discord, worded, clock))


def member(server: Server, room: Channel, name: str) -> Person:
    return Person(server, room.guild or 0, room, name)


def heard(server: Server, channel: Channel) -> list[str]:
    posts = [one for one in server.state.channels.values() if one.parent == channel.id]
    return ["\n".join(texts(message)) for place in (channel, *posts) for message in place.messages.values()]


async def test_two_processes_answer_their_servers_and_announce_once(
    url: str, server: Server, clock: Clock, rooms: list[Channel]
) -> None:
    forum = server.state.channel(rooms[1].guild or 0, "articles", FORUM, ("news",))
    async with part(url, server, clock, rooms, "1/2") as second:
        assert server.state.syncs == []
        async with part(url, server, clock, rooms, "0/2") as first:
            assert server.state.syncs == [room.guild for room in rooms]
            lin, mia = (member(server, room, name) for room, name in zip(rooms, ("lin", "mia"), strict=True))
            assert "Filed as #1" in (await lin.slash("ask", text="Why does it loop?")).text
            assert "Filed as #2" in (await mia.slash("ask", text="Can one map serve two programs?")).text

            clock.wait(hours=1)
            await asyncio.gather(*(each.herald.tick(clock()) for each in (first, second)))
            # The one that has no shard of most of these servers sends all.
            await first.delivering.drain()
            await second.delivering.drain()
            for channel in (*rooms, forum):
                [announced] = heard(server, channel)
                assert "Debugging" in announced

            rooms[1].denied.add("send_messages")
            with pytest.raises(Unreachable) as refused:
                await first.discord.send(f"group:discord:{rooms[1].id}", Reply("more"), "a nonce of its own")
            assert refused.value.fields["permission"] == "Send Messages"


async def test_a_direct_message_is_for_the_first_which_asks_for_the_roles_in_servers_of_others(
    url: str, server: Server, clock: Clock, rooms: list[Channel]
) -> None:
    server.state.roles[ASSISTANTS] = rooms[1].guild or 0
    async with part(url, server, clock, rooms, "0/2"), part(url, server, clock, rooms, "1/2"):
        ta = Person(server, 0, server.state.direct(5), "ta", id=5)
        button = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": "h:review"}]}
        message = server.state.message(ta.channel.id, user(1, "herald"), {"components": [button]})
        assert "for assistants and the instructor only" in (await ta.press_id(message, "h:review")).text
        server.state.held.add((ta.id, ASSISTANTS))
        assert "Nothing waits for review" in (await ta.press_id(message, "h:review")).text
    assert len(server.sent("callback")) == 2


async def test_a_process_with_several_shards_answers_all_and_leaves_all(
    url: str, server: Server, clock: Clock, rooms: list[Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(self: Client, shard: int | None, *, initial: bool = False) -> None:
        pass

    monkeypatch.setattr(Client, "before_identify_hook", at_once)
    async with part(url, server, clock, rooms, "0-1/2"):
        assert [identity["shard"] for identity in server.gateway.identified] == [[0, 2], [1, 2]]
        for room in rooms:
            assert "#" in (await member(server, room, "lin").slash("ask", text=f"Why {room.name}?")).text
        assert server.state.syncs == [room.guild for room in rooms]
    await server.gateway.until(lambda: not any(one.wire for one in server.gateway.sessions.values()))


async def test_who_has_too_many_servers_for_one_is_told_how_to_share_them_out(
    url: str, server: Server, clock: Clock, rooms: list[Channel]
) -> None:
    server.gateway.most = 1
    async with opened(url, (course(),)) as herald:
        for shards in (None, Shards((0,), 1)):
            with pytest.raises(OperatorError, match=r"closed with 4011.* wants more.* --shards 0-1/2"):
                await Discord(setup(herald, server, clock, (), shards)).run()


@pytest.mark.parametrize(
    ("typed", "ids", "count"), [("0-3/8", (0, 1, 2, 3), 8), ("2/8", (2,), 8), ("0/1", (0,), 1), ("7-7/8", (7,), 8)]
)
def test_shards_are_written_as_a_part_of_a_whole(typed: str, ids: tuple[int, ...], count: int) -> None:
    assert Shards.read(typed) == Shards(ids, count)


@pytest.mark.parametrize("typed", ["", "8", "3-0/8", "0-8/8", "8/8", "0/0", "-1/8", "0-3/8 ", "0,1/8", "a/b", "٠/١"])
def test_what_is_no_part_of_a_whole_is_refused_in_a_sentence(typed: str) -> None:
    with pytest.raises(OperatorError, match=r"those are no shards\. Write .* --shards 2/8 for one"):
        Shards.read(typed)
