"""Topics and the questions under them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, Row, bindparam, exists, func, select

from bot.core.model import Question, State, Topic
from bot.store import numbers
from bot.store.schema import answer, follow, person, question, topic
from bot.store.upsert import upsert

_IT = (topic.c.course == bindparam("of")) & (topic.c.n == bindparam("number"))
_FILE, _WORD, _FOLLOW = topic.insert(), question.insert(), follow.insert()
_TOPIC_COLUMNS = ("course", "n", "title", "state", "wordings", "followers", "decided_by", "decided_at", "created")
_QUESTION_COLUMNS = ("course", "topic", "person", "text", "digest", "at", "source")
_FOLLOWED = topic.update().where(_IT).values(followers=topic.c.followers + bindparam("by"))
_REWORDED = topic.update().where(_IT).values(wordings=topic.c.wordings + bindparam("by")).returning(topic.c.wordings)

_ANSWERED = exists().where(
    answer.c.course == topic.c.course, answer.c.topic == topic.c.n, ~answer.c.editor, ~answer.c.withdrawn
)
_TOPICS = select(topic, person.c.name.label("decided_name"), _ANSWERED.label("answered")).outerjoin(
    person, person.c.key == topic.c.decided_by
)
_ONE = _TOPICS.where(_IT)

_QUESTIONS = (
    select(question, person.c.name)
    .join(person, person.c.key == question.c.person)
    .where(question.c.course == bindparam("of"))
    .order_by(question.c.at, question.c.id)
)
_OF_TOPIC = _QUESTIONS.where(question.c.topic == bindparam("number"), ~question.c.withdrawn)
_OF_DIGEST = _QUESTIONS.where(question.c.digest.in_(bindparam("words", expanding=True)))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to file: who asked what when, and the state that its topic begins in, with who put it there."""

    title: str
    person: str
    text: str
    digest: str
    at: datetime
    source: str
    state: State = State.NEW
    decided_by: str | None = None


def file(tx: Connection, course: str, asked: Sequence[Asked]) -> range:
    """Open a topic for each question, which its asker follows, and return their numbers in order."""
    if not asked:
        return range(0)
    last = numbers.add(tx, course, "topic", len(asked))
    given = range(last - len(asked) + 1, last + 1)
    for state, times in Counter(each.state for each in asked).items():
        numbers.add(tx, course, f"topics.{state}", times)
    rows = [_row(course, n, each) for n, each in zip(given, asked, strict=True)]
    tx.execute(_FILE, [{key: row[key] for key in _TOPIC_COLUMNS} for row in rows])
    tx.execute(_WORD, [{key: row[key] for key in _QUESTION_COLUMNS} for row in rows])
    tx.execute(_FOLLOW, [{key: row[key] for key in ("course", "topic", "person")} for row in rows])
    return given


def _row(course: str, n: int, asked: Asked) -> dict[str, Any]:
    row: dict[str, Any] = {"course": course, "n": n, "topic": n, "wordings": 1, "followers": 1, "created": asked.at}
    decided = {"decided_at": asked.at if asked.decided_by else None}
    return row | decided | {name: getattr(asked, name) for name in Asked.__slots__}


def word(
    tx: Connection, course: str, n: int, who: str, text: str, digest: str, at: datetime, source: str, state: State
) -> None:
    """Put a person's own words under a topic that is in `state`, and let them follow it."""
    values = {"course": course, "topic": n, "person": who, "text": text, "digest": digest, "at": at, "source": source}
    tx.execute(_WORD, values)
    _reword(tx, course, n, 1, state)
    add_follower(tx, course, n, who)


def add_follower(tx: Connection, course: str, n: int, who: str) -> bool:
    """Let a person hear of a topic; whether they did not yet."""
    if tx.execute(_follow(tx.dialect.name), {"course": course, "topic": n, "person": who}).first() is None:
        return False
    tx.execute(_FOLLOWED, {"of": course, "number": n, "by": 1})
    return True


@cache
def _follow(dialect: str) -> Executable:
    return upsert(dialect, follow).on_conflict_do_nothing().returning(follow.c.topic)


def remove_follower(tx: Connection, course: str, n: int, who: str) -> None:
    """Let a person hear no more of a topic."""
    where = (follow.c.course == course, follow.c.topic == n, follow.c.person == who)
    if tx.execute(follow.delete().where(*where)).rowcount:
        tx.execute(_FOLLOWED, {"of": course, "number": n, "by": -1})


def followers(tx: Connection, course: str, n: int) -> list[str]:
    """Everybody who hears of a topic."""
    where = (follow.c.course == course, follow.c.topic == n)
    return list(tx.scalars(select(follow.c.person).where(*where).order_by(follow.c.person)))


def get(tx: Connection, course: str, n: int, *, lock: bool = False) -> Topic | None:
    """The topic; with `lock` nobody else changes it until the transaction ends."""
    if lock:
        # Apart from the reading: whoever had to wait for the lock must see what was waited for, its answers too.
        tx.execute(select(topic.c.n).where(_is(course, n)).with_for_update())
    row = tx.execute(_ONE, {"of": course, "number": n}).one_or_none()
    return _topic(row) if row else None


def set_state(tx: Connection, course: str, was: Topic, state: State, article: str | None, reason: str | None) -> None:
    """Move a topic into a state without saying who did."""
    values = {"state": state, "article": article, "reason": reason, "revision": topic.c.revision + 1}
    statement = topic.update().where(_is(course, was.n)).values(**values).returning(topic.c.wordings)
    if tx.execute(statement).scalar_one() and state != was.state:
        numbers.add(tx, course, f"topics.{was.state}", -1)
        numbers.add(tx, course, f"topics.{state}", 1)


