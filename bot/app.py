"""The only file that knows all parts: opens them, wires them, runs them, closes them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from bot import clock
from bot.commands.catalog import declared
from bot.commands.dispatch import Dispatcher
from bot.core.chat import Role
from bot.core.model import Course, Person
from bot.services import schedule
from bot.services.work import Work
from bot.store import people
from bot.store.database import Database
from bot.store.migrate import migrate

HERALD = Person("herald:clock", "Herald")


@dataclass(frozen=True, slots=True)
class Herald:
    """An open installation."""

    database: Database
    courses: Mapping[str, Course]
    dispatcher: Dispatcher

    @property
    def course(self) -> Course:
        """The first course."""
        return next(iter(self.courses.values()))

    async def tick(self, now: datetime) -> datetime | None:
        """Do what is due in every course; when the next thing is."""
        return await self.database.write(partial(self._tick, now))

    def _tick(self, now: datetime, tx: Connection) -> datetime | None:
        people.meet(tx, HERALD.key, HERALD.name, Role.MEMBER, now)
        works = (Work(tx, course, HERALD, Role.INSTRUCTOR, now) for course in self.courses.values())
        return min((due for work in works if (due := schedule.tick(work))), default=None)


@asynccontextmanager
async def opened(url: str, courses: tuple[Course, ...]) -> AsyncIterator[Herald]:
    """The installation over the database at `url`, brought up to date; OperatorError where it cannot be used."""
    migrate(url)
    async with Database(url) as database:
        by_key = {course.key: course for course in courses}
        yield Herald(database, by_key, Dispatcher(database, by_key, declared()))


__all__ = ["Herald", "clock", "opened"]
