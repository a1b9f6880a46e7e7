"""The main job once more in SimCord, which somebody else wrote: it plays what a person's client allows and shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import discord
import pytest
import simcord

from bot.app import opened
from bot.config import DiscordConfig
from bot.core.chat import Role
from bot.platforms.discord.client import Client
from bot.platforms.discord.reaching import Reach
from tests.discord.people import unescaped
from tests.discord.state import walk
from tests.support import PATIENCE, course


@dataclass
class Group:
    """A study group in SimCord; persons speak Herald's default until they choose."""

    env: simcord.Env
    staff: dict[str, Role]

    def __post_init__(self) -> None:
        self.guild = self.env.create_guild()
        self.channel = self.guild.create_text_channel("general")

    def member(self, name: str) -> simcord.MemberActor:
        """A member."""
        return self.guild.add_member(self.env.create_user(name))

    def assistant(self, name: str) -> simcord.MemberActor:
        """An assistant, by a role that may see staff's commands."""
        role = self.guild.create_role("assistants", permissions=discord.Permissions(manage_messages=True))
        self.staff[f"discord-role:{role.id}"] = Role.ASSISTANT
        return self.guild.add_member(self.env.create_user(name), roles=[role])


@asynccontextmanager
async def group(url: str) -> AsyncIterator[Group]:
    """A study group with Herald in it, over an empty database."""
    async with opened(url, (course(locale="en"),)) as herald:
        staff: dict[str, Role] = {}
        setup = replace(
            herald.discord("token", DiscordConfig()),
            courses=lambda: (course(locale="en", staff=staff),),
            clock=discord.utils.utcnow,
        )
        async with simcord.run(Client(setup, Reach(print)), settle_timeout=PATIENCE) as env:
            yield Group(env, staff)


def shown(result: simcord.InteractionResult) -> str:
    """All that an answer says."""
    assert result.acknowledged
    messages = [result.response, *result.followups]
    parts = (part for message in messages if message for part in walk(message.components))
    return unescaped("\n".join(part["content"] for part in parts if part["type"] == 10))


def message(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    """The message to press the buttons of."""
    assert result.response
    return result.response


LANGUAGES = {
    "en": (
        ("Filed as #1", "Review: 1 of 1", "Answer"),
        ("Your answer to #1 is published", "#1 Why does it loop? [answered]", "Because it can."),
    ),
    "zh-CN": (
        ("已收到，编号 #1", "待审：第 1 个，共 1 个", "回答"),
        ("#1 的回答已发布", "#1 Why does it loop?【已回答】", "Because it can."),
    ),
}


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_question_from_asking_to_the_answer(url: str, locale: str) -> None:
    (filed, reviewed, answer), (published, listed, text) = LANGUAGES[locale]
    async with group(url) as place:
        lin, ta = place.member("lin"), place.assistant("ta")
        for one in (lin, ta):
            await one.slash(place.channel, "language", language=locale)
        form = await lin.slash(place.channel, "ask")
        asked = await lin.submit_modal(form, {"text": "Why does it loop?"})
        assert filed in shown(asked)
        assert asked.ephemeral
        review = await ta.slash(place.channel, "review")
        assert reviewed in shown(review)
        form = await ta.click(message(review), label=answer)
        assert published in shown(await ta.submit_modal(form, {"text": text}))
        topics = await lin.slash(place.channel, "topics")
        assert listed in shown(topics)
        assert text in shown(await lin.click(message(topics), label="#1"))


async def test_a_message_is_filed_from_its_menu(url: str) -> None:
    async with group(url) as place:
        lin, ta = place.member("lin"), place.assistant("ta")
        said = await lin.send(place.channel, "Does anybody know why it loops?")
        assert "Filed as #1" in shown(await ta.context_menu(place.channel, "File as question", said))
        mine = await lin.slash(place.channel, "my-questions")
        assert "Does anybody know why it loops?" in shown(mine)


async def test_topics_are_offered_while_they_are_typed(url: str) -> None:
    async with group(url) as place:
        lin = place.member("lin")
        await lin.slash(place.channel, "ask", text="Why does it loop?")
        await lin.slash(place.channel, "ask", text="How are maps shared?")
        offered = await lin.autocomplete(place.channel, "topic", "topic", "map")
        assert [choice["value"] for choice in offered] == ["2"]
        assert offered[0]["name"] == "#2 How are maps shared? [waiting for review]"
