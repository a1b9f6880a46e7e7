"""What the adapter is given by who wires it."""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.chat import Call, Command, Handler, Role
from bot.core.errors import OperatorError
from bot.core.model import Course

Suggest = Callable[[Call, str], Awaitable[Sequence[tuple[str, str]]]]


class Memory(Protocol):
    """Keeps what does not fit into a button, which commands Discord was told of, and which servers were greeted."""

    async def remember(self, args: Mapping[str, str]) -> str:
        """Keep a button's values and return a key of at most 32 characters; the same values get the same key."""

    async def recall(self, key: str) -> Mapping[str, str] | None:
        """The values kept under a key, None where there are none."""

    async def told(self, guild: int) -> int | None:
        """The fingerprint of the commands that a guild was told of last."""

    async def tell(self, guild: int, fingerprint: int) -> None:
        """Keep the fingerprint of the commands that a guild was just told of."""

    async def greeted(self, guild: int) -> bool:
        """Whether a guild was greeted."""

    async def greet(self, guild: int) -> None:
        """Keep that a guild was just greeted."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where Discord is; None is Discord's own."""

    api: str | None = None
    gateway: str | None = None


@dataclass(frozen=True, slots=True)
class Shards:
    """Which shards of how many a process has; on which one a server is, Discord decides by its id."""

    ids: tuple[int, ...]
    count: int

    @classmethod
    def read(cls, typed: str) -> "Shards":
        """What is written as "0-3/8", or "2/8" for one; OperatorError where it is not."""
        match = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?/([0-9]{1,5})", typed)
        first, last, count = (int(part or match[1]) for part in match.groups()) if match else (0, 0, 0)
        if not first <= last < count:
            raise OperatorError(
                f"--shards {typed}: those are no shards. Write the first and the last, counted from 0, and how many "
                "there are in all: --shards 0-3/8, or --shards 2/8 for one."
            )
        return cls(tuple(range(first, last + 1)), count)


@dataclass(frozen=True, slots=True)
class Setup:
    """One installation on Discord.

    `courses` are as their files say at this moment, the first is the one that people talk to; `suggest` offers (label,
    value) for a parameter of a call that is still being typed; `guilds` are those that get the commands at once, none:
    all. Without `shards` this process has every server. `report` tells the operator a sentence.
    """

    token: str
    commands: tuple[Command, ...]
    handle: Handler
    suggest: Suggest
    courses: Callable[[], Sequence[Course]]
    clock: Callable[[], datetime]
    memory: Memory
    guilds: tuple[int, ...] = ()
    address: Address = Address()
    shards: Shards | None = None
    report: Callable[[str], None] = print

    def mentions(self) -> Collection[str]:
        """The roles ("discord-role:<role id>") that anybody may give themselves."""
        return dict.fromkeys(course.mention for course in self.courses() if course.mention)

    def course(self, key: str | None) -> Course | None:
        """The course of that key, the first one without a key."""
        return next((each for each in self.courses() if key in (None, each.key)), None)

    def staff(self, key: str | None = None) -> Mapping[str, Role]:
        """What "discord:<user id>" and "discord-role:<role id>" may do in a course."""
        course = self.course(key)
        return course.staff | course.granted if course else {}

    @property
    def locale(self) -> str:
        """What people are spoken to who read no language of Herald's."""
        return self.courses()[0].locale

    @property
    def tells(self) -> bool:
        """Whether this process tells Discord of the commands; of several only the one with the first shard does."""
        return self.shards is None or 0 in self.shards.ids

    def command(self, name: str) -> Command | None:
        """The command of that name."""
        return next((command for command in self.commands if command.name == name), None)
