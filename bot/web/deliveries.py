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
from bot.web.post import Post
from bot.web.site import Identity, Site
from bot.web.staff import admitted, filled_in, language_of, posted, run, undo_of, undoing
from bot.words import Words, words_in
from bot.words.ledger import act_name, counted, headline, whither
from bot.words.notices import copyable, render_for, why_of


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
        fields |= {"reply": reply, "undo": undo_of(reply), "id": secrets.token_hex(8)}
        return web.Response(text=self._pages.deliveries(me, locale, **fields), content_type="text/html")


def _post(said: Mapping[str, str]) -> Post:
    """The command that a form stands for."""
    args = {name: said.get(name, "") for name in ("delivery", "action")}
    return undoing(said) or posted(said, "deliveries", args)


def _fields(board: attention.Board, say: Words, course: Course, now: datetime) -> dict[str, Any]:
    """What the page's template fills in."""
    return {
        "open": [_row(item, say, course) for item in board.open],
        "total": board.total,
        "done": [_row(item, say, course) for item in board.done],
        "private": counted(say, board.private),
        "zone": say.zone(now.astimezone(course.zone)),
    }


def _row(item: attention.Item, say: Words, course: Course) -> dict[str, Any]:
    row = item.delivery
    said = render_for(course, row.notice)
    return {
        "n": row.id,
        "title": headline(said),
        "text": copyable(said),
        "to": whither(say, row.target, item.persons),
        "standing": item.standing,
        "state": say(f"delivery.{item.standing}"),
        "when": say.stamp(_when(row), course.zone),
        "error": why_of(say, row.error) if row.error and item.standing == "failed" else "",
        "acts": [(act, act_name(say, act, item.standing)) for act in item.acts],
    }


def _when(row: Delivery) -> datetime:
    """When it is said next or should have been."""
    return row.due or row.at
