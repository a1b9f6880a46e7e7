"""What can be wrong with a file, and how it is said."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.core.errors import OperatorError
from bot.words import Words, words_in


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: in which `file`, at which `key` ("articles.2026-Q4.window"), what stands there, and why.

    `config.WHY` in the catalogs words that with `fields`, and says what to write instead; `key` and `value` are empty
    where the file as a whole is meant.
    """

    file: str
    key: str
    value: str
    why: str
    fields: Mapping[str, object] = field(default_factory=dict)

    def said(self, say: Words) -> str:
        """It in a line."""
        place = f"{self.file}: {self.key}:" if self.key else f"{self.file}:"
        parts = (place, self.value, say(f"config.{self.why}", **self.fields))
        return say("config.line", said=" ".join(filter(None, parts)))


class ConfigError(OperatorError):
    """The folder cannot be used; `problems` are all that is wrong with it, the message has a line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(self.said(words_in("en")))

    def said(self, say: Words) -> str:
        """The message in a language."""
        return "\n".join(problem.said(say) for problem in self.problems)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    return next(iter(difflib.get_close_matches(word, list(known), 1)), None)


def shown(value: object) -> str:
    """A value as a message shows it, at most 80 characters."""
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
