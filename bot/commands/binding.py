"""Values as typed -> values as meant, or the form for what is missing."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from bot.core.chat import Command, Form, Kind, Param
from bot.core.errors import UserError
from bot.core.text import received, shown


def bind(command: Command, args: Mapping[str, str]) -> dict[str, Any]:
    """The command's values, None for what is optional and was not given.

    UserError with a form where something required is missing or does not fit; the form holds all that was written.
    """
    given = {param.name: received(args[param.name]) for param in command.params if args.get(param.name, "").strip()}
    missing = tuple(param.name for param in command.params if param.required and param.name not in given)
    if missing:
        raise UserError("missing", command=command.name, form=Form(command.name, missing, given))
    return {param.name: _value(command, param, given) for param in command.params}


def _value(command: Command, param: Param, given: Mapping[str, str]) -> Any:
    if param.name not in given:
        return None
    try:
        return _READERS[param.kind](param, given[param.name])
    except UserError as error:
        raise UserError(error.key, **error.fields, form=Form(command.name, (param.name,), given)) from None


def _digits(typed: str) -> int:
    digits = unicodedata.normalize("NFKC", typed).strip().lstrip("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise UserError("not_a_number", typed=typed)
    return int(digits)


def _number(param: Param, typed: str) -> int:
    number = _digits(typed)
    if param.high and not param.low <= number <= param.high:
        raise UserError("not_in_range", typed=typed, low=param.low, high=param.high)
    return number


def _numbers(param: Param, typed: str) -> tuple[int, ...]:
    each = [part for part in re.split(r"[\s,、，;；]+", typed) if part]
    if param.high and len(each) > param.high:
        raise UserError("too_many_topics", count=len(each), high=param.high)
    return tuple(_digits(one) for one in each or [typed])


def _choice(param: Param, typed: str) -> str:
    if typed not in param.choices:
        raise UserError("not_a_choice", typed=typed, param=param.name, choices=param.choices)
    return typed


def _text(param: Param, typed: str) -> str:
    text = typed.replace("\r\n", "\n").strip()
    seen = len(shown(text))
    if param.low and text and not any(letter.isalnum() for letter in text):
        raise UserError("no_words", text=text)
    if seen < param.low:
        raise UserError("too_short", length=seen, low=param.low, text=text)
    if param.high and len(text) > param.high:
        raise UserError("too_long", length=len(text), high=param.high, text=text)
    return text


def _url(param: Param, typed: str) -> str:
    url = typed.strip()
    scheme, _, rest = url.partition("://")
    if scheme.lower() not in ("http", "https") or not rest or url != shown(url) or len(url.split()) != 1:
        raise UserError("not_a_link", typed=typed)
    return url


_READERS: Mapping[Kind, Callable[[Param, str], Any]] = {
    Kind.WORD: _text,
    Kind.TEXT: _text,
    Kind.LONG: _text,
    Kind.ARTICLE: _text,
    Kind.COMMAND: _text,
    Kind.TOPIC: _number,
    Kind.TOPICS: _numbers,
    Kind.NUMBER: _number,
    Kind.CHOICE: _choice,
    Kind.URL: _url,
}
