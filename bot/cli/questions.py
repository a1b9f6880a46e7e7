"""`herald import` and `similar`: questions that were asked elsewhere, and those that ask the same."""

import asyncio
import json
import sys
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, NamedTuple

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
    JsonOption,
    course_named,
    url_of,
)
from bot.config import load
from bot.core.model import Comment, Course
from bot.core.text import received, shown
from bot.importers.questions import is_question
from bot.services import similar
from bot.services.comments import Filed, file_comments, summary
from bot.store.database import Database
from bot.words import words_in

TOGETHER = 100  # pages that an import reads before it files them
importing = typer.Typer(no_args_is_help=True, help="Bring in what was written elsewhere.")


@importing.command(name="comments")
def import_comments(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", readable=False, help="Saved article pages.")],
    course: CourseOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be filed; write nothing.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
) -> None:
    """File the questions in the comments of saved article pages."""
    courses = load(config).courses
    job = _import(files, course_named(courses, course), courses, url_of(data, database), dry_run, as_json)
    if not asyncio.run(job):
        raise typer.Exit(1)


class _Asked(NamedTuple):
    """The comments of a file and whether each asks something; `unreadable` counts those that are left out."""

    file: Path
    comments: list[tuple[Comment, bool]]
    unreadable: int


async def _import(
    files: list[Path], course: Course, courses: tuple[Course, ...], url: str, dry: bool, as_json: bool
) -> bool:
    """Whether all of every file was read."""
    done: list[Filed] = []
    read = unreadable = 0
    # What is new on a page depends on the pages before it, of which a dry run leaves no trace.
    together = len(files) if dry else TOGETHER
    async with opened(url, courses) as herald:
        for at in range(0, len(files), together):
            pages = [page for file in files[at : at + together] if (page := _asked_in(file, course))]
            read += len(pages)
            unreadable += sum(page.unreadable for page in pages)
            for page, filed in zip(pages, await _file(herald.database, course, pages, dry), strict=True):
                done += filed
                for each in filed:
                    print(_filed_as_json(page.file, each) if as_json else _filed_as_text(each))
    counts = summary(read, done)
    print(json.dumps({"summary": counts}) if as_json else ", ".join(f"{name}: {n}" for name, n in counts.items()))
    return read == len(files) and not unreadable


def _asked_in(file: Path, course: Course) -> _Asked | None:
    """What a saved page asks; None where it is none. What is wrong with it is said on standard error."""
    from bot.importers.comments import NotAPage, read_page  # the parser costs 2 MB, so only where it is needed

    try:
        page = read_page(file.read_bytes(), course.zone)
    except NotAPage as error:
        print(f"{file} is no saved article page: {error}. It is left out.", file=sys.stderr)
        return None
    except OSError as error:
        print(f"{file} cannot be read: {error.strerror}. It is left out.", file=sys.stderr)
        return None
    if page.unreadable:
        print(
            f"{file}: comments that are cut off or have no valid time: {page.unreadable}. They are left out; "
            "save the page again and import it again.",
            file=sys.stderr,
        )
    return _Asked(file, [(comment, is_question(comment.text)) for comment in page.comments], page.unreadable)


async def _file(database: Database, course: Course, pages: list[_Asked], dry: bool) -> list[list[Filed]]:
    if dry:
        return await database.read(partial(_look, course, pages))
    # Each page is filed or not by itself, but those that wait together share a commit.
    return await asyncio.gather(*(database.write(partial(_file_page, course, page)) for page in pages))


def _look(course: Course, pages: list[_Asked], tx: Connection) -> list[list[Filed]]:
    comments = [comment for page in pages for comment in page.comments]
    filed = iter(file_comments(tx, course, comments, clock.now(), dry=True))
    return [list(islice(filed, len(page.comments))) for page in pages]


def _file_page(course: Course, page: _Asked, tx: Connection) -> list[Filed]:
    return file_comments(tx, course, page.comments, clock.now())


def _filed_as_json(file: Path, filed: Filed) -> str:
    comment = filed.comment
    data: dict[str, Any] = {"file": str(file), "name": comment.name, "text": comment.text}
    data |= {
        "time": comment.at.isoformat(),
        "replies": [{"by": reply.by, "text": reply.text} for reply in comment.replies],
    }
    data |= {"question": filed.question, "filed": filed.filed, "topic": filed.topic}
    return json.dumps(data, ensure_ascii=False)


def _filed_as_text(filed: Filed) -> str:
    number = f"#{filed.topic}" if filed.topic else "-"
    return f"{filed.filed:5} {number:>5}  {' '.join(shown(filed.comment.text).split())[:60]}"


def show_similar(
    text: Annotated[str, typer.Argument(metavar="TEXT|-", help="A question; - reads one a line from standard input.")],
    course: CourseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array a line.")] = False,
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
) -> None:
    """Find the topics that ask the same, at most 5.

    Words count, and the spellings that DIR/terms.yaml calls one thing. With the extra installed, pip install
    'herald-bot[semantic]', meaning counts too: more is found, above all across languages. Nothing is shown that is not
    like enough.
    """
    courses = load(config).courses
    url = url_of(data, database)
    asyncio.run(_similar(text, course_named(courses, course), courses, url, as_json))


async def _similar(text: str, course: Course, courses: tuple[Course, ...], url: str, as_json: bool) -> None:
    async with opened(url, courses) as herald:
        await herald.catch_up()
        for line in sys.stdin if text == "-" else [text]:
            look = partial(similar.similar, course=course, text=received(line.strip()))
            found = await herald.database.read(look)
            print(_similar_as_json(found) if as_json else _similar_as_text(found, course), flush=True)


def _similar_as_json(found: list[similar.Similar]) -> str:
    data = [{"topic": each.topic, "score": each.score, "title": each.title} for each in found]
    return json.dumps(data, ensure_ascii=False)


def _similar_as_text(found: list[similar.Similar], course: Course) -> str:
    say = words_in(course.locale)
    lines = [f"{each.score:.2f}  #{each.topic}  {say(f'state.{each.state}')}  {shown(each.title)}" for each in found]
    return "\n".join(lines) or "-"
