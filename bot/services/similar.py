"""Topics that ask what a text asks."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from bot.core.model import Course, State
from bot.core.text import shorten, shown
from bot.core.tokens import Tokenizer, tokenizer, weak
from bot.services import semantic
from bot.services.work import Store
from bot.store import postings

# Calibrated on tests/similar/*tune.tsv: of unrelated texts 2 to 5 in 100 reach them, of true matches 9 in 10.
ENOUGH, ENOUGH_WITH_MEANING = 0.15, 0.34
LEXICAL, MEANING = 0.3, 0.7

RAREST, CANDIDATES, ROWS = postings.MOST_TOKENS, 50, 3000
QUERY_TOKENS, WORDING_TOKENS, WORDINGS = 96, 256, 32
ANSWER = 200
BATCH = 100

# By kind of token: weak, character, word or pair, term.
_WEIGHTS = (0.1, 0.4, 1.0, 1.5)
_WEAK_RARITY = 3.0
# A course of few topics cannot tell rare tokens from others; it is judged as if it had so many more.
_PRIOR = 20
# How rare an average token is, as a share of the rarest.
_AVERAGE = 0.5


@dataclass(frozen=True, slots=True)
class Similar:
    """A topic like a text; `score` is from 0 to 1, `answer` the beginning of its answer or ""."""

    topic: int
    score: float
    title: str
    state: State
    answer: str = ""


def index(tx: Connection, course: Course, *ns: int) -> None:
    """Make topics findable by the wordings that stand now, and by no other; call it whenever one changes."""
    cut = tokenizer(course.terms)
    said = postings.texts(tx, course.key, ns)
    indexed = [_indexed(cut, n, texts[-WORDINGS:]) for n, texts in said.items()]
    postings.put(tx, course.key, indexed, cut.fingerprint)


def _indexed(cut: Tokenizer, n: int, texts: list[str]) -> postings.Indexed:
    wordings = tuple(dict.fromkeys(cut.tokens(text)[:WORDING_TOKENS] for text in texts))
    posted = dict.fromkeys(token for wording in wordings for token in telling(wording))
    return postings.Indexed(n, wordings, posted, semantic.vectors_of(texts) if texts else b"")


def telling(tokens: Sequence[int]) -> list[int]:
    """The tokens that say what is asked; all where none does."""
    return [token for token in tokens if not weak(token)] or list(tokens)


def similar(tx: Connection, course: Course, text: str, limit: int = 5, but: int | None = None) -> list[Similar]:
    """The listed topics that are most like a text, best first; none where none is like enough. `but` is left out."""
    query = _Query.of(tx, course.key, tokenizer(course.terms), text)
    meant = semantic.nearest(tx, course.key, text, CANDIDATES)
    found = list(dict.fromkeys([*query.candidates(tx), *(meant.nearest if meant else ())]))
    scored = []
    for each in postings.candidates(tx, course.key, found) if found else ():
        words = max((query.likeness(wording) for wording in each.wordings), default=0.0)
        score = LEXICAL * words + MEANING * max(0.0, meant.cosine(each.topic)) if meant else words
        if each.topic != but and (words >= ENOUGH or (meant and score >= ENOUGH_WITH_MEANING)):
            scored.append((score, each))
    scored.sort(key=lambda pair: (-pair[0], pair[1].topic))
    return _with_answers(tx, course.key, scored[:limit])


def _with_answers(tx: Connection, course: str, scored: list[tuple[float, postings.Candidate]]) -> list[Similar]:
    if not scored:
        return []
    answers = postings.answered(tx, course, [each.topic for _, each in scored])
    return [
        Similar(each.topic, round(score, 4), each.title, each.state, _beginning(answers.get(each.topic, "")))
        for score, each in scored
    ]


def _beginning(text: str) -> str:
    lines = [line.strip() for line in shown(text).splitlines() if line.strip()]
    return shorten("\n".join(lines[:3]), ANSWER)


@dataclass(frozen=True, slots=True)
class _Query:
    """A text's tokens, what each weighs in its course, and in how many topics it is."""

    course: str
    weights: Mapping[int, float]
    frequencies: Mapping[int, int]
    average: float

    @classmethod
    def of(cls, tx: Connection, course: str, cut: Tokenizer, text: str) -> "_Query":
        tokens = cut.tokens(text)
        asked = telling(tokens)[:QUERY_TOKENS]
        total, frequencies = postings.frequencies(tx, course, asked) if asked else (0, {})
        weights = {token: _weight(token, total, frequencies.get(token, 0)) for token in asked}
        weights |= {token: _weight(token, total, 0) for token in tokens[: 2 * QUERY_TOKENS] if weak(token)}
        return cls(course, weights, frequencies, _AVERAGE * math.log(total + _PRIOR))

    def candidates(self, tx: Connection) -> list[int]:
        """The topics that share the rarest of the tokens."""
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
        return shared / math.sqrt(sum(self.weights.values()) * (shared + rest * self.average))


def _weight(token: int, total: int, frequency: int) -> float:
    rarity = _WEAK_RARITY if weak(token) else math.log((total + _PRIOR) / (frequency + 0.5))
    return _WEIGHTS[token & 3] * max(rarity, 0.0)


async def catch_up(store: Store, courses: Iterable[Course]) -> int:
    """Index what was filed before this version of the tokenizer or of the terms, in batches; how many topics."""
    done = 0
    for course in courses:
        after: int | None = 0
        while after is not None:
            count, after = await store.write(partial(_index_batch, course, after))
            done += count
    return done


def _index_batch(course: Course, after: int, tx: Connection) -> tuple[int, int | None]:
    old = postings.stale(tx, course.key, tokenizer(course.terms).fingerprint, after, BATCH)
    if old:
        index(tx, course, *old)
    return len(old), old[-1] if len(old) == BATCH else None
