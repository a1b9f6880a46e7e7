"""What the page posts: a typed line, or a command with its values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.text import received, shown
from bot.web.refusal import Refused

_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True, slots=True)
class Post:
    """`id` is the browser's, the same when it sends again; either `line` or `command` is there."""

    id: str
    who: str
    line: str | None
    command: str | None
    args: Mapping[str, str]


def read_post(data: object) -> Post:
    """The post that JSON holds; Refused where it holds something else."""
    if not isinstance(data, dict):
        raise Refused(400, "shape")
    id_, who, line, command, args = (data.get(key) for key in ("id", "as", "line", "command", "args"))
    if not isinstance(id_, str) or not _ID.fullmatch(id_) or not isinstance(who, str):
        raise Refused(400, "shape")
    if isinstance(line, str) and command is None:
        if not shown(line):
            raise Refused(400, "empty")
        return Post(id_, who, _clean(line), None, {})
    if line is not None or not isinstance(command, str):
        raise Refused(400, "shape")
    return Post(id_, who, None, _clean(command), _values({} if args is None else args))


def _values(args: object) -> dict[str, str]:
    if not isinstance(args, dict) or not all(isinstance(value, str) for value in args.values()):
        raise Refused(400, "shape")
    return {name: _clean(value) for name, value in args.items()}


def _clean(text: str) -> str:
    return received(text).strip()
