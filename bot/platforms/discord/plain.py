"""Plain text for Discord: what people wrote shows as they wrote it, and long text comes in pieces."""

import re

from bot.core.text import shown

# A link stays whole: within one Discord reads no markup, and a mark before a sign of it would be part of the address.
_PLACES = re.compile(
    r"(?P<link>https?://[^\s<>]+)|(?P<sign>[\\`*_~|<\[\]])|(?P<start>^\s*(?:[>#+-]|\d+(?=[.)])))", re.M
)
_SEPARATORS = ("\n\n", "\n", " ", "")


def escaped(text: str) -> str:
    """The text so that Discord shows it unchanged: no format, no mention, no link behind other words."""
    return _PLACES.sub(_mark, shown(text))


def _mark(match: re.Match[str]) -> str:
    if match["link"]:
        return match.group()
    if match["sign"]:
        return "\\" + match.group()
    start = match.group()
    return f"{start}\\" if start[-1].isdigit() else f"{start[:-1]}\\{start[-1]}"


def pieces(text: str, limit: int) -> list[str]:
    """The text, escaped, in pieces of at most `limit` characters that end where a paragraph, a line or a word does."""
    return [escaped(piece) for piece in _split(shown(text), limit, _SEPARATORS) if piece.strip()]


def _split(text: str, limit: int, separators: tuple[str, ...]) -> list[str]:
    if len(escaped(text)) <= limit:
        return [text]
    between, *finer = separators
    if not between:
        # Escaped, a sign is two characters at most.
        step = limit // 2
        return [text[at : at + step] for at in range(0, len(text), step)]
    whole: list[str] = []
    for part in text.split(between):
        if whole and len(escaped(joined := whole[-1] + between + part)) <= limit:
            whole[-1] = joined
        else:
            whole += _split(part, limit, tuple(finer))
    return whole
