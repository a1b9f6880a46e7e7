"""The connection to Discord breaks in every way that Discord knows; nobody's press is lost."""

import pytest

from bot.platforms.discord.client import Client
from tests.discord.conftest import Place
from tests.discord.people import Person, Seen


async def missed(place: Place, lin: Person) -> Seen:
    """What lin sees who asked while nobody listened."""
    asked = lin.prepare(2, lin._command(lin.command("topics"), {}))
    await lin.send(asked)
    return await lin.answered(asked)


@pytest.mark.parametrize("how", [("send", 7), ("close", 4000), ("close", 4009), ("cut",)], ids=str)
async def test_what_was_done_meanwhile_is_answered_after_a_resume(place: Place, how: tuple[str, int]) -> None:
    lin = place.person("lin")
    await lin.slash("ask", text="Why does it loop?")
    await place.server.gateway.everyone(*how)
    assert "Why does it loop?" in (await missed(place, lin)).text
    assert (place.server.gateway.resumed, len(place.server.gateway.identified)) == (1, 1)


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


async def test_nothing_privileged_is_asked_for(place: Place) -> None:
    [identity] = place.server.gateway.identified
    assert identity["intents"] == 1
