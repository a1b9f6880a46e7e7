"""The desk: what waits and what is a candidate, many at once; it does nothing that a command cannot."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from aiohttp import web

from bot.core.chat import Reply, Role
from bot.core.model import Article, Person
from bot.core.text import shown
from bot.services import desk
from bot.web.page import Pages
from bot.web.post import Post
from bot.web.refusal import Refused
from bot.web.site import Identity, Site
from bot.web.staff import admitted, filled_in, language_of, posted, run, undo_of, undoing
from bot.words import Words, words_in

DEEDS = ("candidate", "planned", "declined", "later")


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody filled in, to be given back where it was refused."""

    words: str = ""
    chosen: Sequence[str] = ()
    deed: str = ""
    article: str = ""
    reason: str = ""
    when: str = ""


def desk_of(site: Site, clock: Callable[[], datetime], pages: Pages) -> list[web.RouteDef]:
    """The desk's addresses."""
    page = Desk(site, clock, pages)
    return [web.get("/desk", page.page), web.post("/desk", page.act)]


class Desk:
    """Answers requests; keeps nothing."""

    def __init__(self, site: Site, clock: Callable[[], datetime], pages: Pages) -> None:
        self._site = site
        self._clock = clock
        self._pages = pages

    async def page(self, request: web.Request) -> web.Response:
        """What can be decided on, as one of staff."""
        me = self._staff(request.query.get("as", ""))
        return await self._show(request, me, Filled(words=request.query.get("q", "")))

    async def act(self, request: web.Request) -> web.Response:
        """Do what was posted, by its command, and show what is left."""
        fields = await filled_in(request)
        said, chosen = dict(fields), [value for name, value in fields if name == "topic"]
        me = self._staff(said.get("as", ""))
        kept = {name: said.get(name, "") for name in ("article", "reason", "when")}
        filled = Filled(said.get("q", ""), chosen, said.get("deed", ""), **kept)
        if not said.get("event") and not filled.deed:
            return await self._show(request, me, filled)
        if not said.get("event") and not chosen:
            words = words_in(await language_of(self._site, me, request))
            return await self._show(request, me, filled, Reply(words("web.desk_none_chosen"), error="none_chosen"))
        reply = await run(self._site, self._clock, request, me, _post(said, filled))
        refused = bool(reply.error or reply.form)
        return await self._show(request, me, filled if refused else Filled(words=filled.words), reply)

    def _staff(self, claim: str) -> Identity:
        return admitted(self._site, claim, Role.ASSISTANT, "staff_only")

    async def _show(
        self, request: web.Request, me: Identity, filled: Filled, reply: Reply | None = None
    ) -> web.Response:
        locale = await language_of(self._site, me, request)
        course, person, words = self._site.course, Person(me.id, me.name), filled.words.split()
        look = partial(desk.look, course=course, person=person, role=me.role, now=self._clock(), words=words)
        found = await self._site.database.read(look)
        fields = _fields(found, filled, reply, words_in(locale), course.zone)
        return web.Response(text=self._pages.desk(me, locale, **fields), content_type="text/html")


def _post(said: Mapping[str, str], filled: Filled) -> Post:
    """The command that the form stands for; each deed takes its own values only."""
    if undo := undoing(said):
        return undo
    if filled.deed not in DEEDS:
        raise Refused(400, "shape")
    own = {
        "planned": {"article": filled.article},
        "declined": {"reason": filled.reason},
        "later": {"when": filled.when},
    }
    seen = " ".join(said.get(f"rev-{n}", "") for n in filled.chosen)
    args = {"topic": " ".join(filled.chosen), "state": filled.deed, "rev": seen, **own.get(filled.deed, {})}
    return posted(said, "decide", args)


def _fields(found: desk.Desk, filled: Filled, reply: Reply | None, say: Words, zone: tzinfo) -> dict[str, Any]:
    """What the page's template fills in."""
    groups = [
        {
            "state": state.value,
            "topics": [_row(choice, filled, zone) for choice in choices.topics],
            "more": choices.more,
        }
        for state, choices in found.groups.items()
    ]
    return {
        "groups": groups,
        "articles": [{"key": each.key, "name": _named(each, say)} for each in found.articles],
        "held": say.count("review.held", found.held) if found.held else "",
        "filled": filled,
        "when": filled.when or found.later.isoformat(),
        "reply": reply,
        "undo": undo_of(reply),
        "id": secrets.token_hex(16),
        "most": desk.LONGEST,
    }


def _row(choice: desk.Choice, filled: Filled, zone: tzinfo) -> dict[str, Any]:
    topic = choice.topic
    return {
        "n": topic.n,
        "title": shown(topic.title),
        "rev": topic.revision,
        "voters": topic.voters,
        "day": topic.created.astimezone(zone).date().isoformat(),
        "wordings": [shown(text) for text in choice.wordings],
        "chosen": str(topic.n) in filled.chosen,
    }


def _named(article: Article, say: Words) -> str:
    title = f"{article.key} · {shown(article.title)}" if article.title else article.key
    return f"{title} · {say.window(article.when)}"
