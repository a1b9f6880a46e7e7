"""Topics and the questions under them; merged ones are in `store.merges`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, Row, bindparam, exists, func, select

from bot.core.model import OPEN, AnswerKind, Question, State, Topic
from bot.store import follows, numbers
from bot.store.schema import answer, block, follow, person, question, topic

_COUNTS = ("wordings", "followers", "voters")
_IT = (topic.c.course == bindparam("of")) & (topic.c.n == bindparam("number"))
_LOCK = select(topic.c.n).where(_IT).with_for_update()
_COUNTED = select(topic.c.wordings, topic.c.state).where(_IT).with_for_update()
_ROOT = select(topic.c.root).where(_IT)
_COUNT = topic.update().where(_IT).values({each: bindparam(f"new_{each}") for each in _COUNTS}).values(posted=False)
_MOVE = (
    topic.update()
    .where(_IT)
    .values({each: bindparam(f"new_{each}") for each in ("state", "article", "reason")})
    .values(revision=topic.c.revision + 1, posted=False)
    .returning(topic.c.wordings, topic.c.root)
)
_SIGN = topic.update().where(_IT).values(decided_by=bindparam("who"), decided_at=bindparam("at"))
_FILE, _WORD, _FOLLOW = topic.insert(), question.insert(), follow.insert()
_TOPIC_COLUMNS = (
    "course", "n", "root", "title", "state", "wordings", "followers", "voters", "decided_by", "decided_at", "created",
)  # fmt: skip
_QUESTION_COLUMNS = (
    "course", "topic", "person", "text", "digest", "at", "source", "anonymous", "about", "filed_by",
)  # fmt: skip

_ANSWERED = exists().where(
    answer.c.course == topic.c.course,
    answer.c.topic == topic.c.n,
    answer.c.kind == AnswerKind.PUBLISHED,
    ~answer.c.withdrawn,
)
_TOPICS = select(topic, person.c.name.label("decided_name"), _ANSWERED.label("answered")).outerjoin(
    person, person.c.key == topic.c.decided_by
)
_ONE = _TOPICS.where(_IT)
_SOME = _TOPICS.where(topic.c.course == bindparam("of"), topic.c.n.in_(bindparam("numbers", expanding=True)))
# What is listed: not merged into another, and not all withdrawn.
_LISTED = (topic.c.root == topic.c.n) & (topic.c.wordings > 0)

_QUESTIONS = (
    select(question, person.c.name)
    .join(person, person.c.key == question.c.person)
    .where(question.c.course == bindparam("of"))
    .order_by(question.c.at, question.c.id)
)
_OF_TOPIC = _QUESTIONS.where(question.c.topic.in_(follows.MEMBERS), ~question.c.withdrawn)
_WORDINGS = (
    select(func.count())
    .select_from(question)
    .where(question.c.course == bindparam("of"), question.c.topic.in_(follows.MEMBERS), ~question.c.withdrawn)
)
_OF_PERSON = _OF_TOPIC.where(question.c.person == bindparam("who"))
_OF_DIGEST = _QUESTIONS.where(question.c.digest.in_(bindparam("words", expanding=True)))
_ASKED = (
    select(question.c.topic)
    .where(question.c.course == bindparam("of"), question.c.digest == bindparam("words"))
    .where(question.c.person == bindparam("who"), ~question.c.withdrawn)
    .limit(1)
)
_BY = (question.c.course == bindparam("of")) & (question.c.person == bindparam("who"))
_NTH_SINCE = (
    select(question.c.at)
    .where(_BY, question.c.at > bindparam("since"), question.c.filed_by.is_(None))
    .order_by(question.c.at.desc())
    .offset(bindparam("before"))
    .limit(1)
)
_FILED = topic.alias("filed")
_OWN = (
    select(_FILED.c.root)
    .join_from(question, _FILED, (_FILED.c.course == question.c.course) & (_FILED.c.n == question.c.topic))
    .where(_BY, ~question.c.withdrawn)
)
_COUNT_OWN = (
    select(func.count())
    .where(topic.c.course == bindparam("of"), topic.c.n.in_(_OWN))
    .where(topic.c.state.in_(bindparam("in_states", expanding=True)))
)
_ASKER = select(
    _ASKED.scalar_subquery().label("same"),
    _COUNT_OWN.scalar_subquery().label("waiting"),
    _NTH_SINCE.scalar_subquery().label("nth"),
    exists().where(block.c.course == bindparam("of")).label("blocks"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to file: who asked what when, and the state that its topic begins in, with who put it there.

    `about` is the article that it is about, `filed_by` who filed it for the asker.
    """

    title: str
    person: str
    text: str
    digest: str
    at: datetime
    source: str
    state: State = State.NEW
    decided_by: str | None = None
    anonymous: bool = False
    about: str | None = None
    filed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """What matters of a person who asks something.

    `same` is the topic under which they asked these very words, as it was filed; `waiting` of their topics are open;
    `nth` is when they asked the nth last of late; `blocks` says that somebody is blocked in the course.
    """

    same: int | None
    waiting: int
    nth: datetime | None
    blocks: bool


