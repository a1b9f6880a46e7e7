"""A confirmed article as an event of a calendar, until its time comes."""

from collections.abc import Iterator

from bot.core.chat import Notice
from bot.core.model import Article, Certainty
from bot.services import schedule
from bot.services.work import Work


def notices(work: Work) -> Iterator[tuple[str, Notice]]:
    """For each slot of which anything was said, its event: open where it is confirmed for a time to come."""
    for article in schedule.spoken(work):
        yield article.key, _event(work, article) if _is_sure(work, article) else _off(article.key)


def _is_sure(work: Work, article: Article) -> bool:
    return article.certainty is Certainty.CONFIRMED and bool(article.confirmed and article.confirmed > work.now)


def _event(work: Work, article: Article) -> Notice:
    at = article.confirmed.isoformat() if article.confirmed else None
    fields = {"key": article.key, "title": article.title, "summary": article.summary, "at": at, "open": True}
    return Notice("article.event", {**fields, "course": work.course.title}, article.url or work.course.url)


def _off(key: str) -> Notice:
    return Notice("article.event", {"key": key, "title": None, "open": False})
