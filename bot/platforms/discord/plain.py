"""Plain text for Discord: what people wrote shows as they wrote it, and long text comes in pieces."""

import re
from bisect import bisect_right
from collections.abc import Mapping

from bot.core.text import shorten, shown

# A link stays whole: within one Discord reads no markup, and a mark before a sign of it would be part of the address.
_PLACES = re.compile(
    r"(?P<link>https?://[^\s<>]+)|(?P<sign>[\\`*_~|<\[\]])|(?P<start>^[^\S\n]*(?:[>#+-]|\d+(?=[.)])))", re.M
)
_SEPARATORS = ("\n\n", "\n", " ", "")
Instead = Mapping[str, str]
NOTHING: Instead = {}


def escaped(text: str, instead: Instead = NOTHING) -> str:
    """The text so that Discord shows it unchanged: no format, no mention, no link behind other words.

    Only where it says one of the phrases in `instead` there is Discord's own markup for it.
    """
    longest_first = "|".join(map(re.escape, sorted(instead, key=len, reverse=True)))
    parts = re.split(f"({longest_first})", shown(text)) if instead else [shown(text)]
    return "".join(instead.get(part) or _PLACES.sub(_mark, part) for part in parts)


def _mark(match: re.Match[str]) -> str:
    if match["link"]:
        return match.group()
    if match["sign"]:
        return "\\" + match.group()
    start = match.group()
    return f"{start}\\" if start[-1].isdigit() else f"{start[:-1]}\\{start[-1]}"


def beginning(text: str, limit: int) -> str:
    """The text, escaped, or its beginning and "…" where that takes more than `limit` characters."""
    text = shown(text)
    fit = bisect_right(range(1, limit + 1), limit, key=lambda n: len(escaped(shorten(text, n))))
    return escaped(shorten(text, fit))


def pieces(text: str, limit: int, instead: Instead = NOTHING) -> list[str]:
    """The text, escaped, in pieces of at most `limit` characters that end where a paragraph, a line or a word does."""
    found = _split(shown(text), limit, instead, _SEPARATORS)
    return [escaped(piece, instead) for piece in found if piece.strip()]


def _split(text: str, limit: int, instead: Instead, separators: tuple[str, ...]) -> list[str]:
    if len(escaped(text, instead)) <= limit:
        return [text]
    between, *finer = separators
    if not between:
        # Escaped, a sign is two characters at most.
        step = limit // 2
        return [text[at : at + step] for at in range(0, len(text), step)]
    whole: list[str] = []
    parts = text.split(between)
    while parts:
        last = whole[-1:]
        # By halves: to escape a long paragraph anew for each of its words takes half a second.
        fit = bisect_right(
            range(1, len(parts) + 1), limit, key=lambda n: len(escaped(between.join([*last, *parts[:n]]), instead))
        )
        if fit and last:
            whole[-1] = between.join([*last, *parts[:fit]])
        else:
            fit = 1
            whole += _split(parts[0], limit, instead, tuple(finer))
        del parts[:fit]
    return whole
