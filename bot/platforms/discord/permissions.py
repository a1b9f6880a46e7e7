"""The one table of what Herald does on Discord and which permissions that takes, and what follows from it."""

from dataclasses import dataclass

import discord

from bot.words import Words

SCOPES = ("bot", "applications.commands")
TALK, FORUMS, SERVER = "talk", "forums", "server"


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that Herald does: `discord.missed.KEY` says what is missed without the permissions that it `needs`.

    `places` are the kinds of places that it is done in. What is `extra` is for who wants it: Herald is whole without.
    """

    key: str
    needs: tuple[str, ...]
    places: tuple[str, ...]
    extra: bool = False


# An announcement channel passes on the sender's own messages without any permission more.
ANNOUNCE = Feature("announce", ("view_channel", "send_messages"), (TALK, FORUMS))
LONG = Feature("long", ("attach_files",), (TALK, FORUMS))
FEATURES = (
    ANNOUNCE,
    LONG,
    Feature("recover", ("read_message_history",), (TALK, FORUMS)),
    Feature("correct", ("send_messages_in_threads",), (FORUMS,)),
    Feature("card", ("pin_messages",), (TALK,), extra=True),
    Feature("threads", ("create_public_threads", "send_messages_in_threads", "manage_threads"), (TALK,), extra=True),
    Feature("events", ("create_events", "manage_events"), (SERVER,), extra=True),
    Feature("roles", ("manage_roles",), (SERVER,), extra=True),
)


@dataclass(frozen=True, slots=True)
class Lack:
    """Permissions that Herald has not got at a place, and what it cannot do for want of them."""

    feature: Feature
    permissions: tuple[str, ...]


def invitation(application: int, *, extra: bool = False) -> str:
    """The link that invites Herald with the permissions it needs and no more, with `extra` those of extras too."""
    asked = {name: True for each in FEATURES if extra or not each.extra for name in each.needs}
    return discord.utils.oauth_url(application, permissions=discord.Permissions(**asked), scopes=SCOPES)


def lacks_in(channel: discord.abc.GuildChannel, me: discord.Member) -> tuple[Lack, ...]:
    """What Herald lacks in a channel; where it cannot announce, the first that it needs to: it hides the others."""
    place = FORUMS if isinstance(channel, discord.ForumChannel) else TALK
    found = _lacks(place, channel.permissions_for(me))
    if found and found[0].feature is ANNOUNCE:
        return (Lack(ANNOUNCE, found[0].permissions[:1]),)
    return found


def lacks_of(me: discord.Member) -> tuple[Lack, ...]:
    """What Herald lacks in a server as a whole."""
    return _lacks(SERVER, me.guild_permissions)


def _lacks(place: str, has: discord.Permissions) -> tuple[Lack, ...]:
    found = ((each, _missing(each, has)) for each in FEATURES if place in each.places)
    return tuple(Lack(feature, missing) for feature, missing in found if missing)


def _missing(feature: Feature, has: discord.Permissions) -> tuple[str, ...]:
    return tuple(name for name in feature.needs if not getattr(has, name))


def needed(lacks: tuple[Lack, ...]) -> tuple[Lack, ...]:
    """Those without which Herald is not whole."""
    return tuple(lack for lack in lacks if not lack.feature.extra)


def worded(lack: Lack, place: str, say: Words) -> str:
    """A lack as a sentence: where, what, why and what to do."""
    names = say("discord.and").join(say(f"discord.permission.{name}") for name in lack.permissions)
    return say("discord.lacks", place=place, permissions=names, missed=say(f"discord.missed.{lack.feature.key}"))
