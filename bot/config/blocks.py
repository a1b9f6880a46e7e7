"""What the files may say, block by block, and the check of a block that finds all its faults."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self, TypeVar, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    StrictBool,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from bot.config.problems import Problem, nearest, shown
from bot.core.chat import Role
from bot.core.model import Around, Change, Feed, Window
from bot.core.tokens import Terms
from bot.services.plan import is_review, key_of, slot_window, window_of

DAYS = "write days such as 2026-12-20..31, 2026-12 or 2026-12-20"
_REASONS = {
    "date_unreadable": f"is no date that I can read; {DAYS}",
    "date_impossible": f"is a day that no calendar has; {DAYS}",
    "date_missing_year": f"has no year; {DAYS}",
    "range_backwards": f"ends before it begins; {DAYS}",
    "time_impossible": "is a time that no clock of the course's zone shows; write one such as 2026-12-24 10:00",
}
_SHAPES = {
    "missing": "is missing; add it",
    "string_type": "is no text; write it in quotes",
    "string_too_short": "is empty; write something or take the line out",
    "bool_type": "is neither true nor false; write true or false",
    "dict_type": "is no block of keys; indent its keys under it, as in key: value",
    "model_type": "is no block of keys; indent its keys under it, as in key: value",
    "list_type": "is no list; write it as [one, two]",
    "tuple_type": "is no list; write it as [one, two]",
    "int_parsing": "is no number; write one such as 7",
    "greater_than_equal": "is too small; write a number of days from 1 to 90",
    "int_parsing_size": "is too large; write a number of days from 1 to 90",
    "invalid_key": "is read as true or false; write it in quotes where it is meant as a key",
    "less_than_equal": "is too large; write a number of days from 1 to 90",
    "too_long": "has too many numbers; write three, as in [3, 10, 14]",
}


def _http(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not re.search(r"\s", url)
    except ValueError:
        good = False
    if not good:
        raise PydanticCustomError("url", "is no web address; write one that begins with https:// or http://")
    return url


def zone_named(name: object) -> ZoneInfo:
    """The zone of the IANA list; ValueError that says which name to write instead."""
    try:
        return ZoneInfo(str(name))
    except (OSError, ValueError, KeyError):
        china = re.search("beijing|北京", str(name).casefold())
        near = "Asia/Shanghai" if china else nearest(str(name), available_timezones())
        reason = f"is no time zone of the IANA list; write {near or 'one such as Asia/Shanghai'}"
        raise PydanticCustomError("zone", "{reason}", {"reason": reason}) from None


def _person(key: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]*:\S+", key):
        raise PydanticCustomError("person", "is no platform:id; write one such as local:instructor, without a space")
    return key


def _quarter(text: str) -> str:
    key = key_of(text)
    if not key or not slot_window(key) or is_review(key):
        raise PydanticCustomError("slot", "is no quarter; write one such as 2022-Q2")
    return key


def _when(value: object, info: ValidationInfo) -> Window | datetime:
    """YAML's own dates and what people type, in the zone and for the year that the context names."""
    if not isinstance(value, str | date):
        raise PydanticCustomError("when", "{reason}", {"reason": _REASONS["date_unreadable"]})
    try:
        return window_of(str(value), **(info.context or {}))
    except ValueError as error:
        raise PydanticCustomError("when", "{reason}", {"reason": _REASONS[str(error)]}) from None


def _window(value: object, info: ValidationInfo) -> Window:
    when = _when(value, info)
    if isinstance(when, datetime):
        raise PydanticCustomError("window", "is a time; write the days here and the time at `confirmed`")
    return when


def _published(value: object, info: ValidationInfo) -> Window:
    when = _when(value, info)
    return Window(when.date(), when.date()) if isinstance(when, datetime) else when


def _confirmed(value: object, info: ValidationInfo) -> datetime:
    when = _when(value, info)
    if isinstance(when, Window):
        raise PydanticCustomError("confirmed", "has no time of day; write one such as 2026-12-24 10:00")
    return when


def _server(id_: str) -> str:
    if not re.fullmatch(r"[0-9]{15,20}", id_):
        raise PydanticCustomError(
            "server",
            "is no server's id; switch on Discord's Developer Mode, right-click the server, Copy Server ID",
        )
    return id_


