"""When something was said, as chats write it: "昨天 21:30", "2026年11月20日", "下午3:05", "Yesterday 9:30 PM"."""

import re
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

LONGEST = 80
_TIME = re.compile(
    r"(?:^|(?<=[\s日号]))(?P<half>上午|下午|晚上|凌晨|中午|早上|清晨|傍晚)?\s*"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\s*(?P<ampm>[ap])\.?m\.?)?$"
)
_WEEKDAY = re.compile(r"(?:星期|周)([一二三四五六日天])|(mon|tues|wednes|thurs|fri|satur|sun)day")
_WEEKDAYS = ("一mon", "二tues", "三wednes", "四thurs", "五fri", "六satur", "日天sun")
_DATE = re.compile(
    r"(?:(?P<year>\d{4}|\d\d(?=/\d{1,2}/))(?:[-/.]|\s*年\s*))?(?P<month>\d{1,2})(?P<sign>[-/.]|\s*月\s*)(?P<day>\d{1,2})\s*[日号]?"
)
_AGO = {"今天": 0, "today": 0, "昨天": 1, "yesterday": 1, "前天": 2}


class Moment(NamedTuple):
    """A day, a time of day, or both, in the zone of the chat."""

    day: date | None
    clock: time | None


def read_moment(text: str, today: date) -> Moment | None:
    """What a chat wrote, read on `today`; None where it is anything else."""
    text = text.strip().lower().replace("：", ":")
    if len(text) > LONGEST:
        return None
    timed = _TIME.search(text)
    clock = _clock(timed) if timed else None
    if timed and clock is None:
        return None
    on = text[: timed.start()] if timed else text
    day = _day(on.removesuffix(" at ").strip(" ,，"), today, alone=timed is None)
    if day is None and (not clock or on.strip()):
        return None
    return Moment(day, clock)


def moment_of(said: Moment, zone: tzinfo, now: datetime) -> datetime:
    """When that was: noon where no time is known, the last such time where no day is; never after `now`."""
    here = now.astimezone(zone)
    if said.day is None and said.clock is None:
        return now
    at = datetime.combine(said.day or here.date(), said.clock or time(12), zone)
    if said.day is None and at > now:
        at -= timedelta(days=1)
    return min(at, now)


def _clock(timed: re.Match[str]) -> time | None:
    hour, half = int(timed["hour"]), timed["half"]
    if hour < 12 and (timed["ampm"] == "p" or half in ("下午", "晚上", "傍晚") or (half == "中午" and hour < 5)):
        hour += 12
    elif hour == 12 and (timed["ampm"] == "a" or half == "凌晨"):
        hour = 0
    try:
        return time(hour, int(timed["minute"]), int(timed["second"] or 0))
    except ValueError:
        return None


def _day(text: str, today: date, *, alone: bool) -> date | None:
    if text in _AGO:
        return today - timedelta(days=_AGO[text])
    if named := _WEEKDAY.fullmatch(text):
        weekday = next(n for n, names in enumerate(_WEEKDAYS) if (named[1] or named[2]) in names)
        return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
    written = _DATE.fullmatch(_WEEKDAY.sub("", text).strip())
    if written is None:
        return None
    # "1/2" and "5-10" are dates beside a time only: alone they are a half and a range.
    full = len(written["year"] or "") == 4 or "月" in written["sign"]
    return _date(written, today) if full or (written["sign"] in "/-" and not alone) else None


def _date(written: re.Match[str], today: date) -> date | None:
    try:
        year = int(written["year"] or today.year)
        day = date(year + 2000 if year < 100 else year, int(written["month"]), int(written["day"]))
        return day if written["year"] or day <= today else day.replace(year=today.year - 1)
    except ValueError:
        return None
