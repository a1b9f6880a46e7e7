"""The questions of `herald init`."""

import re
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from bot import clock
from bot.config.beginning import Beginning, fits
from bot.core.text import received
from bot.words import LOCALES, Words

_KEY, _PERSON = r"[a-z0-9][a-z0-9-]{0,39}", r"[0-9]{15,20}"


def ask(say: Words, key: str, good: Callable[[str], object], default: str = "") -> str:
    """The answer to `init.KEY`, asked again until one is good; typer.Abort where there are no more answers."""
    while True:
        typed = typer.prompt(say(f"init.{key}"), default=default, show_default=bool(default))
        if good(answer := " ".join(received(typed).split())):
            return answer
        print(say(f"init.{key}.wrong"))


def asked(folder: Path, say: Words) -> Beginning:
    """What a new course begins with, but for its channels."""
    key = _key(folder, say)
    title = ask(say, "title", lambda answer: fits(title=answer))
    zone = ask(say, "zone", lambda answer: fits(zone=answer), "Asia/Shanghai")
    today = clock.now().astimezone(ZoneInfo(zone))
    return Beginning(
        key=key,
        title=title,
        zone=zone,
        language=ask(say, "language", lambda answer: answer in LOCALES, say.locale),
        first=ask(say, "first", lambda answer: fits(plan={"first": answer}), f"{today.year}-Q{(today.month + 2) // 3}"),
        survey=_link("survey", say),
        group=_link("group", say),
        instructors=tuple(f"discord:{id_}" for id_ in ask(say, "instructors", _persons).split()),
    )


def _key(folder: Path, say: Words) -> str:
    """A key that no course has: what somebody wrote is never written over."""
    while True:
        key = ask(say, "key", lambda answer: re.fullmatch(_KEY, answer), "course")
        if not (file := folder / "courses" / f"{key}.yaml").exists():
            return key
        print(say("init.key.taken", file=file))


def _link(key: str, say: Words) -> str | None:
    return ask(say, key, lambda answer: not answer or fits(survey=answer)) or None


def _persons(answer: str) -> bool:
    return all(re.fullmatch(_PERSON, each) for each in answer.split())
