"""The list of topics: by words, state, article and what the reader has to do with them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bot.core.model import Page, State, Tie, Topic
from bot.core.tokens import Kind, tokenizer
from bot.services import similar
from bot.services.pages import page
from bot.services.work import Work
from bot.store import follows, postings, search, topics

MOST_TOKENS = 24
# What a topic must hold of the words: a third finds what has one of three words, and the other language's term.
ENOUGH = 0.3
_CHARACTER, _LEAST = 0.2, 0.25
_PRIOR = 20
_WEIGHTS = {Kind.WEAK: 0.1, Kind.WORD: 1.0, Kind.TERM: 1.5}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked for; `states` and `ties` are any of these, None is not asked for."""

    words: str = ""
    states: Sequence[State] | None = None
    article: str | None = None
    ties: Sequence[Tie] | None = None


def listed(work: Work, filters: Filters, number: int) -> Page[Topic]:
    """One page of the topics: those that hold most of the words first, then the newest."""
    tx, course = work.tx, work.course.key
    weights = _weights(work, filters.words)
    if (filters.words and not weights) or filters.states == []:
        return Page((), 1, 1, 0)
    if not (filters.words or filters.article or filters.ties):
        counts = topics.counts(tx, course)
        total = sum(counts[state] for state in filters.states or State)
        return page(number, total, partial(topics.listed, tx, course, filters.states or ()))
    least = ENOUGH * sum(weights.values())
    ties, states = filters.ties or (), filters.states or ()
    wanted = search.Wanted(states, filters.article, work.person.key, ties, weights, least)
    return page(number, search.count(tx, course, wanted), partial(search.page, tx, course, wanted))


def ties(work: Work, found: Sequence[Topic]) -> Mapping[int, Tie]:
    """What the reader has to do with these topics."""
    ns = [topic.n for topic in found]
    return follows.ties(work.tx, work.course.key, work.person.key, ns) if ns else {}


def _weights(work: Work, words: str) -> Mapping[int, float]:
    """What each token of the words counts: terms and rare words most, single characters little beside words."""
    tokens = similar.telling(tokenizer(work.course.terms).tokens(words))[:MOST_TOKENS]
    total, having = postings.frequencies(work.tx, work.course.key, tokens) if tokens else (0, {})
    rarest = math.log(total + _PRIOR)
    alone = all(token & 3 == Kind.CHARACTER for token in tokens)
    weights: dict[int, float] = {}
    for token in tokens:
        if token & 3 == Kind.CHARACTER:
            weights[token] = (1.0 if alone else _CHARACTER) * rarest / 2
        else:
            # A word that nobody used is as an average one: it does not hide what holds the others.
            rarity = math.log((total + _PRIOR) / (having[token] + 0.5)) if token in having else rarest / 2
            weights[token] = _WEIGHTS[Kind(token & 3)] * max(rarity, _LEAST * rarest)
    return weights
