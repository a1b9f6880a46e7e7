"""Herald on Discord: connects, stays connected, says why it cannot, and is the `Platform` that announcements use."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import datetime
from itertools import chain, repeat

import aiohttp
import discord

from bot.core.chat import Platform, Reply
from bot.core.errors import RetryLater
from bot.platforms.discord.client import PAUSES, Client, client_of
from bot.platforms.discord.reaching import Reach
from bot.platforms.discord.sender import Sender
from bot.platforms.discord.setup import Setup
from bot.platforms.discord.tries import SERVER
from bot.words import WordedError

log = logging.getLogger(__name__)
PATIENCE = 3.0  # seconds that answers under way get when Herald ends
_WRONG_TOKEN, _WRONG_SHARDS, _WRONG_INTENTS = 4004, (4010, 4011), (4013, 4014)
DOWN = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)


class Discord:
    """`run()` until cancelled; the rest is a `Platform` while it is connected and asks for later otherwise."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._sender: Sender | None = None
        self._reach = Reach(setup.report)

    async def run(self) -> None:
        """Stay on Discord until cancelled, however long it is down; OperatorError where it never will work so."""
        with closing(self._reach):
            await self._stay()

    async def _stay(self) -> None:
        for pause in chain(PAUSES, repeat(PAUSES[-1])):
            try:
                async with self._client() as client:
                    await client.connect()
            except DOWN as error:
                raise_if_final(error)
                log.warning("Discord cannot be reached (%s); the next try is in %d s", error or type(error), pause)
            except AttributeError:
                # Where the very first connection fails, discord.py stumbles over its own missing socket.
                log.warning("Discord's gateway cannot be reached; the next try is in %d s", pause)
            except Exception:
                # Discord tells of something that discord.py cannot read.
                log.exception("The connection to Discord broke; the next try is in %d s", pause)
            self._reach.lost()
            await asyncio.sleep(pause)

    async def send(self, target: str, reply: Reply, nonce: str) -> str:
        """Say it and return its id; see `Platform`."""
        return await self._for(target).send(target, reply, nonce)

    async def find(self, target: str, nonce: str, since: datetime) -> str | None:
        """The id of what was sent with `nonce`; see `Platform`."""
        return await self._for(target).find(target, nonce, since)

    async def edit(self, target: str, id_: str, reply: Reply, nonce: str) -> None:
        """Put other words in a message; see `Platform`."""
        await self._for(target).edit(target, id_, reply, nonce)

    async def finish(self, target: str, id_: str, reply: Reply) -> None:
        """Do what a reply asks beyond its words; see `Platform`."""
        await self._for(target).finish(target, id_, reply)

    def _for(self, target: str) -> Platform:
        return self._connected().events if target.startswith(SERVER) else self._connected()

    def _connected(self) -> Sender:
        if self._sender is None:
            raise RetryLater()
        return self._sender

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Client]:
        """A client that is logged in; what it is answering is finished before it goes."""
        client = client_of(self._setup, self._reach)
        try:
            await client.login(self._setup.token)
            self._sender = Sender(client, self._setup)
            yield client
        finally:
            self._sender = None
            await client.end(PATIENCE)


def raise_if_final(error: Exception) -> None:
    """OperatorError where trying again cannot help: a wrong token, too few shards, intents that nobody grants."""
    refused = error.code if isinstance(error, discord.ConnectionClosed) else None
    if isinstance(error, discord.LoginFailure) or refused == _WRONG_TOKEN:
        raise WordedError("discord.wrong_token") from None
    if refused in _WRONG_SHARDS:
        raise WordedError("discord.wrong_shards", error=error) from None
    if isinstance(error, discord.PrivilegedIntentsRequired) or refused in _WRONG_INTENTS:
        raise WordedError("discord.wrong_intents", error=error) from None
