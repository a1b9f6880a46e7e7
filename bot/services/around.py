"""What is said around an article: staff are reminded, members called on, the survey opened and closed, what came of it
and the month told.

Each stands in the course's file and may be off; never are two of them said on one day, and what was missed for too long
is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from bot.core.chat import Notice
from bot.core.model import Article, Certainty, Course
from bot.services import ledger, outcome, plan, schedule, topics
from bot.services.work import Work
from bot.store import deliveries, monthly, numbers

HOUR = time(10)
LONG = timedelta(days=31)
WEEK = timedelta(days=7)
SOON = timedelta(days=3)
SLOTS = 8
SAID = "around"


@dataclass(frozen=True, slots=True)
class Wish:
    """Something to say on the first day from `first` on, but not on `until` or later, on which nothing else is said."""

    key: str
    kind: str
    first: date
    until: date
    fields: Mapping[str, Any] = field(default_factory=dict)
    url: str | None = None


def day_of(article: Article) -> date:
    """The day that an article is counted down to: its own, the first of a window, the last of one over a month long."""
    window = article.when
    return window.first if window.last - window.first < LONG else window.last


def wishes(course: Course, coming: tuple[Article, ...], out: tuple[Article, ...], today: date) -> list[Wish]:
    """All that is to be said around these articles and of the month, in the order in which it goes before other."""
    found = [wish for article in coming for wish in _before(course, article)]
    for article, earlier in pairwise((*out, None)):
        found += _after(course, article, earlier) if article else []
    found += _months(course, today)
    return sorted(found, key=lambda wish: (wish.first, wish.key))


def _before(course: Course, article: Article) -> Iterator[Wish]:
    if article.certainty is Certainty.SKIPPED:
        return
    day, around = day_of(article), course.around
    said = {"key": article.key, "title": article.title, "day": day.isoformat()}
    for days, following in pairwise((*sorted(around.reminder, reverse=True), 0)):
        first, until = day - timedelta(days), day - timedelta(following)
        key = f"{SAID}:reminder:{article.key}:{day}:{days}"
        yield Wish(key, "around.reminder", first, until, {**said, "summary": article.summary})
    if around.questions is not None:
        key = f"{SAID}:questions:{article.key}:{day}"
        yield Wish(key, "around.questions", day - timedelta(around.questions), day, said)


def _after(course: Course, article: Article, earlier: Article | None) -> list[Wish]:
    """The survey and what came of it, where the day of the publication is known."""
    if article.when.first != article.when.last:
        return []
    told = _outcome(course, article, earlier)
    return [*_survey(course, article), *([*_feedback(article, told), told] if told else [])]


def _outcome(course: Course, article: Article, earlier: Article | None) -> Wish | None:
    """What came of what the group said, since the same was told after the `earlier` article; None where that is off."""
    if course.around.outcome is None:
        return None
    days = timedelta(course.around.outcome)
    day = article.when.first + days
    since = datetime.combine(earlier.when.last + days, HOUR, course.zone).isoformat() if earlier else None
    fields = {"key": article.key, "title": article.title, "feedback": article.feedback, "since": since}
    return Wish(f"{SAID}:outcome:{article.key}", "around.outcome", day, day + WEEK, fields)


def _feedback(article: Article, told: Wish) -> Iterator[Wish]:
    """The instructors are asked for their words on the survey before it is told what came of it."""
    if not article.feedback:
        fields = {"key": article.key, "title": article.title, "day": told.first.isoformat()}
        yield Wish(f"{SAID}:feedback:{article.key}", "around.feedback", told.first - SOON, told.first, fields)


def _survey(course: Course, article: Article) -> Iterator[Wish]:
    if course.around.survey is None or course.survey is None:
        return
    ask, again, close = (article.when.first + timedelta(days) for days in course.around.survey)
    fields = {"key": article.key, "title": article.title, "closes": close.isoformat()}
    # Asked for too late, the reminder would follow on its heels.
    soon = min(again, ask + SOON)
    yield Wish(f"{SAID}:survey:{article.key}", "around.survey", ask, soon, fields, course.survey)
    yield Wish(f"{SAID}:survey-last:{article.key}", "around.survey_last", again, close, fields, course.survey)


def _months(course: Course, today: date) -> Iterator[Wish]:
    """The month before this one, told in the first week; and this one, in the next."""
    if not course.around.digest:
        return
    this = today.replace(day=1)
    for month in (this, (this + LONG).replace(day=1)):
        before = (month - timedelta(1)).replace(day=1)
        key = f"{SAID}:digest:{before:%Y-%m}"
        yield Wish(key, "around.digest", month, month + WEEK, {"month": before.isoformat()})


def outcome_around(work: Work, key: str) -> Wish | None:
    """What came of what the group said, as told after that article; None where it is not out or that is off."""
    found = wishes(work.course, (), schedule.archive(work), work.now.date())
    return next((wish for wish in found if wish.key == f"{SAID}:outcome:{key}"), None)


def tick(work: Work, *, even_empty: bool = False) -> datetime | None:
    """Say what is due of it today, if anything; when to look again.

    With `even_empty` that something changed is told where nothing did: a rehearsal knows of no questions.
    """
    local = work.now.astimezone(work.course.zone)
    if schedule.paused(work):
        return None
    known = schedule.changes(work)
    coming = plan.plan(work.course, known, work.now, SLOTS)
    out = plan.published(work.course, known, work.now)
    found = wishes(work.course, coming, out[:SLOTS], local.date())
    if local.time() < HOUR:
        return _at(work, local.date()) if found else None
    said = deliveries.said(work.tx, work.course.key, [wish.key for wish in found])
    due = [wish for wish in found if wish.first <= local.date() < wish.until and wish.key not in said]
    spoken = numbers.get(work.tx, work.course.key, SAID) == local.date().toordinal()
    left = due if spoken else _say_first(work, due, local.date(), even_empty)
    if left:
        return _at(work, local.date() + timedelta(1))
    return min((_at(work, wish.first) for wish in found if wish.first > local.date()), default=None)


def _at(work: Work, day: date) -> datetime:
    return datetime.combine(day, HOUR, work.course.zone)


def _say_first(work: Work, due: list[Wish], today: date, even_empty: bool) -> list[Wish]:
    """Say the first that has anything to say, and return those that are left for other days."""
    for n, wish in enumerate(due):
        notice = _notice(work, wish, today, even_empty)
        if notice is None:
            continue
        numbers.add(work.tx, work.course.key, SAID, 0)
        if numbers.advance(work.tx, work.course.key, SAID, today.toordinal()):
            ledger.announce(work, wish.key, notice, _readers(work, wish))
        return due[n + 1 :]
    return []


def _readers(work: Work, wish: Wish) -> Sequence[str]:
    to_staff = {"around.reminder": ledger.staff, "around.feedback": ledger.instructors}
    return to_staff[wish.kind](work) if wish.kind in to_staff else work.course.channels


def _notice(work: Work, wish: Wish, today: date, even_empty: bool) -> Notice | None:
    """What is said, None where there is nothing to say."""
    if wish.kind == "around.digest":
        return _digest(work, wish)
    if wish.kind == "around.outcome":
        told = outcome.notice(work, wish.kind, wish.fields)
        return told if even_empty or outcome.says_anything(told) else None
    fields = dict(wish.fields)
    if "day" in fields:
        fields["days"] = (date.fromisoformat(fields["day"]) - today).days
    if wish.kind == "around.reminder":
        fields["waiting"] = topics.waiting(work)
        if fields["title"] and not fields["waiting"]:
            return None
    return Notice(wish.kind, fields, wish.url)


def _digest(work: Work, wish: Wish) -> Notice | None:
    month = date.fromisoformat(wish.fields["month"])
    begin, end = (_midnight(work, day) for day in (month, wish.first))
    counts = monthly.counts(work.tx, work.course.key, begin, end)
    out = [each.title or each.key for each in schedule.archive(work) if month <= each.when.first < wish.first]
    if not (counts.asked or counts.answered or out):
        return None
    fields = {**wish.fields, "asked": counts.asked, "answered": counts.answered, "articles": out}
    return Notice(wish.kind, fields)


def _midnight(work: Work, day: date) -> datetime:
    return datetime.combine(day, time(), work.course.zone)
