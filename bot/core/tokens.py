"""A text in Chinese, English or both as a set of numbers, by which texts that ask alike are found."""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise

# Whoever changes what a text becomes raises this; what was indexed before is then indexed again.
VERSION = 1
KEPT = 4096  # tokens, 1.4 MB: of what people write most are among so many

Terms = tuple[tuple[str, ...], ...]


class Kind(IntEnum):
    """What a token stands for; its lowest two bits."""

    WEAK = 0
    CHARACTER = 1
    WORD = 2
    TERM = 3


_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:[_.+-][^\W_{_CJK}]+)*")
_JOINT = re.compile(r"[_.+-]")
_NUMBER = re.compile(r"[\d.]+")
# Nothing but grammar: no pair with one of these says what is asked.
_PARTICLES = frozenset("的了吗呢啊吧呀嘛么怎哪着得以这那些我你他她它们是也就都还又很把被与什何")
_WEAK_CHARACTERS = _PARTICLES | frozenset("有在能会要想个不没和或跟给让太上下里中时为如样可应该请问谁几多少一")
_WEAK_WORDS = frozenset(
    """
    a about after all am an and any are as at be been before best better but by can could did do does doing dont for
    from get give good had has have help helps how i if in into is it its just know like made make many me mine more
    most much must my need no not now of on one only or our out please shall she should so some somebody someone
    than that the their them then there these they thing this those to too up us use used using very want was way we
    well were what when where which who whom whose why will with without would you your
    """.split()  # noqa: SIM905 - a list of words is read, not counted
)


class Tokenizer:
    """Turns texts into tokens; each of `terms` lists the spellings of one thing, which become one token."""

    def __init__(self, terms: Terms = ()) -> None:
        self.fingerprint = zlib.crc32(repr((VERSION, terms)).encode()) & 0x7FFFFFFF
        self._spelled: dict[str, list[tuple[list[str], int]]] = {}
        for spellings in terms:
            token = _token(Kind.TERM, spellings[0].casefold())
            for spelling in spellings:
                units = [unit for run in _runs(spelling) for unit in _units(run)]
                if units:
                    self._spelled.setdefault(units[0], []).append((units, token))

    def tokens(self, text: str) -> tuple[int, ...]:
        """The tokens of a text, each once, in the order in which they come."""
        runs = _runs(text)
        units = [unit for run in runs for unit in _units(run)]
        found = [token for run in runs for token in _plain(run)]
        return tuple(dict.fromkeys([*self._terms(units), *found]))

    def _terms(self, units: Sequence[str]) -> Iterator[int]:
        for at, unit in enumerate(units):
            for spelling, token in self._spelled.get(unit, ()):
                if units[at : at + len(spelling)] == spelling:
                    yield token


@lru_cache(maxsize=8)
def tokenizer(terms: Terms) -> Tokenizer:
    """The tokenizer of these terms."""
    return Tokenizer(terms)


def weak(token: int) -> bool:
    """Whether a token says nothing of what is asked."""
    return token & 3 == Kind.WEAK


def _runs(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("’", "")
    return _RUN.findall(folded)


def _units(run: str) -> Iterable[str]:
    """A run as terms are compared: single characters of Chinese, stemmed words."""
    return run if _is_cjk(run) else map(stem, _JOINT.split(run))


def _is_cjk(run: str) -> bool:
    return re.match(f"[{_CJK}]", run) is not None


def _plain(run: str) -> Iterator[int]:
    return _characters(run) if _is_cjk(run) else _words(run)


def _characters(run: str) -> Iterator[int]:
    for one in run:
        yield _token(Kind.WEAK if one in _WEAK_CHARACTERS else Kind.CHARACTER, one)
    for one, two in pairwise(run):
        empty = one in _PARTICLES or two in _PARTICLES or (one in _WEAK_CHARACTERS and two in _WEAK_CHARACTERS)
        yield _token(Kind.WEAK if empty else Kind.WORD, one + two)


def _words(run: str) -> Iterator[int]:
    parts = _JOINT.split(run)
    if len(parts) > 1:
        yield _token(Kind.WORD, run)
        if _NUMBER.fullmatch(run):
            return
    for part in parts:
        yield _token(Kind.WEAK if part in _WEAK_WORDS else Kind.WORD, stem(part))


@lru_cache(maxsize=KEPT)
def _token(kind: Kind, text: str) -> int:
    return (zlib.crc32(text.encode("utf-8", "replace")) & 0x1FFFFFFF) << 2 | kind


_ENDINGS = (
    ("ifications", "ify"), ("ification", "ify"), ("ational", "ate"), ("ization", "ize"), ("isation", "ize"),
    ("ations", ""), ("ation", ""), ("ments", "ment"),
    ("iness", "y"), ("ness", ""), ("ings", ""), ("ing", ""), ("ions", ""), ("ion", ""), ("ied", "y"), ("ies", "y"),
    ("sses", "ss"), ("ers", "er"), ("ed", ""), ("es", ""), ("ly", ""), ("s", ""),
)  # fmt: skip


@lru_cache(maxsize=KEPT)
def stem(word: str) -> str:
    """An English word without its ending: "attached", "attaching" and "attaches" are one; other words stay."""
    if not word.isascii() or not word.isalpha():
        return word
    for ending, instead in _ENDINGS:
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and re.search("[aeiouy]", root) and not (ending == "s" and root[-1] in "su"):
            return _root(root + instead)
    return _root(word)


def _root(word: str) -> str:
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word
