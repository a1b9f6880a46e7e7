"""`herald brief`: what whoever writes an article starts from."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from bot import clock
from bot.app import opened
from bot.cli.options import (
    DATA,
    FOLDER,
    ConfigOption,
    CourseOption,
    DatabaseOption,
    DataOption,
    course_named,
    language,
    url_of,
)
from bot.commands.context import Context
from bot.commands.explain import explain
from bot.commands.report import report
from bot.config import load
from bot.core.errors import OperatorError, UserError
from bot.core.model import Course
from bot.services.brief import brief
from bot.services.work import as_herald
from bot.words import words_in


def write_brief(
    article: Annotated[str, typer.Argument(metavar="ARTICLE", help="2026-Q4, or 2026-review for the year in numbers.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", readable=False, help="Write it there, not on the screen.")
    ] = None,
    course: CourseOption = None,
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
) -> None:
    """Write the brief of an article as Markdown."""
    courses = load(config).courses
    url = url_of(data, database)
    text = asyncio.run(_brief(article, course_named(courses, course), courses, url))
    if out is None:
        print(text, end="")
        return
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        raise OperatorError(f"{out} cannot be written: {error.strerror}. Name another with --out.") from error


async def _brief(article: str, course: Course, courses: tuple[Course, ...], url: str) -> str:
    say = words_in(course.locale)

    def look(tx: Connection) -> str:
        context = Context(as_herald(tx, course, clock.now()), say)
        return report(context, brief(context.work, article))

    async with opened(url, courses) as herald:
        try:
            return await herald.database.read(look)
        except UserError as error:
            raise OperatorError(explain(error, language(None)).text) from error
