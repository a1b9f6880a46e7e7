"""Topics and the questions under them; merged ones are in `store.merges`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, select

from bot.core.model import OPEN, AnswerKind, Question, State, Tie, Topic
from bot.store import follows, numbers
from bot.store.prepared import Prepared, Row, among
from bot.store.schema import answer, block, follow, person, question, topic

_COUNTS = ("wordings", "followers", "voters")
_IT = (topic.c.course == bindparam("of")) & (topic.c.n == bindparam("number"))
_LOCK = Prepared(select(topic.c.n).where(_IT).with_for_update())
_COUNTED = Prepared(select(topic.c.wordings, topic.c.state).where(_IT).with_for_update())
_ROOT = Prepared(select(topic.c.root).where(_IT))
_COUNT = Prepared(
    topic.update().where(_IT).values({each: bindparam(f"new_{each}") for each in _COUNTS}).values(posted=False)
)
_MOVE = Prepared(
    topic.update()
    .where(_IT)
    .values({each: bindparam(f"new_{each}") for each in ("state", "article", "reason")})
    .values(revision=topic.c.revision + 1, posted=False)
    .returning(topic.c.wordings, topic.c.root)
)
_SIGN = Prepared(topic.update().where(_IT).values(decided_by=bindparam("who"), decided_at=bindparam("at")))
_POSTED = Prepared(topic.update().where(_IT).values(posted=True))
_RETITLE = topic.update().where(_IT).values(title=bindparam("new_title"), posted=False)
_ANY_TITLE, _SAME_TITLE = Prepared(_RETITLE), Prepared(_RETITLE.where(topic.c.title == bindparam("was")))
_FILE, _WORD, _FOLLOW = Prepared(topic.insert()), Prepared(question.insert()), Prepared(follow.insert())
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
ANSWERED_AND_PLANNED = (topic.c.state == State.PLANNED) & _ANSWERED
_TOPICS = select(topic, person.c.name.label("decided_name"), _ANSWERED.label("answered")).outerjoin(
    person, person.c.key == topic.c.decided_by
)
_ONE = Prepared(_TOPICS.where(_IT))
_SOME = Prepared(_TOPICS.where(topic.c.course == bindparam("of"), among(topic.c.n, "numbers")))
# What is listed: not merged into another, and not all withdrawn.
_LISTED = (topic.c.root == topic.c.n) & (topic.c.wordings > 0)
_HERE = (topic.c.course == bindparam("of")) & _LISTED
_ANSWERED_AND_PLANNED = Prepared(select(func.count()).select_from(topic).where(_HERE, ANSWERED_AND_PLANNED))
_PAGE = _TOPICS.where(_HERE).order_by(topic.c.n.desc()).offset(bindparam("skip")).limit(bindparam("most"))
_ALL, _IN_STATES = Prepared(_PAGE), Prepared(_PAGE.where(among(topic.c.state, "states")))
_IN_STATE = Prepared(_PAGE.where(topic.c.state == bindparam("its")))
_TITLES = Prepared(
    select(topic.c.n, topic.c.title)
    .where(_HERE, among(topic.c.state, "states"))
    .order_by(topic.c.n.desc())
    .limit(bindparam("most"))
)
_FOR_ARTICLE = _HERE & (topic.c.article == bindparam("which")) & (topic.c.state == bindparam("its"))
_OF_ARTICLE = Prepared(_TOPICS.where(_FOR_ARTICLE).order_by(topic.c.n))
_LOCK_ARTICLE = Prepared(select(topic.c.n).where(_FOR_ARTICLE).order_by(topic.c.n).with_for_update())
# Only what is shown: it is looked at every few seconds, and all else would be read of every open topic.
_LEADING = Prepared(
    select(topic.c.n, topic.c.title, topic.c.voters)
    .where(_HERE, among(topic.c.state, "states"))
    .order_by(topic.c.voters.desc(), topic.c.n)
    .limit(bindparam("most"))
)
_UNPOSTED = Prepared(
    select(topic.c.n)
    .where(topic.c.course == bindparam("of"), ~topic.c.posted)
    .order_by(topic.c.n)
    .limit(bindparam("most"))
)

_QUESTIONS = (
    select(question, person.c.name)
    .join(person, person.c.key == question.c.person)
    .where(question.c.course == bindparam("of"))
    .order_by(question.c.at, question.c.id)
)
_STANDING = _QUESTIONS.where(question.c.topic.in_(follows.MEMBERS), ~question.c.withdrawn)
_OF_TOPIC, _OF_PERSON = Prepared(_STANDING), Prepared(_STANDING.where(question.c.person == bindparam("who")))
_WORDINGS = Prepared(
    select(func.count())
    .select_from(question)
    .where(question.c.course == bindparam("of"), question.c.topic.in_(follows.MEMBERS), ~question.c.withdrawn)
)
_OF_DIGEST = Prepared(_QUESTIONS.where(among(question.c.digest, "words")))
_QUESTION = (question.c.course == bindparam("of")) & (question.c.id == bindparam("which"))
_REWORD, _WITHDRAW = (
    Prepared(question.update().where(_QUESTION)),
    Prepared(question.update().where(_QUESTION).values(withdrawn=True)),
)
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
_ASKED_BY = Prepared(
    _TOPICS.where(topic.c.course == bindparam("of"), topic.c.n.in_(_OWN))
    .order_by(topic.c.n.desc())
    .offset(bindparam("skip"))
    .limit(bindparam("most"))
)
_COUNT_OWN = (
    select(func.count())
    .where(topic.c.course == bindparam("of"), topic.c.n.in_(_OWN))
    .where(among(topic.c.state, "in_states"))
)
_COUNT_ASKED_BY = Prepared(_COUNT_OWN)
_ASKER = Prepared(
    select(
        _ASKED.scalar_subquery().label("same"),
        _COUNT_OWN.scalar_subquery().label("waiting"),
        _NTH_SINCE.scalar_subquery().label("nth"),
        exists().where(block.c.course == bindparam("of")).label("blocks"),
    )
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
    _FILE.run_each(tx, [{key: row[key] for key in _TOPIC_COLUMNS} for row in rows])
    _WORD.run_each(tx, [{key: row[key] for key in _QUESTION_COLUMNS} for row in rows])
    _FOLLOW.run_each(tx, [{key: row[key] for key in ("course", "topic", "person")} for row in rows])
    return given


def _row(course: str, n: int, asked: Asked) -> dict[str, Any]:
    row: dict[str, Any] = {"course": course, "n": n, "root": n, "topic": n, "created": asked.at}
    row |= {"wordings": 1, "followers": 1, "voters": 1}
    decided = {"decided_at": asked.at if asked.decided_by else None}
    return row | decided | {name: getattr(asked, name) for name in Asked.__slots__}


def word(tx: Connection, course: str, n: int, asked: Asked) -> None:
    """Put a person's own words under a topic that is there, and let them follow it."""
    row = _row(course, n, asked)
    _WORD.run(tx, {key: row[key] for key in _QUESTION_COLUMNS})
    follows.tie(tx, course, n, asked.person, Tie.ASKED)
    recount(tx, course, n)


