"""What people type about slots and days, read into data; no rule of the plan stands here."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.core.model import Window

# What is planned is reckoned with into the year after it, and the calendar ends with 9999.
_YEAR = r"(?P<year>(?!9999)[1-9][0-9]{3})"
_MONTH = r"(?P<month>[0-9]{1,2})"
_DAY = r"(?P<day>[0-9]{1,2})"
_NAME = r"(?P<name>[a-z]{3,9})\.?"
_PART = r"(?:(?P<part>early|mid|late)[ -])?"
_GAP = r"[\s\-_/]*"

_SLOT = re.compile(rf"{_YEAR}-(?:Q(?P<n>[1-4])|review)")
_QUARTERS = tuple(
    map(
        re.compile,
        (
            rf"{_YEAR}\s*年?{_GAP}q(?P<n>[1-4])",
            rf"{_YEAR}\s*年?{_GAP}第?\s*(?P<n>[1-4一二三四])\s*季度?",
            rf"q(?P<n>[1-4]){_GAP}{_YEAR}",
        ),
    )
)
_REVIEW = re.compile(
    rf"{_YEAR}\s*年?{_GAP}(?:review|year[ -]?end(?: review)?|年?[终末](?:总结|盘点|回顾)?|年?度?(?:总结|盘点|回顾))"
)
# What looks like a slot or a date and is none would otherwise become an extra in silence: 2026-Q5, 2026-12.
_EXTRA = re.compile(r"(?![0-9]{4}-?(?:q|review$)|[0-9-]+$)[a-z0-9][a-z0-9-]{1,39}")

_POINTS = tuple(
    map(
        re.compile,
        (
            rf"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}",
            rf"{_PART}{_YEAR}[-/.]{_MONTH}",
            rf"{_MONTH}[-/.]{_DAY}",
            rf"(?:{_YEAR}年)?{_MONTH}月(?:份|{_DAY}[日号]?|(?P<part>[上中下]旬|[初中底末]))?",
            rf"{_PART}{_NAME}(?:,? {_YEAR})?",
            rf"{_NAME} {_DAY}(?:st|nd|rd|th)?(?:,? {_YEAR})?",
            rf"{_DAY}(?:st|nd|rd|th)? {_NAME}(?:,? {_YEAR})?",
            rf"{_DAY}[日号]?",
        ),
    )
)
_TO = re.compile(
    r"\s*(?:\.{2,}|[~〜–—]+|至|到|\bto\b)\s*|\s+-+\s+|(?<=[月日号旬])-|(?<=月[0-9])-|(?<=月[0-9]{2})-", re.ASCII
)
_TIME = re.compile(
    r"(?P<on>.*(?:[日号]|t|\s))\s*(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::00)?|[点时](?:(?P<past>[0-9]{1,2})分)?)"
    r"\s*(?P<offset>z|[+-][0-9]{2}:?[0-9]{2})?"
)
_PARTS = {"上": 1, "初": 1, "early": 1, "中": 11, "mid": 11, "下": 21, "底": 21, "末": 21, "late": 21}
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


class _Point(NamedTuple):
    """One end of what was typed; None is what was left out, `part` the first day of a third of the month."""

    year: int | None
    month: int | None
    day: int | None
    part: int | None


def key_of(text: str) -> str | None:
    """The key of the slot or extra that somebody names: "2026q4", "2026年第四季度", "2026 年终", "bonus-1".

    An extra's key has 2 to 40 of a-z, 0-9 and "-" and at least one letter; None where the text can be no key.
    """
    text = _plain(text)
    if quarter := _first(_QUARTERS, text):
        n = quarter["n"]
        return f"{quarter['year']}-Q{'一二三四'.index(n) + 1 if n in '一二三四' else n}"
    if review := _REVIEW.fullmatch(text):
        return f"{review['year']}-review"
    return text if _EXTRA.fullmatch(text) else None


@lru_cache(1024)
def slot_window(key: str) -> Window | None:
    """The days that a slot has by its key alone: the whole quarter, December for a review; None for an extra's key."""
    slot = _SLOT.fullmatch(key)
    if not slot:
        return None
    year, n = int(slot["year"]), slot["n"]
    last = 3 * int(n) if n else 12
    first = last - 2 if n else 12
    return Window(_month(year, first).first, _month(year, last).last)


def is_review(key: str) -> bool:
    """Whether that is the key of a year's review; an extra may be called "book-review"."""
    return slot_window(key) is not None and key.endswith("-review")


