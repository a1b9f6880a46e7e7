"""What to offer somebody who is typing a topic or an article."""

from collections.abc import Iterable, Sequence

from bot.core.model import Article, Certainty, State, Topic
from bot.services import schedule
from bot.services.work import Work
from bot.store import topics

SEARCHED = 1000
SLOTS = 12


def topics_like(work: Work, typed: str, count: int, states: Iterable[State] = State) -> list[Topic]:
    """The newest topics in these states whose number or title begins or holds what is typed."""
    titles = topics.titles(work.tx, work.course.key, states, SEARCHED)
    return topics.some(work.tx, work.course.key, _alike(titles, typed, count))


def own_topics_like(work: Work, typed: str, count: int) -> list[Topic]:
    """The same of what the person asked and can still change."""
    own = topics.asked_by(work.tx, work.course.key, work.person.key, 0, SEARCHED)
    found = {topic.n: topic for topic in own if topic.editable}
    return [found[n] for n in _alike([(n, topic.title) for n, topic in found.items()], typed, count)]


def articles_like(work: Work, typed: str, count: int) -> list[Article]:
    """The coming articles, soonest first, whose key or title holds what is typed."""
    wanted = typed.casefold().strip()
    coming = schedule.coming(work, SLOTS)
    found = (each for each in coming if wanted in f"{each.key} {each.title or ''}".casefold())
    return [each for each in found if each.certainty is not Certainty.PUBLISHED][:count]


def _alike(titles: Sequence[tuple[int, str]], typed: str, count: int) -> list[int]:
    wanted = typed.casefold().strip().lstrip("#＃")
    by_number = [n for n, _ in titles if wanted.isdigit() and str(n).startswith(wanted)]
    by_title = [n for n, title in titles if wanted in title.casefold()]
    return list(dict.fromkeys([*by_number, *by_title]))[:count]
