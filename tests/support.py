"""What many tests start from: a course, persons who talk to Herald as in a dialog, a clock that tests move."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, func, select

from bot.app import Herald, opened
from bot.core.chat import Call, Reply, Role
from bot.core.model import Change, Course, Rhythm, Window
from bot.platforms.console import Console
from bot.services import local
from bot.store.database import Database, writer_engine
from bot.words import words_in
from bot.words.notices import render

T = TypeVar("T")
ROOT = Path(__file__).parents[1]
PATIENCE = 30.0
START = datetime(2026, 11, 20, 9, tzinfo=UTC)


def course(key: str = "ebpf", **more: object) -> Course:
    """A course with a small plan: 2026-Q3 is out, 2026-Q4 and the review come; `more` are fields of `Course`."""
    out = START.date().replace(month=9)
    fields: dict[str, object] = {
        "title": "eBPF",
        "zone": ZoneInfo("Asia/Shanghai"),
        "locale": "zh-CN",
        "rhythm": Rhythm("2026-Q3"),
        "changes": {"2026-Q3": Change(title="Maps", url="https://example.org/q3", published=Window(out, out))},
        "staff": {"local:instructor": Role.INSTRUCTOR, "local:assistant": Role.ASSISTANT},
        "survey": "https://example.org/survey",
        "group": "https://example.org/group",
    }
    return Course(key, **(fields | more))  # type: ignore[arg-type]


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: datetime = START

    def __call__(self) -> datetime:
        """The present moment."""
        return self.now

    def wait(self, **more: float) -> datetime:
        """Let time pass, `clock.wait(days=3)`, and return the moment then."""
        self.now += timedelta(**more)
        return self.now


@dataclass
class World:
    """An open installation with persons to talk as; `herald` is all that the program has, `clock` all time there is."""

    herald: Herald
    clock: Clock

    @property
    def database(self) -> Database:
        """The database that everybody here talks to."""
        return self.herald.database

    def member(self, name: str, locale: str = "en", course: str | None = None, *, on: str = "local") -> "Talk":
        """A member, whom Herald speaks to in `locale`, on one of the platforms."""
        return self._talk(name, Role.MEMBER, locale, course, on)

    def assistant(self, name: str = "assistant", locale: str = "en", course: str | None = None) -> "Talk":
        """An assistant."""
        return self._talk(name, Role.ASSISTANT, locale, course)

    def instructor(self, name: str = "instructor", locale: str = "en", course: str | None = None) -> "Talk":
        """The instructor."""
        return self._talk(name, Role.INSTRUCTOR, locale, course)

    async def tick(self) -> datetime | None:
        """What the clock does: all that is due now; when the next thing is."""
        return await self.herald.tick(self.clock())

    async def group(self, locale: str = "en") -> list[Reply]:
        """All that was said to the whole group so far, oldest first."""
        return await self._heard("", locale, self.herald.course)

    async def heard(self, talk: "Talk") -> list[Reply]:
        """All that one person was told unasked so far, oldest first."""
        return await self._heard(talk.console.person, talk.console.locale, self.herald.courses[talk.console.course])

    async def _heard(self, person: str, locale: str, course: Course) -> list[Reply]:
        def look(tx: Connection) -> list[Reply]:
            seen = local.history(tx, course.key, person)
            return [
                render(each.notice, words_in(locale), course.zone)
                for each in seen
                if each.notice and each.person == (person or None)
            ]

        return await self.database.read(look)

    def _talk(self, name: str, role: Role, locale: str, course: str | None, on: str = "local") -> "Talk":
        dispatcher = self.herald.dispatcher
        console = Console(
            f"{on}:{name}",
            name,
            role,
            course or self.herald.course.key,
            dispatcher.commands,
            dispatcher.handle,
            dispatcher.explain,
            self.clock,
            locale,
        )
        return Talk(self, console)


@dataclass
class Talk:
    """One person's side of a dialog with Herald; what they type goes through everything that is real.

    `lin = world.member("lin")`, then `reply = await lin("/ask Why does it loop?")`: each call is a typed line and
    returns the `Reply`; a plain line goes on filling the form that the last reply asked for. `await lin.press("#1")`
    presses the button of the last reply that has this label, with its arguments as they are. `await lin.again()` is the
    last line or press arriving a second time under the same id, as a platform repeats it. `await lin.heard()` is all
    that lin was told unasked, `await world.group()` what the whole group was. `world.clock.wait(days=3)` lets time
    pass and `await world.tick()` does what is due. Who talks: `world.member(name)`, `world.assistant()`,
    `world.instructor()`, each with `locale="zh-CN"` for Chinese.
    """

    world: World
    console: Console
    calls: list[Call] = field(default_factory=list)
    last: Reply = field(default_factory=lambda: Reply(""))

    def __post_init__(self) -> None:
        handle = self.console.handle

        async def remember(call: Call) -> Reply:
            self.calls.append(call)
            return await handle(call)

        self.console.handle = remember

    async def __call__(self, line: str) -> Reply:
        """Type a line."""
        self.last = await self.console.answer(line)
        return self.last

    async def press(self, label: str) -> Reply:
        """Press a button of the last reply; KeyError names the labels that there are."""
        buttons = {button.label: button for button in self.last.buttons}
        if label not in buttons:
            raise KeyError(f"no button {label!r}; there are {list(buttons)}")
        button = buttons[label]
        me = self.console
        args = dict(button.args)
        id_, at = uuid4().hex, self.world.clock()
        call = Call(button.command, args, me.person, me.name, id_, at, me.role, me.locale, me.course)
        self.last = await me.handle(call)
        me.pending = self.last.form
        return self.last

    async def again(self) -> Reply:
        """The last message once more, under the same id."""
        self.last = await self.console.handle(self.calls[-1])
        return self.last

    async def heard(self) -> list[Reply]:
        """All that this person was told unasked so far, oldest first."""
        return await self.world.heard(self)


@asynccontextmanager
async def opened_world(url: str, *courses: Course) -> AsyncIterator[World]:
    """A world over the database at `url`, with one small course unless others are given."""
    async with opened(url, courses or (course(),)) as herald:
        yield World(herald, Clock())


def once(url: str, work: Callable[[Connection], T]) -> T:
    """What `work` returns, done in a transaction of its own over a connection of its own."""
    engine = writer_engine(url)
    try:
        with engine.begin() as tx:
            return work(tx)
    finally:
        engine.dispose()


async def waited_for(tx: Connection) -> None:
    """Return once somebody waits for what this transaction of PostgreSQL holds."""
    async with asyncio.timeout(PATIENCE):
        while not tx.exec_driver_sql("select count(*) from pg_locks where not granted").scalar():
            await asyncio.sleep(0.01)


def rows(tx: Connection, table: Table) -> int:
    """How many rows a table has."""
    return int(tx.execute(select(func.count()).select_from(table)).scalar_one())
