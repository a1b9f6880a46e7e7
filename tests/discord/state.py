"""What the server keeps: guilds, channels, messages, interactions and the people in them."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

EPOCH = 1_420_070_400_000
TEXT, DM, CATEGORY, ANNOUNCEMENT, FORUM, THREAD = 0, 1, 4, 5, 15, 11
EPHEMERAL, V2, PUBLISHED = 64, 1 << 15, 1
BITS = {"view_channel": 1 << 10, "send_messages": 1 << 11, "attach_files": 1 << 15, "read_message_history": 1 << 16}
BITS |= {"send_messages_in_threads": 1 << 38, "create_public_threads": 1 << 35, "manage_threads": 1 << 34}
BITS |= {"pin_messages": 1 << 51}

Data = dict[str, Any]


@dataclass
class Channel:
    """A channel; `denied` names what the bot may not do there. A thread is the bot's unless it has another `owner`."""

    id: int
    name: str
    type: int = TEXT
    guild: int | None = None
    parent: int | None = None
    recipient: int | None = None
    owner: int | None = None
    tags: tuple[str, ...] = ()
    archived: bool = False
    locked: bool = False
    denied: set[str] = field(default_factory=set)
    messages: dict[int, Data] = field(default_factory=dict)

    def data(self, bot: int) -> Data:
        """The channel as Discord describes it."""
        denied = sum(BITS[name] for name in self.denied)
        overwrite = {"id": str(bot), "type": 1, "allow": "0", "deny": str(denied)}
        data: Data = {"id": str(self.id), "type": self.type, "name": self.name, "position": 0}
        data |= {"permission_overwrites": [overwrite] if denied else [], "nsfw": False, "flags": 0}
        data |= {"topic": None, "parent_id": str(self.parent) if self.parent else None, "last_message_id": None}
        data |= {"rate_limit_per_user": 0, "guild_id": str(self.guild)}
        if self.type == FORUM:
            tags = enumerate(self.tags, self.id + 1)
            data["available_tags"] = [
                {"id": str(n), "name": name, "moderated": False, "emoji_id": None, "emoji_name": None}
                for n, name in tags
            ]
        if self.type == THREAD:
            at = datetime.fromtimestamp(((self.id >> 22) + EPOCH) / 1000, UTC).isoformat()
            about = {"auto_archive_duration": 1440, "archive_timestamp": at, "create_timestamp": at}
            data["thread_metadata"] = {"archived": self.archived, "locked": self.locked, **about}
            data |= {
                "owner_id": str(self.owner or bot),
                "member_count": 1,
                "message_count": 0,
                "applied_tags": [*self.tags],
            }
        if self.type == DM:
            data = {"id": str(self.id), "type": DM, "recipients": [user(self.recipient or 0, "someone")], "flags": 0}
        return data


@dataclass
class Interaction:
    """What somebody did; the bot's answers collect here. `settled` is set at the first that the person can read."""

    id: int
    token: str
    made: datetime
    source: Data
    channel: int
    acknowledged: int = 0
    deferred: bool = False
    ephemeral: bool = False
    modal: Data | None = None
    choices: list[Data] | None = None
    original: Data | None = None
    messages: list[Data] = field(default_factory=list)
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    took: float = 0.0