def window_of(text: str, zone: ZoneInfo, year: int | None = None) -> Window | datetime:
    """The days, or the aware time in `zone`, that somebody typed in Chinese, English or as ISO dates.

    Reads 2026-12-20..31, 2026-12, 2026-12-20, 12月20日-31日, 12月下旬, late December 2026, 2026-Q4,
    2026-12-20 10:00; `year` is meant where none is typed. Of a time that the clocks show twice it takes the first.
    ValueError of one of: date_unreadable, date_impossible, date_missing_year, range_backwards, time_impossible.
    """
    text = _plain(text)
    if timed := _TIME.fullmatch(text):
        return _moment(timed, zone, year)
    return slot_window(key_of(text) or "") or _range(text, year)


def _plain(text: str) -> str:
    """Full width becomes half, capitals small, and the spaces around Chinese signs go (those after a day stay)."""
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return re.sub(r"\s*([年月旬至到第])\s*|\s+(?=[日号])", lambda sign: sign[1] or "", text)


def _first(patterns: Iterable[re.Pattern[str]], text: str) -> re.Match[str] | None:
    return next((match for pattern in patterns if (match := pattern.fullmatch(text))), None)


def _month(year: int, month: int) -> Window:
    return Window(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def _point(text: str) -> _Point:
    match = _first(_POINTS, text)
    if not match:
        raise ValueError("date_unreadable")
    found = match.groupdict()
    year, month, day = (int(found[name]) if found.get(name) else None for name in ("year", "month", "day"))
    part = found.get("part")
    return _Point(year, _named(found["name"]) if found.get("name") else month, day, _part(part) if part else None)


def _named(name: str) -> int:
    for number, month in enumerate(_MONTHS, 1):
        if month.startswith(name):
            return number
    raise ValueError("date_unreadable")


def _part(text: str) -> int:
    return _PARTS[text] if text in _PARTS else _PARTS[text[0]]


def _days(point: _Point) -> Window:
    if point.month is None:
        raise ValueError("date_unreadable")
    if point.year is None:
        raise ValueError("date_missing_year")
    try:
        return _within(_month(point.year, point.month), point)
    except ValueError:
        raise ValueError("date_impossible") from None


def _within(month: Window, point: _Point) -> Window:
    if point.day is not None:
        day = month.first.replace(day=point.day)
        return Window(day, day)
    if point.part is not None:
        first = month.first.replace(day=point.part)
        return Window(first, month.last if point.part == 21 else first.replace(day=point.part + 9))
    return month


def _range(text: str, year: int | None) -> Window:
    left, *rest = (_point(end) for end in _TO.split(text))
    if not rest:
        return _days(left._replace(year=left.year or year))
    if len(rest) > 1:
        raise ValueError("date_unreadable")
    first, last = map(_days, _completed(left, rest[0], year))
    if last.last < first.first:
        raise ValueError("range_backwards")
    return Window(first.first, last.last)


def _completed(first: _Point, last: _Point, year: int | None) -> tuple[_Point, _Point]:
    """Each end takes what it leaves out from the other: 2026-12-20..31, 2026-11..12, 12月20日至1月5日."""
    if last.month is None:
        by_month = first.day is None and first.part is None
        last = last._replace(month=last.day, day=None) if by_month else last._replace(month=first.month)
    turn = int((first.month or 0) > (last.month or 0))
    if first.year is None:
        first = first._replace(year=last.year - turn if last.year else year)
    if last.year is None and first.year is not None:
        last = last._replace(year=first.year + turn)
    return first, last


def _moment(timed: re.Match[str], zone: ZoneInfo, year: int | None) -> datetime:
    on = _point(timed["on"].removesuffix("t").strip())
    day = _days(on._replace(year=on.year or year)).first
    if on.day is None:
        raise ValueError("date_unreadable")
    try:
        clock = f"{int(timed['hour']):02}:{int(timed['minute'] or timed['past'] or 0):02}"
        typed = datetime.fromisoformat(f"{day} {clock}{(timed['offset'] or '').upper()}")
        return typed.astimezone(zone) if typed.tzinfo else _local(typed, zone)
    except (ValueError, OverflowError):
        raise ValueError("time_impossible") from None


def _local(typed: datetime, zone: ZoneInfo) -> datetime:
    """The typed time in `zone`; ValueError where the clocks jump over it."""
    local = typed.replace(tzinfo=zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != typed:
        raise ValueError("time_impossible")
    return local
