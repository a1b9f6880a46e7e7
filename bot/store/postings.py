"""Which topics hold which tokens, and what their wordings mean."""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ClauseElement, Connection, Float, and_, bindparam, case, func, select, true

from bot.core.model import AnswerKind, State
from bot.store import numbers
from bot.store.prepared import Prepared, among, one_of
from bot.store.schema import answer, counter, posting, question, topic, wording
from bot.store.upsert import upsert

REVISION = "similar"
MOST_TOKENS = 8
_END = b"\xff" * 4
_NO_TOKEN = -1
_TOKEN = posting.c.token.type

Wordings = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Indexed:
    """A topic's wordings as tokens, the tokens that it is to be found by, and its vectors if they are known."""

    topic: int
    wordings: Wordings
    posted: Collection[int]
    vectors: bytes | None


@dataclass(frozen=True, slots=True)
class Found:
    """A listed topic, and the newest standing answer to it or ""."""

    topic: int
    title: str
    state: State
    answer: str


def _of(course: str, **values: object) -> dict[str, object]:
    return {"of": course, **values}


_COURSE: BindParameter[Any] = bindparam("of")

_TEXTS = Prepared(
    select(topic.c.n, topic.c.title, question.c.text)
    .join(question, and_(question.c.course == topic.c.course, question.c.topic == topic.c.n))
    .where(topic.c.course == _COURSE, among(topic.c.n, "topics"), ~question.c.withdrawn)
    .order_by(topic.c.n, question.c.id)
)


def texts(tx: Connection, course: str, ns: Sequence[int]) -> dict[int, list[str]]:
    """Of each topic its title and the wordings under it that stand; none where all were withdrawn."""
    found: dict[int, dict[str, None]] = {n: {} for n in ns}
    for n, title, text in _TEXTS.all(tx, _of(course, topics=ns)):
        found[n] |= {title: None, text: None}
    return {n: list(said) for n, said in found.items()}


_KEPT = Prepared(
    select(wording.c.topic, wording.c.tokens).where(wording.c.course == _COURSE, among(wording.c.topic, "topics"))
)
_GONE = Prepared(
    posting.delete().where(
        posting.c.course == _COURSE, among(posting.c.token, "tokens_"), posting.c.topic == bindparam("number")
    )
)


def kept(tx: Connection, course: str, ns: Sequence[int]) -> dict[int, Collection[int]]:
    """The tokens that each of these topics is found by now; one that was never indexed is missing."""
    return {row.topic: _unpacked(row.tokens)[0] for row in _KEPT.all(tx, _of(course, topics=ns))}


def put(
    tx: Connection, course: str, indexed: Sequence[Indexed], version: int, kept: Mapping[int, Collection[int]]
) -> None:
    """Keep what topics are found by in the place of what was `kept`."""
    for each in indexed:
        had, has = set(kept.get(each.topic, ())), set(each.posted)
        if gone := had - has:
            _GONE.run(tx, _of(course, tokens_=sorted(gone), number=each.topic))
        if new := has - had:
            _post.run(tx, _of(course, tokens_=sorted(new), number=each.topic))
    common = {"course": course, "version": version, "revision": numbers.add(tx, course, REVISION)}
    _keep.run_each(tx, [{**common, **_row(each)} for each in indexed])


def _row(each: Indexed) -> dict[str, object]:
    return {"topic": each.topic, "tokens": _packed([each.posted, *each.wordings]), "vectors": each.vectors}


@Prepared
def _post(dialect: str) -> ClauseElement:
    # All in one: between two statements another thread may take its turn.
    token = one_of(dialect, posting.c.token, "tokens_")
    rows = select(_COURSE, token, bindparam("number")).where(true())
    return upsert(dialect, posting).from_select(["course", "token", "topic"], rows).on_conflict_do_nothing()


@Prepared
def _keep(dialect: str) -> ClauseElement:
    statement = upsert(dialect, wording)
    set_ = {name: statement.excluded[name] for name in ("version", "revision", "tokens", "vectors")}
    return statement.on_conflict_do_update(index_elements=["course", "topic"], set_=set_)


def _packed(parts: Iterable[Iterable[int]]) -> bytes:
    return b"".join(array("i", part).tobytes() + _END for part in parts)


def _unpacked(tokens: bytes) -> list["array[int]"]:
    # No token is negative, so four bytes of ones are in no token nor across two of them.
    return [array("i", part) for part in tokens.split(_END)[:-1]]


_LAST = select(counter.c.value).where(counter.c.course == _COURSE, counter.c.name == "topic").scalar_subquery()
_FREQUENCIES = Prepared(
    select(posting.c.token, func.count().label("having"), _LAST.label("last"))
    .where(posting.c.course == _COURSE, among(posting.c.token, "tokens_"))
    .group_by(posting.c.token)
)


def frequencies(tx: Connection, course: str, tokens: Sequence[int]) -> tuple[int, dict[int, int]]:
    """The number of the course's last topic, and how many listed topics hold each token (a missing one: none)."""
    rows = _FREQUENCIES.all(tx, _of(course, tokens_=tokens))
    return (rows[0].last or 0) if rows else 0, {row.token: row.having for row in rows}


