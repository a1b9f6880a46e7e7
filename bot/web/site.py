"""What the chat is given: the course, what answers, where it is kept and who there is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from bot.core.chat import Command, Handler, Notice, Reply, Role
from bot.core.errors import UserError
from bot.core.model import Course

T = TypeVar("T")


class Database(Protocol):
    """Runs a function of a connection in one transaction."""

    async def read(self, work: Callable[[Any], T], /) -> T:
        """What `work` returns of one consistent look."""
        ...

    async def write(self, work: Callable[[Any], T], /) -> T:
        """What `work` returns, once it is committed."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody one can be in the chat; `id` is "local:name"."""

    id: str
    name: str
    role: Role = Role.MEMBER


@dataclass(frozen=True, slots=True)
class Site:
    """One course's chat.

    `explain` words an error in a locale, `render` a notice; `locale_for` is the language a person chose, None before.
    """

    course: Course
    commands: tuple[Command, ...]
    handle: Handler
    database: Database
    people: tuple[Identity, ...]
    demo: bool
    explain: Callable[[UserError, str], Reply]
    render: Callable[[Notice, str], Reply]
    locale_for: Callable[[str], Awaitable[str | None]]
