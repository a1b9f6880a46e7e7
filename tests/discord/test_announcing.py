"""What staff do is heard on Discord: the ledger speaks through the real adapter, once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app import Herald, opened, worded
from bot.core.chat import Role
from bot.platforms.discord.platform import Discord
from bot.services.delivering import Delivering
from tests.discord.conftest import ASSISTANTS, running, setup
from tests.discord.people import Person, texts
from tests.discord.server import Server
from tests.discord.state import Channel
from tests.support import Clock, course


@asynccontextmanager
async def group(url: str, server: Server, clock: Clock, general: Channel) -> AsyncIterator[tuple[Herald, Delivering]]:
    """Herald on Discord with a channel to announce in, and what sends its ledger's rows."""
    assert general.guild
    granted = {f"discord-role:{ASSISTANTS}": Role.ASSISTANT}
    described = course(granted=granted, staff={}, locale="en", channels=(f"group:discord:{general.id}",))
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
