"""What the files may say, block by block, and the check of a block that finds all its faults."""

import re
from collections.abc import Mapping
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
from bot.services.plan import meant
from bot.services.when import is_review, key_of, slot_window, window_of

# What pydantic calls it, and what the words for it stand under.
_SHAPES = {
    "missing": "missing",
    "string_type": "no_text",
    "string_too_short": "empty",
    "bool_type": "no_switch",
    "dict_type": "no_block",
    "model_type": "no_block",
    "list_type": "no_list",
    "tuple_type": "no_list",
    "int_parsing": "no_number",
    "int_parsing_size": "too_large",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_large",
    "too_long": "too_many",
    "invalid_key": "key_is_switch",
}
_OURS = "config"
_CHANNEL = "group:discord:[0-9]{1,20}"


def _wrong(why: str, **fields: str) -> PydanticCustomError:
    """A fault that `config.WHY` in the catalogs words with `fields`."""
    return PydanticCustomError(_OURS, why, fields)


def _http(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = re.fullmatch(r"(?i:https?)://[^\s<>]+", url) and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise _wrong("no_url")
    return url


def zone_named(name: object) -> ZoneInfo:
    """The zone of the IANA list; a fault that says which name to write instead."""
    try:
        return ZoneInfo(str(name))
    except (OSError, ValueError, KeyError):
        china = re.search("beijing|北京", str(name).casefold())
        near = "Asia/Shanghai" if china else nearest(str(name), available_timezones())
        raise (_wrong("no_zone", near=near) if near else _wrong("no_zone_like")) from None


def _person(key: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]*:\S+", key):
        raise _wrong("no_person")
    if re.match("discord(-role)?:", key) and not re.search(r":[0-9]{1,20}$", key):
        raise _wrong("no_discord_id")
    return key


def _quarter(text: str) -> str:
    key = key_of(text)
    if not key or not slot_window(key) or is_review(key):
        raise _wrong("no_quarter")
    return key


def _when(value: object, info: ValidationInfo) -> Window | datetime:
    """YAML's own dates and what people type, in the zone and for the slot that the context names."""
    if not isinstance(value, str | date):
        raise _wrong("date_unreadable")
    try:
        return _read(str(value), **(info.context or {}))
    except ValueError as error:
        raise _wrong(str(error)) from None


def _read(typed: str, zone: ZoneInfo, promised: Window | None) -> Window | datetime:
    return meant(typed, promised, zone) if promised else window_of(typed, zone)


def _window(value: object, info: ValidationInfo) -> Window:
    when = _when(value, info)
    if isinstance(when, datetime):
        raise _wrong("time_for_days")
    return when


def _published(value: object, info: ValidationInfo) -> Window:
    when = _when(value, info)
    return Window(when.date(), when.date()) if isinstance(when, datetime) else when


def _confirmed(value: object, info: ValidationInfo) -> datetime:
    when = _when(value, info)
    if isinstance(when, Window):
        raise _wrong("no_time")
    return when


def _matching(pattern: str, why: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise _wrong(why)
        return text

    return AfterValidator(check)


def _address(one: str, other: str) -> AfterValidator:
    def check(url: str) -> str:
        if not re.fullmatch(rf"({one}|{other})://[^\s/]+\S*", url):
            raise _wrong("no_address", one=one, other=other)
        return url.rstrip("/")

    return AfterValidator(check)


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Url = Annotated[str, AfterValidator(_http)]
_Person = Annotated[str, AfterValidator(_person)]
_Place = Annotated[_Person, _matching(rf"group:local|{_CHANNEL}|group:wechat:.+", "no_place")]
_Changeable = Annotated[_Person, _matching(rf"group:local|{_CHANNEL}", "not_changeable")]
_Channel = Annotated[_Person, _matching(_CHANNEL, "no_threads")]
_Server = Annotated[str, _matching("[0-9]{15,20}", "no_server")]
_Role = Annotated[str, _matching("discord-role:[0-9]{15,20}", "no_role")]
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
            raise _wrong("last_before_first")
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
        raise _wrong("not_in_order")
    return days


def _no_switch(value: object) -> object:
    """`on` would count as 1."""
    if value is True:
        raise _wrong("no_number")
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


class CourseFile(Block):
    """`courses/<key>.yaml`; `articles` are checked one by one: their days need the zone and the slot's."""

    title: _Text
    zone: Annotated[ZoneInfo, BeforeValidator(zone_named)]
    language: Literal["zh-CN", "en"]
    plan: _PlanBlock
    url: _Url | None = None
    survey: _Url | None = None
    group: _Url | None = None
    staff: _StaffBlock = _StaffBlock()
    channels: tuple[_Place, ...] = ("group:local",)
    mention: _Role | None = None
    feed: _FeedBlock | None = None
    around: _AroundBlock = _AroundBlock()
    card: Annotated[tuple[_Changeable, ...] | None, BeforeValidator(_off)] = None
    threads: Annotated[tuple[_Channel, ...] | None, BeforeValidator(_off)] = None
    events: Annotated[tuple[_Server, ...] | None, BeforeValidator(_off)] = None
    articles: dict[str, Any] = {}


class _DiscordBlock(Block):
    guilds: tuple[_Server, ...] = ()
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

    `place` is the key path of `raw` in `file`; an `ArticleBlock` reads its days with `context`: "zone", "promised".
    """
    try:
        return block.model_validate(raw, context=context)
    except ValidationError as error:
        problems.extend(_problem(block, detail, file, place) for detail in error.errors(include_url=False))
        return None


def _problem(block: type[BaseModel], detail: ErrorDetails, file: str, place: str) -> Problem:
    # Where a key itself is wrong, the place of its value means nothing to whoever wrote the file.
    path = detail["loc"][:-2] if detail["loc"][-1:] == ("[key]",) else detail["loc"]
    key = ".".join(filter(None, (place, *map(str, path))))
    value = "" if detail["type"] in ("missing", "extra_forbidden") else shown(detail["input"])
    return Problem(file, key, value, *_why(block, detail))


def _why(block: type[BaseModel], detail: ErrorDetails) -> tuple[str, Mapping[str, object]]:
    if detail["type"] == _OURS:
        return detail["msg"], detail.get("ctx", {})
    if detail["type"] == "extra_forbidden":
        return _unknown(block, detail["loc"])
    if detail["type"] == "literal_error":
        return "no_choice", {"choices": detail["ctx"]["expected"].replace(" or ", ", ")}
    why = _SHAPES.get(detail["type"])
    return (why, {}) if why else ("unfit", {"reason": detail["msg"]})


def _unknown(block: type[BaseModel], path: tuple[int | str, ...]) -> tuple[str, Mapping[str, object]]:
    for step in path[:-1]:
        said = block.model_fields[str(step)].annotation
        block = next(each for each in (said, *get_args(said)) if isinstance(each, type) and issubclass(each, Block))
    near = nearest(str(path[-1]), block.model_fields)
    return ("no_key_near", {"near": near}) if near else ("no_key", {"keys": ", ".join(block.model_fields)})
