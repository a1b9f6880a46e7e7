"""What staff do is heard on Discord: the ledger speaks through the real adapter, once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app import Herald, opened, worded
from bot.core.chat import Role
from bot.platforms.discord.platform import Discord
from bot.services.delivering import Delivering
from tests.discord.conftest import ASSISTANTS, INSTRUCTOR, running, setup
from tests.discord.people import Person, Seen, texts
from tests.discord.server import Server
from tests.discord.state import ANNOUNCEMENT, PUBLISHED, Channel, Data, walk
from tests.support import Clock, course


@asynccontextmanager
async def group(
    url: str, server: Server, clock: Clock, general: Channel, mention: str | None = None
) -> AsyncIterator[tuple[Herald, Delivering]]:
    """Herald on Discord with a channel to announce in, and what sends its ledger's rows."""
    assert general.guild
    granted = {f"discord-role:{ASSISTANTS}": Role.ASSISTANT}
    staff, channels = {f"discord:{INSTRUCTOR}": Role.INSTRUCTOR}, (f"group:discord:{general.id}",)
    described = course(granted=granted, staff=staff, locale="en", channels=channels, mention=mention)
    async with opened(url, (described,)) as herald:
        discord = Discord(setup(herald, server, clock, (general.guild,)))
        async with running(discord, server):
            yield herald, Delivering(herald.database, herald.courses, "discord", discord, worded, clock)


def heard(channel: Channel) -> list[str]:
    return ["\n".join(texts(message)) for message in channel.messages.values()]


@pytest.mark.parametrize("lost", [False, True], ids=["all goes well", "the answer of Discord is lost"])
async def test_an_answer_is_heard_by_the_group_and_by_who_asked_once(
    url: str, server: Server, clock: Clock, general: Channel, lost: bool
) -> None:
    assert general.guild
    async with group(url, server, clock, general) as (_, delivering):
        lin = Person(server, general.guild, general, "lin")
        ta = Person(server, general.guild, general, "ta", roles=(ASSISTANTS,))
        await lin.slash("ask", text="Why does it loop?")
        form = await ta.slash("answer", topic="1")
        await ta.fill(form, text="Because it never ends.")
        clock.wait(minutes=1)
        if lost:
            server.faults.add(f"POST /channels/{general.id}/messages", after=True)
        await delivering.drain()
        await delivering.drain()
    [announced] = heard(general)
    assert "Because it never ends." in announced
    [told] = heard(server.state.direct(lin.id))
    assert "Your question" in told


@pytest.mark.parametrize("status", [503, 429, 0], ids=["down", "limited", "cut"])
async def test_what_other_servers_follow_is_passed_on_to_them_however_long_that_fails_and_said_once(
    url: str, server: Server, clock: Clock, general: Channel, status: int
) -> None:
    assert general.guild
    news = server.state.channel(general.guild, "news", ANNOUNCEMENT)
    server.faults.add("crosspost", status, times=12, seconds=600)
    async with group(url, server, clock, news) as (_, delivering):
        boss = Person(server, general.guild, general, "boss", id=INSTRUCTOR)
        await boss.slash("publish", article="2026-Q4", url="https://example.org/q4")
        for _ in range(14):
            clock.wait(minutes=11)
            await delivering.drain()
    assert [message["flags"] & PUBLISHED for message in news.messages.values()] == [PUBLISHED]


async def test_a_channel_is_called_what_discord_calls_it_wherever_staff_read_of_it(
    url: str, server: Server, clock: Clock, general: Channel
) -> None:
    assert general.guild
    general.denied.add("send_messages")
    async with group(url, server, clock, general) as (_, delivering):
        boss = Person(server, general.guild, general, "boss", id=INSTRUCTOR)
        await boss.slash("publish", article="2026-Q4", url="https://example.org/q4")
        assert f"This is what is said in: <#{general.id}>" in (await boss.slash("announce", article="2026-Q4")).text
        for _ in range(2):
            clock.wait(minutes=1)
            await delivering.drain()
        listed = await boss.slash("deliveries")
        assert f"→ <#{general.id}> " in listed.text
        assert f"To <#{general.id}>: failed." in (await boss.press(listed, listed.labels[0])).text
    [told] = heard(server.state.direct(INSTRUCTOR))
    assert f"A message did not reach <#{general.id}>." in told


