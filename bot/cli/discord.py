"""`herald check --discord`: what is there on Discord, and what lacks."""

import os
from collections.abc import Awaitable, Iterable
from typing import TypeVar

from bot.config import Config, DiscordConfig, secret
from bot.core.errors import OperatorError, Unreachable
from bot.platforms.discord.permissions import Feature, wishes, worded
from bot.platforms.discord.setup import Address
from bot.platforms.discord.tries import SERVER, server_of
from bot.platforms.discord.visit import Place, Visit, visiting
from bot.words import Words

T = TypeVar("T")


def address_of(settings: DiscordConfig) -> Address:
    """Where the configuration says that Discord is."""
    return Address(settings.api_base, settings.gateway_url)


async def check_discord(settings: Config, say: Words) -> bool:
    """Print what there is at each configured place and what lacks; whether nothing does."""
    token = secret("DISCORD_TOKEN", os.environ)
    if token is None:
        raise OperatorError(say("check.discord.no_token"))
    async with visiting(token, address_of(settings.discord)) as visit:
        print(say("check.discord", name=visit.name, link=visit.invitation))
        return await _all_there(visit, settings, say)


async def _all_there(visit: Visit, settings: Config, say: Words) -> bool:
    everywhere = wishes(settings.courses)
    wished = {target: features for target, features in everywhere.items() if not target.startswith(SERVER)}
    channels = [await _seen(visit.place(*wish), say) for wish in wished.items()]
    if not channels:
        print(say("check.discord.silent"))
    servers = _servers(settings.discord.guilds, zip(channels, wished.values(), strict=True))
    for target in everywhere.keys() - wished.keys():
        servers.setdefault(server_of(target), set()).update(everywhere[target])
    guilds = [await _seen(visit.guild(*server), say) for server in servers.items()]
    there = [place.guild for place in guilds if place]
    roles = [await _called(visit, mention, there, say) for mention in _mentions(settings)]
    return all(place and not place.lacks for place in (*channels, *guilds)) and all(roles)


def _mentions(settings: Config) -> Iterable[str]:
    return dict.fromkeys(course.mention for course in settings.courses if course.mention)


async def _called(visit: Visit, mention: str, guilds: list[int], say: Words) -> bool:
    """Whether a role can be called and given, after saying so."""
    found = await reached(visit.role(mention, guilds), say)
    if found is None:
        return False
    name, faults = found
    lines = [say(f"check.discord.{fault}", role=name) for fault in faults]
    print(*(lines or [say("check.discord.fine", place=f"@{name}")]), sep="\n")
    return not faults


def _servers(
    configured: Iterable[int], channels: Iterable[tuple[Place | None, Iterable[Feature]]]
) -> dict[int, set[Feature]]:
    """The servers that are configured and those of the channels, with what is wanted there."""
    found: dict[int, set[Feature]] = {id_: set() for id_ in configured}
    for place, features in channels:
        if place:
            found.setdefault(place.guild, set()).update(features)
    return found


async def _seen(look: Awaitable[Place], say: Words) -> Place | None:
    """The place that a look finds, after saying what it is like; None where it finds none."""
    place = await reached(look, say)
    if place:
        lines = [worded(lack, place.name, say) for lack in place.lacks]
        print(*(lines or [say("check.discord.fine", place=place.name)]), sep="\n")
    return place


async def reached(look: Awaitable[T], say: Words) -> T | None:
    """What a look finds; None after saying why it finds nothing."""
    try:
        return await look
    except Unreachable as error:
        print(say(f"error.{error.key}", **error.fields))
        return None
