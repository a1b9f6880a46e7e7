"""What is said unasked: once, however often it is tried; where it was not, the error says why."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.commands.catalog import declared
from bot.core.chat import Button, Platform, Reply
from bot.core.errors import RetryLater, Unreachable, Unsure
from bot.platforms.discord import sender
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.setup import Address, Setup
from bot.words import words_in
from tests.discord import faults as wrong
from tests.discord.conftest import running
from tests.discord.people import Person, texts
from tests.discord.server import TOKEN, Server
from tests.discord.state import ANNOUNCEMENT, FORUM, PUBLISHED, THREAD, Channel
from tests.discord.test_ids import Kept
from tests.discord.test_talk import constant
from tests.support import START, Clock, course

NONCE = "n" * 24
NEWS = Reply(
    "It is out.", title="New article", url="https://example.org/29", buttons=(Button("When?", "next-article"),)
)
LIN = 7_000_007


@pytest.fixture
def news(server: Server, general: Channel) -> Channel:
    """A channel that other servers follow."""
    assert general.guild
    return server.state.channel(general.guild, "news", ANNOUNCEMENT)


@pytest.fixture
def forum(server: Server, general: Channel) -> Channel:
    """A channel of posts with tags."""
    assert general.guild
    return server.state.channel(general.guild, "articles", FORUM, ("article", "talk"))


@pytest_asyncio.fixture
async def discord(
    server: Server, clock: Clock, general: Channel, news: Channel, forum: Channel
) -> AsyncIterator[Discord]:
    """Herald on Discord."""
    commands = tuple(each.command for each in declared())
    place = Address(server.api, server.socket)

    async def suggest(*_: object) -> list[tuple[str, str]]:
        return []

    handle = constant(Reply("done"))
    found = Discord(Setup(TOKEN, commands, handle, suggest, lambda: (course(locale="en"),), clock, Kept(), (), place))
    async with running(found, server):
        await caught_up(server, general)
        yield found


def conforms(discord: Discord) -> Platform:
    """What announcements talk to; mypy reads this."""
    return discord


async def caught_up(server: Server, general: Channel) -> None:
    """Return once the bot knows of all that happened so far: an answer comes after it."""
    assert general.guild
    await Person(server, general.guild, general, "lin").slash("help")


def said(channel: Channel) -> list[str]:
    return ["\n".join(texts(message)) for message in channel.messages.values()]


def place(channel: Channel) -> str:
    return f"group:discord:{channel.id}"


async def sent(discord: Discord, channel: Channel, nonce: str = NONCE) -> str:
    id_ = await discord.send(place(channel), NEWS, nonce)
    await discord.finish(place(channel), id_, NEWS)
    return id_


# Where it goes


async def test_a_channel_gets_it_without_a_ping(discord: Discord, server: Server, general: Channel) -> None:
    id_ = await sent(discord, general)
    assert id_ == f"{general.id}/{next(iter(general.messages))}"
    assert said(general) == ["### New article\nIt is out.\nhttps://example.org/29"]
    assert server.state.pings == []
    assert await discord.send(f"group:discord-{general.id}", NEWS, "another") != id_


async def test_a_role_is_called_where_the_server_has_it(
    discord: Discord, server: Server, general: Channel, forum: Channel
) -> None:
    assert general.guild
    role = server.state.role(general.guild)
    for name in (f"discord-role:{role}", "discord-role:5", "group:5"):
        for channel in (general, forum):
            await discord.send(place(channel), replace(NEWS, mention=name), name[:25])
    posts = [next(iter(one.messages.values())) for one in server.state.channels.values() if one.parent]
    assert server.state.pings == [next(iter(general.messages.values())), posts[0]]
    assert [said(general)[n].startswith(f"<@&{role}>") for n in range(3)] == [True, False, False]
    await discord.send(f"discord:{LIN}", replace(NEWS, mention=f"discord-role:{role}"), NONCE)
    assert said(server.state.direct(LIN)) == ["### New article\nIt is out.\nhttps://example.org/29"]


async def test_a_person_gets_a_direct_message(discord: Discord, server: Server) -> None:
    await discord.send(f"discord:{LIN}", NEWS, NONCE)
    assert said(server.state.direct(LIN)) == ["### New article\nIt is out.\nhttps://example.org/29"]


async def test_an_announcement_channel_passes_it_on(discord: Discord, news: Channel) -> None:
    await sent(discord, news)
    assert [message["flags"] & PUBLISHED for message in news.messages.values()] == [PUBLISHED]


async def test_what_cannot_be_passed_on_is_said_all_the_same(
    discord: Discord, server: Server, news: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.add("crosspost", 403, code=50013)
    await sent(discord, news)
    assert len(news.messages) == 1
    assert "could not be passed on" in caplog.text


async def test_a_forum_gets_a_post(discord: Discord, server: Server, forum: Channel) -> None:
    post = await sent(discord, forum)
    thread = server.state.channels[int(post.partition("/")[0])]
    assert (thread.name, thread.parent, thread.tags) == ("New article", forum.id, (str(forum.id + 1),))
    assert said(thread) == ["### New article\nIt is out.\nhttps://example.org/29"]


async def test_a_long_text_is_one_message_with_the_whole_in_a_file(discord: Discord, general: Channel) -> None:
    text = "word " * 2000
    await discord.send(place(general), Reply(text, title="Answer"), NONCE)
    [message] = general.messages.values()
    assert message["attachments"][0]["text"] == f"Answer\n{text.strip()}"


# Once


async def test_the_same_nonce_is_said_once(discord: Discord, general: Channel) -> None:
    assert await sent(discord, general) == await sent(discord, general)
    assert len(general.messages) == 1


@pytest.mark.parametrize("status", [503, 0])
@pytest.mark.parametrize("after", [False, True], ids=["before it was heard", "after it was heard"])
async def test_a_failure_on_the_way_is_tried_again_and_said_once(
    discord: Discord, server: Server, general: Channel, status: int, after: bool
) -> None:
    server.faults.add("POST /channels/.*/messages", status, after=after)
    assert await sent(discord, general) == f"{general.id}/{next(iter(general.messages))}"
    assert len(general.messages) == 1
    assert len({request.body["nonce"] for request in server.sent("POST /channels/.*/messages")}) == 1


async def test_an_answer_that_stays_lost_is_found_in_the_channel(
    discord: Discord, server: Server, general: Channel
) -> None:
    server.faults.add("POST /channels/.*/messages", after=True, times=9)
    assert await sent(discord, general) == f"{general.id}/{next(iter(general.messages))}"
    assert len(general.messages) == 1


async def test_a_post_whose_answer_is_lost_is_found_among_the_posts(
    discord: Discord, server: Server, forum: Channel
) -> None:
    server.faults.add("POST /channels/.*/threads", after=True)
    post = await sent(discord, forum)
    assert said(server.state.channels[int(post.partition("/")[0])])
    assert len(server.sent("POST /channels/.*/threads")) == 1


async def test_a_post_is_found_behind_those_whose_first_message_was_deleted(
    discord: Discord, server: Server, forum: Channel
) -> None:
    mine, others = await sent(discord, forum), [await sent(discord, forum, f"other {n}") for n in range(2)]
    threads = server.state.channels
    threads |= {int(id_.partition("/")[0]): threads.pop(int(id_.partition("/")[0])) for id_ in (*others, mine)}
    for id_ in others:
        threads[int(id_.partition("/")[0])].messages.clear()
    assert await discord.find(place(forum), NONCE, START - timedelta(minutes=1)) == mine


async def test_where_nobody_can_tell_it_is_unsure(discord: Discord, server: Server, general: Channel) -> None:
    server.faults.add("POST /channels/.*/messages", times=9)
    with pytest.raises(Unsure):
        await sent(discord, general)
    assert len(general.messages) == 0


# Found again


async def test_what_was_said_is_found_also_after_the_nonce_is_forgotten(
    discord: Discord, clock: Clock, general: Channel, server: Server
) -> None:
    id_ = await sent(discord, general)
    for n in range(150):
        server.state.message(general.id, {}, {})
        await sent(discord, general, f"other {n}")
    clock.wait(hours=2)
    assert await discord.find(place(general), NONCE, START - timedelta(minutes=1)) == id_
    assert await discord.find(place(general), "x" * 24, START - timedelta(minutes=1)) is None


async def test_where_more_was_said_since_than_is_looked_through_nobody_can_tell(
    discord: Discord, general: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "LOOKED_BACK", 3)
    id_ = await sent(discord, general)
    await sent(discord, general, "other 1")
    await sent(discord, general, "other 2")
    assert await discord.find(place(general), NONCE, START - timedelta(minutes=1)) == id_
    await sent(discord, general, "other 3")
    with pytest.raises(Unsure):
        await discord.find(place(general), NONCE, START - timedelta(minutes=1))


async def test_a_post_is_looked_for_among_heralds_own_only_and_where_they_are_too_many_nobody_can_tell(
    discord: Discord, server: Server, forum: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "POSTS", 2)
    mine, other = await sent(discord, forum), await sent(discord, forum, "other 1")
    for n in range(5):
        post = Channel(server.state.id(), f"why {n}", THREAD, forum.guild, forum.id, owner=LIN, archived=n % 2 > 0)
        server.state.channels[post.id] = post
    assert await discord.find(place(forum), NONCE, START - timedelta(minutes=1)) == mine
    looked = [request.path for request in server.sent(r"GET /channels/\d+/messages/\d+")]
    assert looked == [f"/channels/{id_.replace('/', '/messages/')}" for id_ in (other, mine)]
    await sent(discord, forum, "other 2")
    with pytest.raises(Unsure):
        await discord.find(place(forum), NONCE, START - timedelta(minutes=1))


async def test_a_post_is_found_in_the_archive_too(discord: Discord, server: Server, forum: Channel) -> None:
    mine, other = await sent(discord, forum), await sent(discord, forum, "other")
    for id_ in (mine, other):
        server.state.channels[int(id_.partition("/")[0])].archived = True
    assert await discord.find(place(forum), NONCE, START - timedelta(minutes=1)) == mine
    assert await discord.find(place(forum), "x" * 24, START - timedelta(minutes=1)) is None


async def test_what_is_found_is_passed_on_if_it_was_not_yet(discord: Discord, server: Server, news: Channel) -> None:
    server.faults.add("crosspost", 403, code=50013)
    id_ = await sent(discord, news)
    assert await discord.find(place(news), NONCE, START) == id_
    await discord.finish(place(news), id_, NEWS)
    assert [message["flags"] & PUBLISHED for message in news.messages.values()] == [PUBLISHED]


async def test_who_may_not_read_the_channel_cannot_tell(discord: Discord, general: Channel) -> None:
    await sent(discord, general)
    general.denied.add("read_message_history")
    with pytest.raises(Unsure):
        await discord.find(place(general), NONCE, START)


# Changed later


async def test_other_words_stand_in_its_place(discord: Discord, general: Channel, forum: Channel) -> None:
    for channel in (general, forum):
        id_ = await sent(discord, channel)
        await discord.edit(place(channel), id_, Reply("A correction.", title="Not yet"), NONCE)
    assert said(general) == ["### Not yet\nA correction."]


async def test_a_long_correction_whose_connection_is_cut_has_its_whole_text_in_the_file(
    discord: Discord, server: Server, general: Channel
) -> None:
    id_ = await sent(discord, general)
    server.faults.add("PATCH /channels/.*/messages")
    await discord.edit(place(general), id_, Reply("word " * 2000), NONCE)
    [message] = general.messages.values()
    assert message["attachments"][0]["text"] == ("word " * 2000).strip()


async def test_a_post_that_has_gone_to_the_archive_is_corrected_there(
    discord: Discord, server: Server, forum: Channel
) -> None:
    id_ = await sent(discord, forum)
    post = server.state.channels[int(id_.partition("/")[0])]
    post.archived = True
    await discord.edit(place(forum), id_, Reply("A correction.", title="Not yet"), NONCE)
    assert said(post) == ["### Not yet\nA correction."]


async def test_a_message_deleted_by_hand_cannot_be_changed(discord: Discord, general: Channel) -> None:
    id_ = await sent(discord, general)
    general.messages.clear()
    with pytest.raises(Unreachable, match="discord_no_message"):
        await discord.edit(place(general), id_, NEWS, NONCE)


# Why not


async def refused(discord: Discord, target: str) -> tuple[str, dict[str, str]]:
    with pytest.raises(Unreachable) as caught:
        await discord.send(target, NEWS, NONCE)
    return caught.value.key, caught.value.fields


async def test_closed_direct_messages_say_whose(discord: Discord, server: Server) -> None:
    server.state.closed.add(LIN)
    assert await refused(discord, f"discord:{LIN}") == ("discord_closed", {"name": f"somebody with the id {LIN}"})


@pytest.mark.parametrize(("code", "why"), [(50278, "no mutual guilds"), (10013, "Unknown User")])
async def test_who_left_every_server_of_heralds_takes_no_direct_messages(
    discord: Discord, server: Server, monkeypatch: pytest.MonkeyPatch, code: int, why: str
) -> None:
    monkeypatch.setattr(wrong, "CANNOT_SEND", (403, code, why))
    server.state.closed.add(LIN)
    assert await refused(discord, f"discord:{LIN}") == ("discord_closed", {"name": f"somebody with the id {LIN}"})


async def test_what_discord_refuses_for_another_reason_is_not_in_doubt_and_the_reason_is_told(
    discord: Discord, server: Server, monkeypatch: pytest.MonkeyPatch, general: Channel
) -> None:
    monkeypatch.setattr(wrong, "MISSING_PERMISSIONS", (400, 160005, "Thread is locked"))
    general.denied.add("send_messages")
    expected = {"place": "#general", "reason": "Thread is locked"}
    assert await refused(discord, place(general)) == ("discord_not_done", expected)


async def test_an_error_that_is_none_of_discords_is_no_reason_to_give_up(
    discord: Discord, server: Server, general: Channel
) -> None:
    server.faults.add("POST /channels/.*/messages", 403)
    with pytest.raises(RetryLater):
        await sent(discord, general)


async def test_a_channel_that_is_gone_is_named(discord: Discord, server: Server, general: Channel) -> None:
    del server.state.channels[general.id]
    assert await refused(discord, place(general)) == ("discord_no_channel", {"channel": "#general"})
    assert await refused(discord, "group:discord:12345") == ("discord_no_channel", {"channel": "12345"})


async def test_a_missing_permission_is_named_with_its_channel(
    server: Server, clock: Clock, discord: Discord, general: Channel
) -> None:
    general.denied.add("send_messages")
    await server.gateway.dispatch("CHANNEL_UPDATE", general.data(server.state.bot))
    await caught_up(server, general)
    expected = {"channel": "#general", "permission": "Send Messages"}
    assert await refused(discord, place(general)) == ("discord_no_permission", expected)
    general.denied.add("view_channel")
    await server.gateway.dispatch("CHANNEL_UPDATE", general.data(server.state.bot))
    await caught_up(server, general)
    expected = {"channel": "#general", "permission": "View Channel"}
    assert await refused(discord, place(general)) == ("discord_no_permission", expected)


@pytest.mark.parametrize("target", ["discord:lin", "group:local", "discord-role:5", "group:discord:general"])
async def test_what_is_no_place_on_discord_is_refused(discord: Discord, target: str) -> None:
    assert await refused(discord, target) == ("discord_no_target", {"target": target})
    assert "Write group:discord:<channel id> or" in words_in("en")("error.discord_no_target", target=target)


# Limits and failures


async def test_a_short_limit_is_waited_for_and_a_long_one_is_told(
    discord: Discord, server: Server, general: Channel
) -> None:
    server.faults.add("POST /channels/.*/messages", 429, seconds=0.02)
    assert await sent(discord, general)
    server.faults.add("POST /channels/.*/messages", 429, seconds=31)
    with pytest.raises(RetryLater) as later:
        await sent(discord, general, "another")
    assert later.value.seconds == 31


async def test_a_limit_for_all_holds_other_channels_too_and_passes(
    discord: Discord, server: Server, general: Channel, news: Channel
) -> None:
    server.faults.add(f"POST /channels/{general.id}/messages", 429, seconds=0.2, everywhere=True)
    first, began = asyncio.create_task(sent(discord, general)), time.monotonic()
    await server.gateway.until(lambda: server.sent("POST /channels/.*/messages"))
    await caught_up(server, general)
    assert time.monotonic() - began < 0.2
    await sent(discord, news)
    assert time.monotonic() - began >= 0.2
    assert await first
    assert (len(general.messages), len(news.messages)) == (1, 1)


async def test_a_limit_of_a_channel_is_waited_for(discord: Discord, server: Server, general: Channel) -> None:
    server.faults.limit("POST /channels/.*/messages", 2, 0.05)
    for n in range(5):
        await sent(discord, general, f"nonce {n}")
    assert len(general.messages) == 5
    assert server.faults.refused >= 1


async def test_a_wall_in_front_of_discord_is_told_with_its_wait(
    discord: Discord, server: Server, general: Channel
) -> None:
    server.faults.add("POST /channels/.*/messages", 429, seconds=3600, via=False)
    with pytest.raises(RetryLater) as later:
        await sent(discord, general)
    assert later.value.seconds == 3600


async def test_before_it_is_connected_everything_is_for_later(server: Server, clock: Clock) -> None:
    setup = Setup(TOKEN, (), constant(NEWS), None, lambda: (course(locale="en"),), clock, Kept())  # type: ignore[arg-type]
    with pytest.raises(RetryLater):
        await Discord(setup).send("discord:1", NEWS, NONCE)
