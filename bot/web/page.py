"""The HTML pages; what they say comes from the catalogs, what people wrote is escaped."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.core.chat import Role
from bot.web.assets import version
from bot.web.menu import menu, suggested
from bot.web.people import LONGEST, handle_of
from bot.web.refusal import Refused
from bot.web.site import Identity, Site
from bot.words import words_in

HUES = 6
# What the page says by itself, without asking the server.
SPOKEN = (
    "bot", "connecting", "counter", "counter_free", "edit_again", "failed_error", "failed_offline", "file_open",
    "file_save", "form_again",
    "form_choose", "form_failed", "form_high", "form_low", "form_missing", "form_none", "form_offline", "form_optional",
    "form_send", "history_failed", "menu_empty", "menu_fill", "menu_found", "menu_option", "new_messages", "older",
    "online", "open_form", "open_link", "private", "public", "retry", "sending", "slow", "someone_me",
    "today", "yesterday",
)  # fmt: skip
# These the page fills in: here each stands for itself.
BLANKS = {name: f"{{{name}}}" for name in ("n", "low", "high", "more", "over", "name")}


class Pages:
    """Makes the pages of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def chat(
        self, me: Identity, locale: str, entries: list[dict[str, Any]], more: bool, card: dict[str, Any] | None
    ) -> str:
        """The chat as `me`, with its last messages and what stands above them."""
        words = words_in(locale)
        data = {
            "me": {"as": handle_of(me), "name": me.name},
            "locale": locale,
            "title": self._site.course.title,
            "commands": menu(self._site.commands, me.role, locale),
            "suggested": suggested(self._site.commands, me.role),
            "words": {key: words(f"web.{key}", **BLANKS) for key in SPOKEN},
            "entries": entries,
            "more": more,
            "card": card,
        }
        return self._page("chat.html", locale, me=self._card(me, locale), data=data)

    def picker(self, locale: str, claim: str = "", refused: Refused | None = None) -> str:
        """Who do you want to be; `claim` is given back where it was refused."""
        wrong = words_in(locale)(f"web.error.{refused.key}", **refused.fields) if refused else ""
        return self._page("picker.html", locale, claim=claim, wrong=wrong)

    def desk(self, me: Identity, locale: str, **fields: Any) -> str:
        """The desk as `me`, one of staff."""
        return self._page("desk.html", locale, me=self._card(me, locale), **fields)

    def deliveries(self, me: Identity, locale: str, **fields: Any) -> str:
        """The ledger as `me`, the instructor."""
        return self._page("deliveries.html", locale, me=self._card(me, locale), **fields)

    def wrong(self, locale: str, said: dict[str, str]) -> str:
        """A page for what went wrong: `title`, `text` and `note`."""
        return self._page("wrong.html", locale, said=said)

    def _page(self, name: str, locale: str, **fields: Any) -> str:
        people = [self._card(identity, locale) for identity in self._site.people]
        return (
            _templates()
            .get_template(name)
            .render(w=words_in(locale), locale=locale, site=self._site, people=people, longest=LONGEST, **fields)
        )

    def _card(self, identity: Identity, locale: str) -> dict[str, Any]:
        return {
            "as": handle_of(identity),
            "name": identity.name,
            "role": words_in(locale)(f"web.role.{identity.role.name.lower()}"),
            "staff": identity.role is not Role.MEMBER,
            "instructor": identity.role is Role.INSTRUCTOR,
            "initial": identity.name[:1].upper(),
            "hue": sum(map(ord, identity.id)) % HUES,
        }


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("bot.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    found.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    found.globals["static"] = f"/static/{version()}"
    return found