_SLOTS = [(bindparam(f"token{n}", type_=_TOKEN), bindparam(f"weight{n}", type_=Float)) for n in range(MOST_TOKENS)]
_WEIGHT = func.sum(case(*((posting.c.token == token, weight) for token, weight in _SLOTS), else_=0.0))
_HOLDING = (
    select(posting.c.topic)
    .where(posting.c.course == _COURSE, among(posting.c.token, "tokens_"))
    .group_by(posting.c.topic)
    .order_by(_WEIGHT.desc(), posting.c.topic.desc())
    .limit(bindparam("most"))
    .subquery()
)
_HELD = Prepared(
    select(wording.c.topic, wording.c.tokens)
    .join(_HOLDING, _HOLDING.c.topic == wording.c.topic)
    .where(wording.c.course == _COURSE)
)


def holding(tx: Connection, course: str, weights: Mapping[int, float], limit: int) -> dict[int, list["array[int]"]]:
    """The topics whose tokens among those of `weights` (`MOST_TOKENS` at most) weigh most, of equals the newest.

    To each the tokens of its wordings.
    """
    if not weights:
        return {}
    slots = [*weights.items(), *[(_NO_TOKEN, 0.0)] * MOST_TOKENS][:MOST_TOKENS]
    values: dict[str, float] = {f"token{n}": token for n, (token, _) in enumerate(slots)}
    values |= {f"weight{n}": weight for n, (_, weight) in enumerate(slots)}
    rows = _HELD.all(tx, _of(course, tokens_=list(weights), most=limit, **values))
    return {n: _unpacked(tokens)[1:] for n, tokens in rows}


def wordings(tx: Connection, course: str, ns: Sequence[int]) -> dict[int, list["array[int]"]]:
    """The tokens of each wording of each of these topics."""
    return {n: _unpacked(tokens)[1:] for n, tokens in _KEPT.all(tx, _of(course, topics=ns))}


_ANSWER = (
    select(answer.c.text)
    .where(answer.c.course == topic.c.course, answer.c.topic == topic.c.n, answer.c.kind == AnswerKind.PUBLISHED)
    .where(~answer.c.withdrawn)
    .order_by(answer.c.version.desc())
    .limit(1)
    .scalar_subquery()
)
_FILED = topic.alias("filed")
_FOUND = Prepared(
    select(_FILED.c.n, topic.c.n, topic.c.title, topic.c.state, _ANSWER)
    .join_from(_FILED, topic, and_(topic.c.course == _FILED.c.course, topic.c.n == _FILED.c.root))
    .where(_FILED.c.course == _COURSE, among(_FILED.c.n, "topics"), topic.c.wordings > 0)
)


def found(tx: Connection, course: str, ns: Sequence[int]) -> dict[int, Found]:
    """The listed topic that stands for each of these, itself or what it is merged into."""
    rows = _FOUND.all(tx, _of(course, topics=ns))
    return {filed: Found(n, title, State(state), text or "") for filed, n, title, state, text in rows}


_STALE = Prepared(
    select(topic.c.n)
    .outerjoin(wording, and_(wording.c.course == topic.c.course, wording.c.topic == topic.c.n))
    .where(topic.c.course == _COURSE, topic.c.n > bindparam("after"))
    .where(wording.c.version.is_(None) | (wording.c.version != bindparam("known")))
    .order_by(topic.c.n)
    .limit(bindparam("most"))
)


def stale(tx: Connection, course: str, version: int, after: int, limit: int) -> list[int]:
    """Topics above number `after` that were not indexed by this version of the tokenizer."""
    return _STALE.each(tx, _of(course, known=version, after=after, most=limit))


_BARE = Prepared(
    select(wording.c.topic, wording.c.revision)
    .where(wording.c.course == _COURSE, wording.c.vectors.is_(None))
    .limit(bindparam("most"))
)
_VECTORS = Prepared(
    wording.update().where(
        wording.c.course == _COURSE, wording.c.topic == bindparam("number"), wording.c.revision == bindparam("was")
    )
)


def bare(tx: Connection, course: str, limit: int) -> dict[int, int]:
    """Topics without vectors, and the revision in which they are so."""
    return {row.topic: row.revision for row in _BARE.all(tx, _of(course, most=limit))}


def give_vectors(tx: Connection, course: str, found: Iterable[tuple[int, int, bytes]]) -> None:
    """Keep what topics mean (number, revision, vectors), but for those whose wordings changed since that revision."""
    revision = numbers.add(tx, course, REVISION)
    rows = [_of(course, number=n, was=was, vectors=vectors, revision=revision) for n, was, vectors in found]
    _VECTORS.run_each(tx, rows)


_SINCE = Prepared(
    select(wording.c.topic, wording.c.vectors)
    .where(wording.c.course == _COURSE, wording.c.revision > bindparam("after"))
    .order_by(wording.c.revision.desc(), wording.c.topic.desc())
    .limit(bindparam("most"))
)


def revision_of(tx: Connection, course: str) -> int:
    """How often the wordings of a course changed."""
    return numbers.get(tx, course, REVISION)


def vectors_since(tx: Connection, course: str, revision: int, limit: int) -> list[tuple[int, bytes]]:
    """The newest changes after `revision`: a topic and its vectors, empty where it has none."""
    rows = _SINCE.all(tx, _of(course, after=revision, most=limit))
    return [(row.topic, row.vectors or b"") for row in rows]
