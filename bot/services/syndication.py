"""What others subscribe to: the plan as a calendar, what is out as a feed."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from bot.core.model import Article, Certainty, Course, Revised
from bot.services import schedule
from bot.services.when import slot_window
from bot.services.work import Work, as_herald
from bot.store import events

YEAR = timedelta(days=365)


def calendar(tx: Connection, course: Course, now: datetime, count: int = schedule.PLANNED) -> list[Revised]:
    """What came out in the last year and the next `count` slots, oldest first."""
    work = as_herald(tx, course, now)
    since = now.astimezone(course.zone).date() - YEAR
    out = [article for article in schedule.archive(work) if article.when.last >= since]
    return _revised(work, (*reversed(out), *schedule.coming(work, count)))


def archive(tx: Connection, course: Course, now: datetime) -> list[Revised]:
    """What is out, newest first."""
    work = as_herald(tx, course, now)
    return _revised(work, schedule.archive(work))


def _revised(work: Work, articles: Sequence[Article]) -> list[Revised]:
    subjects = [f"article:{article.key}" for article in articles]
    known = events.revisions(work.tx, work.course.key, subjects)
    changes = ((article, *known.get(f"article:{article.key}", (0, None))) for article in articles)
    return [Revised(article, revision, _changed(work.course, article, at)) for article, revision, at in changes]


def _changed(course: Course, article: Article, at: datetime | None) -> datetime:
    """When commands changed it, it came out or was due and did not; before that it was promised when the plan began."""
    begin, turned = slot_window(course.rhythm.first), _turned(article)
    day = datetime.combine(turned or (begin.first if begin else date.min), time(), course.zone)
    return max(day, at) if at and turned else at or day


def _turned(article: Article) -> date | None:
    """The day from which on it stands otherwise than it was promised, by the mere passing of time."""
    if article.standing == "overdue":
        return article.when.last + timedelta(1)
    return article.when.first if article.certainty is Certainty.PUBLISHED else None
