"""A confirmed article as an event of a calendar, until its time comes."""

from collections.abc import Iterator

from bot.core.chat import Notice
from bot.core.model import Article
from bot.services import schedule
from bot.services.work import Work


def notices(work: Work) -> Iterator[tuple[str, Notice]]:
    """For each slot of which anything was said, its event: open where it is confirmed for a time to come."""
    for article in schedule.spoken(work):
        yield article.key, _event(work, article)


def _event(work: Work, article: Article) -> Notice:
    # It has a time only while it is confirmed.
    if article.confirmed is None or article.confirmed <= work.now:
        return Notice("article.event", {"key": article.key, "title": None, "open": False})
    fields = {"key": article.key, "title": article.title, "summary": article.summary, "open": True}
    fields |= {"at": article.confirmed.isoformat(), "course": work.course.title}
    return Notice("article.event", fields, article.url or work.course.url)
