"""The files of a new course: the shipped ones with other values, so that they are explained by the same comments."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from bot.config.blocks import CourseFile, checked
from bot.config.problems import Problem

_FITS = {"title": "T", "zone": "UTC", "language": "en", "plan": {"first": "2022-Q2"}}
_OWN = "\n  # "  # the first comment among the articles: what the shipped course says of its own stands under it


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a course begins with; `key` is its file's name, None and () are for later."""

    key: str
    title: str
    zone: str
    language: str
    survey: str | None
    group: str | None
    first: str
    instructors: tuple[str, ...]
    channels: tuple[str, ...] = ()
    guilds: tuple[int, ...] = ()


def fits(**said: Any) -> bool:
    """Whether a course's file may say that."""
    problems: list[Problem] = []
    return checked(CourseFile, {**_FITS, **said}, "", problems) is not None


def course_text(new: Beginning) -> str:
    """The text of `courses/<key>.yaml`."""
    text = _shipped("course.yaml").partition(_OWN)[0]
    values = {"title": new.title, "zone": new.zone, "language": new.language, "  first": new.first}
    links = {"url": None, "survey": new.survey, "group": new.group}
    lists = {"  instructors": list(new.instructors), "channels": list(new.channels)}
    return _with(text, values | links | {key: value for key, value in lists.items() if value})


def herald_text(new: Beginning) -> str:
    """The text of `herald.yaml`."""
    text = _with(_shipped("herald.yaml"), {"courses": [new.key]})
    return f"{text}\ndiscord:\n  guilds: {list(new.guilds)}\n" if new.guilds else text


def _shipped(name: str) -> str:
    return files("bot.config").joinpath("examples", name).read_text("utf-8")


def _with(text: str, values: Mapping[str, Any]) -> str:
    """The text with each value in the place of the shipped one; for None an example stands in a comment."""
    for key, value in values.items():
        written = f"#{key}: https://example.com/{key}" if value is None else f"{key}: {_written(value)}"
        # What is said of the key behind its value stays.
        [place] = re.finditer(rf"^#?{key}: .*?(?=(  +#.*)?$)", text, re.M)
        text = text[: place.start()] + written + text[place.end() :]
    return text


def _written(value: Any) -> str:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    text: str = yaml.safe_dump(value, allow_unicode=True, width=2**31)
    return text.removesuffix("\n").removesuffix("\n...")