def sign(tx: Connection, course: str, n: int, who: str | None, at: datetime | None) -> None:
    """Keep who changed a topic last."""
    tx.execute(topic.update().where(_is(course, n)).values(decided_by=who, decided_at=at))


def retitle(tx: Connection, course: str, n: int, title: str) -> None:
    """Give a topic another title."""
    tx.execute(topic.update().where(_is(course, n)).values(title=title))


def listed(
    tx: Connection,
    course: str,
    states: Sequence[State],
    offset: int,
    limit: int,
    *,
    oldest: bool = False,
    after: int = 0,
) -> list[Topic]:
    """Topics in these states (none: in any), newest first or, with `oldest`, those after number `after` in order."""
    statement = _TOPICS.where(topic.c.course == course, topic.c.wordings > 0)
    if states:
        statement = statement.where(topic.c.state.in_(states))
    if after:
        statement = statement.where(topic.c.n > after)
    order = topic.c.n if oldest else topic.c.n.desc()
    return [_topic(row) for row in tx.execute(statement.order_by(order).offset(offset).limit(limit))]


def before(tx: Connection, course: str, state: State, n: int) -> int:
    """How many topics in a state have a number below `n`."""
    where = (topic.c.course == course, topic.c.state == state, topic.c.n < n, topic.c.wordings > 0)
    return int(tx.execute(select(func.count()).where(*where)).scalar_one())


def for_article(tx: Connection, course: str, article: str, state: State, *, lock: bool = False) -> list[Topic]:
    """The topics that an article is to take up, or took up; with `lock` nobody else changes them meanwhile."""
    where = (topic.c.course == course, topic.c.article == article, topic.c.state == state, topic.c.wordings > 0)
    if lock:
        tx.execute(select(topic.c.n).where(*where).order_by(topic.c.n).with_for_update())
    return [_topic(row) for row in tx.execute(_TOPICS.where(*where).order_by(topic.c.n))]


def asked_by(tx: Connection, course: str, who: str, offset: int, limit: int) -> list[Topic]:
    """The topics that hold a person's own words, newest first."""
    statement = _TOPICS.where(topic.c.course == course, topic.c.n.in_(_own(course, who)))
    return [_topic(row) for row in tx.execute(statement.order_by(topic.c.n.desc()).offset(offset).limit(limit))]


def count_asked_by(tx: Connection, course: str, who: str, states: Iterable[State] = tuple(State)) -> int:
    """How many topics in these states hold a person's own words."""
    where = (topic.c.course == course, topic.c.n.in_(_own(course, who)), topic.c.state.in_(list(states)))
    return int(tx.execute(select(func.count()).select_from(topic).where(*where)).scalar_one())


def questions(tx: Connection, course: str, n: int) -> list[Question]:
    """Every wording under a topic that stands, oldest first."""
    return _questions(tx.execute(_OF_TOPIC, {"of": course, "number": n}))


def same_words(tx: Connection, course: str, digests: Sequence[str]) -> list[Question]:
    """Every question with any of these words, spaces apart, withdrawn ones too."""
    return _questions(tx.execute(_OF_DIGEST, {"of": course, "words": digests}))


def reword(tx: Connection, course: str, id_: int, text: str, digest: str) -> None:
    """Change the words of a question."""
    where = (question.c.course == course, question.c.id == id_)
    tx.execute(question.update().where(*where).values(text=text, digest=digest))


def withdraw(tx: Connection, course: str, asked: Question, state: State) -> None:
    """Take a question back; a topic without any wording left is listed no more."""
    tx.execute(question.update().where(question.c.id == asked.id).values(withdrawn=True))
    remove_follower(tx, course, asked.topic, asked.person)
    _reword(tx, course, asked.topic, -1, state)


def _reword(tx: Connection, course: str, n: int, by: int, state: State) -> None:
    left = tx.execute(_REWORDED, {"of": course, "number": n, "by": by}).scalar_one()
    if (by, left) in ((1, 1), (-1, 0)):
        numbers.add(tx, course, f"topics.{state}", by)


def counts(tx: Connection, course: str) -> dict[State, int]:
    """How many topics are listed in each state, from the counters."""
    kept = numbers.all_of(tx, course)
    return {state: kept.get(f"topics.{state}", 0) for state in State}


def _is(course: str, n: int) -> Any:
    return (topic.c.course == course) & (topic.c.n == n)


def _own(course: str, who: str) -> Any:
    where = (question.c.course == course, question.c.person == who, question.c.withdrawn.is_(False))
    return select(question.c.topic).where(*where)


def _topic(row: Row[Any]) -> Topic:
    return Topic(
        n=row.n,
        title=row.title,
        state=State(row.state),
        created=row.created,
        wordings=row.wordings,
        followers=row.followers,
        article=row.article,
        reason=row.reason,
        revision=row.revision,
        decided_by=row.decided_by,
        decided_name=row.decided_name,
        decided_at=row.decided_at,
        answered=row.answered,
    )


def _questions(rows: CursorResult[Any]) -> list[Question]:
    return [
        Question(row.id, row.topic, row.person, row.name, row.text, row.digest, row.at, row.source, row.withdrawn)
        for row in rows
    ]
