"""What the chat is given: the course, what answers, where it is kept and who there is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core.chat import Command, Handler, Notice, Reply, Role
from bot.core.errors import UserError
from bot.core.model import Course
from bot.services.work import Store


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody one can be in the chat; `id` is "local:name"."""

    id: str
    name: str
    role: Role = Role.MEMBER


@dataclass(frozen=True, slots=True)
class Site:
    """One course's chat; `current` is what the course's file says at this moment.

    `explain` words an error in a locale, `render` a notice; `locale_for` is the language a person chose, None before.
    """

    current: Callable[[], Course]
    commands: tuple[Command, ...]
    handle: Handler
    database: Store
    people: tuple[Identity, ...]
    demo: bool
    explain: Callable[[UserError, str], Reply]
    render: Callable[[Notice, str], Reply]
    locale_for: Callable[[str], Awaitable[str | None]]

    @property
    def course(self) -> Course:
        """The course."""
        return self.current()
