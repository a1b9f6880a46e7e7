"""What Herald says unasked: once, however often it is tried, and where it was not, why."""

import asyncio
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import aiohttp
import discord

from bot.core.chat import Reply
from bot.core.errors import RetryLater, Unreachable, Unsure
from bot.platforms.discord.permissions import ANNOUNCE, LONG
from bot.platforms.discord.roles import role_id
from bot.platforms.discord.screens import Screen, screens
from bot.platforms.discord.setup import Setup
from bot.words import Words, locale_of, words_in

log = logging.getLogger(__name__)

T = TypeVar("T")
_TARGET = re.compile(r"(?P<place>group:discord[-:])?(?:discord:)?(?P<id>[0-9]{1,20})")
PAUSES = (0.5, 2.0)
LOOKED_BACK = 300
JUST_NOW = timedelta(minutes=15)
A_MOMENT = timedelta(seconds=1)
_CLOSED, _NO_CHANNEL, _NO_MESSAGE, _NO_ACCESS, _NO_PERMISSION, _PUBLISHED = 50007, 10003, 10008, 50001, 50013, 40033
NEEDED = (*ANNOUNCE.needs, *LONG.needs)
_NO_CONNECTION = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class Sender:
    """Sends, finds and edits messages; each is one message of Discord's, its whole text in a file where it is long.

    A message is known by its nonce, which Discord counts once for some minutes, and by a number in it that stays.
    """

    def __init__(self, client: discord.Client, setup: Setup) -> None:
        self._client = client
        self._setup = setup

    @property
    def _say(self) -> Words:
        return words_in(self._setup.locale)

    async def send(self, target: str, reply: Reply, nonce: str) -> str:
        """Say it and return "channel/message"; Unreachable, RetryLater or Unsure where it was not."""
        reply = await self._known_there(target, reply)
        screen = replace(await self._screen(reply), mark=mark_of(nonce), role=role_id(reply.mention))
        channel = await self._opened(target)
        try:
            return await self._say_in(channel, target, reply, screen, nonce[:25])
        except Unsure:
            if found := await self.find(target, nonce, self._setup.clock() - JUST_NOW):
                return found
            raise

    async def find(self, target: str, nonce: str, since: datetime) -> str | None:
        """The id of what was sent with `nonce` since then, None where it is not there; Unsure where nobody can tell."""
        channel = await self._opened(target)
        look = self._in_posts if isinstance(channel, discord.ForumChannel) else self._in_history
        try:
            found = await self._trying(target, lambda: look(channel, mark_of(nonce), since))
        except Unreachable as error:
            if error.key == "discord_no_permission":
                raise Unsure(*error.args) from error
            raise
        if found:
            await self._publish(channel, int(found.rpartition("/")[2]))
        return found

    async def edit(self, target: str, id_: str, reply: Reply) -> None:
        """Put other words in a message; Unreachable where it is gone or cannot be changed."""
        place, _, message = id_.rpartition("/")
        channel = self._client.get_partial_messageable(int(place)) if place else await self._opened(target)
        screen = await self._screen(await self._known_there(target, reply))
        partial = discord.PartialMessage(channel=channel, id=int(message))
        await self._trying(
            target,
            lambda: partial.edit(view=screen.view(), attachments=screen.files(), allowed_mentions=screen.pings()),
        )

    async def _screen(self, reply: Reply) -> Screen:
        say = words_in(locale_of(reply.locale, self._setup.locale))
        return (await screens(reply, say, self._setup.memory, most=1))[0]

    async def _known_there(self, target: str, reply: Reply) -> Reply:
        """The reply, without its role where the channel's server has none such."""
        role = role_id(reply.mention)
        guild = getattr(await self._opened(target), "guild", None) if role else None
        if not (role and guild):
            return replace(reply, mention=None)
        try:
            # Not from the cache, which knows no roles in the first moments after a start.
            await self._trying(target, lambda: guild.fetch_role(role))
        except discord.NotFound:
            return replace(reply, mention=None)
        return reply

    # Places

    async def _opened(self, target: str) -> Any:
        match = _TARGET.fullmatch(target)
        if match is None:
            raise Unreachable("discord_no_target", target=target)
        id_ = int(match["id"])
        if not match["place"]:
            return await self._trying(target, lambda: self._client.create_dm(discord.Object(id_)))
        return self._client.get_channel(id_) or await self._trying(target, lambda: self._client.fetch_channel(id_))

    async def _say_in(self, channel: Any, target: str, reply: Reply, screen: Screen, nonce: str) -> str:
        if isinstance(channel, discord.ForumChannel):
            thread = await self._trying(target, lambda: self._post(channel, reply, screen), says=True, again=False)
            return f"{thread.id}/{thread.id}"
        message = await self._trying(
            target,
            lambda: channel.send(
                view=screen.view(), files=screen.files(), nonce=nonce, allowed_mentions=screen.pings()
            ),
            says=True,
        )
        await self._publish(channel, message.id)
        return f"{channel.id}/{message.id}"

    async def _post(self, forum: discord.ForumChannel, reply: Reply, screen: Screen) -> discord.Thread:
        tags = [tag for tag in forum.available_tags if not tag.moderated]
        name = " ".join((reply.title or reply.text).split())[:100] or "Herald"
        made = await forum.create_thread(
            name=name,
            view=screen.view(),
            files=screen.files(),
            applied_tags=tags[:1],
            allowed_mentions=screen.pings(),
        )
        return made.thread

    async def _publish(self, channel: Any, message: int) -> None:
        """Pass a message of an announcement channel on to the servers that follow it."""
        if not (isinstance(channel, discord.TextChannel) and channel.is_news()):
            return
        try:
            await channel.get_partial_message(message).publish()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            if getattr(error, "code", None) != _PUBLISHED:
                log.warning("What was said in #%s could not be passed on to its followers: %s", channel.name, error)

    # What was sent before

    async def _in_history(self, channel: Any, mark: int, since: datetime) -> str | None:
        async for message in channel.history(limit=LOOKED_BACK, after=since - A_MOMENT, oldest_first=False):
            if _marked(message, mark):
                return f"{channel.id}/{message.id}"
        return None

    async def _in_posts(self, forum: discord.ForumChannel, mark: int, since: datetime) -> str | None:
        for thread in await forum.guild.active_threads():
            if thread.parent_id == forum.id and discord.utils.snowflake_time(thread.id) >= since:
                first = await thread.fetch_message(thread.id)
                if _marked(first, mark):
                    return f"{thread.id}/{thread.id}"
        return None

    # What goes wrong

    async def _trying(
        self, target: str, act: Callable[[], Awaitable[T]], *, says: bool = False, again: bool = True
    ) -> T:
        """What `act` returns, tried `again` where Discord was down or cut the connection.

        discord.py tries again by itself after a limit of up to 30 s and after most errors of the server's. What `says`
        something may have been heard although its answer was lost: Unsure.
        """
        for pause in (*(PAUSES if again else ()), None):
            try:
                return await act()
            except discord.RateLimited as error:
                raise RetryLater(error.retry_after) from error
            except discord.HTTPException as error:
                if error.status < 500:
                    raise self._refused(target, error) from error
                lost: Exception = error
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                lost = error
            if pause is not None:
                await asyncio.sleep(pause)
        # Nothing was heard of who never got a connection; a cut one may have carried the words before.
        raise Unsure(str(lost)) if says and not isinstance(lost, _NO_CONNECTION) else RetryLater() from lost

    def _refused(self, target: str, error: discord.HTTPException) -> Exception:
        if error.status == 429:
            seconds = error.response.headers.get("Retry-After")
            return RetryLater(float(seconds) if seconds else None)
        name = self._name(target)
        if error.code == _CLOSED:
            return Unreachable("discord_closed", name=name)
        if error.code == _NO_CHANNEL:
            return Unreachable("discord_no_channel", channel=name)
        if error.code == _NO_MESSAGE:
            return Unreachable("discord_no_message", channel=name)
        if error.code in (_NO_ACCESS, _NO_PERMISSION):
            return Unreachable("discord_no_permission", channel=name, permission=self._missing(target, error.code))
        return error

    def _name(self, target: str) -> str:
        channel = self._channel(target)
        if channel is None and target.startswith("discord:"):
            return self._say("discord.someone", id=target.rpartition(":")[2])
        return f"#{channel}" if channel else re.sub(r".*[:-]", "", target)

    def _missing(self, target: str, code: int) -> str:
        """The name of the first permission that Herald lacks in a channel; without the first no other is of use."""
        channel = self._channel(target)
        lacks = "view_channel" if code == _NO_ACCESS else "send_messages"
        if isinstance(channel, discord.abc.GuildChannel) and channel.guild.me:
            has = channel.permissions_for(channel.guild.me)
            lacks = next((name for name in NEEDED if not getattr(has, name)), lacks)
        return self._say(f"discord.permission.{lacks}")

    def _channel(self, target: str) -> Any:
        id_ = channel_of(target)
        return None if id_ is None else self._client.get_channel(id_)


def channel_of(target: str) -> int | None:
    """The channel that a target names; None where it is a person's or no place on Discord."""
    match = _TARGET.fullmatch(target)
    return int(match["id"]) if match and match["place"] else None


def mark_of(nonce: str) -> int:
    """The number by which a message with that nonce is found again: Discord tells a nonce to its sender only."""
    return int.from_bytes(hashlib.sha256(nonce.encode()).digest()[:4], "big") >> 1


def _marked(message: discord.Message, mark: int) -> bool:
    return any(getattr(part, "id", None) == mark for part in message.components)
