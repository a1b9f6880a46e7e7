"""`herald chat`: Herald in a terminal or through a pipe."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Annotated

import typer

from bot import clock
from bot.app import Herald, opened
from bot.cli.options import (
    DATA,
    FOLDER,
    ConfigOption,
    CourseOption,
    DatabaseOption,
    DataOption,
    JsonOption,
    check_locale,
    course_named,
    url_of,
)
from bot.cli.running import until_ended
from bot.config import load
from bot.core.chat import Role
from bot.core.errors import OperatorError
from bot.core.model import Course
from bot.core.text import received
from bot.platforms.console import Console, typed_lines
from bot.services import local, presence
from bot.words import locale_of, words_in
from bot.words.notices import render


def chat(
    as_: Annotated[str, typer.Option("--as", metavar="NAME", help="Who you are.")] = "me",
    role: Annotated[str | None, typer.Option(metavar="member|assistant|instructor")] = None,
    locale: Annotated[str | None, typer.Option(metavar="zh-CN|en")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
    course: CourseOption = None,
) -> None:
    """Talk to Herald in this terminal, or through a pipe."""
    courses = load(config).courses
    chosen = course_named(courses, course)
    if role and role.upper() not in Role.__members__:
        raise OperatorError(f"--role {role}: there is no such role; choose member, assistant or instructor.")
    check_locale(locale)
    name = received(as_).strip()
    if not name:
        raise OperatorError("--as: a name is missing; write one such as --as lin.")
    person = f"local:{name}"
    granted = Role[role.upper()] if role else chosen.staff.get(person, Role.MEMBER)
    talk = partial(_chat, person=person, name=name, role=granted, locale=locale, as_json=as_json)
    until_ended(lambda: talk(url_of(data, database), courses, chosen))


async def _chat(
    url: str,
    courses: tuple[Course, ...],
    course: Course,
    *,
    person: str,
    name: str,
    role: Role,
    locale: str | None,
    as_json: bool,
) -> None:
    async with opened(url, courses) as herald:
        spoken = await herald.database.read(lambda tx: presence.locale_of(tx, person))
        dispatcher = herald.dispatcher
        console = Console(
            person, name, role, course.key, dispatcher.commands, dispatcher.handle, dispatcher.explain, clock.now,
            locale_of(locale or spoken, course.locale),
        )  # fmt: skip
        async with _news(herald, console, course) if sys.stdin.isatty() and not as_json else _nothing():
            async for line in typed_lines():
                reply = await console.answer(line)
                print(console.as_json(reply) if as_json else console.as_text(reply) + "\n", flush=True)


@asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def _news(herald: Herald, console: Console, course: Course) -> AsyncIterator[None]:
    """Greet, and print what the group and this person are told meanwhile."""
    say = words_in(locale_of(console.locale))
    print(say("chat.hello", course=course.title, name=console.name, role=say(f"chat.role.{console.role.name.lower()}")))
    task = asyncio.create_task(_print_news(herald, console, course))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _print_news(herald: Herald, console: Console, course: Course) -> None:
    look = partial(local.history, course=course.key, person=console.person)
    seen = max((message.seq for message in await herald.database.read(look)), default=0)
    while True:
        news = partial(local.news, course=course.key, person=console.person, seq=seen)
        for message in await herald.database.read(news):
            seen = message.seq
            if message.notice:
                said = render(message.notice, words_in(locale_of(console.locale)), course.zone)
                print(console.as_text(said) + "\n", flush=True)
        await asyncio.sleep(1)