def _role(key: str) -> str:
    if not re.fullmatch(r"discord-role:[0-9]{15,20}", key):
        raise PydanticCustomError(
            "role", "is no role of Discord's; right-click the role, Copy Role ID, and write discord-role:ID"
        )
    return key


def _address(*schemes: str) -> AfterValidator:
    def check(url: str) -> str:
        if not re.fullmatch(rf"({'|'.join(schemes)})://[^\s/]+\S*", url):
            ways = " or ".join(f"{scheme}://" for scheme in schemes)
            raise PydanticCustomError("address", "{reason}", {"reason": f"is no address; write one with {ways}"})
        return url.rstrip("/")

    return AfterValidator(check)


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Url = Annotated[str, AfterValidator(_http)]
_Person = Annotated[str, AfterValidator(_person)]
_Days = Annotated[Window, BeforeValidator(_window)]


class Block(BaseModel):
    """A block of keys; a key that it does not know is a fault."""

    model_config = ConfigDict(extra="forbid")


class ArticleBlock(Block):
    """What the file says of one slot or extra."""

    title: _Text | None = None
    summary: _Text | None = None
    url: _Url | None = None
    window: _Days | None = None
    confirmed: Annotated[datetime, BeforeValidator(_confirmed)] | None = None
    published: Annotated[Window, BeforeValidator(_published)] | None = None
    slipped: _Days | None = None
    late: StrictBool | None = None
    skipped: StrictBool | None = None
    feedback: _Text | None = None

    def change(self) -> Change:
        """The same as the plan reads it."""
        return Change(**{name: getattr(self, name) for name in type(self).model_fields})


class _StaffBlock(Block):
    instructors: list[_Person] = []
    assistants: list[_Person] = []

    def roles(self) -> dict[str, Role]:
        """Each person's role; who stands in both lists is an instructor."""
        return dict.fromkeys(self.assistants, Role.ASSISTANT) | dict.fromkeys(self.instructors, Role.INSTRUCTOR)


class _PlanBlock(Block):
    first: Annotated[str, AfterValidator(_quarter)]
    review: StrictBool = True
    last: Annotated[str, AfterValidator(_quarter)] | None = None

    @model_validator(mode="after")
    def _last_is_later(self) -> Self:
        if self.last and self.last < self.first:
            raise PydanticCustomError("last", "ends before it begins; write a `last` that is not before `first`")
        return self


class _FeedBlock(Block):
    url: _Url
    auto: StrictBool = False

    def feed(self) -> Feed:
        """The same as the program reads it."""
        return Feed(self.url, self.auto)


def _off(value: object) -> object:
    """`off` in a line of its own is as good as leaving the line out."""
    return None if value is False else value


def _in_order(days: tuple[int, int, int]) -> tuple[int, int, int]:
    if not days[0] < days[1] < days[2]:
        raise PydanticCustomError("order", "is not in order; write three numbers of days, each larger: [3, 10, 14]")
    return days


def _no_switch(value: object) -> object:
    """`on` would count as 1."""
    if value is True:
        raise PydanticCustomError("int_parsing", "")
    return value


_Count = Annotated[int, BeforeValidator(_no_switch), Field(ge=1, le=90)]
_Survey = Annotated[tuple[_Count, _Count, _Count], AfterValidator(_in_order)]


class _AroundBlock(Block):
    reminder: Annotated[tuple[_Count, ...] | None, BeforeValidator(_off)] = None
    questions: Annotated[_Count | None, BeforeValidator(_off)] = None
    survey: Annotated[_Survey | None, BeforeValidator(_off)] = None
    digest: StrictBool = False
    announcement: StrictBool = False
    outcome: Annotated[_Count | None, BeforeValidator(_off)] = None

    def around(self) -> Around:
        """The same as the program reads it."""
        return Around(self.reminder or (), self.questions, self.survey, self.digest, self.announcement, self.outcome)


def _changeable(target: str) -> str:
    if target.startswith("group:wechat:") or not target.startswith("group:"):
        raise PydanticCustomError(
            "standing",
            "is no place where I can change what I said; write group:local or one such as "
            "group:discord:456789012345678901",
        )
    return target


