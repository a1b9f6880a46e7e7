"""All that Herald says, in every language it speaks: gettext catalogs by key, dates as they say."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from typing import Any

from bot.core.chat import Command, Kind
from bot.core.errors import OperatorError
from bot.core.model import Window
from bot.core.text import Grammar, fold
from bot.words.catalog import read

LOCALES = ("zh-CN", "en")
_UNITS = (
    ("years", timedelta(365)),
    ("months", timedelta(30)),
    ("weeks", timedelta(7)),
    ("days", timedelta(1)),
    ("hours", timedelta(hours=1)),
)
_ENOUGH = 1.2  # of a unit, to say it in that unit


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
        self._catalog = read(files(__name__).joinpath(f"{locale}.po"))

    def __call__(self, key: str, /, **fields: Any) -> str:
        """The words under `key` with `fields` filled in; what a field holds is never read as words."""
        [text] = self._catalog[key]
        return text.format(**fields)

    def count(self, key: str, n: int, /, **fields: Any) -> str:
        """The words under `key` in the plural that `n` takes."""
        return self._catalog[key][0 if n == 1 else -1].format(n=n, **fields)

    def has(self, key: str) -> bool:
        """Whether there are words under `key`."""
        return key in self._catalog

    def day(self, day: date) -> str:
        """A day with its weekday: "Thursday, December 24, 2026"."""
        return self("time.day", weekday=self("time.weekdays").split()[day.weekday()], **self._date(day))

    def month(self, day: date) -> str:
        """A month: "December 2026"."""
        return self("time.month", **self._date(day))

    def window(self, window: Window) -> str:
        """Days as people say them: a quarter, a month, a day or from … to …."""
        first, last = window.first, window.last
        months = (last.year - first.year) * 12 + last.month - first.month
        if first.day == 1 and last.day == monthrange(last.year, last.month)[1]:
            if months == 0:
                return self.month(first)
            if months == 2 and first.month % 3 == 1:
                return self("time.quarter", year=first.year, quarter=first.month // 3 + 1)
        return self(f"time.{_span(first, last)}", **self._date(first), **self._date(last, "last_"))

    def moment(self, at: datetime, zone: tzinfo) -> str:
        """A time in the course's zone, which is named."""
        local = at.astimezone(zone)
        return self("time.at", day=self.day(local.date()), time=f"{local:%H:%M}", zone=self.zone(local))

    def zone(self, local: datetime) -> str:
        """What people call the zone that an aware time is in."""
        key = f"zone.{local.tzinfo}"
        if self.has(key):
            return self(key)
        from babel.dates import get_timezone_name  # costs 5 MB, so only for a zone that has no words of ours

        return get_timezone_name(local, locale=self.locale.replace("-", "_"), width="long")

    def stamp(self, at: datetime, zone: tzinfo) -> str:
        """A past time, short: "2026-11-20 21:30"."""
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"

    def ago(self, passed: timedelta) -> str:
        """How long ago: "2 minutes ago"."""
        if passed < timedelta(minutes=1):
            return self("time.just_now")
        for name, unit in _UNITS:
            if passed >= _ENOUGH * unit:
                return self.count(f"ago.{name}", round(passed / unit))
        return self.count("ago.minutes", round(passed / timedelta(minutes=1)))

    def _date(self, day: date, prefix: str = "") -> Mapping[str, Any]:
        month = self("time.months").split()[day.month - 1]
        return {f"{prefix}year": day.year, f"{prefix}month": month, f"{prefix}day": day.day}


def _span(first: date, last: date) -> str:
    if first == last:
        return "date"
    if first.year != last.year:
        return "days_across_years"
    return "days" if first.month == last.month else "days_across_months"


@cache
def words_in(locale: str) -> Words:
    """The words of a language, read once."""
    return Words(locale)


class WordedError(OperatorError):
    """An OperatorError that the catalogs word under its key; the message is the English one."""

    def __init__(self, key: str, /, **fields: Any) -> None:
        super().__init__(words_in("en")(key, **fields))
        self._key, self._fields = key, fields

    def said(self, say: Words) -> str:
        """The message in a language."""
        return say(self._key, **self._fields)


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
