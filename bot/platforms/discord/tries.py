"""What goes wrong with Discord: tried again where that helps, and otherwise said as what it is."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
import discord

from bot.core.errors import RetryLater, Unreachable, Unsure, Vanished
from bot.platforms.discord.permissions import ANNOUNCE, LONG
from bot.platforms.discord.setup import Setup
from bot.words import Words, words_in

T = TypeVar("T")
SERVER = "group:discord:server:"
TARGET = re.compile(r"(?P<place>group:discord[-:])?(?:discord:)?(?P<id>[0-9]{1,20})")
PAUSES = (0.5, 2.0)
_NO_CHANNEL, _NO_SERVER, _NO_ACCESS, _NO_PERMISSION = 10003, 10004, 50001, 50013
_CLOSED = (50007, 50278, 10013)  # to all of a server, without a server in common, an account that is gone
_GONE = (10008, 10011, 10070)  # a message, a role, an event
_NOT_AS_IT_WAS = (50083, 160004)  # a thread is in the archive, or there already: look at it anew
NEEDED = (*ANNOUNCE.needs, *LONG.needs)
_NO_CONNECTION = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class Tries:
    """Asks Discord for something about a target; Unreachable, RetryLater or Unsure where it is not done."""

    def __init__(self, client: discord.Client, setup: Setup) -> None:
        self._client = client
        self._setup = setup

    @property
    def _say(self) -> Words:
        return words_in(self._setup.locale)

    async def __call__(
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

    async def permitted(
        self, target: str, act: Callable[[], Awaitable[T]], key: str, permission: str, **how: bool
    ) -> T:
        """What `act` returns; where that is not permitted, Unreachable under `key` with the permission for it."""
        try:
            return await self(target, act, **how)
        except Unreachable as error:
            if error.key != "discord_no_permission":
                raise
            needed = self._say(f"discord.permission.{permission}")
            raise Unreachable(key, channel=self._name(target), permission=needed) from error

    def _refused(self, target: str, error: discord.HTTPException) -> Exception:
        if error.status == 429:
            seconds = error.response.headers.get("Retry-After")
            return RetryLater(float(seconds) if seconds else None)
        name = self._name(target)
        if error.code in _CLOSED:
            return Unreachable("discord_closed", name=name)
        if error.code == _NO_CHANNEL:
            return Vanished("discord_no_channel", channel=name)
        if error.code == _NO_SERVER or (error.code == _NO_ACCESS and target.startswith(SERVER)):
            return Unreachable("discord_no_server", channel=name)
        if error.code in _GONE:
            return Vanished("discord_no_message", channel=name)
        if error.code in (_NO_ACCESS, _NO_PERMISSION):
            return Unreachable("discord_no_permission", channel=name, permission=self._missing(target, error.code))
        # Without a code it is not Discord that says so, but what stands before it.
        if not error.code or error.code in _NOT_AS_IT_WAS:
            return RetryLater()
        return Unreachable("discord_not_done", place=name, reason=error.text)

    def _name(self, target: str) -> str:
        channel = self._channel(target)
        if target.startswith(SERVER):
            return str(self._client.get_guild(server_of(target)) or server_of(target))
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
    match = TARGET.fullmatch(target)
    return int(match["id"]) if match and match["place"] else None


def server_of(target: str) -> int:
    """The server that a target names whose events Herald keeps."""
    return int(target.removeprefix(SERVER))


def mark_of(nonce: str) -> int:
    """The number by which what was said with that nonce is found again: Discord tells a nonce to its sender only."""
    return int.from_bytes(hashlib.sha256(nonce.encode()).digest()[:4], "big") >> 1
