"""The operator's commands."""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from bot import __version__, clock, demo
from bot.app import Herald, opened
from bot.commands.context import Context
from bot.commands.explain import explain
from bot.commands.report import report
from bot.config import Config, load, secret
from bot.core.chat import Role
from bot.core.errors import OperatorError, UserError
from bot.core.model import Article, Change, Comment, Course, Entry, Window
from bot.core.text import received, shown
from bot.importers.comments import NotAPage, read_page
from bot.importers.feeds import NotAFeed, read_feed
from bot.importers.fetching import CannotFetch, fetch
from bot.importers.questions import is_question
from bot.platforms.console import Console, typed_lines
from bot.services import local, presence, rehearsal, similar
from bot.services.brief import brief
from bot.services.comments import Filed, file_comments, summary
from bot.services.plan import merged, plan, window_of
from bot.services.work import HERALD, Work
from bot.store import articles
from bot.store.database import Unavailable, sqlite_url
from bot.store.migrate import migrate as bring_up_to_date
from bot.store.migrate import scratch, unusable
from bot.words import locale_of, words_in
from bot.words.notices import render, trouble

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
importing = typer.Typer(no_args_is_help=True, help="Bring in what was written elsewhere.")
app.add_typer(importing, name="import")

ConfigOption = Annotated[Path, typer.Option("--config", metavar="DIR", help="The folder that people edit.")]
DataOption = Annotated[Path, typer.Option("--data", metavar="DIR", help="The folder of the database.")]
DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="postgresql://… or sqlite:///FILE instead of a file in DIR."),
]
CourseOption = Annotated[str | None, typer.Option("--course", metavar="KEY", help="Which course; default: the first.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
FOLDER, DATA = Path("config"), Path("data")
DISCORD_RATE = 40.0  # of the 50 requests a second that Discord takes, some are for answers
TOGETHER = 100  # pages that an import reads before it files them


def main() -> None:
    """Run the command line; an operator's error is a sentence and exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        app(standalone_mode=True)
    except OperatorError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except Unavailable as error:
        print(unusable("in use", str(error)), file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read the output has gone, which is their right; without this Python complains once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@app.command()
def version() -> None:
    """Say which version this is."""
    print(f"herald {__version__}")


@app.command()
def check(config: ConfigOption = FOLDER) -> None:
    """Read the configuration and say all that is wrong with it."""
    courses = load(config).courses
    print(f"{config} is in order: {', '.join(course.key for course in courses)}.")


@app.command()
def migrate(data: DataOption = DATA, database: DatabaseOption = None) -> None:
    """Bring the database to the version of this program."""
    had, has = bring_up_to_date(_url(data, database, "herald.db"))
    print(f"The database was {'empty' if had is None else f'of version {had}'} and is of version {has}.")


@app.command(name="plan")
def show_plan(
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
    course: CourseOption = None,
    as_json: JsonOption = False,
    at: Annotated[str | None, typer.Option("--at", metavar="DATE", help="As seen on that day: 2026-12-01.")] = None,
    count: Annotated[int, typer.Option(min=1, max=400, help="How many slots.")] = 20,
) -> None:
    """List the coming slots and how certain each is."""
    chosen = _course(load(config).courses, course)
    now = _moment(at, chosen) if at else clock.now()
    for article in asyncio.run(_plan(_url(data, database, "herald.db"), chosen, now, count)):
        print(_article_as_json(article) if as_json else _article_as_text(article, chosen))


async def _plan(url: str, course: Course, now: datetime, count: int) -> tuple[Article, ...]:
    return plan(course, await _known(url, course), now, count)


async def _known(url: str, course: Course) -> dict[str, Change]:
    """What the file and the commands said of each slot."""
    async with opened(url, (course,)) as herald:
        said = await herald.database.read(lambda tx: articles.changes(tx, course.key))
    return {key: merged(course.changes.get(key), said.get(key)) for key in {**course.changes, **said}}


def _article_as_json(article: Article) -> str:
    days = {"from": article.when.first.isoformat(), "to": article.when.last.isoformat()}
    slipped = [article.slipped.first.isoformat(), article.slipped.last.isoformat()] if article.slipped else None
    data: dict[str, Any] = {"article": article.key, "certainty": article.certainty, **days}
    confirmed = article.confirmed.isoformat() if article.confirmed else None
    data |= {"confirmed": confirmed, "slipped": slipped, "overdue": article.overdue}
    return json.dumps(data | {"title": article.title, "url": article.url}, ensure_ascii=False)


def _article_as_text(article: Article, course: Course) -> str:
    say = words_in(course.locale)
    when = say.moment(article.confirmed, course.zone) if article.confirmed else say.window(article.when)
    parts = (article.key, say(f"certainty.{article.certainty}"), when, article.title or "")
    return "  ".join(part for part in parts if part)


def _moment(day: str, course: Course) -> datetime:
    try:
        at = datetime.fromisoformat(day)
    except ValueError:
        raise OperatorError(f"--at {day}: that is no date; write one such as 2026-12-01.") from None
    return at if at.tzinfo else datetime.combine(at.date(), at.time() or time(12), course.zone)


@app.command(name="run")
def run_platforms(config: ConfigOption = FOLDER, data: DataOption = DATA, database: DatabaseOption = None) -> None:
    """Run the configured platforms and the schedule."""
    settings = load(config)
    token = secret("DISCORD_TOKEN", os.environ)
    if token is None:
        raise OperatorError(
            "No platform is configured, so there is nothing to run. "
            "Set DISCORD_TOKEN or DISCORD_TOKEN_FILE for Discord (docs/discord.md), "
            "or try the local chat with `herald demo`; it needs no account."
        )
    _run(lambda: _on_discord(_url(data, database, "herald.db"), settings, token))


async def _on_discord(url: str, settings: Config, token: str) -> None:
    from bot.platforms.discord.platform import Discord  # costs 0.5 s, so only where it is needed

    async with opened(url, settings.courses) as herald:
        discord = Discord(herald.discord(token, settings.discord))
        print("Herald goes to Discord. Ctrl-C ends it.", flush=True)
        await _together(herald.keep({"discord": discord}, {"discord": DISCORD_RATE}), discord.run())


async def _together(*jobs: Coroutine[Any, Any, None]) -> None:
    """Run jobs that never end; where one fails, end the others and raise its error."""
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


@app.command()
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
    chosen = _course(courses, course)
    if role and role.upper() not in Role.__members__:
        raise OperatorError(f"--role {role}: there is no such role; choose member, assistant or instructor.")
    if locale and locale not in ("zh-CN", "en"):
        raise OperatorError(f"--locale {locale}: Herald speaks zh-CN and en.")
    name = received(as_).strip()
    if not name:
        raise OperatorError("--as: a name is missing; write one such as --as lin.")
    person = f"local:{name}"
    granted = Role[role.upper()] if role else chosen.staff.get(person, Role.MEMBER)
    talk = partial(_chat, person=person, name=name, role=granted, locale=locale, as_json=as_json)
    _run(lambda: talk(_url(data, database, "herald.db"), courses, chosen))


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
        for message in await herald.database.read(partial(_after, course.key, console.person, seen)):
            seen = message.seq
            if message.notice:
                said = render(message.notice, words_in(locale_of(console.locale)), course.zone)
                print(console.as_text(said) + "\n", flush=True)
        await asyncio.sleep(1)


def _after(course: str, person: str, seen: int, tx: Any) -> Any:
    return local.news(tx, course, person, seen)


@importing.command(name="comments")
def import_comments(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Saved article pages.")],
    course: CourseOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be filed; write nothing.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
) -> None:
    """File the questions in the comments of saved article pages."""
    courses = load(config).courses
    job = _import(files, _course(courses, course), courses, _url(data, database, "herald.db"), dry_run, as_json)
    if not asyncio.run(job):
        raise typer.Exit(1)


async def _import(
    files: list[Path], course: Course, courses: tuple[Course, ...], url: str, dry: bool, as_json: bool
) -> bool:
    done: list[Filed] = []
    read = 0
    async with opened(url, courses) as herald:
        run = herald.database.read if dry else herald.database.write
        for at in range(0, len(files), TOGETHER):
            read_in = [(file, _asked_in(file, course)) for file in files[at : at + TOGETHER]]
            pages = [(file, asked) for file, asked in read_in if asked is not None]
            # Each page is filed or not by itself, but those that wait together share a commit.
            filed = await asyncio.gather(*(run(partial(_file_page, course, asked, dry)) for _, asked in pages))
            read += len(pages)
            for (file, _), page in zip(pages, filed, strict=True):
                done += page
                for each in page:
                    print(_filed_as_json(file, each) if as_json else _filed_as_text(each))
    counts = summary(read, done)
    print(json.dumps({"summary": counts}) if as_json else ", ".join(f"{name}: {n}" for name, n in counts.items()))
    return read == len(files)


def _asked_in(file: Path, course: Course) -> list[tuple[Comment, bool]] | None:
    """The comments of a saved page and whether each asks something; None, said on standard error, where it is none."""
    try:
        page = read_page(file.read_bytes(), course.zone)
    except (NotAPage, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        print(f"{file} is no saved article page: {reason}. The other files are still done.", file=sys.stderr)
        return None
    return [(comment, is_question(comment.text)) for comment in page.comments]


def _file_page(course: Course, asked: Any, dry: bool, tx: Any) -> list[Filed]:
    return file_comments(tx, course, asked, clock.now(), dry=dry)


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
    return f"{filed.filed:5} {number:>5}  {' '.join(filed.comment.text.split())[:60]}"


@app.command()
def rehearse(
    begin: Annotated[str | None, typer.Option("--from", metavar="MONTH", help="2022-01; default: now.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="MONTH", help="2026-12; default: a year on.")] = None,
    course: CourseOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
) -> None:
    """Play the plan in seconds, in a database of its own: what would be said when, where and to whom.

    What nobody has given a day is assumed for the last one that was promised.
    """
    chosen = _course(load(config).courses, course)
    first = _days(begin, "--from", chosen).first if begin else clock.now().astimezone(chosen.zone).date()
    last = _days(end, "--to", chosen).last if end else first + timedelta(days=365)
    if last < first:
        raise OperatorError(f"--to {end}: that is before {first}; write a later month.")
    known = asyncio.run(_known(_url(data, database, "herald.db"), chosen))
    with scratch() as tx:
        for said in rehearsal.rehearse(tx, replace(chosen, changes=known), first, last):
            print(_said_as_json(said, chosen) if as_json else _said_as_text(said, chosen))


def _days(typed: str, option: str, course: Course) -> Window:
    try:
        found = window_of(typed, course.zone)
    except ValueError:
        found = None
    if not isinstance(found, Window):
        raise OperatorError(f"{option} {typed}: that is no month or day. Write one such as 2026-12.")
    return found


def _said_as_text(said: rehearsal.Said, course: Course) -> str:
    reply = render(said.notice, words_in(course.locale), course.zone)
    words = (reply.title or reply.text).splitlines()[0]
    at = said.at.astimezone(course.zone).strftime("%Y-%m-%d %H:%M")
    return f"{at}  {words}  → {', '.join(said.targets)}" + ("  (assumed)" if said.assumed else "")


def _said_as_json(said: rehearsal.Said, course: Course) -> str:
    reply = render(said.notice, words_in(course.locale), course.zone)
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


@app.command(name="check-feed")
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
    """See whether a new article is out: it is offered to the instructor, or announced where the course says so.

    Reads RSS, Atom, JSON Feed and the list of articles of the course's site. The first time all that is there is kept
    as seen.
    """
    courses = load(config).courses
    chosen = _course(courses, course)
    place = place or (chosen.feed.url if chosen.feed else None)
    if place is None:
        raise OperatorError(
            f"{chosen.key} has no feed: name a URL or FILE, or add feed: {{url: …}} to the course's file."
        )
    asyncio.run(_check_feed(_url(data, database, "herald.db"), courses, chosen, place, dry_run, as_json))


async def _check_feed(
    url: str, courses: tuple[Course, ...], course: Course, place: str, dry: bool, as_json: bool
) -> None:
    try:
        body = (await fetch(place)).body if "://" in place else Path(place).read_bytes()
        entries = read_feed(body or b"")
    except (CannotFetch, NotAFeed) as error:
        fields = error.fields if isinstance(error, CannotFetch) else {}
        raise OperatorError(f"{place}: {trouble(words_in('en'), error.key, fields)}") from error
    except OSError as error:
        raise OperatorError(f"{place} cannot be read: {error.strerror}.") from error
    async with opened(url, courses) as herald:
        found = await herald.check_feed(course, entries, clock.now(), dry=dry)
    for entry in found.new:
        print(_entry_as_json(entry) if as_json else f"new  {entry.title}  {entry.url or ''}".rstrip())
    counts = {"entries": found.total, "new": len(found.new), "first": found.first}
    said = f"{found.total} entries, " + ("all kept as seen" if found.first else f"{len(found.new)} new")
    print(json.dumps({"summary": counts}) if as_json else said)


def _entry_as_json(entry: Entry) -> str:
    data = {"title": entry.title, "url": entry.url, "time": entry.at.isoformat() if entry.at else None}
    return json.dumps(data, ensure_ascii=False)


@app.command(name="demo")
def run_demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes any.")] = 8000,
    empty: Annotated[bool, typer.Option("--empty", help="Without the invented questions.")] = False,
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
) -> None:
    """Try Herald in the browser: a local web chat that needs no account."""
    courses = load(config).courses
    _run(lambda: demo.run(_url(data, database, "demo.db"), courses, port, empty))


@app.command(name="similar")
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
    url = _url(data, database, "herald.db")
    asyncio.run(_similar(text, _course(courses, course), courses, url, as_json))


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


@app.command(name="brief")
def write_brief(
    article: Annotated[str, typer.Argument(metavar="ARTICLE", help="2026-Q4, or 2026-review for the year in numbers.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there, not on the screen.")
    ] = None,
    course: CourseOption = None,
    config: ConfigOption = FOLDER,
    data: DataOption = DATA,
    database: DatabaseOption = None,
) -> None:
    """Write the brief of an article as Markdown."""
    courses = load(config).courses
    url = _url(data, database, "herald.db")
    text = asyncio.run(_brief(article, _course(courses, course), courses, url))
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
        context = Context(Work(tx, course, HERALD, Role.INSTRUCTOR, clock.now()), say)
        return report(context, brief(context.work, article))

    async with opened(url, courses) as herald:
        try:
            return await herald.database.read(look)
        except UserError as error:
            raise OperatorError(explain(error, say).text) from error


def _course(courses: tuple[Course, ...], key: str | None) -> Course:
    for course in courses:
        if key in (None, course.key):
            return course
    raise OperatorError(f"--course {key}: there is no such course; there is {', '.join(c.key for c in courses)}.")


def _url(data: Path, database: str | None, name: str) -> str:
    if database:
        return database
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"The folder {data} cannot be made: {error.strerror}. Name another with --data.") from error
    return sqlite_url(data / name)


def _run(job: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a job until it ends or SIGINT or SIGTERM asks for its end; it then gets to close what it opened."""

    async def guarded() -> None:
        task = asyncio.create_task(job())
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(guarded())
