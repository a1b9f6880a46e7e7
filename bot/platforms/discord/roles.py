"""The role that an announcement calls: who presses its button has it from then on, or has it no more."""

from typing import Any

import discord

from bot.core.chat import Reply
from bot.words import Words

_ROLE, _PRESSED = "discord-role:", "r:"


def role_id(mention: str | None) -> int | None:
    """The id in "discord-role:5"; None where that is no role of Discord's."""
    return int(mention.removeprefix(_ROLE)) if mention and mention.startswith(_ROLE) else None


def button_id(mention: str) -> str:
    """The custom_id of a role's button."""
    return _PRESSED + mention


def mention_in(custom_id: str) -> str | None:
    """The role that a button is of, as its custom_id says, which anybody can write; None for another button."""
    return custom_id.removeprefix(_PRESSED) if custom_id.startswith(_PRESSED) else None


async def toggle(member: discord.Member, mention: str, say: Words) -> Reply:
    """Give somebody a role, or take it away where they have it, and what they are told."""
    role: Any = discord.Object(role_id(mention) or 0)
    # Not `member.roles`: that needs the server in the cache, which it is not in the first moments after a start.
    has = member._roles.has(role.id)
    try:
        await (member.remove_roles(role) if has else member.add_roles(role))
    except discord.Forbidden:
        return Reply(say("error.discord_role_refused"), error="discord_role_refused")
    except discord.NotFound:
        return Reply(say("error.discord_role_gone"), error="discord_role_gone")
    return Reply(say("discord.role_taken" if has else "discord.role_given"), mention=mention)