def file(tx: Connection, course: str, asked: Sequence[Asked]) -> range:
    """Open a topic for each question, which its asker follows, and return their numbers in order."""
    if not asked:
        return range(0)
    states = Counter(f"topics.{each.state}" for each in asked)
    last = numbers.add_each(tx, course, {"topic": len(asked), **states})["topic"]
    given = range(last - len(asked) + 1, last + 1)
    rows = [_row(course, n, each) for n, each in zip(given, asked, strict=True)]
    tx.execute(_FILE, [{key: row[key] for key in _TOPIC_COLUMNS} for row in rows])
    tx.execute(_WORD, [{key: row[key] for key in _QUESTION_COLUMNS} for row in rows])
    tx.execute(_FOLLOW, [{key: row[key] for key in ("course", "topic", "person")} for row in rows])
    return given


def _row(course: str, n: int, asked: Asked) -> dict[str, Any]:
    row: dict[str, Any] = {"course": course, "n": n, "root": n, "topic": n, "created": asked.at}
    row |= {"wordings": 1, "followers": 1, "voters": 1}
    decided = {"decided_at": asked.at if asked.decided_by else None}
    return row | decided | {name: getattr(asked, name) for name in Asked.__slots__}


def word(tx: Connection, course: str, n: int, asked: Asked) -> None:
    """Put a person's own words under a topic that is there, and let them follow it."""
    row = _row(course, n, asked)
    tx.execute(_WORD, {key: row[key] for key in _QUESTION_COLUMNS})
    follows.ask(tx, course, n, asked.person)
    recount(tx, course, n)


def recount(tx: Connection, course: str, n: int) -> None:
    """Count anew what stands under a topic that is not merged: words, and each person once."""
    # Locked before anything is counted: who had to wait then counts what was waited for.
    it = {"of": course, "number": n}
    was, state = tx.execute(_COUNTED, it).one()
    now = tx.execute(_WORDINGS, it).scalar_one()
    values = {"wordings": now, **follows.counts(tx, course, n)}
    tx.execute(_COUNT, it | {f"new_{name}": value for name, value in values.items()})
    if (was > 0) != (now > 0):
        numbers.add(tx, course, f"topics.{state}", 1 if now else -1)


def get(tx: Connection, course: str, n: int, *, lock: bool = False) -> Topic | None:
    """The topic; with `lock` nobody else changes it until the transaction ends."""
    if lock:
        # Apart from the reading: whoever had to wait for the lock must see what was waited for, its answers too.
        tx.execute(_LOCK, {"of": course, "number": n})
    row = tx.execute(_ONE, {"of": course, "number": n}).one_or_none()
    return _topic(row) if row else None


