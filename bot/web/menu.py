"""The commands as the page's menu and forms need them, in the reader's language."""

from collections.abc import Iterable
from typing import Any

from bot.core.chat import Command, Param, Role
from bot.words import LOCALES, Words, words_in

WELCOME = {Role.MEMBER: ("next-article", "ask", "topics", "help")}
WELCOME_STAFF = ("review", "next-article", "topics", "help")


def menu(commands: Iterable[Command], role: Role, locale: str) -> list[dict[str, Any]]:
    """What a person of that role may run, as JSON can hold it."""
    words = words_in(locale)
    return [_command(command, words) for command in commands if command.role <= role]


def suggested(commands: Iterable[Command], role: Role) -> list[str]:
    """What to offer in an empty chat."""
    known = {command.name for command in commands if command.role <= role}
    return [name for name in WELCOME.get(role, WELCOME_STAFF) if name in known]


def _command(command: Command, words: Words) -> dict[str, Any]:
    return {
        "key": command.name,
        "name": words(f"{command.name}.name"),
        "names": sorted({command.name} | {words_in(locale)(f"{command.name}.name") for locale in LOCALES}),
        "about": words(f"{command.name}.about"),
        "example": _if_any(words, f"{command.name}.example"),
        "role": words(f"web.menu_{command.role.name.lower()}") if command.role > Role.MEMBER else "",
        "params": [_param(param, words) for param in command.params],
    }


def _param(param: Param, words: Words) -> dict[str, Any]:
    return {
        "key": param.name,
        "name": words(f"param.{param.name}"),
        "about": _if_any(words, f"param.{param.name}.about"),
        "kind": param.kind.value,
        "required": param.required,
        "hidden": param.hidden,
        "low": param.low,
        "high": param.high,
        "choices": [{"key": choice, "name": words(f"{param.name}.{choice}")} for choice in param.choices],
    }


def _if_any(words: Words, key: str) -> str:
    return words(key) if words.has(key) else ""
