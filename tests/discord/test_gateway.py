"""The connection to Discord breaks in every way that Discord knows; nobody's press is lost."""

import asyncio
from dataclasses import replace

import pytest

from bot.app import opened
from bot.core.chat import Role
from bot.core.errors import OperatorError
from bot.platforms.discord import client, platform, reaching
from bot.platforms.discord.client import Client
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.setup import Shards
from tests.discord.conftest import ASSISTANTS, Place, running, setup
from tests.discord.gateway import Session
from tests.discord.people import Person, Seen
from tests.discord.server import Server
from tests.discord.state import Channel, Data, Interaction, member, user
from tests.support import PATIENCE, Clock, course


async def missed(place: Place, lin: Person) -> Seen:
    """What lin sees who asked while nobody listened."""
    asked = lin.prepare(2, lin._command(lin.command("topics"), {}))
    await lin.send(asked)
    return await lin.answered(asked)


@pytest.mark.parametrize("how", [("send", 7), ("close", 4000), ("close", 4009), ("cut",)], ids=str)
async def test_what_was_done_meanwhile_is_answered_after_a_resume_of_which_the_operator_hears_nothing(
    place: Place, capsys: pytest.CaptureFixture[str], how: tuple[str, int]
) -> None:
    lin = place.person("lin")
    await lin.slash("ask", text="Why does it loop?")
    await place.server.gateway.everyone(*how)
    assert "Why does it loop?" in (await missed(place, lin)).text
    assert (place.server.gateway.resumed, len(place.server.gateway.identified)) == (1, 1)
    assert "out of reach" not in capsys.readouterr().out


async def test_a_session_that_discord_forgot_is_begun_anew(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(self: Client, shard: int | None, *, initial: bool = False) -> None:
        pass

    monkeypatch.setattr(Client, "before_identify_hook", at_once)
    lin, gateway = place.person("lin"), place.server.gateway
    await lin.slash("ask", text="Why does it loop?")
    sessions, gateway.sessions = gateway.sessions, {}
    [session] = sessions.values()
    assert session.wire
    await session.wire.send(9, False)
    await gateway.ready()
    assert "Why does it loop?" in (await lin.slash("topics")).text
    assert len(gateway.identified) == 2


async def test_what_arrives_while_it_starts_is_answered_by_what_one_may(
    url: str, server: Server, clock: Clock, general: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild, event = general.guild or 0, server.gateway._event
    ta, mia = (
        Person(server, guild, general, name, roles=roles) for name, roles in (("ta", (ASSISTANTS,)), ("mia", ()))
    )
    early: list[Interaction] = []

    async def first(session: Session, kind: str, data: Data) -> None:
        if kind == "GUILD_CREATE":
            for who in (ta, mia):
                early.append(who.prepare(2, {"id": "5", "name": "review", "type": 1, "options": []}))
                await event(session, "INTERACTION_CREATE", early[-1].source)
            await asyncio.gather(*(each.settled.wait() for each in early))
        await event(session, kind, data)

    monkeypatch.setattr(server.gateway, "_event", first)
    staff = {f"discord-role:{ASSISTANTS}": Role.ASSISTANT}
    async with (
        opened(url, (course(staff=staff, locale="en"),)) as herald,
        running(Discord(setup(herald, server, clock, (guild,))), server),
    ):
        assert ["Nothing waits" in (await ta.answered(each)).text for each in early] == [True, False]


async def test_an_event_that_nobody_can_read_ends_nothing(
    url: str, server: Server, clock: Clock, general: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "PAUSES", (0.0,))
    monkeypatch.setattr(reaching, "LONG", 0.0)
    monkeypatch.setattr(client, "READY", 0.01)
    lin, gateway = Person(server, general.guild or 0, general, "lin"), server.gateway
    said: asyncio.Queue[str] = asyncio.Queue()
    async with (
        opened(url, (course(locale="en"),)) as herald,
        running(Discord(replace(setup(herald, server, clock, ()), report=said.put_nowait)), server),
        asyncio.timeout(PATIENCE),
    ):
        assert "on Discord" in await said.get()
        await gateway.dispatch("CHANNEL_CREATE", {"guild_id": str(general.guild)})
        await gateway.until(lambda: len(gateway.identified) == 2)
        await gateway.ready()
        assert "### Topics" in (await lin.slash("topics")).text
        assert ["out of reach" in await said.get(), "back on Discord" in await said.get()] == [True, True]


@pytest.mark.parametrize("shards", [None, Shards((0, 1), 2)], ids=["one connection", "shards"])
async def test_the_operator_hears_when_it_is_there_when_it_is_not_for_long_and_when_it_is_back(
    url: str,
    server: Server,
    clock: Clock,
    general: Channel,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    shards: Shards | None,
) -> None:
    async def at_once(self: Client, shard: int | None, *, initial: bool = False) -> None:
        pass

    monkeypatch.setattr(Client, "before_identify_hook", at_once)
    monkeypatch.setattr(reaching, "LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(reaching, "LONG", 0.0)
    said: asyncio.Queue[str] = asyncio.Queue()
    gateway, connections = server.gateway, len(shards.ids) if shards else 1
    async with opened(url, (course(locale="en"),)) as herald, asyncio.timeout(PATIENCE):
        given = replace(setup(herald, server, clock, (), shards), report=said.put_nowait)
        async with running(Discord(given), server, connections):
            assert await said.get() == "Herald is on Discord as herald, in 1 server."
            gateway.down = True
            await gateway.everyone("close", 4000)
            assert (
                await said.get()
                == "Discord has been out of reach for 0 s. Herald keeps trying and says when it is back."
            )
            # Without an end to its pauses it would try the last of these some minutes from now.
            await gateway.until(lambda: gateway.refused >= 10 * connections)
            gateway.down = False
            assert await said.get() == "Herald is back on Discord as herald, in 1 server."
            assert said.empty()
    assert "Discord cannot be reached (503, " in caplog.text
    assert "Traceback" not in caplog.text


async def test_nothing_privileged_is_asked_for_and_neither_members_nor_messages_are_kept(place: Place) -> None:
    [identity] = place.server.gateway.identified
    assert identity["intents"] == 1
    lin, guild, gateway = place.person("lin"), {"guild_id": str(place.guild)}, place.server.gateway
    seen = await lin.slash("ask", text="Why does it loop?")
    message = await lin.write("Why does it loop?")
    await lin.press(seen, "#1")
    await lin.menu("File as question", message)
    # Nor would they be if Discord told of them.
    await gateway.dispatch("GUILD_MEMBER_ADD", member(user(5, "mia")) | guild)
    await gateway.dispatch("MESSAGE_CREATE", message | guild | {"member": member(user(5, "mia"))})
    await lin.slash("topics")
    client = place.discord._connected()._client
    [known] = client.guilds
    assert [each.id for each in known.members] == [each.id for each in client.users] == [place.server.state.bot]
    assert list(client.cached_messages) == []


@pytest.mark.parametrize(
    ("code", "said"), [(4004, "refuses the token"), (4013, "refuses the intents"), (4014, "refuses the intents")]
)
async def test_what_no_new_try_can_mend_ends_it_with_a_sentence_also_long_after_the_start(
    url: str, server: Server, clock: Clock, general: Channel, code: int, said: str
) -> None:
    async with opened(url, (course(locale="en"),)) as herald:
        discord = Discord(setup(herald, server, clock, ()))
        task = asyncio.create_task(discord.run())
        await server.gateway.ready()
        await discord._connected()._client.wait_until_ready()
        await server.gateway.everyone("close", code)
        with pytest.raises(OperatorError, match=f"Discord {said} .*[.]$"):
            await task