CALL, CALLED = "Tell me next time", "I will ping you when the next article is out"


def called(message: Data) -> str:
    """The custom_id of the button by which one is called."""
    return str(next(part["custom_id"] for part in walk(message["components"]) if part.get("label") == CALL))


async def test_an_article_calls_who_wants_it_once_and_nothing_else_calls_anybody(
    url: str, server: Server, clock: Clock, general: Channel
) -> None:
    assert general.guild
    readers, admins = server.state.role(general.guild), server.state.role(general.guild)
    evil = f"@everyone <@&{admins}>"
    async with group(url, server, clock, general, f"discord-role:{readers}") as (_, delivering):
        boss = Person(server, general.guild, general, "boss", id=INSTRUCTOR)

        async def passed() -> None:
            clock.wait(minutes=1)
            await delivering.drain()
            await delivering.drain()

        await boss.slash("publish", article="2026-Q4", url="https://example.org/q4", title=evil)
        server.faults.add(f"POST /channels/{general.id}/messages", after=True)
        await passed()
        [message] = general.messages.values()
        assert texts(message)[0] == f"<@&{readers}>"
        assert texts(message)[1] == rf"### New article: @everyone \<@&{admins}>"
        assert server.state.pings == [message]
        sent = server.sent(f"POST /channels/{general.id}/messages")
        assert [one.body["allowed_mentions"] for one in sent] == [{"parse": [], "roles": [readers]}] * 2

        await boss.slash("schedule", article="2026-Q4", title="Maps")
        await passed()
        assert (texts(message)[0], len(general.messages)) == ("### New article: Maps", 1)
        assert [one.body["allowed_mentions"] for one in server.sent("PATCH /channels")] == [{"parse": []}]
        assert called(message)
        general.messages.clear()
        await boss.slash("schedule", article="2026-Q4", title=evil)
        await passed()
        await boss.slash("ask", text="Who pings whom?")
        await boss.fill(await boss.slash("answer", topic="1"), text=evil)
        await passed()
        assert len(general.messages) == 2
        assert server.state.pings == [message]


async def test_a_press_gives_the_role_that_is_called_and_no_other_and_takes_it_back(
    url: str, server: Server, clock: Clock, general: Channel
) -> None:
    assert general.guild
    readers, admins = server.state.role(general.guild), server.state.role(general.guild)
    held = server.state.held
    async with group(url, server, clock, general, f"discord-role:{readers}"):
        lin = Person(server, general.guild, general, "lin")
        xia = Person(server, general.guild, general, "xia", "zh-CN")
        notify = await lin.slash("notify")
        message, button = notify.button(CALL)

        async def pressed(who: Person, custom_id: str = button["custom_id"]) -> Seen:
            shown = {**message, "components": [{"type": 1, "components": [{**button, "custom_id": custom_id}]}]}
            seen = await who.press_id(shown, custom_id)
            assert seen.private
            return seen

        assert CALLED in (await pressed(lin)).text
        assert "下次出新文章就叫你" in (await pressed(xia)).text
        assert held == {(lin.id, readers), (xia.id, readers)}
        again = await pressed(xia)
        assert "不叫你了" in again.text
        assert held == {(lin.id, readers)}
        assert "就叫你" in (await xia.press(again, "出新文章时叫我")).text

        before = set(held)
        for made_up in (f"r:discord-role:{admins}", f"r:{readers}", "r:discord-role:", "r:x"):
            assert "Run /notify again" in (await pressed(lin, made_up)).plain
        server.state.above.add(readers)
        assert "the permission Manage Roles" in (await pressed(lin)).text
        assert "“管理身份组”" in (await pressed(xia)).text
        del server.state.roles[readers]
        assert "does not have the role" in (await pressed(lin)).text
        assert held == before
        lin.guild, lin.channel = 0, server.state.direct(lin.id)
        assert "Run /notify again" in (await pressed(lin)).plain
