"""All that Herald says, in every language it speaks: gettext catalogs by key, dates by Babel."""

import io
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval, format_time, format_timedelta, get_timezone_name
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.core.chat import Command, Kind
from bot.core.model import Window
from bot.core.text import Grammar, fold

LOCALES = ("zh-CN", "en")


def locale_of(*wishes: str | None) -> str:
    """The first wish that Herald speaks ("zh-TW" gets zh-CN, "en-GB" en), else Chinese."""
    for wish in wishes:
        language = (wish or "").replace("_", "-").split("-")[0].lower()
        for locale in LOCALES:
            if locale.split("-")[0] == language:
                return locale
    return LOCALES[0]


class Words:
    """What Herald says in one language; a key that no catalog has is a KeyError, never an empty message."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self._babel = Locale.parse(locale, sep="-")
        self._catalog = _catalog(locale)

    def __call__(self, key: str, /, **fields: Any) -> str:
        """The words under `key` with `fields` filled in; what a field holds is never read as words."""
        return self._found(key, self._catalog.gettext(key)).format(**fields)

    def count(self, key: str, n: int, /, **fields: Any) -> str:
        """The words under `key` in the plural that `n` takes."""
        return self._found(key, self._catalog.ngettext(key, key, n)).format(n=n, **fields)

    def has(self, key: str) -> bool:
        """Whether there are words under `key`."""
        return self._catalog.gettext(key) != key

    def day(self, day: date) -> str:
        """A day with its weekday: "Thursday, December 24, 2026"."""
        return format_date(day, "full", self._babel)

    def month(self, day: date) -> str:
        """A month: "December 2026"."""
        return format_date(day, "MMMM yyyy" if self.locale == "en" else "yyyy年M月", self._babel)

    def window(self, window: Window) -> str:
        """Days as people say them: a quarter, a month, a day or from … to …."""
        return _window(self, window)

    def moment(self, at: datetime, zone: tzinfo) -> str:
        """A time in the course's zone, which is named."""
        local = at.astimezone(zone)
        name = get_timezone_name(local, locale=self._babel, width="long")
        name = self("zone.Asia/Shanghai") if str(zone) == "Asia/Shanghai" else name
        return self(
            "time.at", day=self.day(local.date()), time=format_time(local, "HH:mm", locale=self._babel), zone=name
        )

    def zone(self, local: datetime) -> str:
        """What people call the zone that an aware time is in."""
        key = f"zone.{local.tzinfo}"
        return self(key) if self.has(key) else get_timezone_name(local, locale=self._babel, width="long")

    def stamp(self, at: datetime, zone: tzinfo) -> str:
        """A past time, short: "2026-11-20 21:30"."""
        return format_datetime(at.astimezone(zone), "yyyy-MM-dd HH:mm", locale=self._babel)

    def ago(self, passed: timedelta) -> str:
        """How long ago: "2 minutes ago"."""
        if passed < timedelta(minutes=1):
            return self("time.just_now")
        return format_timedelta(-passed, add_direction=True, locale=self._babel, threshold=1.2)

    def _found(self, key: str, words: str) -> str:
        if words == key:
            raise KeyError(key)
        return words


def _window(words: Words, window: Window) -> str:
    first, last = window.first, window.last
    if first == last:
        return format_date(first, "long", words.locale.replace("-", "_"))
    whole = first.day == 1 and (last + timedelta(1)).day == 1
    months = (last.year - first.year) * 12 + last.month - first.month
    if whole and months == 0:
        return words.month(first)
    if whole and months == 2 and first.month % 3 == 1:
        return words("time.quarter", year=first.year, quarter=first.month // 3 + 1)
    return str(format_interval(first, last, "yMMMMd", locale=words.locale.replace("-", "_")))


@cache
def words_in(locale: str) -> Words:
    """The words of a language, read once."""
    return Words(locale)


@cache
def _catalog(locale: str) -> GNUTranslations:
    with files(__name__).joinpath(f"{locale}.po").open("rb") as source:
        catalog = read_po(source, locale=locale.replace("-", "_"), abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def names(commands: tuple[Command, ...], locale: str) -> Mapping[str, str]:
    """What commands, options and choices are called: "ask", "ask.text", "decide.state.planned" -> name."""
    words = words_in(locale)
    found: dict[str, str] = {}
    for command in commands:
        found[command.name] = words(f"{command.name}.name")
        for param in command.params:
            found[f"{command.name}.{param.name}"] = words(f"param.{param.name}")
            for choice in param.choices:
                found[f"{command.name}.{param.name}.{choice}"] = words(f"{param.name}.{choice}")
    return found


@cache
def grammar(commands: tuple[Command, ...]) -> Grammar:
    """Every name in every language; a command's own key always works."""
    called: dict[str, Command] = {}
    options: dict[tuple[str, str], str] = {}
    choices: dict[tuple[str, str, str], str] = {}
    for locale in LOCALES:
        table = names(commands, locale)
        for command in commands:
            called |= {fold(command.name): command, fold(table[command.name]): command}
            for param in command.params:
                for name in (param.name, table[f"{command.name}.{param.name}"]):
                    options[command.name, fold(name)] = param.name
                for choice in param.choices if param.kind is Kind.CHOICE else ():
                    for name in (choice, table[f"{command.name}.{param.name}.{choice}"]):
                        choices[command.name, param.name, fold(name)] = choice
    return Grammar(called, options, choices)
