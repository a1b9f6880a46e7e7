"""What the adapter is given by who wires it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.chat import Call, Command, Handler, Role

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

    async def greets(self, guild: int) -> bool:
        """Whether to greet a guild: true once, for good."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where Discord is; None is Discord's own."""

    api: str | None = None
    gateway: str | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """One installation on Discord.

    `staff` maps "discord:<user id>" and "discord-role:<role id>" to roles; `suggest` offers (label, value) for a
    parameter of a call that is still being typed; `guilds` are those that get the commands at once, none: all;
    `targets` are where something is announced.
    """

    token: str
    commands: tuple[Command, ...]
    handle: Handler
    suggest: Suggest
    staff: Mapping[str, Role]
    locale: str
    clock: Callable[[], datetime]
    memory: Memory
    guilds: tuple[int, ...] = ()
    address: Address = Address()
    targets: tuple[str, ...] = ()

    def command(self, name: str) -> Command | None:
        """The command of that name."""
        return next((command for command in self.commands if command.name == name), None)
