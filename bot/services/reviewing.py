"""The review: what waits, what is put off and until when, and one act on several topics."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.core.chat import Notice
from bot.core.errors import UserError
from bot.core.model import UNTOLD, Page, State, Topic, Window
from bot.services import ledger, similar, topics, when
from bot.services.pages import page
from bot.services.work import Work
from bot.store import follows, hearing, reviews
from bot.store import topics as stored

DETAILS, LATER = "details", "later"
PATIENCE = timedelta(days=14)
BESIDE = 3

# What is done to a topic: its number, the revision that was seen, the first event of the step -> it then, the event.
Act = Callable[[int, int | None, int | None], tuple[Topic, int]]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What to review now: number `position` of `total` that wait, and what looks like it."""

    card: topics.Card
    position: int
    total: int
    beside: tuple[similar.Similar, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What became of several topics: those that were changed, why the others were not, and the event that undoes it."""

    done: tuple[Topic, ...]
    left: tuple[UserError, ...]
    event: int


def review(work: Work, after: int = 0) -> Reviewed | None:
    """The oldest topic that waits, or the oldest after number `after`; None where none is left."""
    n = reviews.waiting(work.tx, work.course.key, work.now, after)
    if n is None:
        return None
    card = topics.card(work, n)
    position = 1 + (reviews.before(work.tx, work.course.key, work.now, n) if after else 0)
    beside = similar.likely(work.tx, work.course, card.questions[0].text, BESIDE, but=n)
    return Reviewed(card, position, topics.waiting(work), tuple(beside))


def count_held(work: Work) -> int:
    """How many topics' review is put off."""
    return reviews.count_held(work.tx, work.course.key, work.now)


def held(work: Work, number: int) -> Page[Topic]:
    """One page of the topics whose review is put off, the soonest first."""

    def fetch(offset: int, limit: int) -> Sequence[Topic]:
        ns = reviews.held(work.tx, work.course.key, work.now, offset, limit)
        return stored.some(work.tx, work.course.key, ns)

    return page(number, count_held(work), fetch)


def ask_details(work: Work, question: str, n: int, seen: int | None, batch: int | None = None) -> tuple[Topic, int]:
    """Ask whoever asked for details; the review waits until they edit their words or `PATIENCE` is over."""
    was = topics.acting_on(work, n, seen)
    event = _put_off(work, was, DETAILS, work.now + PATIENCE, batch)
    notice = Notice("topic.details", {"n": was.n, "title": was.title, "text": question})
    ledger.announce(work, f"topic:{was.n}:details:{event}", notice, askers(work, was.n))
    return topics.get(work, was.n), event


def askers(work: Work, n: int) -> list[str]:
    """Who asked a topic in words of their own and wants to hear of it."""
    wish, _ = hearing.listeners(work.tx, work.course.key, n)
    return [who for who in follows.askers(work.tx, work.course.key, n) if who in wish]


def later(work: Work, until: datetime, n: int, seen: int | None, batch: int | None = None) -> tuple[Topic, int]:
    """Put a topic's review off until then."""
    was = topics.acting_on(work, n, seen)
    if (was.state, was.hold, was.hold_until) == (State.NEW, LATER, until):
        raise UserError("no_change", n=was.n, state=State.NEW)
    event = _put_off(work, was, LATER, until, batch)
    return topics.get(work, was.n), event


def _put_off(work: Work, was: Topic, hold: str, until: datetime, batch: int | None) -> int:
    check_waits(was)
    event = topics.move(work, was, State.NEW, None, None, "decide", batch, hold=hold, until=until.isoformat())
    reviews.hold(work.tx, work.course.key, was.n, hold, until)
    return event


def check_waits(topic: Topic) -> None:
    """UserError unless a topic waits or is a candidate: of what is more everybody was told, so it is not put off."""
    if topic.state not in UNTOLD:
        raise UserError("not_waiting", n=topic.n, state=topic.state, topic=topic)


def day_of(work: Work, typed: str) -> datetime:
    """The beginning of the day, or the time, that somebody typed; UserError where it is none or over."""
    this_year = work.day(work.now).year
    # A day without a year is the next one of that name.
    for year in (this_year, this_year + 1):
        if (until := _read_day(work, typed, year)) > work.now:
            return until
    raise UserError("day_over", typed=typed)


def _read_day(work: Work, typed: str, year: int) -> datetime:
    try:
        read = when.window_of(typed, work.course.zone, year)
    except ValueError as error:
        raise UserError("not_a_day", typed=typed) from error
    return _begin(work, read.first) if isinstance(read, Window) else read


def _begin(work: Work, day: date) -> datetime:
    return datetime.combine(day, time(), work.course.zone)


def in_two_weeks(work: Work) -> date:
    """The day that a review is put off to where nobody says another."""
    return work.day(work.now + PATIENCE)


def on_each(ns: Sequence[int], seen: Sequence[int], act: Act) -> Step:
    """Do the same to several topics, to each that it can be done to, as one step.

    In the order of their numbers, so that two steps at once do not wait for each other. `seen` are the revisions.
    """
    known = dict(zip(ns, seen, strict=False)) if len(seen) == len(ns) else {}
    done: list[Topic] = []
    left: list[UserError] = []
    first = 0
    for n in sorted(set(ns)):
        try:
            topic, event = act(n, known.get(n), first or None)
        except UserError as error:
            left.append(error)
            continue
        done.append(topic)
        first = first or event
    return Step(tuple(done), tuple(left), first)