class State:
    """Everything there is; ids are snowflakes of `clock`. Guilds in `joined` invited the bot then, others long ago."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self._numbers = count()
        self.bot = self.id()
        self.application = self.bot
        self.guilds: dict[int, list[Channel]] = {}
        self.channels: dict[int, Channel] = {}
        self.closed: set[int] = set()
        self.events: dict[int, Data] = {}
        self.eventless: set[int] = set()
        self.commands: dict[int, list[Data]] = {}
        self.syncs: list[int] = []
        self.joined: dict[int, datetime] = {}
        self.interactions: dict[str, Interaction] = {}
        self.nonces: dict[tuple[int, str], tuple[datetime, Data]] = {}
        self.pings: list[Data] = []
        self.roles: dict[int, int] = {}
        self.above: set[int] = set()
        self.held: set[tuple[int, int]] = set()

    def id(self) -> int:
        """A new snowflake."""
        return (round(self.clock().timestamp() * 1000) - EPOCH) << 22 | next(self._numbers) & 0x3FFFFF

    def guild(self) -> int:
        """A new guild without channels."""
        made = self.id()
        self.guilds[made] = []
        return made

    def throw_out(self, guild: int) -> None:
        """Let a guild throw the bot out; the bot's commands there are gone with it."""
        del self.guilds[guild]
        self.commands.pop(guild, None)

    def channel(self, guild: int, name: str, type: int = TEXT, tags: tuple[str, ...] = ()) -> Channel:
        """A new channel of a guild."""
        channel = Channel(self.id(), name, type, guild, tags=tags)
        self.guilds[guild].append(channel)
        self.channels[channel.id] = channel
        return channel

    def role(self, guild: int) -> int:
        """A new role of a guild; one that is put into `above` is not the bot's to give, who has which is `held`."""
        made = self.id()
        self.roles[made] = guild
        return made

    def direct(self, person: int) -> Channel:
        """The channel of direct messages with somebody."""
        for channel in self.channels.values():
            if channel.recipient == person:
                return channel
        channel = Channel(self.id(), "", DM, recipient=person)
        self.channels[channel.id] = channel
        return channel

    def message(self, channel: int, author: Data, body: Data, **more: object) -> Data:
        """A new message in a channel."""
        made: Data = {"id": str(self.id()), "channel_id": str(channel), "author": author, "pinned": False, "type": 0}
        made |= {"content": body.get("content") or "", "embeds": [], "components": body.get("components") or []}
        made |= {"timestamp": self.clock().isoformat(), "edited_timestamp": None, "tts": False}
        made |= {"mention_everyone": False, "mentions": [], "mention_roles": [], "flags": body.get("flags") or 0}
        made |= {"attachments": attachments(body)}
        if body.get("nonce") is not None:
            made["nonce"] = body["nonce"]
        return made | more

    def _me(self, guild: int) -> Data:
        me = member(user(self.bot, "herald", bot=True), (self.bot,))
        return me | {"joined_at": self.joined[guild].isoformat()} if guild in self.joined else me

    def _roles(self, guild: int) -> list[Data]:
        own = [role(guild, "@everyone"), role(self.bot, "herald", 2)]
        others = ((id_, 3 if id_ in self.above else 1) for id_, of in self.roles.items() if of == guild)
        return own + [role(id_, "readers", place, mentionable=place == 1) for id_, place in others]

    def threads(self, guild: int) -> list[Data]:
        """The threads of a guild as Discord describes them."""
        found = (one for one in self.channels.values() if one.type == THREAD and one.guild == guild)
        return [one.data(self.bot) for one in found]

    def guild_data(self, guild: int) -> Data:
        """A guild as GUILD_CREATE describes it."""
        return {
            "id": str(guild), "name": "study group", "owner_id": "1", "roles": self._roles(guild),
            "emojis": [], "features": [],
            "channels": [channel.data(self.bot) for channel in self.guilds[guild]], "voice_states": [],
            "threads": self.threads(guild),
            "members": [self._me(guild)], "member_count": 2,
            "presences": [], "large": False,
            "stage_instances": [], "guild_scheduled_events": [], "stickers": [], "unavailable": False, "nsfw_level": 0,
            "verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0, "mfa_level": 0,
            "premium_tier": 0, "premium_progress_bar_enabled": False, "preferred_locale": "en-US", "afk_timeout": 300,
            "system_channel_flags": 0, "system_channel_id": None,
            "soundboard_sounds": [], "joined_at": self.clock().isoformat(),
        }  # fmt: skip


def role(id_: int, name: str, position: int = 0, *, mentionable: bool = False) -> Data:
    """A role as Discord describes one; whoever has it may do all but administrate and mention everybody."""
    may = 0x7FFFFFFFFFF & ~8 & ~(1 << 17)
    data: Data = {"id": str(id_), "name": name, "permissions": str(may), "position": position, "color": 0}
    data |= {"hoist": False, "managed": False, "mentionable": mentionable, "flags": 0}
    return data | {"colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}}


def user(id_: int, name: str, *, bot: bool = False) -> Data:
    """A user as Discord describes one."""
    data: Data = {"id": str(id_), "username": name, "global_name": name, "discriminator": "0", "avatar": None}
    return data | {"bot": bot, "public_flags": 0}


def member(who: Data, roles: tuple[int, ...] = ()) -> Data:
    """A member of a guild."""
    data: Data = {"user": who, "roles": [str(role) for role in roles], "joined_at": "2026-01-01T00:00:00+00:00"}
    return data | {"deaf": False, "mute": False, "flags": 0, "nick": None, "permissions": str(0x7FFFFFFFFFF)}


def attachments(body: Data) -> list[Data]:
    """What was uploaded with a message."""
    found = []
    for each in body.get("attachments") or ():
        upload = body.get("files", {}).get(f"files[{each['id']}]", b"")
        size = {"size": len(upload), "url": "https://cdn.invalid/file", "proxy_url": "https://cdn.invalid/file"}
        found.append({"id": str(each["id"]), "filename": each["filename"], **size, "text": upload.decode("utf-8")})
    return found


def walk(components: list[Data]) -> Iterator[Data]:
    """Every component, also within others."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        for name in ("component", "accessory"):
            if name in component:
                yield from walk([component[name]])
