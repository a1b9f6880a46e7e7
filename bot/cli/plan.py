"""`herald plan` and `rehearse`: what comes when, and what would be said of it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, TypeVar

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
from bot.core.errors import OperatorError
from bot.core.model import Article, Course, Window
from bot.services import rehearsal, schedule, syndication
from bot.services.when import window_of
from bot.services.work import as_herald
from bot.store.migrate import scratch
from bot.words import words_in
from bot.words.notices import render_for
from bot.words.syndication import atom, icalendar

T = TypeVar("T")
LAST = 9000  # the calendar ends with 9999, and what is planned from a day on has to fit into it


def show_plan(
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
    course: CourseOption = None,
    as_json: JsonOption = False,
    at: Annotated[str | None, typer.Option("--at", metavar="DATE", help="As seen on that day: 2026-12-01.")] = None,
    count: Annotated[int, typer.Option(min=1, max=400, help="How many slots.")] = 20,
    as_ics: Annotated[bool, typer.Option("--ics", help="As a calendar file, with the last year.")] = False,
    as_atom: Annotated[bool, typer.Option("--atom", help="A feed of what is out instead.")] = False,
) -> None:
    """List the coming slots and how certain each is."""
    if as_json + as_ics + as_atom > 1:
        raise OperatorError("--json, --ics and --atom each make another file: choose one of them.")
    chosen = course_named(load(config).courses, course)
    now = _moment(at, chosen) if at else clock.now()
    url = url_of(data, database)
    if as_ics or as_atom:
        text = asyncio.run(_read(url, chosen, partial(_file, chosen, now, count, as_atom)))
        typer.echo(text.encode(), nl=False)
        return
    for article in asyncio.run(_read(url, chosen, lambda tx: schedule.coming(as_herald(tx, chosen, now), count))):
        print(_article_as_json(article) if as_json else as_text(article, chosen))


async def _read(url: str, course: Course, look: Callable[[Connection], T]) -> T:
    """What a look at the installation finds."""
    async with opened(url, (course,)) as herald:
        return await herald.database.read(look)


def _file(course: Course, now: datetime, count: int, as_feed: bool, tx: Connection) -> str:
    """What the web serves for programs to subscribe to."""
    if as_feed:
        return atom(course, syndication.archive(tx, course, now))
    return icalendar(course, syndication.calendar(tx, course, now, count))


def _article_as_json(article: Article) -> str:
    days = {"from": article.when.first.isoformat(), "to": article.when.last.isoformat()}
    slipped = [article.slipped.first.isoformat(), article.slipped.last.isoformat()] if article.slipped else None
    data: dict[str, Any] = {"article": article.key, "certainty": article.certainty, **days}
    confirmed = article.confirmed.isoformat() if article.confirmed else None
    data |= {"confirmed": confirmed, "slipped": slipped, "overdue": article.overdue}
    return json.dumps(data | {"title": article.title, "url": article.url}, ensure_ascii=False)


def as_text(article: Article, course: Course) -> str:
    """A slot in a line: its key, how certain it is, when, and its title."""
    say = words_in(course.locale)
    when = say.moment(article.confirmed, course.zone) if article.confirmed else say.window(article.when)
    certainty = say("certainty.overdue" if article.overdue else f"certainty.{article.certainty}")
    parts = (article.key, certainty, when, article.title or "")
    return "  ".join(part for part in parts if part)


def _moment(day: str, course: Course) -> datetime:
    try:
        at: datetime | None = datetime.fromisoformat(day)
    except ValueError:
        at = None
    if at is None or at.year > LAST:
        raise OperatorError(f"--at {day}: that is no date; write one such as 2026-12-01.")
    return at if at.tzinfo else at.replace(tzinfo=course.zone)


def rehearse(
    begin: Annotated[str | None, typer.Option("--from", metavar="MONTH", help="2022-01; default: now.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="MONTH", help="2026-12; default: a year on.")] = None,
    course: CourseOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
) -> None:
    """Play the plan: what would be said when, where and to whom.

    That takes seconds, in a database of its own. What nobody has given a day is assumed for the last one that was
    promised.
    """
    chosen = course_named(load(config).courses, course)
    first = _days(begin, "--from", chosen).first if begin else clock.now().astimezone(chosen.zone).date()
    last = _days(end, "--to", chosen).last if end else first + timedelta(days=365)
    if last < first:
        raise OperatorError(f"--to {end}: that is before {first}; write a later month.")
    url, now = url_of(data, database), clock.now()
    known = asyncio.run(_read(url, chosen, lambda tx: schedule.changes(as_herald(tx, chosen, now))))
    with scratch() as tx:
        for said in rehearsal.rehearse(tx, replace(chosen, changes=known), first, last):
            print(_said_as_json(said, chosen) if as_json else _said_as_text(said, chosen))


def _days(typed: str, option: str, course: Course) -> Window:
    try:
        found = window_of(typed, course.zone)
    except ValueError:
        found = None
    if not isinstance(found, Window) or found.last.year > LAST:
        raise OperatorError(f"{option} {typed}: that is no month or day. Write one such as 2026-12.")
    return found


def _said_as_text(said: rehearsal.Said, course: Course) -> str:
    reply = render_for(course, said.notice)
    words = (reply.title or reply.text).splitlines()[0]
    at = said.at.astimezone(course.zone).strftime("%Y-%m-%d %H:%M")
    return f"{at}  {words}  → {', '.join(said.targets)}" + ("  (assumed)" if said.assumed else "")


def _said_as_json(said: rehearsal.Said, course: Course) -> str:
    reply = render_for(course, said.notice)
    data = {
        "at": said.at.astimezone(course.zone).isoformat(),
        "key": said.key,
        "kind": said.notice.kind,
        "title": reply.title,
        "text": reply.text,
        "url": reply.url,
        "targets": list(said.targets),
        "assumed": said.assumed,
    }
    return json.dumps(data, ensure_ascii=False)
