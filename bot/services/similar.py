"""Topics that ask what a text asks."""

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial

from sqlalchemy import Connection

from bot.core.model import Course, State
from bot.core.text import shorten, shown
from bot.core.tokens import Kind, Tokenizer, tokenizer, weak
from bot.services import semantic
from bot.services.work import Store
from bot.store import postings

# Calibrated on tests/similar/*tune.tsv: of unrelated texts 2 to 5 in 100 reach them, of true matches 9 in 10.
ENOUGH, ENOUGH_WITH_MEANING = 0.15, 0.40
# What may stand in somebody's way, on the same pairs in courses of 40 and 88 topics: of new questions about the same
# course 5 to 23 in 100 reach it, with meaning 3 to 6; of true matches 7 to 8 in 10.
LIKELY, LIKELY_WITH_MEANING = 0.25, 0.43
LEXICAL, MEANING = 0.3, 0.7

RAREST, CANDIDATES, ROWS = postings.MOST_TOKENS, 30, 1200
QUERY_TOKENS, WORDING_TOKENS, WORDINGS = 96, 256, 32
ANSWER = 200
BATCH = 100

# By kind of token: weak, character, word or pair, term.
_WEIGHTS = (0.1, 0.4, 1.0, 1.5)
_WEAK_WEIGHT = 0.3
# A course of few topics cannot tell rare tokens from others; it is judged as if it had so many more.
_PRIOR = 20
# How rare an average token is, as a share of the rarest.
_AVERAGE = 0.5


@dataclass(frozen=True, slots=True)
class Similar:
    """A topic like a text; `score` is from 0 to 1, `answer` the beginning of its answer or "".

    `words` is what the score would be by the words alone; it is `likely` where few other questions score as high.
    """

    topic: int
    score: float
    title: str
    state: State
    answer: str = ""
    words: float = field(default=0.0, compare=False)
    likely: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class _Score:
    score: float
    words: float
    likely: bool


def index(tx: Connection, course: Course, *ns: int) -> None:
    """Make topics findable by the wordings that stand now, and by no other; call it whenever one changes."""
    cut = tokenizer(course.terms)
    said = postings.texts(tx, course.key, ns)
    indexed = _indexed(cut, {n: texts[-WORDINGS:] for n, texts in said.items()})
    postings.put(tx, course.key, indexed, cut.fingerprint, postings.kept(tx, course.key, ns))


def index_new(tx: Connection, course: Course, n: int, title: str, text: str) -> None:
    """Make a topic findable that was filed just now."""
    cut = tokenizer(course.terms)
    indexed = _indexed(cut, {n: list(dict.fromkeys([title, text]))})
    postings.put(tx, course.key, indexed, cut.fingerprint, {})


def _indexed(cut: Tokenizer, topics: Mapping[int, list[str]]) -> list[postings.Indexed]:
    vectors = semantic.vectors_of(list(topics.values()))
    found = []
    for (n, texts), each in zip(topics.items(), vectors, strict=True):
        wordings = tuple(dict.fromkeys(_tokens(cut, text)[:WORDING_TOKENS] for text in texts))
        posted = dict.fromkeys(token for wording in wordings for token in telling(wording))
        found.append(postings.Indexed(n, wordings, posted, each))
    return found


@lru_cache(maxsize=8)
def _tokens(cut: Tokenizer, text: str) -> tuple[int, ...]:
    # What somebody asks is looked for first, then filed.
    return cut.tokens(text)


def telling(tokens: Sequence[int]) -> list[int]:
    """The tokens that say what is asked; all where none does."""
    return [token for token in tokens if not weak(token)] or list(tokens)


def similar(tx: Connection, course: Course, text: str, limit: int = 5, but: int | None = None) -> list[Similar]:
    """The listed topics that are most like a text, best first; none where none is like enough. `but` is left out."""
    return _listed(tx, course, _scores(tx, course, text), limit, but)


def likely(tx: Connection, course: Course, text: str, limit: int = 5, but: int | None = None) -> list[Similar]:
    """Those of `similar` that may well ask the same: worth stopping somebody for."""
    scores = {n: score for n, score in _scores(tx, course, text).items() if score.likely}
    return _listed(tx, course, scores, limit, but)


def _listed(tx: Connection, course: Course, scores: Mapping[int, _Score], limit: int, but: int | None) -> list[Similar]:
    best = sorted(scores, key=lambda n: (-scores[n].score, n))
    found = postings.found(tx, course.key, best) if best else {}
    # Of what is merged the best wording speaks for the topic that stands for it.
    listed = {found[n].topic: n for n in reversed(best) if n in found and found[n].topic != but}
    chosen = sorted(listed.values(), key=best.index)[:limit]
    return [_similar(found[n], scores[n]) for n in chosen]


