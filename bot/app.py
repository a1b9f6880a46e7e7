"""The only file that knows all parts: opens them, wires them, runs them, closes them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from bot import clock
from bot.commands.catalog import declared
from bot.commands.dispatch import Dispatcher
from bot.commands.suggest import Suggester
from bot.config import DiscordConfig
from bot.core.chat import Role
from bot.core.model import Course, Person
from bot.platforms.discord.setup import Address, Setup
from bot.services import digest, freshness, presence, schedule, semantic, similar
from bot.services.buttons import Kept
from bot.services.work import Work
from bot.store import people
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.web.site import Identity, Site
from bot.words import words_in
from bot.words.notices import render

log = logging.getLogger(__name__)
HERALD = Person("herald:clock", "Herald")
# What the clock wakes: each does what is due, any number of times, and says when it next has something to do.
TICKS: tuple[Callable[[Work], datetime | None], ...] = (schedule.tick, digest.tick, freshness.tick)


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

    async def catch_up(self) -> None:
        """Make every question findable: by its words after an update, by its meaning where [semantic] is installed."""
        await similar.catch_up(self.database, self.courses.values())
        await semantic.catch_up(self.database, self.courses.values())

    async def keep(self) -> None:
        """Do what is due when it is, and give new questions their meaning, until cancelled."""
        await asyncio.gather(clock.run(self.tick), clock.run(self._understand))

    async def _understand(self, now: datetime) -> None:
        await semantic.catch_up(self.database, self.courses.values())

    async def tick(self, now: datetime) -> datetime | None:
        """Do what is due in every course; when the next thing is."""
        return await self.database.write(partial(self._tick, now))

    def _tick(self, now: datetime, tx: Connection) -> datetime | None:
        people.meet(tx, HERALD.key, HERALD.name, Role.MEMBER, now)
        works = [Work(tx, course, HERALD, Role.INSTRUCTOR, now) for course in self.courses.values()]
        return min((due for work in works for tick in TICKS if (due := tick(work))), default=None)

    def discord(self, token: str, settings: DiscordConfig) -> Setup:
        """Discord for the first course."""
        course, dispatcher = self.course, self.dispatcher
        return Setup(
            token=token,
            commands=dispatcher.commands,
            handle=dispatcher.handle,
            suggest=Suggester(self.database, self.courses, dispatcher.commands).suggest,
            staff=course.staff | course.granted,
            locale=course.locale,
            clock=clock.now,
            memory=Kept(self.database, clock.now),
            guilds=settings.guilds,
            address=Address(settings.api_base, settings.gateway_url),
        )

    def site(self, people: tuple[Identity, ...], *, demo: bool) -> Site:
        """The web chat of the first course, where one can be any of `people`."""
        course, dispatcher = self.course, self.dispatcher
        return Site(
            course=course,
            commands=dispatcher.commands,
            handle=dispatcher.handle,
            database=self.database,
            people=people,
            demo=demo,
            explain=dispatcher.explain,
            render=lambda notice, locale: render(notice, words_in(locale), course.zone),
            locale_for=lambda person: self.database.read(partial(presence.locale_of, person=person)),
        )


@asynccontextmanager
async def opened(url: str, courses: tuple[Course, ...]) -> AsyncIterator[Herald]:
    """The installation over the database at `url`, brought up to date; OperatorError where it cannot be used."""
    migrate(url)
    async with Database(url) as database:
        by_key = {course.key: course for course in courses}
        async with _meanwhile(similar.catch_up(database, courses)):
            yield Herald(database, by_key, Dispatcher(database, by_key, declared()))


@asynccontextmanager
async def _meanwhile(job: Coroutine[None, None, object]) -> AsyncIterator[None]:
    """Run a job that nobody waits for; what goes wrong in it is in the log."""
    task = asyncio.create_task(job)
    task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _log_failure(task: asyncio.Task[object]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("Questions filed earlier could not be indexed; it is tried again at the next start", exc_info=error)
