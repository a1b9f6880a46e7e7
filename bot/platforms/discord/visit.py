"""Discord over REST alone: where Herald is and what it may do there, without going online."""

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import discord

from bot.core.errors import Unreachable
from bot.platforms.discord.client import LONGEST_WAIT, point
from bot.platforms.discord.permissions import BASE, Feature, Lack, faults_of, invitation, lacks_in, lacks_of
from bot.platforms.discord.platform import DOWN, raise_if_final
from bot.platforms.discord.roles import role_id
from bot.platforms.discord.setup import Address
from bot.platforms.discord.threads import tags_of
from bot.platforms.discord.tries import channel_of
from bot.words import WordedError

SEARCHED = 100  # servers in which a channel is looked for that Herald may not see


@dataclass(frozen=True, slots=True)
class Place:
    """A channel or, without a channel, a server: its name as people see it and what Herald lacks there."""

    name: str
    guild: int
    lacks: tuple[Lack, ...]
    channel: Any = None


@dataclass(frozen=True, slots=True)
class _Server:
    guild: discord.Guild
    channels: Mapping[int, discord.abc.GuildChannel]
    me: discord.Member


class Visit:
    """Looks at places; OperatorError where Discord cannot be reached."""

    def __init__(self, client: discord.Client, user: discord.ClientUser) -> None:
        self._client = client
        self._user = user

    @property
    def name(self) -> str:
        """What Herald is called on Discord."""
        return str(self._user)

    @property
    def invitation(self) -> str:
        """The link that invites Herald."""
        return invitation(self._client.application_id or 0)

    async def guild(self, id_: int, features: Collection[Feature] = ()) -> Place:
        """A server as a whole and what `features` lack there; Unreachable where Herald is not in it."""
        with _reaching():
            server = await self._server(id_)
        return Place(server.guild.name, id_, lacks_of(server.me, features))

    async def place(self, target: str, features: Collection[Feature] = BASE) -> Place:
        """The channel that a target names and what `features` lack there.

        Unreachable where it is gone, hidden or nothing to write in.
        """
        id_ = channel_of(target)
        if id_ is None:
            raise Unreachable("discord_no_target", target=target)
        with _reaching():
            server, channel = await self._channel(id_)
        name = f"#{channel.name} ({server.guild.name})"
        if not isinstance(channel, discord.abc.Messageable | discord.ForumChannel):
            raise Unreachable("discord_no_text_channel", channel=name)
        # What may be done in a thread stands in its channel.
        ruling = server.channels[getattr(channel, "parent_id", None) or id_]
        return Place(name, server.guild.id, lacks_in(ruling, server.me, features), channel)

    async def role(self, mention: str, guilds: Iterable[int]) -> tuple[str, tuple[str, ...]]:
        """The name of a role and its faults; Unreachable where it is in none of the servers."""
        for id_ in guilds:
            with _reaching():
                server = await self._server(id_)
            if role := server.guild.get_role(role_id(mention) or 0):
                return role.name, faults_of(role, server.me)
        raise Unreachable("discord_no_role", role=mention)

    async def say(self, place: Place, text: str) -> None:
        """Write something in a channel; Unreachable where Discord refuses it."""
        channel = place.channel
        with _reaching():
            try:
                if isinstance(channel, discord.ForumChannel):
                    await channel.create_thread(name=text[:100], content=text, applied_tags=tags_of(channel))
                else:
                    await channel.send(text)
            except discord.Forbidden as error:
                raise Unreachable("discord_refused", channel=place.name, reason=error.text) from error

    async def _channel(self, id_: int) -> tuple[_Server, Any]:
        try:
            found: Any = await self._client.fetch_channel(id_)
        except discord.NotFound:
            raise Unreachable("discord_unknown_channel", channel=str(id_)) from None
        except discord.Forbidden:
            return await self._hidden(id_)
        if not getattr(found, "guild", None):
            raise Unreachable("discord_unknown_channel", channel=str(id_))
        return await self._server(found.guild.id), found

    async def _hidden(self, id_: int) -> tuple[_Server, Any]:
        """A channel that Herald may not see is listed with its server's all the same."""
        async for guild in self._client.fetch_guilds(limit=SEARCHED, with_counts=False):
            server = await self._server(guild.id)
            if id_ in server.channels:
                return server, server.channels[id_]
        raise Unreachable("discord_hidden", channel=str(id_))

    async def _server(self, id_: int) -> _Server:
        # Looked at anew each time: somebody may be mending it meanwhile.
        try:
            guild = await self._client.fetch_guild(id_, with_counts=False)
            channels = {channel.id: channel for channel in await guild.fetch_channels()}
            return _Server(guild, channels, await guild.fetch_member(self._user.id))
        except (discord.NotFound, discord.Forbidden):
            raise Unreachable("discord_no_guild", guild=str(id_), link=self.invitation) from None


@asynccontextmanager
async def visiting(token: str, address: Address) -> AsyncIterator[Visit]:
    """Log in for the length of the block; OperatorError where the token is wrong or Discord cannot be reached."""
    point(address)
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        allowed_mentions=discord.AllowedMentions.none(),
        max_ratelimit_timeout=LONGEST_WAIT,
    )
    try:
        with _reaching():
            await client.login(token)
        assert client.user
        yield Visit(client, client.user)
    finally:
        await client.close()


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except DOWN as error:
        raise_if_final(error)
        raise WordedError("discord.down", error=error or type(error).__name__) from error
