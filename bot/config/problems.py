"""What can be wrong with a file, and how it is said."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.errors import OperatorError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: in which `file`, at which `key` ("articles.2026-Q4.window"), what stands there, and why.

    `reason` also says what to write instead; `key` and `value` are empty where the file as a whole is meant.
    """

    file: str
    key: str
    value: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}:" if self.key else f"{self.file}:"
        return f"{place} {self.value} {self.reason}." if self.value else f"{place} {self.reason}."


class ConfigError(OperatorError):
    """The folder cannot be used; `problems` are all that is wrong with it, the message has a line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(map(str, self.problems)))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    return next(iter(difflib.get_close_matches(word, list(known), 1)), None)


def shown(value: object) -> str:
    """A value as a message shows it, at most 80 characters."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