def recount(tx: Connection, course: str, n: int) -> None:
    """Count anew what stands under a topic that is not merged: words, and each person once."""
    # Locked before anything is counted: who had to wait then counts what was waited for.
    it = {"of": course, "number": n}
    was, state = _COUNTED.one(tx, it)
    now = _WORDINGS.value(tx, it)
    values = {"wordings": now, **follows.counts(tx, course, n)}
    _COUNT.run(tx, it | {f"new_{name}": value for name, value in values.items()})
    if (was > 0) != (now > 0):
        numbers.add(tx, course, f"topics.{state}", 1 if now else -1)


def get(tx: Connection, course: str, n: int, *, lock: bool = False) -> Topic | None:
    """The topic; with `lock` nobody else changes it until the transaction ends."""
    if lock:
        # Apart from the reading: whoever had to wait for the lock must see what was waited for, its answers too.
        _LOCK.all(tx, {"of": course, "number": n})
    row = _ONE.first(tx, {"of": course, "number": n})
    return _topic(row) if row else None


def root(tx: Connection, course: str, n: int) -> int | None:
    """The number of the topic that stands for `n`: itself unless it is merged; None where there is no such topic."""
    found: int | None = _ROOT.value(tx, {"of": course, "number": n})
    return found


def set_state(tx: Connection, course: str, was: Topic, state: State, article: str | None, reason: str | None) -> None:
    """Move a topic into a state without saying who did."""
    values = {"of": course, "number": was.n, "new_state": state, "new_article": article, "new_reason": reason}
    wordings, stands_for = _MOVE.one(tx, values)
    if wordings and stands_for == was.n and state != was.state:
        numbers.add_each(tx, course, {f"topics.{was.state}": -1, f"topics.{state}": 1})


def sign(tx: Connection, course: str, n: int, who: str | None, at: datetime | None) -> None:
    """Keep who changed a topic last."""
    _SIGN.run(tx, {"of": course, "number": n, "who": who, "at": at})


def retitle(tx: Connection, course: str, n: int, title: str, was: str | None = None) -> None:
    """Give a topic another title, only where it is `was` if that is given."""
    values = {"of": course, "number": n, "new_title": title}
    if was is None:
        _ANY_TITLE.run(tx, values)
    else:
        _SAME_TITLE.run(tx, values | {"was": was})


def listed(tx: Connection, course: str, states: Sequence[State], offset: int, limit: int) -> list[Topic]:
    """Topics in these states (none: in any), newest first."""
    values = {"of": course, "skip": offset, "most": limit}
    if not states:
        rows = _ALL.all(tx, values)
    elif len(states) == 1:  # they are in order in the index, however few
        rows = _IN_STATE.all(tx, values | {"its": states[0]})
    else:
        rows = _IN_STATES.all(tx, values | {"states": states})
    return list(map(_topic, rows))


