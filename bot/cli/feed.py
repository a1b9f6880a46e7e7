"""`herald check-feed`: is a new article out?"""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from bot import clock
from bot.app import opened
from bot.cli.options import (
    DATA,
    FOLDER,
    ConfigOption,
    CourseOption,
    DatabaseOption,
    DataOption,
    JsonOption,
    course_named,
    url_of,
)
from bot.config import load
from bot.core.errors import OperatorError
from bot.core.model import Course, Entry
from bot.importers.feeds import NotAFeed, read_feed
from bot.importers.fetching import Answer, CannotFetch, fetch
from bot.words import words_in
from bot.words.notices import trouble

_ELSE = "Nothing was changed. Name another URL or FILE, or try again later."


def check_feed(
    place: Annotated[
        str | None,
        typer.Argument(metavar="URL|FILE", help="A feed or a saved list of articles; default: the course's."),
    ] = None,
    course: CourseOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is new; keep and offer nothing.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
) -> None:
    """See whether a new article is out.

    It is offered to the instructor, or announced where the course says so. Reads RSS, Atom, JSON Feed and the list of
    articles of the course's site. The first time all that is there is kept as seen.
    """
    courses = load(config).courses
    chosen = course_named(courses, course)
    place = place or (chosen.feed.url if chosen.feed else None)
    if place is None:
        raise OperatorError(
            f"{chosen.key} has no feed: name a URL or FILE, or add feed: {{url: …}} to the course's file."
        )
    asyncio.run(_check_feed(url_of(data, database), courses, chosen, place, dry_run, as_json))


async def _check_feed(
    url: str, courses: tuple[Course, ...], course: Course, place: str, dry: bool, as_json: bool
) -> None:
    try:
        answer = await fetch(place) if "://" in place else Answer(Path(place).read_bytes())
        entries = read_feed(answer.body or b"", answer.url)
    except (CannotFetch, NotAFeed) as error:
        fields = error.fields if isinstance(error, CannotFetch) else {}
        raise OperatorError(f"{place}: {trouble(words_in('en'), error.key, fields)} {_ELSE}") from error
    except OSError as error:
        raise OperatorError(f"{place} cannot be read: {error.strerror}. {_ELSE}") from error
    async with opened(url, courses) as herald:
        found = await herald.check_feed(course, entries, clock.now(), dry=dry)
    for entry in found.new:
        print(_entry_as_json(entry) if as_json else f"new  {entry.title}  {entry.url or ''}".rstrip())
    counts = {"entries": found.total, "new": len(found.new), "first": found.first}
    said = f"entries: {found.total}, " + ("all kept as seen" if found.first else f"new: {len(found.new)}")
    print(json.dumps({"summary": counts}) if as_json else said)


def _entry_as_json(entry: Entry) -> str:
    data = {"title": entry.title, "url": entry.url, "time": entry.at.isoformat() if entry.at else None}
    return json.dumps(data, ensure_ascii=False)
