"""What people wrote as Markdown in which nothing of it formats, links or ends what is around it."""

import re

from bot.core.text import shown

_SPECIAL = re.compile(r"[\\`*\[\]<~$]|&(?=#?\w{1,32};)|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_UNSAFE = re.compile(r"[<>\\\s]")
_LEADING = re.compile(r"(?:[#+=>|-]|:(?=-)|(?P<number>\d{1,9})[.)])")


def inline(text: str) -> str:
    """A text on one line, wherever it stands in it."""
    return _begun(" ".join(shown(text).split()))


def quoted(text: str) -> str:
    """A text as a block quote; every line and every indent stays."""
    return "\n".join(_line(line) for line in shown(text).split("\n"))


def link(text: str, url: str) -> str:
    """A text that leads to an address."""
    return f"[{inline(text)}](<{_UNSAFE.sub(_percent, shown(url))}>)"


def _percent(sign: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in sign[0].encode())


def _line(line: str) -> str:
    words = line.strip()
    # Four spaces would make code of it; an unbreakable space is an indent that only looks like one.
    indent = "\u00a0" * len(line[: len(line) - len(line.lstrip())].expandtabs(4))
    return f"> {indent}{_begun(words)}  " if words else ">"


def _begun(text: str) -> str:
    """A text that begins no heading, list or quote either."""
    leading = _LEADING.match(text)
    number = (leading["number"] or "") if leading else ""
    return f"{number}\\{_escaped(text[len(number) :])}" if leading else _escaped(text)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