def root(tx: Connection, course: str, n: int) -> int | None:
    """The number of the topic that stands for `n`: itself unless it is merged; None where there is no such topic."""
    return tx.execute(_ROOT, {"of": course, "number": n}).scalar_one_or_none()


def set_state(tx: Connection, course: str, was: Topic, state: State, article: str | None, reason: str | None) -> None:
    """Move a topic into a state without saying who did."""
    values = {"of": course, "number": was.n, "new_state": state, "new_article": article, "new_reason": reason}
    wordings, stands_for = tx.execute(_MOVE, values).one()
    if wordings and stands_for == was.n and state != was.state:
        numbers.add_each(tx, course, {f"topics.{was.state}": -1, f"topics.{state}": 1})


def sign(tx: Connection, course: str, n: int, who: str | None, at: datetime | None) -> None:
    """Keep who changed a topic last."""
    tx.execute(_SIGN, {"of": course, "number": n, "who": who, "at": at})


def retitle(tx: Connection, course: str, n: int, title: str, was: str | None = None) -> None:
    """Give a topic another title, only where it is `was` if that is given."""
    statement = topic.update().where(topic.c.course == course, topic.c.n == n).values(title=title, posted=False)
    tx.execute(statement if was is None else statement.where(topic.c.title == was))


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
    statement = _TOPICS.where(topic.c.course == course, _LISTED)
    if states:
        statement = statement.where(topic.c.state.in_(states))
    if after:
        statement = statement.where(topic.c.n > after)
    order = topic.c.n if oldest else topic.c.n.desc()
    return [_topic(row) for row in tx.execute(statement.order_by(order).offset(offset).limit(limit))]


def some(tx: Connection, course: str, ns: Sequence[int]) -> list[Topic]:
    """The topics with these numbers, in their order."""
    rows = tx.execute(_SOME, {"of": course, "numbers": ns}) if ns else ()
    found = {row.n: _topic(row) for row in rows}
    return [found[n] for n in ns if n in found]


def before(tx: Connection, course: str, state: State, n: int) -> int:
    """How many topics in a state have a number below `n`."""
    where = (topic.c.course == course, topic.c.state == state, topic.c.n < n, _LISTED)
    return int(tx.execute(select(func.count()).where(*where)).scalar_one())


def for_article(tx: Connection, course: str, article: str, state: State, *, lock: bool = False) -> list[Topic]:
    """The topics that an article is to take up, or took up; with `lock` nobody else changes them meanwhile."""
    where = (topic.c.course == course, topic.c.article == article, topic.c.state == state, _LISTED)
    if lock:
        tx.execute(select(topic.c.n).where(*where).order_by(topic.c.n).with_for_update())
    return [_topic(row) for row in tx.execute(_TOPICS.where(*where).order_by(topic.c.n))]


def leading(tx: Connection, course: str, limit: int) -> list[tuple[int, str, int]]:
    """The open topics that most persons ask, of two alike the older one first: number, title and how many."""
    where = (topic.c.course == course, topic.c.state.in_(OPEN), _LISTED)
    order = (topic.c.voters.desc(), topic.c.n)
    # Only what is shown: it is looked at every few seconds, and all else would be read of every open topic.
    found = tx.execute(select(topic.c.n, topic.c.title, topic.c.voters).where(*where).order_by(*order).limit(limit))
    return [(row.n, row.title, row.voters) for row in found]


def unposted(tx: Connection, course: str, limit: int) -> list[int]:
    """The first topics, merged ones too, whose threads may not say how they stand."""
    statement = select(topic.c.n).where(topic.c.course == course, ~topic.c.posted)
    return list(tx.scalars(statement.order_by(topic.c.n).limit(limit)))


def mark_posted(tx: Connection, course: str, n: int) -> None:
    """A topic's threads say how it stands."""
    tx.execute(topic.update().where(topic.c.course == course, topic.c.n == n).values(posted=True))


