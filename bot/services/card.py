"""The card: the next article and the leading topics, as they stand at one moment."""

from typing import Any

from bot.core.chat import Notice
from bot.core.model import Article, Window
from bot.services import schedule
from bot.services.work import Work
from bot.store import topics

LEADING = 5


def notice_of(work: Work) -> Notice:
    """What the card says now; nothing in it grows old by itself."""
    outlook = schedule.outlook(work)
    leading = [list(each) for each in topics.leading(work.tx, work.course.key, LEADING)]
    fields = {"topics": leading, "paused": outlook.paused, **(_fields(outlook.next) if outlook.next else {})}
    return Notice("card", fields, outlook.next.url if outlook.next else None)


def _fields(article: Article) -> dict[str, Any]:
    said: dict[str, Any] = {"key": article.key, "title": article.title, "summary": article.summary}
    said |= {"when": _days(article.when)}
    said |= {"certainty": article.certainty.value, "overdue": article.overdue}
    if article.slipped:
        said["was"] = _days(article.slipped)
    return said | ({"at": article.confirmed.isoformat()} if article.confirmed else {})


def _days(window: Window) -> list[str]:
    return [window.first.isoformat(), window.last.isoformat()]
