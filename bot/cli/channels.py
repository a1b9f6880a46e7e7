"""The test of `herald init`: a channel is taken where a message of Herald's was really seen."""

import re
import secrets
from dataclasses import replace

from bot.cli.asking import ask
from bot.cli.discord import reached
from bot.config.beginning import Beginning
from bot.platforms.discord.permissions import ANNOUNCE, worded
from bot.platforms.discord.visit import Place, Visit
from bot.words import WordedError, Words


async def with_channels(new: Beginning, visit: Visit, say: Words) -> Beginning:
    """The same with the channels that are asked for and tested, and their servers."""
    seen: dict[str, int] = {}
    while id_ := ask(say, "channel", lambda answer: re.fullmatch("[0-9]*", answer)):
        target = f"group:discord:{id_}"
        if place := await _tested(target, visit, say):
            seen[target] = place.guild
    return replace(new, channels=tuple(seen), guilds=tuple(dict.fromkeys(seen.values())))


async def _tested(target: str, visit: Visit, say: Words) -> Place | None:
    """The channel where a test was seen in it; None after saying why it was not."""
    try:
        return await reached(_written(target, f"{secrets.randbelow(10_000):04}", visit, say), say)
    except WordedError as error:
        print(error.said(say))
        return None


async def _written(target: str, code: str, visit: Visit, say: Words) -> Place | None:
    place = await visit.place(target)
    for lack in place.lacks:
        print(worded(lack, place.name, say))
    if any(lack.feature is ANNOUNCE for lack in place.lacks):
        return None
    await visit.say(place, say("init.message", code=code))
    seen = ask(say, "code", lambda answer: True) == code
    print(say("init.seen" if seen else "init.unseen", place=place.name))
    return place if seen else None
