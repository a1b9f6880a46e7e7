"""`herald run` and `demo`, and how a command that lasts is ended."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from bot import clock
from bot.app import opened, regularly
from bot.cli.options import DATA, FOLDER, ConfigOption, DatabaseOption, DataOption, url_of
from bot.cli.plan import as_text
from bot.config import Folder, secret
from bot.core.model import Article, Course
from bot.platforms.discord.setup import Shards
from bot.services import schedule
from bot.services.work import as_herald
from bot.words import WordedError

TURN = 0.0005  # seconds; with Python's 5 ms a transaction in its thread keeps the answers waiting, and they it
DISCORD_RATE = 40.0  # of the 50 requests a second that Discord takes, some are for answers


def run_platforms(
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
    shards: Annotated[
        str | None,
        typer.Option(metavar="IDS/COUNT", help="Discord: of more than one process this one's part, such as 0-3/8."),
    ] = None,
) -> None:
    """Run the configured platforms and the schedule."""
    folder, part = Folder(config), Shards.read(shards) if shards else None
    token = secret("DISCORD_TOKEN", os.environ)
    if token is None:
        raise WordedError("run.no_platform")
    until_ended(lambda: _on_discord(url_of(data, database), folder, token, part))


async def _on_discord(url: str, folder: Folder, token: str, shards: Shards | None) -> None:
    from bot.platforms.discord.platform import Discord  # costs 0.5 s, so only where it is needed

    async with opened(url, folder.config.courses) as herald:
        discord = Discord(replace(herald.discord(token, folder.config.discord, shards), report=_say))
        # What is there now stays; to look through it for garbage holds every answer up for a tenth of a second.
        gc.collect()
        gc.freeze()
        for course in herald.courses.values():
            for article in await herald.database.read(partial(_next, course)):
                _say(f"Next in {course.key}: {as_text(article, course)}")
        _say("Herald goes to Discord. Ctrl-C ends it.")
        keeping = herald.keep(herald.delivering("discord", discord, DISCORD_RATE))
        await _together(keeping, regularly(partial(herald.follow, folder)), discord.run())


def _next(course: Course, tx: Connection) -> tuple[Article, ...]:
    return schedule.coming(as_herald(tx, course, clock.now()), 1)


def _say(line: str) -> None:
    with suppress(OSError):  # whoever read the output has gone, which is their right
        print(line, flush=True)


async def _together(*jobs: Coroutine[Any, Any, None]) -> None:
    """Run jobs that never end; where one fails, end the others and raise its error."""
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


def run_demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes any.")] = 8000,
    empty: Annotated[bool, typer.Option("--empty", help="Without the invented questions.")] = False,
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
) -> None:
    """Try Herald in the browser: it needs no account."""
    from bot import demo  # the web costs 5 MB, so only where it is needed

    folder = Folder(config)
    until_ended(lambda: demo.run(url_of(data, database, "demo.db"), folder, port, empty))


def until_ended(job: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a job until it ends or SIGINT or SIGTERM asks for its end; it then gets to close what it opened."""
    sys.setswitchinterval(TURN)

    async def guarded() -> None:
        task = asyncio.create_task(job())
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(guarded())
