"""The connection to Discord: the least that it may see and keep, everything registered before it opens."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import chain, repeat
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands, ui

from bot.core.chat import Command
from bot.platforms.discord.forms import filled
from bot.platforms.discord.ids import PRESSED
from bot.platforms.discord.reaching import Reach, try_often
from bot.platforms.discord.sender import Sender
from bot.platforms.discord.setup import Address, Setup
from bot.platforms.discord.talk import Interaction, Talk
from bot.platforms.discord.tree import menu, payload, slash, tell
from bot.platforms.discord.welcome import heard, is_new, welcome

log = logging.getLogger(__name__)
PAUSES = (1.0, 5.0, 15.0, 60.0)
PROMPT = 5.0  # seconds in which Discord is told of the commands, or else while Herald is there already
READY = 0.5  # seconds without another server after which all are taken to be known
LONGEST_WAIT = 30.0  # seconds that a limit of Discord's is waited for; beyond, who asked is told


class Client(discord.Client):
    """A bot without privileged intents that keeps neither members nor messages."""

    def __init__(self, setup: Setup, reach: Reach, **shards: Any) -> None:
        point(setup.address)
        try_often()
        super().__init__(
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=READY,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_WAIT,
            **shards,
        )
        self.setup = setup
        self.reach = reach
        self.talk = Talk(setup)
        self.tree = Tree(self)
        self.payload: list[Any] = []
        self._one_tells = asyncio.Lock()
        self._greeting: set[int] = set()
        self._patient: set[asyncio.Task[Any]] = set()

    async def setup_hook(self) -> None:
        """Register everything: from here on an interaction may arrive at any moment."""
        for command in self.setup.commands:
            self.tree.add_command(slash(command, self.run_command, self.talk.complete))
        self.tree.add_command(menu("discord.file", self._file))
        self.add_dynamic_items(Pressed)
        self._telling = asyncio.create_task(self._tell(self.setup.guilds))
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._telling), PROMPT)

    async def _tell(self, guilds: Sequence[int]) -> None:
        """Tell Discord of the commands, as often as it takes."""
        if self.setup.tells:
            self.payload = self.payload or await payload(self.tree)
            async with self._one_tells:
                await self._until(lambda: self._told(guilds))

    async def _until(self, done: Callable[[], Awaitable[bool]]) -> None:
        """Try until it is done or Herald ends."""
        task, pauses = asyncio.current_task(), chain(PAUSES, repeat(PAUSES[-1]))
        assert task
        self._patient.add(task)
        try:
            while not await done():
                await asyncio.sleep(next(pauses))
        finally:
            self._patient.discard(task)

    async def _told(self, guilds: Sequence[int]) -> bool:
        try:
            await tell(self, self.payload, guilds, self.setup.memory)
        except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
            log.warning("Discord cannot be told of the commands now, so that is tried again: %s", error)
            return False
        return True

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Greet a server, and tell it of the commands that Herald could not tell before it was invited."""
        if guild.id in self.setup.guilds:
            await self._tell((guild.id,))
        await self._greet(guild)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """The same where it was invited while Herald was away or starting."""
        if guild.id in self.setup.guilds:
            await self._tell((guild.id,))
        if is_new(guild, self.setup.clock()):
            await self._greet(guild)

    async def _greet(self, guild: discord.Guild) -> None:
        if guild.id in self._greeting:
            return
        self._greeting.add(guild.id)
        try:
            if not await self.setup.memory.greeted(guild.id) and (channel := heard(guild)):
                sender = Sender(self, self.setup)
                await self._until(lambda: welcome(channel, self.setup, sender))
        finally:
            self._greeting.remove(guild.id)

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Tell of an event, unless Herald ends: discord.py's own timers go on for a moment, and stumble then."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    @property
    def connected(self) -> bool:
        """Whether there is a connection."""
        return bool(self.ws and self.ws.open)

    async def on_ready(self) -> None:
        """Discord has described everything."""
        if self.connected:
            self.reach.found(self)

    async def on_resumed(self) -> None:
        """A connection goes on where it was cut."""
        await self.on_ready()

    async def on_disconnect(self) -> None:
        """A connection was cut, or one more try to connect was in vain."""
        self.reach.lost()

    async def end(self, patience: float) -> None:
        """Hear no more, finish the answers under way, and close."""
        await self.hang_up()
        await self.talk.settle(patience)
        for task in self._patient:
            task.cancel()
        await self.close()

    async def hang_up(self) -> None:
        """Hear no more."""
        if self.connected:
            await self.ws.close(code=1000)

    async def run_command(self, interaction: Interaction, command: Command, args: dict[str, str]) -> None:
        """Run a command; whatever breaks, the person is told."""
        try:
            await self.talk.run(interaction, command, args)
        except Exception as error:
            await self.talk.broken(interaction, error, "\n".join(args.values()))

    async def on_interaction(self, interaction: Interaction) -> None:
        """Read a form that was sent, and a button that no Herald made as buttons are made now."""
        data: Any = interaction.data
        try:
            if interaction.type is discord.InteractionType.modal_submit:
                await self.talk.submit(interaction)
            elif interaction.type is discord.InteractionType.component and not PRESSED.fullmatch(data["custom_id"]):
                await self.talk.press(interaction, data["custom_id"])
        except Exception as error:
            await self.talk.broken(interaction, error, "\n".join(filled(data).values()))

    async def _file(self, interaction: Interaction, message: discord.Message) -> None:
        try:
            await self.talk.file(interaction, message)
        except Exception as error:
            await self.talk.broken(interaction, error, message.content)


class Sharded(Client, discord.AutoShardedClient):
    """The same for the servers of some shards, each with a connection of its own."""

    @property
    def connected(self) -> bool:
        """Whether there are all connections."""
        return not any(shard.is_closed() for shard in self.shards.values())

    async def hang_up(self) -> None:
        """Hear no more on any."""
        await asyncio.gather(*(shard.disconnect() for shard in self.shards.values()))


def client_of(setup: Setup, reach: Reach) -> Client:
    """What connects as `setup` says."""
    if setup.shards is None:
        return Client(setup, reach)
    return Sharded(setup, reach, shard_ids=setup.shards.ids, shard_count=setup.shards.count)


class Tree(app_commands.CommandTree[Client]):
    """The commands; they are for servers, where Herald is installed."""

    def __init__(self, client: Client) -> None:
        super().__init__(
            client,
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
        )

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        """Say that Discord still shows a command of another version; anything else is ours."""
        known = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch, app_commands.TransformerError)
        if isinstance(error, known):
            await self.client.talk.unknown(interaction, error)
        else:
            await self.client.talk.broken(interaction, error)


class Pressed(ui.DynamicItem[ui.Button[Any]], template=PRESSED):
    """A button that was pressed, whichever message it is in and however old that is."""

    def __init__(self, item: ui.Button[Any], custom_id: str) -> None:
        super().__init__(item)
        self._pressed = custom_id

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]) -> "Pressed":
        """The button, known by its custom_id alone."""
        assert isinstance(item, ui.Button)
        return cls(item, match.group())

    async def callback(self, interaction: Interaction) -> None:
        """Do what it stands for."""
        client: Client = interaction.client
        try:
            await client.talk.press(interaction, self._pressed)
        except Exception as error:
            await client.talk.broken(interaction, error)


def point(address: Address) -> None:
    """Let discord.py talk to another address than Discord's; it keeps the addresses in its classes."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    if address.api:
        discord.http.Route.BASE = address.api
    if address.gateway:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(address.gateway)
