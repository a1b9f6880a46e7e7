"""What to offer somebody who is typing a topic or an article."""

from bot.core.model import Article, Certainty, State, Topic
from bot.services import schedule
from bot.services.work import Work
from bot.store import topics

SEARCHED = 300
SLOTS = 12


def topics_like(work: Work, typed: str, count: int, states: tuple[State, ...] = ()) -> list[Topic]:
    """The newest topics in these states (none: in any) whose number or title begins or holds what is typed."""
    found = topics.listed(work.tx, work.course.key, states, 0, SEARCHED)
    return _alike(found, typed, count)


def own_topics_like(work: Work, typed: str, count: int) -> list[Topic]:
    """The same of what the person asked and can still change."""
    own = topics.asked_by(work.tx, work.course.key, work.person.key, 0, SEARCHED)
    return _alike([topic for topic in own if topic.editable], typed, count)


def articles_like(work: Work, typed: str, count: int) -> list[Article]:
    """The coming articles, soonest first, whose key or title holds what is typed."""
    wanted = typed.casefold().strip()
    coming = schedule.coming(work, SLOTS)
    found = (each for each in coming if wanted in f"{each.key} {each.title or ''}".casefold())
    return [each for each in found if each.certainty is not Certainty.PUBLISHED][:count]


def _alike(found: list[Topic], typed: str, count: int) -> list[Topic]:
    wanted = typed.casefold().strip().lstrip("#＃")
    by_number = [topic for topic in found if wanted.isdigit() and str(topic.n).startswith(wanted)]
    by_title = [topic for topic in found if wanted in topic.title.casefold() and topic not in by_number]
    return [*by_number, *by_title][:count]
