"""`herald check --discord`: what is there on Discord, and what lacks."""

import os
from collections.abc import Awaitable, Iterator

from bot.config import Config, DiscordConfig, secret
from bot.core.errors import OperatorError, Unreachable
from bot.platforms.discord.permissions import needed, worded
from bot.platforms.discord.setup import Address
from bot.platforms.discord.visit import Place, visiting
from bot.words import Words

PLACES = "group:discord"


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
        channels = [await _seen(visit.place(target), say) for target in _targets(settings)]
        if not channels:
            print(say("check.discord.silent"))
        guilds = {place.guild for place in channels if place} | {*settings.discord.guilds}
        servers = [await _seen(visit.guild(id_), say) for id_ in sorted(guilds)]
    return all(place and not needed(place.lacks) for place in (*channels, *servers))


def _targets(settings: Config) -> list[str]:
    named = (target for course in settings.courses for target in course.channels)
    return list(dict.fromkeys(target for target in named if target.startswith(PLACES)))


async def _seen(look: Awaitable[Place], say: Words) -> Place | None:
    """The place that a look finds, after saying what it is like; None where it finds none."""
    try:
        place = await look
    except Unreachable as error:
        print(say(f"error.{error.key}", **error.fields))
        return None
    print(*_report(place, say), sep="\n")
    return place


def _report(place: Place, say: Words) -> Iterator[str]:
    if not needed(place.lacks):
        yield say("check.discord.fine", place=place.name)
    for lack in place.lacks:
        said = worded(lack, place.name, say)
        yield say("check.discord.extra", lack=said) if lack.feature.extra else said
