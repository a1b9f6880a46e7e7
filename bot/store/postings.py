"""Which topics hold which tokens, and what their wordings mean."""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, func, or_, select

from bot.core.model import State
from bot.store import numbers
from bot.store.schema import answer, counter, posting, question, topic, wording
from bot.store.upsert import upsert

REVISION = "similar"
_END = -1

Wordings = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listed topic and the tokens of each of its wordings."""

    topic: int
    title: str
    state: State
    wordings: Wordings


def texts(tx: Connection, course: str, n: int) -> list[str]:
    """A topic's title and the wordings under it that stand; none where all were withdrawn."""
    statement = (
        select(topic.c.title, question.c.text)
        .join(question, and_(question.c.course == topic.c.course, question.c.topic == topic.c.n))
        .where(topic.c.course == course, topic.c.n == n, question.c.withdrawn.is_(False))
        .order_by(question.c.id)
    )
    rows = tx.execute(statement).all()
    return list(dict.fromkeys([*(row.title for row in rows[:1]), *(row.text for row in rows)]))


def put(
    tx: Connection,
    course: str,
    n: int,
    wordings: Wordings,
    posted: Collection[int],
    version: int,
    vectors: bytes | None,
) -> None:
    """Keep a topic's wordings, findable by the tokens `posted`; whatever it had is gone."""
    gone, new = _difference(tx, course, n, posted)
    if gone:
        where = (posting.c.course == course, posting.c.token.in_(gone), posting.c.topic == n)
        tx.execute(posting.delete().where(*where))
    if new:
        rows = [{"course": course, "token": token, "topic": n} for token in new]
        tx.execute(upsert(tx, posting).on_conflict_do_nothing(), rows)
    revision = numbers.add(tx, course, REVISION)
    kept = {"version": version, "revision": revision, "tokens": _packed(wordings, posted), "vectors": vectors}
    statement = upsert(tx, wording).values(course=course, topic=n, **kept)
    tx.execute(statement.on_conflict_do_update(index_elements=["course", "topic"], set_=kept))


def _difference(tx: Connection, course: str, n: int, posted: Collection[int]) -> tuple[set[int], list[int]]:
    where = (wording.c.course == course, wording.c.topic == n)
    kept = tx.execute(select(wording.c.tokens).where(*where)).scalar_one_or_none()
    had = set(_unpacked(kept)[0]) if kept else set()
    return had.difference(posted), sorted(token for token in posted if token not in had)


def _packed(wordings: Wordings, posted: Collection[int]) -> bytes:
    """First the tokens that are posted, then those of each wording."""
    flat = array("i")
    for part in (posted, *wordings):
        flat.extend([*part, _END])
    return flat.tobytes()


def _unpacked(tokens: bytes) -> list[tuple[int, ...]]:
    flat = array("i")
    flat.frombytes(tokens)
    parts, begin = [], 0
    for at, token in enumerate(flat):
        if token == _END:
            parts.append(tuple(flat[begin:at]))
            begin = at + 1
    return parts


def frequencies(tx: Connection, course: str, tokens: Sequence[int]) -> tuple[int, dict[int, int]]:
    """How many topics the course ever had, and how many of those listed hold each token (a missing one: none)."""
    last = select(counter.c.value).where(counter.c.course == course, counter.c.name == "topic").scalar_subquery()
    statement = select(posting.c.token, func.count(), last)
    where = (posting.c.course == course, posting.c.token.in_(tokens))
    rows = tx.execute(statement.where(*where).group_by(posting.c.token)).all()
    return (rows[0][2] if rows else 0) or 0, {row[0]: row[1] for row in rows}


def holding(tx: Connection, course: str, weights: Mapping[int, float], limit: int) -> list[int]:
    """The topics whose tokens among those of `weights` weigh most, newest first where they weigh the same."""
    if not weights:
        return []
    weight = func.sum(case(dict(weights), value=posting.c.token, else_=0.0))
    where = (posting.c.course == course, posting.c.token.in_(list(weights)))
    statement = select(posting.c.topic).where(*where).group_by(posting.c.topic)
    return list(tx.scalars(statement.order_by(weight.desc(), posting.c.topic.desc()).limit(limit)))


def candidates(tx: Connection, course: str, numbers_: Iterable[int]) -> list[Candidate]:
    """Those of these topics that are listed."""
    statement = select(wording.c.topic, wording.c.tokens, topic.c.title, topic.c.state).join(
        topic, and_(topic.c.course == wording.c.course, topic.c.n == wording.c.topic)
    )
    where = (wording.c.course == course, wording.c.topic.in_(list(numbers_)), topic.c.wordings > 0)
    rows = tx.execute(statement.where(*where))
    return [Candidate(row.topic, row.title, State(row.state), tuple(_unpacked(row.tokens)[1:])) for row in rows]


def answered(tx: Connection, course: str, numbers_: Sequence[int]) -> dict[int, str]:
    """The newest standing answer to each of these topics that has one."""
    where = (answer.c.course == course, answer.c.topic.in_(numbers_), ~answer.c.editor, ~answer.c.withdrawn)
    statement = select(answer.c.topic, answer.c.text).where(*where).order_by(answer.c.version)
    return {row.topic: row.text for row in tx.execute(statement)}


def stale(tx: Connection, course: str, version: int, after: int, limit: int) -> list[int]:
    """Topics above number `after` that were not indexed by this version of the tokenizer."""
    statement = select(topic.c.n).outerjoin(
        wording, and_(wording.c.course == topic.c.course, wording.c.topic == topic.c.n)
    )
    where = (topic.c.course == course, topic.c.n > after)
    unlike = or_(wording.c.version.is_(None), wording.c.version != version)
    return list(tx.scalars(statement.where(*where, unlike).order_by(topic.c.n).limit(limit)))


def bare(tx: Connection, course: str, limit: int) -> dict[int, int]:
    """Topics without vectors, and the revision in which they are so."""
    where = (wording.c.course == course, wording.c.vectors.is_(None))
    statement = select(wording.c.topic, wording.c.revision).where(*where).order_by(wording.c.topic).limit(limit)
    return {row.topic: row.revision for row in tx.execute(statement)}


def give_vectors(tx: Connection, course: str, n: int, was: int, vectors: bytes) -> None:
    """Keep what a topic means, unless its wordings changed since revision `was`."""
    where = (wording.c.course == course, wording.c.topic == n, wording.c.revision == was)
    revision = numbers.add(tx, course, REVISION)
    tx.execute(wording.update().where(*where).values(vectors=vectors, revision=revision))


def revision_of(tx: Connection, course: str) -> int:
    """How often the wordings of a course changed."""
    statement = select(counter.c.value).where(counter.c.course == course, counter.c.name == REVISION)
    return tx.execute(statement).scalar_one_or_none() or 0


def vectors_since(tx: Connection, course: str, revision: int, limit: int) -> list[tuple[int, bytes]]:
    """The newest changes after `revision`: a topic and its vectors, empty where it has none."""
    where = (wording.c.course == course, wording.c.revision > revision)
    statement = select(wording.c.topic, wording.c.vectors).where(*where).order_by(wording.c.revision.desc())
    return [(row.topic, row.vectors or b"") for row in tx.execute(statement.limit(limit))]
