"""What programs subscribe to, of anybody: the plan as a calendar and what is out as a feed."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from aiohttp import web

from bot.services import syndication
from bot.web.assets import asset_of, send
from bot.web.site import Site
from bot.words.syndication import atom, icalendar


def syndication_of(site: Site, clock: Callable[[], datetime]) -> list[web.RouteDef]:
    """The addresses of the calendar and the feed."""
    page = Syndication(site, clock)
    return [web.get("/plan.ics", page.calendar), web.get("/articles.atom", page.feed)]


class Syndication:
    """Answers requests; keeps nothing."""

    def __init__(self, site: Site, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._clock = clock

    async def calendar(self, request: web.Request) -> web.Response:
        """The plan, or 304 where it did not change."""
        course = self._site.course
        found = await self._site.database.read(partial(syndication.calendar, course=course, now=self._clock()))
        return send(request, asset_of(icalendar(course, found).encode(), "text/calendar"))

    async def feed(self, request: web.Request) -> web.Response:
        """What is out, or 304 where that did not change."""
        course = self._site.course
        found = await self._site.database.read(partial(syndication.archive, course=course, now=self._clock()))
        return send(request, asset_of(atom(course, found).encode(), "application/atom+xml"))
