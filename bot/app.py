"""The only file that knows all parts: opens them, wires them, runs them, closes them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from bot import clock
from bot.commands.catalog import declared
from bot.commands.dispatch import Dispatcher
from bot.commands.suggest import Suggester
from bot.config import Config, ConfigError, DiscordConfig, Folder
from bot.core.chat import Platform, Reply
from bot.core.model import Course, Entry
from bot.importers.feeds import NotAFeed, read_feed
from bot.importers.fetching import CannotFetch, fetch
from bot.platforms.discord.setup import Address, Setup, Shards
from bot.services import around, buttons, digest, freshness, outlet, presence, schedule, semantic, similar, standing
from bot.services.delivering import Delivering, Parcel
from bot.services.work import HERALD, Work, as_herald
from bot.store import people
from bot.store.database import Database, Unavailable
from bot.store.migrate import migrate
from bot.web.site import Identity, Site
from bot.words import locale_of, words_in
from bot.words.notices import render, render_all

T = TypeVar("T")
log = logging.getLogger(__name__)
# What the clock wakes in each course: each does what is due, any number of times, and says when to come next.
TICKS: tuple[Callable[[Work], datetime | None], ...] = (
    schedule.tick,
    around.tick,
    digest.tick,
    freshness.tick,
    standing.move,
)
LOOK = timedelta(seconds=2)  # between two looks at the files that people edit
Tick = Callable[[datetime], Awaitable[datetime | None]]


@dataclass(frozen=True, slots=True)
class Herald:
    """An open installation; `courses` are as their files say at this moment, always the same ones."""

    database: Database
    courses: dict[str, Course]
    dispatcher: Dispatcher

    @property
    def course(self) -> Course:
        """The first course."""
        return next(iter(self.courses.values()))

    async def catch_up(self) -> None:
        """Make every question findable: by its words after an update, by its meaning where [semantic] is installed."""
        await similar.catch_up(self.database, self.courses.values())
        await semantic.catch_up(self.database, self.courses.values())

    async def keep(self, *workers: Delivering) -> None:
        """Do what is due when it is, let the workers send what waits, and understand new questions, until cancelled."""
        regular = map(regularly, (self.tick, self._understand, self.look_out, self.stand))
        await asyncio.gather(*regular, *(each.run() for each in workers))

    def delivering(self, name: str, platform: Platform, rate: float) -> Delivering:
        """What sends the ledger's rows of one platform, which allows `rate` requests a second."""
        return Delivering(self.database, self.courses, name, platform, worded, clock.now, rate=rate)

    async def follow(self, folder: Folder, now: datetime) -> datetime:
        """Take over what the files say where they changed, and say when to look again.

        What is wrong with them is in the log, and what held before holds on.
        """
        try:
            config = await asyncio.to_thread(folder.changed)
        except ConfigError as error:
            say = words_in(self.course.locale)
            log.error("%s", say("config.not_taken", problems=" ".join(each.said(say) for each in error.problems)))
        else:
            if config:
                await self._take_over(config, folder.config)
        return now + LOOK

    async def _take_over(self, config: Config, first: Config) -> None:
        if (config.discord, [course.key for course in config.courses]) != (first.discord, list(self.courses)):
            log.warning("Another list of courses, or another `discord` in herald.yaml, holds from the next start on.")
        self.courses.update((course.key, course) for course in config.courses if course.key in self.courses)
        log.info("the configuration was read anew")
        await similar.catch_up(self.database, self.courses.values())

    async def _understand(self, now: datetime) -> None:
        await semantic.catch_up(self.database, self.courses.values())

    async def stand(self, now: datetime) -> datetime:
        """Keep true what stands in places; when to look again."""
        courses = [course for course in self.courses.values() if course.card or course.threads or course.calendars]
        for course in await self.database.read(partial(self._behind, courses, now)) if courses else ():
            await self.database.write(partial(self._as_herald, course, now, standing.tick))
        return now + standing.LOOK

    @staticmethod
    def _behind(courses: Iterable[Course], now: datetime, tx: Connection) -> list[Course]:
        return [each for each in courses if standing.behind(as_herald(tx, each, now))]

    async def look_out(self, now: datetime) -> None:
        """Look where the courses' articles appear, where it is time to, and offer or announce what is new."""
        for course in self.courses.values():
            if course.feed and (due := await self.database.write(partial(self._as_herald, course, now, outlet.due))):
                await self._look(course, course.feed.url, now, due.etag, due.modified)

    async def _look(self, course: Course, url: str, now: datetime, etag: str | None, modified: str | None) -> None:
        try:
            answer = await fetch(url, etag, modified)
            body = answer.body
            entries = await asyncio.to_thread(read_feed, body, answer.url) if body is not None else None
        except (CannotFetch, NotAFeed) as error:
            fields = error.fields if isinstance(error, CannotFetch) else {}
            done: Callable[[Work], object] = partial(outlet.failed, key=error.key, fields=dict(fields))
        else:
            done = outlet.unchanged
            if entries is not None:
                done = partial(outlet.file, entries=entries, etag=answer.etag, modified=answer.modified)
        await self.database.write(partial(self._as_herald, course, now, done))

    async def check_feed(
        self, course: Course, entries: tuple[Entry, ...], now: datetime, *, dry: bool = False
    ) -> outlet.Found:
        """What of a listing is new, kept and offered or announced; with `dry` only said."""
        if dry:
            return await self.database.read(lambda tx: outlet.file(as_herald(tx, course, now), entries, dry=True))
        return await self.database.write(partial(self._as_herald, course, now, partial(outlet.file, entries=entries)))

    @staticmethod
    def _as_herald(course: Course, now: datetime, work: Callable[[Work], T], tx: Connection) -> T:
        if not people.known(tx, HERALD.key):
            people.meet(tx, HERALD.key, HERALD.name, now)
        return work(as_herald(tx, course, now))

    async def tick(self, now: datetime) -> datetime | None:
        """Do what is due in every course, whatever else goes wrong there or in another; when the next thing is.

        All that goes wrong is raised as one ExceptionGroup.
        """
        write, courses = self.database.write, self.courses.values()
        ticks = [write(partial(self._as_herald, course, now, tick)) for course in courses for tick in TICKS]
        sweeps = [write(partial(sweep, now=now)) for sweep in (buttons.tick, presence.tick)]
        # Written at once they share a commit, and what one raises undoes no other.
        dues = await asyncio.gather(*ticks, *sweeps, return_exceptions=True)
        if failed := [due for due in dues if isinstance(due, Exception)]:
            raise ExceptionGroup("not all that is due was done", failed)
        return min((due for due in dues if isinstance(due, datetime)), default=None)

    def discord(self, token: str, settings: DiscordConfig, shards: Shards | None = None) -> Setup:
        """Discord for the first course; of more than one process each has its shards."""
        dispatcher = self.dispatcher
        return Setup(
            token=token,
            commands=dispatcher.commands,
            handle=dispatcher.handle,
            suggest=Suggester(self.database, self.courses, dispatcher.commands).suggest,
            courses=lambda: tuple(self.courses.values()),
            clock=clock.now,
            memory=buttons.Kept(self.database, clock.now),
            guilds=settings.guilds,
            address=Address(settings.api_base, settings.gateway_url),
            shards=shards,
        )

    def site(self, people: tuple[Identity, ...], *, demo: bool) -> Site:
        """The web chat of the first course, where one can be any of `people`."""
        dispatcher = self.dispatcher
        return Site(
            current=lambda: self.course,
            commands=dispatcher.commands,
            handle=dispatcher.handle,
            database=self.database,
            people=people,
            demo=demo,
            explain=dispatcher.explain,
            render=lambda notice, locale: render(notice, words_in(locale), self.course.zone),
            locale_for=lambda person: self.database.read(partial(presence.locale_of, person=person)),
        )


async def regularly(tick: Tick) -> None:
    """Call `tick` when it says, until cancelled; where the database is in trouble the log says so in a sentence."""

    async def tried(now: datetime) -> datetime | None:
        try:
            return await tick(now)
        except* Unavailable as failed:
            why = "; ".join(dict.fromkeys(map(str, failed.exceptions)))
            log.error("The database cannot be used now, so what is due waits; it is tried again by itself: %s", why)
        return None

    await clock.run(tried)


def worded(parcel: Parcel) -> Reply:
    """What a delivery says, in the language of whom it goes to."""
    course = parcel.course
    reply = render_all(parcel.notices, parcel.since, words_in(locale_of(parcel.locale)), course.zone)
    return replace(reply, course=course.key, mention=course.mention if parcel.news else reply.mention)


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
