"""The ledger: what waits, failed or is to be posted by hand; it does nothing that a command cannot."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from bot.core.chat import Reply, Role
from bot.core.model import Course, Delivery, Person
from bot.services import attention
from bot.web.page import Pages
from bot.web.post import Post, read_post
from bot.web.site import Identity, Site
from bot.web.staff import admitted, filled_in, language_of, run
from bot.words import Words, words_in
from bot.words.notices import copyable, render, why_of


def deliveries_of(site: Site, clock: Callable[[], datetime], pages: Pages) -> list[web.RouteDef]:
    """The ledger's addresses."""
    page = Deliveries(site, clock, pages)
    return [web.get("/deliveries", page.page), web.post("/deliveries", page.act)]


class Deliveries:
    """Answers requests; keeps nothing."""

    def __init__(self, site: Site, clock: Callable[[], datetime], pages: Pages) -> None:
        self._site = site
        self._clock = clock
        self._pages = pages

    async def page(self, request: web.Request) -> web.Response:
        """The ledger, as the instructor."""
        return await self._show(request, self._instructor(request.query.get("as", "")))

    async def act(self, request: web.Request) -> web.Response:
        """Do what was posted, by its command, and show how the ledger stands."""
        said = dict(await filled_in(request))
        me = self._instructor(said.get("as", ""))
        return await self._show(request, me, await run(self._site, self._clock, request, me, _post(said)))

    def _instructor(self, claim: str) -> Identity:
        return admitted(self._site, claim, Role.INSTRUCTOR, "instructor_only")

    async def _show(self, request: web.Request, me: Identity, reply: Reply | None = None) -> web.Response:
        locale, now, course = await language_of(self._site, me, request), self._clock(), self._site.course
        look = partial(attention.board, course=course, person=Person(me.id, me.name), role=me.role, now=now)
        fields = _fields(await self._site.database.read(look), words_in(locale), course, now)
        undo = next((each for each in reply.buttons if each.command == "undo"), None) if reply else None
        fields |= {"reply": reply, "undo": undo.args["event"] if undo else None, "id": secrets.token_hex(8)}
        return web.Response(text=self._pages.deliveries(me, locale, **fields), content_type="text/html")


def _post(said: Mapping[str, str]) -> Post:
    """The command that a form stands for."""
    common = {"id": said.get("id"), "as": said.get("as")}
    if event := said.get("event"):
        return read_post({**common, "command": "undo", "args": {"event": event}})
    args = {name: said.get(name, "") for name in ("delivery", "action")}
    return read_post({**common, "command": "deliveries", "args": args})


def _fields(board: attention.Board, say: Words, course: Course, now: datetime) -> dict[str, Any]:
    """What the page's template fills in."""
    counts = (
        say("deliveries.count", n=n, state=say(f"delivery.{state}")) for state, n in sorted(board.private.items())
    )
    listed = say("comma").join(counts)
    return {
        "open": [_row(item, say, course) for item in board.open],
        "total": board.total,
        "done": [_row(item, say, course) for item in board.done],
        "private": say("deliveries.private", counts=listed) if listed else "",
        "zone": say.zone(now.astimezone(course.zone)),
    }


def _row(item: attention.Item, say: Words, course: Course) -> dict[str, Any]:
    row = item.delivery
    said = render(row.notice, words_in(course.locale), course.zone)
    return {
        "n": row.id,
        "title": (said.title or said.text).splitlines()[0],
        "text": copyable(said),
        "to": _whither(item, say),
        "standing": item.standing,
        "state": say(f"delivery.{item.standing}"),
        "when": say.stamp(_when(row), course.zone),
        "error": why_of(say, row.error) if row.error and item.standing == "failed" else "",
        "acts": [(act, say(f"button.{_label(act, item.standing)}")) for act in item.acts],
    }


def _whither(item: attention.Item, say: Words) -> str:
    if item.persons:
        return say.count("deliveries.persons", item.persons)
    target = item.delivery.target.removeprefix("group:")
    return say("announce.local") if target == "local" else target


def _when(row: Delivery) -> datetime:
    """When it is said next or should have been."""
    return row.due or row.at


def _label(act: str, standing: str) -> str:
    return "now" if act == "retry" and standing in ("grace", "pending", "held") else act
