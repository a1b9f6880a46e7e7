"""Two courses on one Discord: what is typed is the first one's, a button is of the course whose message it is under."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest_asyncio

from bot.app import opened, worded
from bot.core.chat import Role
from bot.platforms.discord.platform import Discord
from bot.services.delivering import Delivering
from tests.discord.conftest import ASSISTANTS, INSTRUCTOR, running, setup
from tests.discord.people import Person, Seen, texts
from tests.discord.server import Server
from tests.discord.state import Channel, Data, walk
from tests.support import START, Clock, World, course


@dataclass
class Group:
    """A channel where go speaks, which has a question #1 as ebpf has; what sends it, and its instructor."""

    world: World
    server: Server
    general: Channel
    sends: Delivering

    def person(self, name: str, channel: Channel | None = None, id_: int = 0, roles: tuple[int, ...] = ()) -> Person:
        """Somebody who talks to Herald there, or where nobody else reads."""
        guild = 0 if channel else self.general.guild or 0
        return Person(self.server, guild, channel or self.general, name, roles=roles, id=id_)

    async def said(self, channel: Channel) -> Data:
        """What go says there, a minute after it was caused."""
        self.world.clock.wait(minutes=1)
        await self.sends.drain()
        [message] = channel.messages.values()
        return message


@pytest_asyncio.fixture
async def group(url: str, server: Server, clock: Clock, general: Channel) -> AsyncIterator[Group]:
    """Herald on Discord for ebpf, which has no staff there, and for go."""
    assert general.guild
    server.state.roles[ASSISTANTS] = general.guild
    boss, ta = {f"discord:{INSTRUCTOR}": Role.INSTRUCTOR}, {f"discord-role:{ASSISTANTS}": Role.ASSISTANT}
    ebpf = course(locale="en", staff={}, channels=())
    go = replace(ebpf, key="go", staff=boss, granted=ta, channels=(f"group:discord:{general.id}",))
    async with opened(url, (ebpf, go)) as herald:
        world, discord = World(herald, clock), Discord(setup(herald, server, clock, (general.guild,)))
        await world.member("lin")("/ask Why does the verifier reject it?")
        await world.member("wang", course="go")("/ask Why does my channel block?")
        async with running(discord, server):
            sends = Delivering(herald.database, herald.courses, "discord", discord, worded, clock)
            yield Group(world, server, general, sends)


async def pressed(who: Person, message: Data, label: str) -> Seen:
    """Press a button of what was said unasked."""
    ids = {part["label"]: part["custom_id"] for part in walk(message["components"]) if part.get("label")}
    return await who.press_id(message, ids[label])


async def test_a_button_under_what_a_course_says_shows_that_courses_topic(group: Group) -> None:
    await group.world.instructor(course="go")("/answer 1 Nobody receives.")
    message, lin = await group.said(group.general), group.person("lin")
    assert "Nobody receives." in "\n".join(texts(message))
    card = await pressed(lin, message, "See #1")
    assert "Why does my channel block?" in card.text
    assert "Why does the verifier reject it?" in (await lin.slash("topic", topic="1")).text
    await lin.press(card, "Follow")
    heard = [await group.world.member(str(lin.id), course=key, on="discord")("/notify") for key in ("go", "ebpf")]
    assert ["1 topic now" in reply.text for reply in heard] == [True, False]


async def test_staff_of_a_course_are_staff_under_its_messages_only(group: Group) -> None:
    await group.world.instructor(course="go")("/answer 1 Nobody receives.")
    message = await group.said(group.general)
    ta, lin = group.person("ta", roles=(ASSISTANTS,)), group.person("lin")
    assert "Correct the answer" in (await pressed(ta, message, "See #1")).labels
    assert "Correct the answer" not in (await pressed(lin, message, "See #1")).labels
    assert "for assistants and the instructor only" in (await ta.slash("review")).text
    group.server.state.held.add((ta.id, ASSISTANTS))
    alone = group.person("ta", group.server.state.direct(ta.id), ta.id)
    assert "Correct the answer" in (await pressed(alone, message, "See #1")).labels


async def test_under_what_a_course_said_that_is_gone_a_button_says_so(group: Group) -> None:
    await group.world.instructor(course="go")("/answer 1 Nobody receives.")
    message, lin = await group.said(group.general), group.person("lin")
    del group.world.herald.courses["go"]
    said = await pressed(lin, message, "See #1")
    assert "This button is from an earlier version of me. Run /help again" in said.text


async def test_what_is_opened_by_a_button_and_filled_in_is_done_in_its_course(group: Group) -> None:
    direct = group.server.state.direct(INSTRUCTOR)
    boss = group.person("boss", direct, INSTRUCTOR)
    await group.person("boss", id_=INSTRUCTOR).slash("language", language="en")
    await group.world.tick()
    group.world.clock.now = START.replace(day=21, hour=2)
    await group.world.tick()
    review = await pressed(boss, await group.said(direct), "Review")
    assert "Why does my channel block?" in review.text
    refused = await boss.fill(await boss.press(review, "Answer"), text="\u200b")
    again = await boss.press(refused, "Fill it in")
    await boss.fill(again, text="Nobody receives.")
    cards = [await group.world.member("x", course=key)("/topic 1") for key in ("go", "ebpf")]
    assert ["Nobody receives." in card.text for card in cards] == [True, False]
