"""A command is declared once; an adapter turns what a person did into a `Call`, a handler answers with a `Reply`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Protocol


class Role(IntEnum):
    """What a person may do; a higher role may do all that a lower one may."""

    MEMBER = 0
    ASSISTANT = 1
    INSTRUCTOR = 2


class Kind(StrEnum):
    """What a parameter's value looks like; `commands.binding` reads each, adapters choose the right input for it.

    TOPICS are one number or several: "3", "3 5 9", "3,5,9"; a COMMAND goes by its name in any language.
    """

    WORD = "word"
    TEXT = "text"
    LONG = "long"
    TOPIC = "topic"
    TOPICS = "topics"
    ARTICLE = "article"
    COMMAND = "command"
    CHOICE = "choice"
    NUMBER = "number"
    URL = "url"


# Of these the values that fit are offered while somebody types.
SUGGESTED = (Kind.TOPIC, Kind.TOPICS, Kind.ARTICLE, Kind.COMMAND)


@dataclass(frozen=True, slots=True)
class Param:
    """One option of a command.

    `choices` are the keys of a CHOICE; `low` and `high` bound the characters of a TEXT or LONG, the value of a NUMBER,
    how many TOPICS;
    in a typed line a `named` one stands as name:value only, and the last TEXT or LONG that is not takes the rest;
    a `hidden` one is named too and filled by buttons only.
    """

    name: str
    kind: Kind
    required: bool = True
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    named: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command as declared once for every platform; what it is called in each language stands in the catalogs."""

    name: str
    params: tuple[Param, ...] = ()
    role: Role = Role.MEMBER
    writes: bool = True

    def param(self, name: str) -> Param:
        """The parameter of that name; KeyError where there is none."""
        for param in self.params:
            if param.name == name:
                return param
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Call:
    """What a person did.

    `person` is "platform:id"; `id` is the platform's id of the message, the same when it arrives again; `at` is aware;
    `locale` is what the platform says of the person's language; `course` None means the installation's first.
    """

    command: str
    args: Mapping[str, str]
    person: str
    name: str
    id: str
    at: datetime
    role: Role = Role.MEMBER
    locale: str | None = None
    course: str | None = None


def filled(**values: str | None) -> dict[str, str]:
    """A command's values, without those that are not there."""
    return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class Button:
    """A command already filled in."""

    label: str
    command: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Form:
    """A command that still misses `fields`; `args` is what it has, of a field too: then that is what to start from."""

    command: str
    fields: tuple[str, ...]
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class File:
    """A text file to take away, `name` with its ending: "2026-Q4.md"."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the person is told, in the language `locale`.

    `title` and `text` are plain text, never markup, and may hold what users wrote; `error` is the error's key.
    `times` maps the words for a moment, as they stand in there, to its Unix seconds, and `places` what a place is
    called there to its target: a platform may show the reader's own time and its own name for the place instead.
    `mention` is a platform's own role that this is news for ("discord-role:5"): it is called where this is said
    unasked, and offered to whoever reads it. One that is not `kept` goes into no log: nothing may be known of the
    person any more. What is `pinned` is to stand out where it is said; `closed` says that it has a thread of its
    own, stands in a calendar at the time `at`, or is pinned, and whether that is over. `course` is that of its buttons
    and form, as in a `Call`.
    """

    text: str
    title: str | None = None
    url: str | None = None
    buttons: tuple[Button, ...] = ()
    form: Form | None = None
    private: bool = True
    error: str | None = None
    locale: str | None = None
    file: File | None = None
    kept: bool = True
    times: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    mention: str | None = None
    pinned: bool = False
    closed: bool | None = None
    at: datetime | None = None
    course: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said unasked, as data: `kind` names the words that `fields` fill, in the language of each reader."""

    kind: str
    fields: Mapping[str, Any]
    url: str | None = None


Handler = Callable[[Call], Awaitable[Reply]]


def platform_of(target: str) -> str:
    """The name of the platform that a target is on: "discord" of "discord:7" and of "group:discord:8"."""
    first, _, rest = target.partition(":")
    return rest.partition(":")[0] if first == "group" else first


def is_place(target: str) -> bool:
    """Whether a target is a place that many read; the others are persons, and what they hear is their affair."""
    return target.startswith("group:")


class Platform(Protocol):
    """Where Herald speaks unasked: a target is "name:id" of a person or "group:name:…" of a place there."""

    async def send(self, target: str, reply: Reply, nonce: str) -> str:
        """Say it and return the platform's id of the message; the same `nonce` (25 characters) within minutes once.

        Unreachable, RetryLater or Unsure where it was not, or nobody can tell.
        """

    async def find(self, target: str, nonce: str, since: datetime) -> str | None:
        """The id of what was sent with `nonce` since then, None where it is not there; Unsure where nobody can tell."""

    async def edit(self, target: str, id_: str, reply: Reply, nonce: str) -> None:
        """Put other words in a message of Herald's, or take away what was pinned and is closed.

        By `nonce` it is found from then on. Vanished where it is gone, Unreachable where it may not be.
        """

    async def finish(self, target: str, id_: str, reply: Reply) -> None:
        """Do to what was just said what it takes beyond its words, again if need be; Unreachable where it cannot.

        It stands all the same then.
        """


def reply_to_data(reply: Reply) -> dict[str, Any]:
    """A reply as JSON can hold it."""
    data = {each.name: getattr(reply, each.name) for each in fields(reply)}
    nested = {"form": reply.form, "file": reply.file}
    data |= {name: asdict(part) for name, part in nested.items() if part}
    at = reply.at.isoformat() if reply.at else None
    # By hand: asdict() copies each value of each button.
    buttons = [{"label": each.label, "command": each.command, "args": dict(each.args)} for each in reply.buttons]
    return data | {"buttons": buttons, "at": at}


def reply_from_data(data: Mapping[str, Any]) -> Reply:
    """The reply that `reply_to_data` was given; what an earlier version did not write has its default."""
    form, file, at = data.get("form"), data.get("file"), data.get("at")
    nested = {
        "buttons": tuple(Button(**button) for button in data.get("buttons", ())),
        "form": Form(form["command"], tuple(form["fields"]), form["args"]) if form else None,
        "file": File(**file) if file else None,
        "at": datetime.fromisoformat(at) if at else None,
    }
    return Reply(**{**data, **nested})
