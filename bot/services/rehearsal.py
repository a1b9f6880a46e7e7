"""The plan played in seconds against a scratch database: what would be said when, where and to whom."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from bot.core.chat import Notice
from bot.core.model import Article, Certainty, Change, Course
from bot.services import around, plan, schedule
from bot.services.when import slot_window
from bot.services.work import HERALD, as_herald
from bot.store import deliveries, people

HOUR = time(10)


@dataclass(frozen=True, slots=True)
class Said:
    """One announcement; `assumed` says that no day is known of its article and the last that was promised is taken."""

    at: datetime
    key: str
    notice: Notice
    targets: tuple[str, ...]
    assumed: bool


@dataclass(frozen=True, slots=True)
class _Act:
    """Somebody publishes an article."""

    at: datetime
    key: str
    url: str
    assumed: bool


def rehearse(tx: Connection, course: Course, begin: date, end: date) -> list[Said]:
    """Everything that is said from `begin` to `end`, both included, in an empty database.

    What the file calls published is published then by hand, at ten; what has a confirmed time and a link announces
    itself; of the rest the last day of what was promised is assumed.
    """
    acts = sorted(_acts(course, begin, end), key=lambda act: (act.at, act.key))
    assumed = {act.key for act in acts if act.assumed}
    unpublished = replace(course, changes={key: _before(change) for key, change in course.changes.items()})
    for now, act in _moments(tx, unpublished, begin, end, acts):
        if act:
            schedule.publish(as_herald(tx, unpublished, now), act.key, act.url, None)
    rows = deliveries.everything(tx, course.key)
    return [Said(each.at, each.key, each.notice, each.targets, _slot(each.key) in assumed) for each in rows]


def _moments(
    tx: Connection, course: Course, begin: date, end: date, acts: list[_Act]
) -> Iterator[tuple[datetime, _Act | None]]:
    """Each moment at which something happens; the clock ticks at all of them."""
    now, last = _at(course, begin, time()), _at(course, end + timedelta(1), time())
    acts = [act for act in acts if act.at >= now]
    people.meet(tx, HERALD.key, HERALD.name, now)
    while now < last:
        work = as_herald(tx, course, now)
        due = [at for at in (schedule.tick(work), around.tick(work, even_empty=True)) if at and at > now]
        if acts:
            due.append(max(acts[0].at, now + timedelta(microseconds=1)))
        now = min(due, default=last)
        yield now, acts.pop(0) if acts and acts[0].at <= now < last else None


def _acts(course: Course, begin: date, end: date) -> Iterator[_Act]:
    keys = dict.fromkeys([*course.changes, *(key for key, _ in plan.slots(course.rhythm, end))])
    for key in keys:
        change, default = course.changes.get(key, Change()), slot_window(key)
        url = change.url or course.url or ""
        if change.published:
            yield _Act(_at(course, change.published.last, HOUR), key, url, assumed=False)
            continue
        article = plan.article(course, key, change, default, _at(course, begin, HOUR))
        if article.certainty is Certainty.SKIPPED or (article.confirmed and change.url):
            continue
        if begin <= article.when.last <= end:
            yield _Act(_assumed(course, article), key, url, assumed=True)


def _assumed(course: Course, article: Article) -> datetime:
    return article.confirmed + timedelta(hours=1) if article.confirmed else _at(course, article.when.last, HOUR)


def _before(change: Change) -> Change:
    """What was said of a slot before it was out."""
    dated = change.window or change.confirmed or change.slipped
    return replace(change, published=None, window=change.window if dated else None)


def _at(course: Course, day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, course.zone)


def _slot(key: str) -> str:
    return key.split(":")[1] if key.startswith("article:") else ""
