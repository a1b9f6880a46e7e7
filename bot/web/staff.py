"""What the pages of staff share: who may see them, and forms that are commands."""

from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import web

from bot.core.chat import Call, Reply, Role
from bot.web.language import wished
from bot.web.people import identify
from bot.web.post import Post, read_post
from bot.web.refusal import Refused
from bot.web.site import Identity, Site
from bot.words import locale_of

FORM = "application/x-www-form-urlencoded"


def admitted(site: Site, claim: str, role: Role, key: str) -> Identity:
    """Who that is, with at least that role; Refused as `key` otherwise."""
    me = identify(site, claim)
    if me.role < role:
        raise Refused(403, key)
    return me


async def filled_in(request: web.Request) -> list[tuple[str, str]]:
    """The fields of a form; Refused for anything else."""
    if request.content_type != FORM:
        raise Refused(400, "shape")
    return [(name, value) for name, value in (await request.post()).items() if isinstance(value, str)]


async def language_of(site: Site, me: Identity, request: web.Request) -> str:
    """The language that a page is in for somebody."""
    return locale_of(await site.locale_for(me.id), wished(request.headers.get("Accept-Language")), site.course.locale)


def posted(said: Mapping[str, str], command: str, args: Mapping[str, str]) -> Post:
    """The command that a form stands for."""
    return read_post({"id": said.get("id"), "as": said.get("as"), "command": command, "args": args})


def undoing(said: Mapping[str, str]) -> Post | None:
    """The command of a form that undoes something; None of any other."""
    event = said.get("event")
    return posted(said, "undo", {"event": event}) if event else None


def undo_of(reply: Reply | None) -> str | None:
    """The event that the reply offers to undo."""
    events = (each.args["event"] for each in reply.buttons if each.command == "undo") if reply else ()
    return next(iter(events), None)


async def run(site: Site, clock: Callable[[], datetime], request: web.Request, me: Identity, post: Post) -> Reply:
    """Do what a form stands for, by its command."""
    wish = wished(request.headers.get("Accept-Language"))
    id_, course = f"{me.id}/{post.id}", site.course.key
    return await site.handle(Call(post.command or "", post.args, me.id, me.name, id_, clock(), me.role, wish, course))
