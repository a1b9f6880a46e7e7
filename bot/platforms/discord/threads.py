"""Threads that Herald keeps in step: named, open or closed, without a word in them."""

from typing import Any

import discord

from bot.core.chat import Reply
from bot.core.errors import Unreachable, Vanished
from bot.core.text import shorten, shown
from bot.platforms.discord.tries import Tries


def name_of(reply: Reply) -> str:
    """What a reply's thread is called: 1 to 100 characters."""
    return shorten(" ".join(shown(reply.title or reply.text).split()), 100) or "Herald"


def tags_of(forum: discord.ForumChannel) -> list[discord.ForumTag]:
    """What a post there is tagged with, as a forum may ask for one: the first tag that anybody may set."""
    return [tag for tag in forum.available_tags if not tag.moderated][:1]


def thread_of(id_: str) -> int:
    """The thread of a message, "channel/message", whether it began as a post or was opened under it: its own number."""
    number = id_.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0


def is_post(id_: str) -> bool:
    """Whether a message, "channel/message", is the first of a forum's post: the post has its number."""
    place, _, message = id_.rpartition("/")
    return place == message


class Threads:
    """Opens and closes the threads of messages of Herald's."""

    def __init__(self, client: discord.Client, trying: Tries) -> None:
        self._client = client
        self._trying = trying

    async def wake(self, target: str, id_: int) -> None:
        """Let a thread be changed that is in the archive: there nothing can be."""
        thread = await self._found(target, id_)
        if thread and thread.archived:
            await self._change(target, thread, archived=False)

    async def keep(self, target: str, channel: Any, id_: int, name: str, *, closed: bool) -> None:
        """Let a message have a thread of that name, open or closed; Unreachable where not all of it is permitted."""
        thread = await self._found(target, id_)
        if thread is not None:
            wanted = {"name": name, "archived": closed, "locked": closed}
            await self._change(target, thread, **{key: v for key, v in wanted.items() if getattr(thread, key) != v})
        elif not closed:
            begin = channel.get_partial_message(id_).create_thread
            await self._trying.permitted(target, lambda: begin(name=name), "discord_no_thread", "create_public_threads")

    async def _found(self, target: str, id_: int) -> discord.Thread | None:
        try:
            found = await self._trying(target, lambda: self._client.fetch_channel(id_))
        except Vanished:
            return None
        return found if isinstance(found, discord.Thread) else None

    async def _change(self, target: str, thread: discord.Thread, **changes: Any) -> None:
        """Change a thread; who may not lock it can still close it, and says so."""
        if not changes:
            return
        try:
            await self._trying.permitted(target, lambda: thread.edit(**changes), "discord_no_lock", "manage_threads")
        except Unreachable as error:
            rest = {key: value for key, value in changes.items() if key != "locked"}
            if error.key == "discord_no_lock" and "locked" in changes and rest:
                await self._trying(target, lambda: thread.edit(**rest))
            raise