def _elsewhere(target: str) -> str:
    if not target.startswith("group:discord"):
        raise PydanticCustomError(
            "threads",
            "has no threads; write a forum or text channel of Discord's, such as group:discord:456789012345678901",
        )
    return target


_Standing = Annotated[tuple[Annotated[_Person, AfterValidator(_changeable)], ...] | None, BeforeValidator(_off)]
_Elsewhere = Annotated[tuple[Annotated[_Person, AfterValidator(_elsewhere)], ...] | None, BeforeValidator(_off)]


class CourseFile(Block):
    """`courses/<key>.yaml`; `articles` are checked one by one: their days need the zone and the slot's year."""

    title: _Text
    zone: Annotated[ZoneInfo, BeforeValidator(zone_named)]
    language: Literal["zh-CN", "en"]
    plan: _PlanBlock
    url: _Url | None = None
    survey: _Url | None = None
    group: _Url | None = None
    staff: _StaffBlock = _StaffBlock()
    channels: tuple[_Person, ...] = ("group:local",)
    mention: Annotated[str, AfterValidator(_role)] | None = None
    feed: _FeedBlock | None = None
    around: _AroundBlock = _AroundBlock()
    card: _Standing = None
    threads: _Elsewhere = None
    events: Annotated[tuple[Annotated[str, AfterValidator(_server)], ...] | None, BeforeValidator(_off)] = None
    articles: dict[str, Any] = {}


class _DiscordBlock(Block):
    guilds: tuple[Annotated[str, AfterValidator(_server)], ...] = ()
    api_base: Annotated[str, _address("https", "http")] | None = None
    gateway_url: Annotated[str, _address("wss", "ws")] | None = None


class HeraldFile(Block):
    """`herald.yaml`."""

    courses: list[str] = []
    discord: _DiscordBlock = _DiscordBlock()


_B = TypeVar("_B", bound=BaseModel)


class TermsFile(RootModel[dict[_Text, tuple[_Text, ...]]]):
    """`terms.yaml`: a spelling, and the other spellings of the same thing."""

    @model_validator(mode="before")
    @classmethod
    def _one_is_a_list(cls, raw: Any) -> Any:
        return {key: [said] if isinstance(said, str) else said for key, said in raw.items()}

    def terms(self) -> Terms:
        """The spellings of each thing, sorted: their order in the file means nothing."""
        return tuple(sorted((spelling, *others) for spelling, others in self.root.items()))


def checked(
    block: type[_B], raw: Any, file: str, problems: list[Problem], place: str = "", context: Any = None
) -> _B | None:
    """The block that `raw` describes, or None after adding each of its faults to `problems`.

    `place` is the key path of `raw` in `file`; an `ArticleBlock` reads its days with `context`: its "zone" and "year".
    """
    try:
        return block.model_validate(raw, context=context)
    except ValidationError as error:
        problems.extend(_problem(block, detail, file, place) for detail in error.errors(include_url=False))
        return None


def _problem(block: type[BaseModel], detail: ErrorDetails, file: str, place: str) -> Problem:
    key = ".".join(filter(None, (place, *map(str, detail["loc"]))))
    value = "" if detail["type"] in ("missing", "extra_forbidden") else shown(detail["input"])
    return Problem(file, key, value, _reason(block, detail))


def _reason(block: type[BaseModel], detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return _unknown(block, detail["loc"])
    if detail["type"] == "literal_error":
        return f"is not among {detail['ctx']['expected'].replace(' or ', ', ')}; write one of them"
    return _SHAPES.get(detail["type"], detail["msg"])


def _unknown(block: type[BaseModel], path: tuple[int | str, ...]) -> str:
    for step in path[:-1]:
        said = block.model_fields[str(step)].annotation
        block = next(each for each in (said, *get_args(said)) if isinstance(each, type) and issubclass(each, Block))
    near = nearest(str(path[-1]), block.model_fields)
    return (
        f"is no key; you may have meant {near}" if near else f"is no key; the keys are {', '.join(block.model_fields)}"
    )