def titles(tx: Connection, course: str, states: Iterable[State], limit: int) -> list[tuple[int, str]]:
    """Number and title of the newest topics in these states, newest first."""
    return [(row.n, row.title) for row in _TITLES.all(tx, {"of": course, "states": list(states), "most": limit})]


def some(tx: Connection, course: str, ns: Sequence[int]) -> list[Topic]:
    """The topics with these numbers, in their order."""
    rows = _SOME.all(tx, {"of": course, "numbers": ns}) if ns else ()
    found = {row.n: _topic(row) for row in rows}
    return [found[n] for n in ns if n in found]


def for_article(tx: Connection, course: str, article: str, state: State, *, lock: bool = False) -> list[Topic]:
    """The topics that an article is to take up, or took up; with `lock` nobody else changes them meanwhile."""
    values = {"of": course, "which": article, "its": state}
    if lock:
        _LOCK_ARTICLE.all(tx, values)
    return [_topic(row) for row in _OF_ARTICLE.all(tx, values)]


def leading(tx: Connection, course: str, limit: int) -> list[tuple[int, str, int]]:
    """The open topics that most persons ask, of two alike the older one first: number, title and how many."""
    found = _LEADING.all(tx, {"of": course, "states": OPEN, "most": limit})
    return [(row.n, row.title, row.voters) for row in found]


def unposted(tx: Connection, course: str, limit: int) -> list[int]:
    """The first topics, merged ones too, whose threads may not say how they stand."""
    return _UNPOSTED.each(tx, {"of": course, "most": limit})


def mark_posted(tx: Connection, course: str, n: int) -> None:
    """A topic's threads say how it stands."""
    _POSTED.run(tx, {"of": course, "number": n})


def asked_by(tx: Connection, course: str, who: str, offset: int, limit: int) -> list[Topic]:
    """The topics that hold a person's own words, newest first."""
    return [_topic(row) for row in _ASKED_BY.all(tx, {"of": course, "who": who, "skip": offset, "most": limit})]


def count_asked_by(tx: Connection, course: str, who: str, states: Iterable[State] = tuple(State)) -> int:
    """How many topics in these states hold a person's own words."""
    return int(_COUNT_ASKED_BY.value(tx, {"of": course, "who": who, "in_states": list(states)}))


def questions(tx: Connection, course: str, n: int, zone: tzinfo = UTC) -> list[Question]:
    """Every wording that stands under a topic and what is merged into it, oldest first; `zone` tells days apart."""
    return [_question(row, zone) for row in _OF_TOPIC.all(tx, {"of": course, "number": n})]


def own(tx: Connection, course: str, n: int, who: str) -> list[Question]:
    """Those of a person's own, asked anonymously too."""
    return list(map(_question, _OF_PERSON.all(tx, {"of": course, "number": n, "who": who})))


def same_words(tx: Connection, course: str, digests: Sequence[str]) -> list[Question]:
    """Every question with any of these words, spaces apart, withdrawn ones too."""
    return list(map(_question, _OF_DIGEST.all(tx, {"of": course, "words": digests})))


def asker(tx: Connection, course: str, who: str, digest: str, nth: int, since: datetime) -> Asker:
    """What matters of a person who asks what has this digest; `nth` counts what they asked since then themselves."""
    values = {"of": course, "who": who, "words": digest, "before": nth - 1, "since": since, "in_states": list(OPEN)}
    row = _ASKER.one(tx, values)
    return Asker(row.same, row.waiting, row.nth, row.blocks)


def reword(tx: Connection, course: str, id_: int, text: str, digest: str) -> None:
    """Change the words of a question."""
    _REWORD.run(tx, {"of": course, "which": id_, "text": text, "digest": digest})


def withdraw(tx: Connection, course: str, n: int, asked: Question, who: str) -> None:
    """Take back a question under topic `n`, which stands for it; a topic without any wording left is listed no more."""
    _WITHDRAW.run(tx, {"of": course, "which": asked.id})
    if all(other.topic != asked.topic for other in own(tx, course, n, who)):
        follows.unask(tx, course, asked.topic, who)
    recount(tx, course, n)


def counts(tx: Connection, course: str) -> dict[State, int]:
    """How many topics are listed in each state, from the counters."""
    kept = numbers.all_of(tx, course)
    return {state: kept.get(f"topics.{state}", 0) for state in State}


def answered_and_planned(tx: Connection, course: str) -> int:
    """How many topics wait for an article and have an answer that stands."""
    return int(_ANSWERED_AND_PLANNED.value(tx, {"of": course}))


def _topic(row: Row) -> Topic:
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


def _question(row: Row, zone: tzinfo = UTC) -> Question:
    """Whoever asked anonymously is forgotten here, so that nothing beyond can tell who it was."""
    who, name, at = (None, None, _noon(row.at.astimezone(zone))) if row.anonymous else (row.person, row.name, row.at)
    return Question(row.id, row.topic, who, name, row.text, row.digest, at, row.source, row.withdrawn, row.about)


def _noon(at: datetime) -> datetime:
    return at.replace(hour=12, minute=0, second=0, microsecond=0)
