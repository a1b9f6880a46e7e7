"""A comment section that was copied by hand: name, text, replies and day, one below the other."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, tzinfo
from itertools import pairwise
from typing import Literal

from bot.core.model import PageReply, Pasted

_MARKS = "。？！?!，,；;"
_DAY = re.compile(r"(\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?)(?:\s*来自\S{1,10})?")
_HEADING = re.compile(r"(?:精选|全部)留言\s*[（(]\s*\d+\s*[）)]")
_COUNTS = re.compile(r"(?:👍|💬|赞|回复|[（(]\d+[）)]|\d|\s)+")
_REPLY = re.compile(r"\s*(作者|编辑)回复\s*[:：]\s*")
_REPLIERS: Mapping[str, Literal["author", "editor"]] = {"作者": "author", "编辑": "editor"}


def lines_of(text: str) -> list[str]:
    """The lines of a paste; the space before a word may be an indent."""
    return [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def text_of(lines: Sequence[str]) -> str:
    """Lines as a text without empty ones at its ends."""
    return "\n".join(lines).strip("\n").rstrip()


def is_section(lines: Sequence[str]) -> bool:
    """Whether a paste is of a comment section, where each comment ends with its day."""
    written = [line.strip() for line in lines if line.strip()]
    days = [line for line in written if _DAY.fullmatch(line)]
    return bool(days) and (written[-1] == days[-1] or any(map(_REPLY.match, written)))


def read_section(lines: Sequence[str], zone: tzinfo, now: datetime) -> Iterator[Pasted]:
    """Its comments, each with the replies below it."""
    block: list[str] = []
    for line in lines:
        day = _DAY.fullmatch(line.strip())
        if day is None:
            block.append(line)
            continue
        yield from _comment(block, _moment(day[1], zone, now))
        block = []
    yield from _comment(block, now)


def _moment(written: str, zone: tzinfo, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return now
    return min(datetime.combine(at.date(), at.time() if len(written) > 10 else time(12), zone), now)


def _comment(block: list[str], at: datetime) -> Iterator[Pasted]:
    lines = [line for line in block if not _HEADING.fullmatch(line.strip())]
    while lines and (not lines[0] or _COUNTS.fullmatch(lines[0])):
        lines.pop(0)
    first = next((n for n, line in enumerate(lines) if _REPLY.match(line)), len(lines))
    name, text = _named(lines[:first])
    replies = tuple(_replies(lines[first:]))
    if text:
        yield Pasted(name, text, at, replies=replies)
    elif said := text_of(lines):
        yield Pasted("", said, at)


def _named(lines: Sequence[str]) -> tuple[str, str]:
    """The name above a comment and its text; a line alone is text."""
    head, rest = (lines[0].strip() if lines else ""), text_of(lines[1:])
    apart = len(lines) > 1 and not lines[1]
    if rest and len(head) <= 32 and (apart or ("" not in lines and len(head) <= 20 and head[-1:] not in _MARKS)):
        return head, rest
    return "", text_of(lines)


def _replies(lines: Sequence[str]) -> Iterator[PageReply]:
    heads = [n for n, line in enumerate(lines) if _REPLY.match(line)]
    for first, last in pairwise([*heads, len(lines)]):
        text = "\n".join(lines[first:last])
        if head := _REPLY.match(text):
            yield PageReply(_REPLIERS[head[1]], text[head.end() :].strip())
