"""What Herald says unasked: once, however often it is tried, and where it was not, why."""

import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

import discord

from bot.core.chat import Reply
from bot.core.errors import Unreachable, Unsure, Vanished
from bot.platforms.discord.events import Events
from bot.platforms.discord.roles import role_id
from bot.platforms.discord.screens import Screen, screens
from bot.platforms.discord.setup import Setup
from bot.platforms.discord.threads import Threads, is_post, name_of, tags_of, thread_of
from bot.platforms.discord.tries import TARGET, Tries, channel_of, mark_of
from bot.words import locale_of, words_in

log = logging.getLogger(__name__)
LOOKED_BACK, POSTS = 1000, 50
JUST_NOW = timedelta(minutes=15)
A_MOMENT = timedelta(seconds=1)
_PUBLISHED = 40033


class Sender:
    """Sends, finds and edits messages; each is one message of Discord's, its whole text in a file where it is long.

    A message is known by its nonce, which Discord counts once for some minutes, and by a number in it that stays.
    `events` does the same with the scheduled events of servers.
    """

    def __init__(self, client: discord.Client, setup: Setup) -> None:
        self._client = client
        self._setup = setup
        self._trying = Tries(client, setup)
        self._threads = Threads(client, self._trying)
        self.events = Events(client, setup, self._trying)

    async def send(self, target: str, reply: Reply, nonce: str) -> str:
        """Say it and return "channel/message"; Unreachable, RetryLater or Unsure where it was not."""
        reply = await self._known_there(target, reply)
        screen = replace(await self._screen(reply, nonce), role=role_id(reply.mention))
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
            return await self._trying(target, lambda: look(channel, mark_of(nonce), since))
        except Unreachable as error:
            if error.key == "discord_no_permission":
                raise Unsure(*error.args) from error
            raise

    async def edit(self, target: str, id_: str, reply: Reply, nonce: str) -> None:
        """Put other words in a message, or delete a card that is closed; Vanished where it is gone.

        Unreachable where it cannot be changed.
        """
        if reply.closed is not None or is_post(id_):
            await self._threads.wake(target, thread_of(id_))
        message = await self._message(target, id_)
        screen = await self._screen(await self._known_there(target, reply), nonce)

        async def change() -> None:
            await message.edit(view=screen.view(), attachments=screen.files(), allowed_mentions=screen.pings())

        await self._trying(target, message.delete if reply.pinned and reply.closed else change)

    async def finish(self, target: str, id_: str, reply: Reply) -> None:
        """Pass it on to who follows, pin what is to be pinned, open or close a thread.

        Unreachable where that is not permitted.
        """
        if channel_of(target):
            await self._publish(target, id_)
        if reply.pinned:
            message = await self._message(target, id_)
            await self._trying.permitted(target, message.pin, "discord_no_pin", "pin_messages")
        if reply.closed is not None:
            channel = await self._opened(target)
            await self._threads.keep(target, channel, thread_of(id_), name_of(reply), closed=reply.closed)

    async def _message(self, target: str, id_: str) -> discord.PartialMessage:
        place, _, message = id_.rpartition("/")
        if not message.isdecimal():
            # Somebody posted it by hand.
            raise Vanished("discord_no_message", channel=target)
        channel: Any = self._client.get_partial_messageable(int(place)) if place else await self._opened(target)
        return discord.PartialMessage(channel=channel, id=int(message))

    async def _screen(self, reply: Reply, nonce: str) -> Screen:
        say = words_in(locale_of(reply.locale, self._setup.locale))
        first, *_ = await screens(reply, say, self._setup.memory, most=1)
        return replace(first, mark=mark_of(nonce))

    async def _known_there(self, target: str, reply: Reply) -> Reply:
        """The reply, without its role where the channel's server has none such."""
        role = role_id(reply.mention)
        guild = getattr(await self._opened(target), "guild", None) if role else None
        if not (role and guild):
            return replace(reply, mention=None)
        try:
            # Not from the cache, which knows no roles in the first moments after a start.
            await self._trying(target, lambda: guild.fetch_role(role))
        except Vanished:
            return replace(reply, mention=None)
        return reply

    # Places

    async def _opened(self, target: str) -> Any:
        match = TARGET.fullmatch(target)
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
        return f"{channel.id}/{message.id}"

    async def _post(self, forum: discord.ForumChannel, reply: Reply, screen: Screen) -> discord.Thread:
        made = await forum.create_thread(
            name=name_of(reply),
            view=screen.view(),
            files=screen.files(),
            applied_tags=tags_of(forum),
            allowed_mentions=screen.pings(),
        )
        return made.thread

    async def _publish(self, target: str, id_: str) -> None:
        """Pass a message of an announcement channel on to the servers that follow it."""
        channel = await self._opened(target)
        if not (isinstance(channel, discord.TextChannel) and channel.is_news()):
            return
        message = await self._message(target, id_)
        try:
            await self._trying(target, lambda: _passed_on(message))
        except Unreachable as error:
            log.warning("What was said in #%s could not be passed on to its followers: %s", channel.name, error)

    # What was sent before

    async def _in_history(self, channel: Any, mark: int, since: datetime) -> str | None:
        looked = 0
        async for message in channel.history(limit=LOOKED_BACK, after=since - A_MOMENT, oldest_first=False):
            if _marked(message, mark):
                return f"{channel.id}/{message.id}"
            looked += 1
        if looked == LOOKED_BACK:
            raise Unsure("so much was said since that not all of it is looked through")
        return None

    async def _in_posts(self, forum: discord.ForumChannel, mark: int, since: datetime) -> str | None:
        looked = 0
        async for post in self._own_posts(forum, since):
            if looked == POSTS:
                raise Unsure("so much was posted since that not all of it is looked through")
            looked += 1
            # Somebody may have deleted the first message of a post and left the rest.
            with suppress(discord.NotFound):
                if _marked(await post.fetch_message(post.id), mark):
                    return f"{post.id}/{post.id}"
        return None

    async def _own_posts(self, forum: discord.ForumChannel, since: datetime) -> AsyncIterator[discord.Thread]:
        """Herald's posts of a forum since then, the newest first; those of others are not its own to look through."""
        active = [each for each in await forum.guild.active_threads() if each.parent_id == forum.id]
        for thread in sorted(active, key=attrgetter("id"), reverse=True):
            if self._is_own(thread, since):
                yield thread
        async for thread in forum.archived_threads(limit=LOOKED_BACK):
            if thread.archive_timestamp < since:
                return
            if self._is_own(thread, since):
                yield thread

    def _is_own(self, thread: discord.Thread, since: datetime) -> bool:
        me = self._client.user
        return me is not None and thread.owner_id == me.id and discord.utils.snowflake_time(thread.id) >= since


async def _passed_on(message: discord.PartialMessage) -> None:
    try:
        await message.publish()
    except discord.HTTPException as error:
        if error.code != _PUBLISHED:
            raise


def _marked(message: discord.Message, mark: int) -> bool:
    return any(getattr(part, "id", None) == mark for part in message.components)
