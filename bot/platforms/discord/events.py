"""Scheduled events of servers: a target is "group:discord:server:ID", what stands there is an event of Herald's."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import discord

from bot.core.chat import Reply
from bot.core.errors import RetryLater
from bot.platforms.discord.plain import beginning, escaped
from bot.platforms.discord.setup import Setup
from bot.platforms.discord.threads import name_of
from bot.platforms.discord.tries import Tries, mark_of, server_of

T = TypeVar("T")
LASTS = timedelta(hours=1)  # Discord wants an end
DESCRIPTION, LOCATION = 1000, 100
A_MOMENT = timedelta(seconds=1)


class Events:
    """Makes, finds, changes and deletes events; Discord knows no nonce of them, so each is marked by a last line."""

    def __init__(self, client: discord.Client, setup: Setup, trying: Tries) -> None:
        self._client = client
        self._setup = setup
        self._trying = trying

    async def send(self, target: str, reply: Reply, nonce: str) -> str:
        """Make an event and return "server/event"; Unreachable, RetryLater or Unsure where it was not."""
        guild, described = await self._guild(target), self._described(reply, nonce)
        made = await self._permitted(target, lambda: guild.create_scheduled_event(**described), says=True, again=False)
        return f"{guild.id}/{made.id}"

    async def find(self, target: str, nonce: str, since: datetime) -> str | None:
        """The id of the event that was made with `nonce` since then, None where it is not there."""
        guild = await self._guild(target)
        for event in await self._trying(target, lambda: guild.fetch_scheduled_events(with_counts=False)):
            made = discord.utils.snowflake_time(event.id) >= since - A_MOMENT
            if made and (event.description or "").endswith(_mark(nonce)):
                return f"{guild.id}/{event.id}"
        return None

    async def edit(self, target: str, id_: str, reply: Reply, nonce: str) -> None:
        """Change an event, or delete it where it is closed; Vanished where it is gone, Unreachable where not."""
        guild, number = await self._guild(target), int(id_.rpartition("/")[2])
        event = await self._trying(target, lambda: guild.fetch_scheduled_event(number, with_counts=False))
        change = event.delete if reply.closed else lambda: event.edit(**self._described(reply, nonce))
        await self._permitted(target, change)

    async def finish(self, target: str, id_: str, reply: Reply) -> None:
        """An event needs nothing more."""

    async def _guild(self, target: str) -> discord.Guild:
        id_ = server_of(target)
        if known := self._client.get_guild(id_):
            return known
        return await self._trying(target, lambda: self._client.fetch_guild(id_))

    def _described(self, reply: Reply, nonce: str) -> Mapping[str, Any]:
        assert reply.at
        if reply.at <= self._setup.clock():
            # Discord takes no event of the past, and in a moment this one is closed.
            raise RetryLater()
        return _described(reply.at, reply, nonce)

    async def _permitted(self, target: str, act: Callable[[], Awaitable[T]], **how: bool) -> T:
        return await self._trying.permitted(target, act, "discord_no_events", "create_events", **how)


def _mark(nonce: str) -> str:
    return f"\n\n· {mark_of(nonce):x}"


def _described(at: datetime, reply: Reply, nonce: str) -> Mapping[str, Any]:
    """An event as Discord wants it, within its limits."""
    mark = _mark(nonce)
    url = reply.url or ""
    address = escaped(url)
    link = f"\n{address}" if 0 < len(address) < DESCRIPTION / 2 else ""
    return {
        "name": name_of(reply),
        "description": beginning(reply.text, DESCRIPTION - len(link + mark)) + link + mark,
        "start_time": at,
        "end_time": at + LASTS,
        "location": url if 0 < len(url) <= LOCATION else urlsplit(url).hostname or "Herald",
        "entity_type": discord.EntityType.external,
        "privacy_level": discord.PrivacyLevel.guild_only,
    }
