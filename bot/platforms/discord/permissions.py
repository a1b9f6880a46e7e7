"""The one table of what Herald does on Discord and which permissions that takes, and what follows from it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import discord

from bot.core.model import Course
from bot.words import Words

SCOPES = ("bot", "applications.commands")
TALK, FORUMS, SERVER = "talk", "forums", "server"
Targets = tuple[str, ...]


def _said(course: Course) -> Targets:
    return (*course.channels, *course.card, *course.threads)


def _called(course: Course) -> Targets:
    return course.channels if course.mention else ()


def _carded(course: Course) -> Targets:
    return course.card


def _threaded(course: Course) -> Targets:
    return course.threads


def _dated(course: Course) -> Targets:
    return course.calendars


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that Herald does: `discord.missed.KEY` says what is missed without the permissions that it `needs`.

    `places` are the kinds of places that it can be done in, `wanted` the targets at which a course wants it, or in
    whose servers. What is not wanted wherever something is said is `extra`: Herald is whole without.
    """

    key: str
    needs: tuple[str, ...]
    places: tuple[str, ...] = (TALK, FORUMS)
    wanted: Callable[[Course], Targets] = _said

    @property
    def extra(self) -> bool:
        """Whether only those need it who want it."""
        return self.wanted is not _said


# An announcement channel passes on the sender's own messages without any permission more.
ANNOUNCE = Feature("announce", ("view_channel", "send_messages"))
LONG = Feature("long", ("attach_files",))
FEATURES = (
    ANNOUNCE,
    LONG,
    Feature("recover", ("read_message_history",)),
    Feature("correct", ("send_messages_in_threads",), (FORUMS,)),
    Feature("card", ("pin_messages",), (TALK,), _carded),
    Feature("threads", ("create_public_threads", "send_messages_in_threads"), (TALK,), _threaded),
    Feature("lock", ("manage_threads",), wanted=_threaded),
    Feature("events", ("create_events",), (SERVER,), _dated),
    Feature("roles", ("manage_roles",), (SERVER,), _called),
)
BASE = tuple(each for each in FEATURES if not each.extra)


@dataclass(frozen=True, slots=True)
class Lack:
    """Permissions that Herald has not got at a place, and what it cannot do for want of them."""

    feature: Feature
    permissions: tuple[str, ...]


def invitation(application: int, features: Iterable[Feature] = BASE) -> str:
    """The link that invites Herald with the permissions that these take, and no more."""
    asked = {name: True for each in features for name in each.needs}
    return discord.utils.oauth_url(application, permissions=discord.Permissions(**asked), scopes=SCOPES)


def wishes(courses: Iterable[Course]) -> Mapping[str, tuple[Feature, ...]]:
    """What is wanted at each target on Discord."""
    found: dict[str, dict[Feature, None]] = {}
    for course in courses:
        for feature in FEATURES:
            for target in feature.wanted(course):
                if target.startswith("group:discord"):
                    found.setdefault(target, {})[feature] = None
    return {target: tuple(features) for target, features in found.items()}


def lacks_in(
    channel: discord.abc.GuildChannel, me: discord.Member, features: Collection[Feature] = BASE
) -> tuple[Lack, ...]:
    """What `features` lack in a channel; where nothing can be said, the first that this needs: it hides the others."""
    place = FORUMS if isinstance(channel, discord.ForumChannel) else TALK
    found = _lacks(place, channel.permissions_for(me), features)
    if found and found[0].feature is ANNOUNCE:
        return (Lack(ANNOUNCE, found[0].permissions[:1]),)
    return found


def lacks_of(me: discord.Member, features: Collection[Feature]) -> tuple[Lack, ...]:
    """What `features` lack in a server as a whole."""
    return _lacks(SERVER, me.guild_permissions, features)


def faults_of(role: discord.Role, me: discord.Member) -> tuple[str, ...]:
    """What keeps a role from being called and from being given, as words under `check.discord`."""
    silent = not (role.mentionable or me.guild_permissions.mention_everyone)
    wrong = {"role_silent": silent, "role_above": me.top_role <= role}
    return tuple(key for key, is_so in wrong.items() if is_so)


def _lacks(place: str, has: discord.Permissions, features: Collection[Feature]) -> tuple[Lack, ...]:
    found = ((each, _missing(each, has)) for each in FEATURES if each in features and place in each.places)
    return tuple(Lack(feature, missing) for feature, missing in found if missing)


def _missing(feature: Feature, has: discord.Permissions) -> tuple[str, ...]:
    return tuple(name for name in feature.needs if not getattr(has, name))


def worded(lack: Lack, place: str, say: Words) -> str:
    """A lack as a sentence: where, what, why and what to do."""
    names = say("discord.and").join(say(f"discord.permission.{name}") for name in lack.permissions)
    return say("discord.lacks", place=place, permissions=names, missed=say(f"discord.missed.{lack.feature.key}"))
