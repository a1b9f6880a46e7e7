"""A button or a form as the 100 characters that Discord gives back with every press, for good."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote, unquote

from bot.core.chat import Command, Kind
from bot.platforms.discord.setup import Memory

LONGEST = 100
COURSE = "_course"  # no command has a value of that name
PRESSED = re.compile(r"[hfr]:.*", re.DOTALL)
_WRITTEN = re.compile(r"([hfm]):([a-z0-9-]+)((?:,\w+)*)(?:@([\w-]{1,32})|((?:;\w+=[^;]*)*))", re.DOTALL)
_RESERVED = re.compile(r"[%;\s]")
_DIGITS = re.compile(r"[0-9]{1,9}")


class Verb(StrEnum):
    """What a press asks for: run a command, open its form, or the form was sent."""

    RUN = "h"
    OPEN = "f"
    SENT = "m"


@dataclass(frozen=True, slots=True)
class Act:
    """A command with its values, as `verb` says, in a course as of a `Call`; OPEN asks for `fields`."""

    verb: Verb
    command: str
    args: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    course: str | None = None


async def write_id(act: Act, memory: Memory) -> str:
    """The custom_id of an act; names and values stand in it, so an update of Herald reads it too.

    Values that do not fit are kept in `memory`.
    """
    head = f"{act.verb}:{act.command}" + "".join(f",{name}" for name in act.fields)
    args = {**act.args, COURSE: act.course} if act.course else act.args
    values = "".join(f";{name}={_RESERVED.sub(_quoted, value)}" for name, value in args.items())
    whole = head + values
    return whole if len(whole) <= LONGEST else f"{head}@{await memory.remember(args)}"


async def read_id(custom_id: str, memory: Memory) -> Act | None:
    """The act that a custom_id stands for; None where nobody can tell any more."""
    match = _WRITTEN.fullmatch(custom_id)
    if match is None:
        return None
    verb, command, fields, key, values = match.groups()
    found = await memory.recall(key) if key else _values(values or "")
    if found is None:
        return None
    args = {name: value for name, value in found.items() if name != COURSE}
    return Act(Verb(verb), command, args, tuple(fields.split(",")[1:]), found.get(COURSE))


def binds(act: Act, command: Command) -> bool:
    """Whether the command, as it is now, still takes what an act was made with."""
    known = {param.name: param for param in command.params}
    if not {*act.args, *act.fields} <= set(known):
        return False
    return all(_fits(known[name].kind, value, known[name].choices) for name, value in act.args.items())


def _fits(kind: Kind, value: str, choices: tuple[str, ...]) -> bool:
    if kind is Kind.CHOICE:
        return value in choices
    return kind is not Kind.NUMBER or _DIGITS.fullmatch(value) is not None


def _values(written: str) -> dict[str, str]:
    pairs = (pair.split("=", 1) for pair in written.split(";")[1:])
    return {name: unquote(value) for name, value in pairs}


def _quoted(match: re.Match[str]) -> str:
    return quote(match.group(), safe="")
