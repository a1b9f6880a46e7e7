"""When articles come: the rhythm that was promised, what was said of single slots since, and how sure that is.

Pure: what the file and the commands said comes in as `Change`, the moment as `now`, and nothing is remembered.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from bot.core.model import Article, Certainty, Change, Course, Rhythm, Window
from bot.services.when import is_review, slot_window, window_of

_INTENT = ("window", "confirmed", "slipped", "late", "skipped")


def slots(rhythm: Rhythm, until: date) -> Iterator[tuple[str, Window]]:
    """The slots whose default window begins on or before `until`, as (key, window), by the window's end, then start.

    Lazy: `date.max` is a fine `until`. A year's last article stands before its review, which ends on the same day.
    """
    start = slot_window(rhythm.first)
    end = slot_window(rhythm.last) if rhythm.last else None
    until = min(until, end.last) if end else until
    for year in range(int(rhythm.first[:4]), until.year + 1):
        for key in (*(f"{year}-Q{n}" for n in range(1, 5)), *([f"{year}-review"] if rhythm.review else [])):
            window = slot_window(key)
            if window and start and start.first <= window.first <= until:
                yield key, window


def meant(typed: str, promised: Window, zone: ZoneInfo) -> Window | datetime:
    """The days, or the time, that somebody typed for a slot; without a year those nearest to what was promised.

    ValueError as `window_of`.
    """
    found: list[Window | datetime] = []
    for year in range(promised.first.year - 1, promised.last.year + 2):
        with suppress(ValueError):  # February 29 is not in every year
            found.append(window_of(typed, zone, year))
    if not found:
        return window_of(typed, zone, promised.last.year)
    return min(found, key=lambda each: _days_apart(each, promised))


def _days_apart(meant: Window | datetime, promised: Window) -> int:
    first, last = (meant.first, meant.last) if isinstance(meant, Window) else (meant.date(), meant.date())
    return max((first - promised.last).days, (promised.first - last).days, 0)


def merged(file: Change | None, command: Change | None) -> Change:
    """What holds of a slot when the file says one thing and a command, whose word wins, another.

    - A command's date (`window` or `confirmed`) is a new intention and takes the place of the whole old one: `window`,
      `confirmed`, `slipped`, `late`, `skipped`; who wants the old promise remembered passes it as `slipped`.
    - A mark without a date (`slipped`, `late`, `skipped`, also False) goes on top of the date that stands.
    - `published` is a fact: no intention undoes it, only another `published`; under it the intention stays known.
    - `title`, `summary`, `url`, `feedback`: the command's if it has one.

    Associative, with `Change()` and None as neutral, so commands that follow each other may be folded with it too.
    """
    old, new = file or Change(), command or Change()
    said = {field.name: value for field in fields(new) if (value := getattr(new, field.name)) is not None}
    dated = new.window is not None or new.confirmed is not None
    return replace(replace(old, **dict.fromkeys(_INTENT)) if dated else old, **said)


def article(course: Course, key: str, change: Change, default: Window | None, now: datetime) -> Article:
    """The slot as it stands at `now` (aware).

    Certainty, the first that holds: published (from the publication's first day on; before it the article is what it
    was), skipped, slipped without a new date (`late`, or `slipped` and no date), confirmed, slipped to a new window,
    window. Without a new date `slipped` equals `when`: the promise that did not hold.
    ValueError where neither the change nor `default` has a date.
    """
    today, promise = _today(course, now), _promise(course, change, default)
    if promise is None:
        raise ValueError(f"no date is known of {key}")
    certainty = _certainty(change, today)
    when = change.published if change.published and certainty is Certainty.PUBLISHED else promise
    return Article(
        key=key,
        when=when,
        certainty=certainty,
        title=change.title,
        summary=change.summary,
        url=change.url,
        confirmed=change.confirmed if certainty is Certainty.CONFIRMED else None,
        slipped=promise if _undated(change) else change.slipped,
        overdue=certainty not in (Certainty.PUBLISHED, Certainty.SKIPPED) and when.last < today,
        feedback=change.feedback,
    )


def plan(course: Course, changes: Mapping[str, Change], now: datetime, count: int = 20) -> tuple[Article, ...]:
    """The first `count` articles to come, by the end of their days; skipped ones of today and later stand among them.

    A mere window that has passed is forgotten (see `overdue`); what was confirmed or has slipped stays until it is
    published or skipped, because somebody was told of it.
    """
    today = _today(course, now)
    said = [found for found in spoken(course, changes, now) if is_coming(found, today)]
    silent = _silent(course, changes, now, today, date.max)
    return tuple(sorted([*said, *islice(silent, count)], key=_order)[:count])


def spoken(course: Course, changes: Mapping[str, Change], now: datetime) -> Iterator[Article]:
    """The slots and extras of which something was said, as they stand; an extra without any date is no article."""
    for key, change in changes.items():
        default = slot_window(key)
        if _promise(course, change, default):
            yield article(course, key, change, default, now)


def next_article(course: Course, changes: Mapping[str, Change], now: datetime) -> Article | None:
    """The first article to come that is not skipped."""
    today = _today(course, now)
    said = (found for found in spoken(course, changes, now) if is_coming(found, today))
    told = [found for found in said if found.certainty is not Certainty.SKIPPED]
    return min((*told, *islice(_silent(course, changes, now, today, date.max), 1)), key=_order, default=None)


def published(course: Course, changes: Mapping[str, Change], now: datetime) -> tuple[Article, ...]:
    """What is out at `now`, newest first: the archive."""
    out = (found for found in spoken(course, changes, now) if found.certainty is Certainty.PUBLISHED)
    return tuple(sorted(out, key=_order, reverse=True))


def overdue(course: Course, changes: Mapping[str, Change], now: datetime) -> tuple[Article, ...]:
    """What was promised for days before today and did not come, oldest first."""
    known = [*spoken(course, changes, now), *_silent(course, changes, now, date.min, _today(course, now))]
    return tuple(sorted((found for found in known if found.overdue), key=_order))


def due(course: Course, changes: Mapping[str, Change], now: datetime) -> tuple[Article, ...]:
    """What was confirmed for a time at or before `now`, however long ago, and is not yet called published."""
    return tuple(
        sorted((a for a in spoken(course, changes, now) if a.confirmed is not None and a.confirmed <= now), key=_order)
    )


def confirmed_next(course: Course, changes: Mapping[str, Change], now: datetime) -> datetime | None:
    """The first time after `now` that an article is confirmed for."""
    times = (found.confirmed for found in spoken(course, changes, now))
    return min((at for at in times if at and at > now), default=None)


def is_coming(found: Article, today: date) -> bool:
    """Whether somebody waits for it on a day of the course's zone: a date that was told holds until it is out."""
    if found.certainty is Certainty.PUBLISHED:
        return False
    return found.certainty in (Certainty.CONFIRMED, Certainty.SLIPPED) or found.when.last >= today


