"""Which comments under a lecture are questions that the group would want to keep.

A comment is a question when the weights of its features sum to more than zero. Features are short runs of characters at
telling places (the ends of the sentences, what stands before a question mark, the first words, the last 60 characters),
the comment's shape, and how much its most asking sentence asks (`cues`). The weights are fitted to labelled comments,
none of which can be read back from them: `python -m tests.importers.train` fits them again.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from bot.importers.cues import asking

_LONGEST = 4000
_WEIGHTS = "question_weights.tsv"

_SPACE = re.compile(r"[ \t\r]+")
_ADDRESS = re.compile(r"https?:\S+")
_LATIN = re.compile(r'[a-z_][a-z0-9_.\-/(){}<>\[\]=*+&|$#@%^~\\:" ]*')
_DIGITS = re.compile(r"\d+")
_SENTENCE = re.compile(r"[^。!?\n;]*[。!?;\n]+|[^。!?\n;]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_NARROW = str.maketrans("？！，：；（）", "?!,:;()")

_LENGTHS = (10, 20, 40, 80, 120, 200, 300, 500, 1000)
_COUNTS = (1, 2, 3, 5, 8, 12, 20)
_PERCENTS = (5, 20, 30, 50, 70, 80)


def is_question(text: str) -> bool:
    """Say whether a course comment asks for something: a question, help with an error, a topic.

    Of a text over 4,000 characters the two ends are read.
    """
    known = _weights()
    return sum(known.get(feature, 0) for feature in features(text)) > 0


def features(text: str) -> set[str]:
    """What is weighed of a comment, each a short name."""
    plain = _ends(text).lower().translate(_NARROW)
    sentences = [part.strip() for part in _SENTENCE.findall(plain) if part.strip()]
    written = _without_names(plain)
    return {"=", *_cues(sentences), *_shape(plain, len(sentences)), *_places(written)}


@cache
def _weights() -> dict[str, float]:
    lines = files(__package__).joinpath(_WEIGHTS).read_text("utf-8").split("\n")
    return {feature: float(weight) for feature, weight in (line.split("\t") for line in lines if line)}


def _ends(text: str) -> str:
    # The page's own limit is 2,000 characters; a bound on a pasted novel keeps the time small.
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]}\n{text[-half:]}"


def _without_names(plain: str) -> str:
    # Code, products and numbers differ from course to course; that something stands there does not.
    return _LATIN.sub("A", _SPACE.sub(" ", _DIGITS.sub("0", _ADDRESS.sub("U", plain))))


def _cues(sentences: list[str]) -> Iterator[str]:
    return _at_least("ask", max(map(asking, sentences), default=0), range(-2, 9))


def _shape(plain: str, sentences: int) -> Iterator[str]:
    size = max(len(plain), 1)
    last = plain.rfind("?")
    yield from _at_least("long", size, _LENGTHS)
    yield from _at_least("sentences", sentences, _COUNTS)
    yield from _at_least("marks", plain.count("?"), _COUNTS)
    yield from _at_least("han", 100 * len(_HAN.findall(plain)) // size, _PERCENTS)
    if last >= 0:
        yield from _at_least("after", size - last, _LENGTHS)
        yield from _at_least("where", 100 * last // size, _PERCENTS)


def _at_least(name: str, value: int, bounds: tuple[int, ...] | range) -> Iterator[str]:
    return (f"{name}>={bound}" for bound in bounds[: bisect_left(bounds, value + 1)])


def _places(written: str) -> Iterator[str]:
    sentences = [part.strip() for part in _SENTENCE.findall(written) if part.strip()]
    yield from _runs("first:", f"^{written[:16]}", 3)
    yield from _runs("last:", f"^{' '.join(sentences[-2:])}"[-60:] + "$", 3)
    for sentence in sentences:
        yield from _runs("begin:", f"^{sentence[:6]}", 4)
        yield from _runs("end:", f"{sentence[-6:]}$", 4)
        if sentence.endswith("?"):
            yield from _runs("?:", f"^{sentence}"[-41:], 3)


def _runs(place: str, text: str, longest: int) -> Iterator[str]:
    text = text.replace("\n", " ")
    for size in range(1, longest + 1):
        for start in range(len(text) - size + 1):
            yield place + text[start : start + size]