def asked_by(tx: Connection, course: str, who: str, offset: int, limit: int) -> list[Topic]:
    """The topics that hold a person's own words, newest first."""
    statement = _TOPICS.where(topic.c.course == course, topic.c.n.in_(_OWN)).order_by(topic.c.n.desc())
    rows = tx.execute(statement.offset(offset).limit(limit), {"of": course, "who": who})
    return [_topic(row) for row in rows]


def count_asked_by(tx: Connection, course: str, who: str, states: Iterable[State] = tuple(State)) -> int:
    """How many topics in these states hold a person's own words."""
    return int(tx.execute(_COUNT_OWN, {"of": course, "who": who, "in_states": list(states)}).scalar_one())


def questions(tx: Connection, course: str, n: int) -> list[Question]:
    """Every wording that stands under a topic and what is merged into it, oldest first."""
    return _questions(tx.execute(_OF_TOPIC, {"of": course, "number": n}))


def own(tx: Connection, course: str, n: int, who: str) -> list[Question]:
    """Those of a person's own, asked anonymously too."""
    return _questions(tx.execute(_OF_PERSON, {"of": course, "number": n, "who": who}))


def same_words(tx: Connection, course: str, digests: Sequence[str]) -> list[Question]:
    """Every question with any of these words, spaces apart, withdrawn ones too."""
    return _questions(tx.execute(_OF_DIGEST, {"of": course, "words": digests}))


def asker(tx: Connection, course: str, who: str, digest: str, nth: int, since: datetime) -> Asker:
    """What matters of a person who asks what has this digest; `nth` counts what they asked since then themselves."""
    values = {"of": course, "who": who, "words": digest, "before": nth - 1, "since": since, "in_states": list(OPEN)}
    row = tx.execute(_ASKER, values).one()
    return Asker(row.same, row.waiting, row.nth, row.blocks)


def reword(tx: Connection, course: str, id_: int, text: str, digest: str) -> None:
    """Change the words of a question."""
    where = (question.c.course == course, question.c.id == id_)
    tx.execute(question.update().where(*where).values(text=text, digest=digest))


def withdraw(tx: Connection, course: str, n: int, asked: Question, who: str) -> None:
    """Take back a question under topic `n`, which stands for it; a topic without any wording left is listed no more."""
    tx.execute(question.update().where(question.c.id == asked.id).values(withdrawn=True))
    if all(other.topic != asked.topic for other in own(tx, course, n, who)):
        follows.unask(tx, course, asked.topic, who)
    recount(tx, course, n)


def counts(tx: Connection, course: str) -> dict[State, int]:
    """How many topics are listed in each state, from the counters."""
    kept = numbers.all_of(tx, course)
    return {state: kept.get(f"topics.{state}", 0) for state in State}


def _topic(row: Row[Any]) -> Topic:
    return Topic(
        n=row.n,
        title=row.title,
        state=State(row.state),
        created=row.created,
        wordings=row.wordings,
        followers=row.followers,
        voters=row.voters,
        article=row.article,
        reason=row.reason,
        revision=row.revision,
        decided_by=row.decided_by,
        decided_name=row.decided_name,
        decided_at=row.decided_at,
        answered=row.answered,
        merged_into=row.merged_into,
        hold=row.hold,
        hold_until=row.hold_until,
    )


def _questions(rows: CursorResult[Any]) -> list[Question]:
    return [_question(row) for row in rows]


def _question(row: Row[Any]) -> Question:
    """Whoever asked anonymously is forgotten here, so that nothing beyond can tell who it was."""
    who, name, at = (None, None, _noon(row.at)) if row.anonymous else (row.person, row.name, row.at)
    return Question(row.id, row.topic, who, name, row.text, row.digest, at, row.source, row.withdrawn, row.about)


def _noon(at: datetime) -> datetime:
    return at.replace(hour=12, minute=0, second=0, microsecond=0)
