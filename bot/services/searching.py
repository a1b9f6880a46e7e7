"""The list of topics: by words, state, article and what the reader has to do with them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bot.core.model import OPEN, Page, State, Tie, Topic
from bot.core.tokens import Kind, tokenizer, weak
from bot.services.pages import page
from bot.services.work import Work
from bot.store import follows, postings, search, topics

MOST_TOKENS, MOST_WORDS = 32, 8
# How much of one word a topic must hold: it finds the term in the other language, and not two characters apart.
ENOUGH = 0.35
_CHARACTER, _LEAST = 0.2, 0.25
_PRIOR = 20
_WEIGHTS = {Kind.WORD: 1.0, Kind.TERM: 1.5}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked for; `states` and `ties` are any of these, None is not asked for.

    What waits for an article is unanswered until it is answered; what was opened again is, whatever was said before.
    """

    words: str = ""
    states: Sequence[State] | None = None
    article: str | None = None
    ties: Sequence[Tie] | None = None
    unanswered: bool = False


def listed(work: Work, filters: Filters, number: int) -> Page[Topic]:
    """One page of the topics: those that hold most of the words first, then the newest."""
    tx, course = work.tx, work.course.key
    words = _words(work, filters.words)
    states = filters.states
    if filters.unanswered:
        states = [state for state in (State if states is None else states) if state in OPEN]
    if (filters.words and not words) or states == []:
        return Page((), 1, 1, 0)
    states, ties = states or (), filters.ties or ()
    wanted = search.Wanted(states, filters.article, work.person.key, ties, words, filters.unanswered)
    find = partial(search.page, tx, course, wanted)
    if filters.words or filters.article or filters.ties:
        return page(number, search.count(tx, course, wanted), find)
    counts = topics.counts(tx, course)
    total = sum(counts[state] for state in states or State)
    if not filters.unanswered:
        return page(number, total, partial(topics.listed, tx, course, states))
    if State.PLANNED in states:
        total -= topics.answered_and_planned(tx, course)
    return page(number, total, find)


def ties(work: Work, found: Sequence[Topic]) -> Mapping[int, Tie]:
    """What the reader has to do with these topics."""
    ns = [topic.n for topic in found]
    return follows.ties(work.tx, work.course.key, work.person.key, ns) if ns else {}


def _words(work: Work, typed: str) -> list[search.Word]:
    """Each word that says what is looked for, Chinese as it is typed together."""
    cut = tokenizer(work.course.terms)
    words = [cut.tokens(word) for word in dict.fromkeys([typed, *typed.split()[:MOST_WORDS]])]
    telling = [[token for token in word if not weak(token)] for word in words]
    tokens = list(dict.fromkeys(token for word in telling for token in word))[:MOST_TOKENS]
    weights = _weights(work, tokens) if tokens else {}
    kept = [{token: weights[token] for token in word if token in weights} for word in telling]
    return [search.Word(each, ENOUGH * sum(each.values())) for each in kept if each]


def _weights(work: Work, tokens: Sequence[int]) -> Mapping[int, float]:
    """What each token counts: terms and rare words most, single characters little beside words."""
    total, having = postings.frequencies(work.tx, work.course.key, tokens)
    rarest = math.log(total + _PRIOR)
    alone = all(token & 3 == Kind.CHARACTER for token in tokens)
    weights: dict[int, float] = {}
    for token in tokens:
        if token & 3 == Kind.CHARACTER:
            weights[token] = (1.0 if alone else _CHARACTER) * rarest / 2
        else:
            # A word that nobody used is as an average one: half of it does not find what holds the other half.
            rarity = math.log((total + _PRIOR) / (having[token] + 0.5)) if token in having else rarest / 2
            weights[token] = _WEIGHTS[Kind(token & 3)] * max(rarity, _LEAST * rarest)
    return weights
