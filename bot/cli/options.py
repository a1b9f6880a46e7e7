"""The options that many commands share, and what they name."""

import os
from pathlib import Path
from typing import Annotated

import typer

from bot.core.errors import OperatorError
from bot.core.model import Course
from bot.store.database import sqlite_url
from bot.words import LOCALES, Words, locale_of, words_in

ConfigOption = Annotated[Path, typer.Option("--config", metavar="DIR", help="The folder that people edit.")]
DataOption = Annotated[Path, typer.Option("--data", metavar="DIR", help="The folder of the database.")]
DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="postgresql://… or sqlite:///FILE instead of a file in DIR."),
]
CourseOption = Annotated[str | None, typer.Option("--course", metavar="KEY", help="Which course; default: the first.")]
LocaleOption = Annotated[str | None, typer.Option("--locale", metavar="zh-CN|en", help="Default: as LANG says.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
FOLDER, DATA = Path("config"), Path("data")


def course_named(courses: tuple[Course, ...], key: str | None) -> Course:
    """The course of that key, or the first; OperatorError where there is none of that key."""
    for course in courses:
        if key in (None, course.key):
            return course
    raise OperatorError(f"--course {key}: there is no such course; there is {', '.join(c.key for c in courses)}.")


def url_of(data: Path, database: str | None, name: str = "herald.db") -> str:
    """The address of the database: `database`, or the file `name` in `data`, which is made."""
    if database is not None:
        return database
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"The folder {data} cannot be made: {error.strerror}. Name another with --data.") from error
    return sqlite_url(data / name)


def check_locale(locale: str | None) -> None:
    """OperatorError where somebody asks for a language that Herald does not speak."""
    if locale and locale not in LOCALES:
        raise OperatorError(f"--locale {locale}: Herald speaks zh-CN and en.")


def language(locale: str | None) -> Words:
    """What the operator is spoken to in: `locale`, or what the terminal speaks, else English."""
    check_locale(locale)
    return words_in(locale_of(locale, os.environ.get("LC_ALL"), os.environ.get("LANG"), "en"))
