"""What a service is given first: who does it, when, in which course, in which transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from bot.core.chat import Role
from bot.core.model import Course, Person

T = TypeVar("T")
HERALD = Person("herald:clock", "Herald")  # who does what nobody in particular does


class Store(Protocol):
    """A database: each function runs whole in one transaction."""

    async def read(self, work: Callable[[Connection], T], /) -> T:
        """What `work` returns of one consistent look."""

    async def write(self, work: Callable[[Connection], T], /) -> T:
        """What `work` returns, once it is committed."""


@dataclass(frozen=True, slots=True)
class Work:
    """One person's one action; all it writes stands or falls together."""

    tx: Connection
    course: Course
    person: Person
    role: Role
    now: datetime

    @property
    def staff(self) -> bool:
        """Whether the person may do more than a member."""
        return self.role > Role.MEMBER

    def day(self, at: datetime) -> date:
        """The day of a moment in the course's zone."""
        return at.astimezone(self.course.zone).date()


def as_herald(tx: Connection, course: Course, now: datetime) -> Work:
    """What is done by nobody in particular: by the clock, by looking, by the operator."""
    return Work(tx, course, HERALD, Role.INSTRUCTOR, now)