def _today(course: Course, now: datetime) -> date:
    if now.tzinfo is None:
        raise ValueError("now has no time zone")
    return now.astimezone(course.zone).date()


def _undated(change: Change) -> bool:
    return bool(change.late) or bool(change.slipped and not change.window and not change.confirmed)


def _promise(course: Course, change: Change, default: Window | None) -> Window | None:
    """The days the article is promised for, whether or not it came."""
    if change.confirmed:
        day = change.confirmed.astimezone(course.zone).date()
        return Window(day, day)
    return change.window or change.slipped or default or change.published


def _certainty(change: Change, today: date) -> Certainty:
    # A publication known by its month only was written down after it happened: it counts from the month's first day.
    if change.published and change.published.first <= today:
        return Certainty.PUBLISHED
    if change.skipped:
        return Certainty.SKIPPED
    if change.confirmed and not change.late:
        return Certainty.CONFIRMED
    return Certainty.SLIPPED if change.slipped or change.late else Certainty.WINDOW


def _silent(
    course: Course, changes: Mapping[str, Change], now: datetime, since: date, until: date
) -> Iterator[Article]:
    """The slots of which nothing was said, and whose days do not all lie before `since`."""
    for key, window in slots(course.rhythm, until):
        if key not in changes and window.last >= since:
            yield article(course, key, Change(), window, now)


def _order(found: Article) -> tuple[date, float, bool, date, str]:
    moment = found.confirmed.timestamp() if found.confirmed else 0.0
    return (found.when.last, moment, is_review(found.key), found.when.first, found.key)
