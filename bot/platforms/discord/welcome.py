"""What Herald says in a server that invites it: once, in both languages, where it may speak."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import discord

from bot.core.chat import Reply
from bot.core.errors import RetryLater, Unreachable, Unsure
from bot.platforms.discord.permissions import ANNOUNCE, Feature, faults_of, lacks_in, lacks_of, wishes, worded
from bot.platforms.discord.roles import role_id
from bot.platforms.discord.sender import Sender
from bot.platforms.discord.setup import Setup
from bot.platforms.discord.tries import SERVER, channel_of
from bot.words import LOCALES, Words, words_in

log = logging.getLogger(__name__)
NEW = timedelta(days=7)
FIRST = ("next-article", "ask", "help")


def heard(guild: discord.Guild) -> discord.TextChannel | None:
    """Where newcomers are greeted, else the first channel; never one that others follow. The log says where none is."""
    channels = (guild.system_channel, *guild.text_channels)
    for each in channels:
        if each and not each.is_news() and _may_speak(each, guild.me):
            return each
    log.warning("Herald may speak in no text channel of the server %s (%s)", guild.name, guild.id)
    return None


def is_new(guild: discord.Guild, now: datetime) -> bool:
    """Whether a server invited Herald only lately: where Herald was away then, it is not too late to greet."""
    joined = guild.me.joined_at
    return joined is not None and now - joined < NEW


async def welcome(channel: discord.TextChannel, setup: Setup, sender: Sender) -> bool:
    """Greet the server of a channel, once; whether that is settled: where it cannot be done, the log says so."""
    guild = channel.guild
    target, nonce = f"group:discord:{channel.id}", f"welcome-{guild.id}"
    try:
        if not await _is_there(target, nonce, setup, sender):
            await sender.send(target, _words(guild, setup), nonce)
        await setup.memory.greet(guild.id)
    except (RetryLater, Unsure):
        return False
    except (Unreachable, discord.HTTPException) as error:
        log.warning("The server %s (%s) could not be greeted: %s", guild.name, guild.id, error)
    return True


async def _is_there(target: str, nonce: str, setup: Setup, sender: Sender) -> bool:
    """Whether it was said before Herald ended, or before its confirmation got lost."""
    try:
        return await sender.find(target, nonce, setup.clock() - NEW) is not None
    except Unsure:
        # Where nobody can tell, Discord's own memory of the nonce has to do.
        return False


def _may_speak(channel: discord.TextChannel, me: discord.Member) -> bool:
    return all(lack.feature is not ANNOUNCE for lack in lacks_in(channel, me))


def _words(guild: discord.Guild, setup: Setup) -> Reply:
    locales = dict.fromkeys((setup.locale, *LOCALES))
    texts = ("\n".join(_lines(guild, setup, words_in(locale))) for locale in locales)
    return Reply("\n\n".join(texts), title="Herald")


def _lines(guild: discord.Guild, setup: Setup, say: Words) -> Iterator[str]:
    yield say("discord.welcome")
    for name in FIRST:
        yield say("discord.welcome.command", name=say(f"{name}.name"), about=say(f"{name}.about"))
    here = [(each, features) for target, features in _wished(setup) if (each := _channel(guild, target))]
    if not here:
        yield say("discord.welcome.silent")
    for channel, features in here:
        # What may be done in a thread stands in its channel.
        for lack in lacks_in(getattr(channel, "parent", None) or channel, guild.me, features):
            yield worded(lack, f"#{channel.name}", say)
    yield from _lacking(guild, setup, {each for _, features in here for each in features}, say)


def _lacking(guild: discord.Guild, setup: Setup, wanted: set[Feature], say: Words) -> Iterator[str]:
    """What lacks in the server as a whole."""
    events = dict(_wished(setup)).get(f"{SERVER}{guild.id}", ())
    for lack in lacks_of(guild.me, {*wanted, *events}):
        yield worded(lack, guild.name, say)
    for role in filter(None, (guild.get_role(role_id(mention) or 0) for mention in setup.mentions())):
        for fault in faults_of(role, guild.me):
            yield say(f"check.discord.{fault}", role=role.name)


def _wished(setup: Setup) -> Iterable[tuple[str, tuple[Feature, ...]]]:
    return wishes(setup.courses()).items()


def _channel(guild: discord.Guild, target: str) -> Any:
    return guild.get_channel_or_thread(channel_of(target) or 0)
