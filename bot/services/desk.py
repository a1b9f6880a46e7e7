"""What staff can decide on, many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from bot.core.chat import Role
from bot.core.model import Article, Certainty, Course, Person, State, Topic
from bot.services import reviewing, schedule
from bot.services.work import Work
from bot.store import reviews, topics

STATES = (State.NEW, State.CANDIDATE)
LONGEST = 100
ARTICLES = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """A topic that can be decided on, and every wording under it."""

    topic: Topic
    wordings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """The oldest topics in a state, at most `LONGEST`, and whether there are more."""

    topics: tuple[Choice, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """What there is by state, the articles to plan for, how many are put off, and the day to put off to."""

    groups: Mapping[State, Choices]
    articles: tuple[Article, ...]
    held: int
    later: date


def look(tx: Connection, course: Course, person: Person, role: Role, now: datetime, words: Sequence[str]) -> Desk:
    """The desk as one of staff sees it, filtered by words that stand in titles or wordings."""
    work = Work(tx, course, person, role, now)
    groups = {state: _choices(work, state, words) for state in STATES}
    coming = (each for each in schedule.coming(work, ARTICLES) if each.certainty is not Certainty.SKIPPED)
    return Desk(groups, tuple(coming), reviewing.count_held(work), reviewing.in_two_weeks(work))


def _choices(work: Work, state: State, words: Sequence[str]) -> Choices:
    found = reviews.matching(work.tx, work.course.key, work.now, state, words, LONGEST + 1)
    ns = found[:LONGEST]
    said = reviews.wordings(work.tx, work.course.key, ns)
    listed = topics.some(work.tx, work.course.key, ns)
    return Choices(tuple(Choice(topic, tuple(said.get(topic.n, ()))) for topic in listed), len(found) > LONGEST)
