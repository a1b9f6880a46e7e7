"""What an author wants at hand before writing: what is asked, what was said already, what the year came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median

from bot.core.model import OPEN, Article, Certainty, Change, State, Topic, Window
from bot.services import plan, schedule, similar, topics
from bot.services.ledger import COMMENT
from bot.services.when import is_review, slot_window
from bot.services.work import Work
from bot.store import reports
from bot.store import topics as stored

LEADING, RELATED, EARLIER, STILL_OPEN = 10, 8, 8, 20
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """An article of a year with the days it was promised for at first; `late` is days after them."""

    article: Article
    promised: Window | None
    late: int


@dataclass(frozen=True, slots=True)
class Year:
    """A year in numbers; `days` is the median from a question to its answer, None without any answer of ours.

    `persons` leaves out who asked anonymously only: those are in `anonymous` and in `questions`.
    """

    year: int
    slots: tuple[Slot, ...]
    counts: reports.Counts
    answered: int
    days: float | None
    leading: tuple[Topic, ...]
    open: tuple[Topic, ...]
    open_total: int


@dataclass(frozen=True, slots=True)
class Brief:
    """All about one article; `year` only where it looks back on one."""

    article: Article
    planned: tuple[topics.Card, ...]
    related: tuple[similar.Similar, ...]
    earlier: tuple[Article, ...]
    leading: tuple[Topic, ...]
    year: Year | None


def brief(work: Work, typed: str) -> Brief:
    """Collect what is known for an article; UserError where there is none of that name."""
    article = schedule.find(work, typed)
    taken = [each for state in (State.PLANNED, State.COVERED) for each in topics.taken_up(work, article.key, state)]
    earlier = tuple(each for each in schedule.archive(work) if each.key != article.key)[:EARLIER]
    review = is_review(article.key)
    return Brief(
        article,
        tuple(topics.card(work, topic.n) for topic in taken),
        _related(work, taken),
        earlier,
        _leading(work, (State.CANDIDATE, State.NEW), LEADING),
        _year(work, int(article.key[:4])) if review else None,
    )


def _leading(
    work: Work, states: Sequence[State], limit: int, span: tuple[datetime, datetime] | None = None
) -> tuple[Topic, ...]:
    ns = reports.leading(work.tx, work.course.key, states, limit, span)
    return tuple(stored.some(work.tx, work.course.key, ns))


def _related(work: Work, taken: Sequence[Topic]) -> tuple[similar.Similar, ...]:
    """Answered topics that are like what is planned, the likest first."""
    best: dict[int, similar.Similar] = {}
    for topic in taken:
        for each in similar.similar(work.tx, work.course, topic.title, but=topic.n):
            if each.state in (State.ANSWERED, State.COVERED):
                best[each.topic] = max(best.get(each.topic, each), each, key=lambda one: one.score)
    others = [each for n, each in best.items() if n not in {topic.n for topic in taken}]
    return tuple(sorted(others, key=lambda each: -each.score)[:RELATED])


def _year(work: Work, year: int) -> Year:
    zone, key = work.course.zone, work.course.key
    begins, ends = (datetime.combine(date(each, 1, 1), time(), zone).astimezone(UTC) for each in (year, year + 1))
    answered = reports.answered(work.tx, key, begins, ends)
    # Of a reply under a comment nobody knows when it was written.
    days = [(at - asked) / DAY for who, at, asked in answered if not who.startswith(COMMENT)]
    left = stored.counts(work.tx, key)
    return Year(
        year,
        tuple(_slots(work, year)),
        reports.counts(work.tx, key, begins, ends),
        len(answered),
        round(max(0.0, median(days)), 1) if days else None,
        _leading(work, tuple(State), LEADING, (begins, ends)),
        _leading(work, OPEN, STILL_OPEN),
        sum(left[state] for state in OPEN),
    )


def _slots(work: Work, year: int) -> list[Slot]:
    """The articles that were promised for a year or came in it, in order."""
    known = schedule.changes(work)
    promised = [key for key, window in plan.slots(work.course.rhythm, date(year, 12, 31)) if window.first.year == year]
    found = [_slot(work, key, known.get(key, Change())) for key in dict.fromkeys([*promised, *known])]
    of_year = [each for each in found if each and (each.article.key in promised or each.article.when.last.year == year)]
    return sorted(of_year, key=lambda each: (each.article.when.last, each.article.key))


def _slot(work: Work, key: str, change: Change) -> Slot | None:
    default = slot_window(key)
    promised = change.slipped or change.window or default
    if not (promised or change.confirmed or change.published):
        return None
    article = plan.article(work.course, key, change, default, work.now)
    out = article.certainty is Certainty.PUBLISHED
    late = (article.when.first - promised.last).days if out and promised else 0
    return Slot(article, promised, max(late, 0))