def _similar(found: postings.Found, by: _Score) -> Similar:
    answer = _beginning(found.answer)
    return Similar(found.topic, round(by.score, 4), found.title, found.state, answer, by.words, by.likely)


def _scores(tx: Connection, course: Course, text: str) -> dict[int, _Score]:
    """How like a text each topic is that is like enough."""
    query = _Query.of(tx, course.key, tokenizer(course.terms), text)
    meant = semantic.nearest(tx, course.key, text, CANDIDATES)
    found = query.candidates(tx)
    if others := [n for n in meant.nearest if n not in found] if meant else []:
        found |= postings.wordings(tx, course.key, others)
    scores = {}
    for n, wordings in found.items():
        words = max(map(query.likeness, wordings), default=0.0)
        score = LEXICAL * words + MEANING * max(0.0, meant.cosine(n)) if meant else words
        if words >= ENOUGH or (meant and score >= ENOUGH_WITH_MEANING):
            scores[n] = _Score(score, words, score >= (LIKELY_WITH_MEANING if meant else LIKELY))
    return scores


def _beginning(text: str) -> str:
    lines = [line.strip() for line in shown(text).splitlines() if line.strip()]
    return shorten("\n".join(lines[:3]), ANSWER)


@dataclass(frozen=True, slots=True)
class _Query:
    """A text's tokens, what each weighs in its course and all of them together, and in how many topics each is."""

    course: str
    weights: Mapping[int, float]
    frequencies: Mapping[int, int]
    average: float
    total: float

    @classmethod
    def of(cls, tx: Connection, course: str, cut: Tokenizer, text: str) -> "_Query":
        tokens = _tokens(cut, text)[: 2 * QUERY_TOKENS]
        total, frequencies = _frequencies(tx, course, telling(tokens)[:QUERY_TOKENS])
        average = _AVERAGE * math.log(total + _PRIOR)
        weights = {token: _WEIGHTS[token & 3] * average for token in tokens}
        for token in tokens:
            if weak(token):
                weights[token] = _WEAK_WEIGHT
            elif token & 3 != Kind.CHARACTER:
                rarity = math.log((total + _PRIOR) / (frequencies.get(token, 0) + 0.5))
                weights[token] = _WEIGHTS[token & 3] * max(rarity, 0.0)
        return cls(course, weights, frequencies, average, sum(weights.values()))

    def candidates(self, tx: Connection) -> dict[int, list["array[int]"]]:
        """The wordings of the topics that share the rarest of the tokens."""
        chosen: dict[int, float] = {}
        rows = 0
        for token in sorted(self.frequencies, key=self.frequencies.__getitem__)[:RAREST]:
            rows += self.frequencies[token]
            if chosen and rows > ROWS:
                break
            chosen[token] = self.weights[token]
        return postings.holding(tx, self.course, chosen, CANDIDATES)

    def likeness(self, wording: Sequence[int]) -> float:
        """How much of both, the text and a wording, is the same: a cosine, where rare tokens count more."""
        shared = rest = 0.0
        for token in wording:
            if token in self.weights:
                shared += self.weights[token]
            else:
                rest += _WEIGHTS[token & 3]
        if not shared:
            return 0.0
        return shared / math.sqrt(self.total * (shared + rest * self.average))


def _frequencies(tx: Connection, course: str, asked: Sequence[int]) -> tuple[int, dict[int, int]]:
    """Characters are in very many topics, so they are counted only where there is little else to go by."""
    characters = [token for token in asked if token & 3 == Kind.CHARACTER]
    total, found = _counted(tx, course, [token for token in asked if token & 3 != Kind.CHARACTER])
    if len(found) >= RAREST:
        return total, found
    more, characters_found = _counted(tx, course, characters)
    return total or more, found | characters_found


def _counted(tx: Connection, course: str, tokens: Sequence[int]) -> tuple[int, dict[int, int]]:
    return postings.frequencies(tx, course, tokens) if tokens else (0, {})


async def catch_up(store: Store, courses: Iterable[Course]) -> int:
    """Index what was filed before this version of the tokenizer or of the terms, in batches; how many topics."""
    done = 0
    for course in courses:
        after = 0
        while old := await store.read(partial(_stale, course, after)):
            await store.write(partial(_index_again, course, old))
            done, after = done + len(old), old[-1]
    return done


def _stale(course: Course, after: int, tx: Connection) -> Sequence[int]:
    return postings.stale(tx, course.key, tokenizer(course.terms).fingerprint, after, BATCH)


def _index_again(course: Course, ns: Sequence[int], tx: Connection) -> None:
    index(tx, course, *ns)
