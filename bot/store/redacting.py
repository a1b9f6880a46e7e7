"""Taking a person's name and words out of what was said to others."""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Column, Connection, Text, cast, or_, select

from bot.core.model import GONE
from bot.store.schema import announcement, button, event, inbox, message, paste

# Shorter ones are parts of other words; they are taken out where they are all that is said.
SHORTEST, SHORTEST_TEXT = 2, 5
BATCH = 50
INSTEAD = "…"
_SAID = (
    announcement.c.notice, event.c.before, event.c.after, message.c.body, inbox.c.reply, button.c.args,
    paste.c["items"],
)  # fmt: skip
# What the program reads and nobody is shown.
_NOT_WORDS = frozenset({"command", "kind", "locale", "error"})


@dataclass(frozen=True)
class Redaction:
    """What to take out: accounts, names where they stand for themselves, texts wherever they are."""

    keys: Collection[str]
    names: Collection[str]
    texts: Collection[str] = ()

    def apply(self, tx: Connection) -> None:
        """Take it out of what was said, answered or pasted, shown in the local chat, and kept of buttons and acts."""
        for column in _SAID:
            for row in list(self._found(tx, column)):
                key = [own == row[own.name] for own in column.table.primary_key]
                said = self.of(row[column.name])
                tx.execute(column.table.update().where(*key).values({column: said}))

    def of(self, value: Any) -> Any:
        """JSON without it; who is named by nothing else than a name has none."""
        if isinstance(value, str):
            if value in self.names or value in self.texts:
                return "" if value in self.names else INSTEAD
            return self._pattern.sub(self._instead, value)
        if isinstance(value, list):
            return [self.of(each) for each in value]
        if isinstance(value, dict):
            return {key: each if key in _NOT_WORDS else self.of(each) for key, each in value.items()}
        return value

    def _found(self, tx: Connection, column: Column[Any]) -> Iterator[Any]:
        needles = self._needles
        for at in range(0, len(needles), BATCH):
            held = (cast(column, Text).contains(each, autoescape=True) for each in needles[at : at + BATCH])
            statement = select(*column.table.primary_key, column).where(or_(*held))
            yield from tx.execute(statement).mappings()

    @cached_property
    def _needles(self) -> Sequence[str]:
        """As they stand in JSON; what holds another one is found by that."""
        found: list[str] = []
        for each in sorted({*self.keys, *self._telling, *self.texts} - {""}, key=len):
            if not any(other in each for other in found):
                found.append(each)
        return [json.dumps(each)[1:-1] for each in found]

    @cached_property
    def _telling(self) -> Sequence[str]:
        return [name for name in self.names if len(name) >= SHORTEST]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        whole = [_alone(each) for each in sorted((*self.keys, *self._telling), key=len, reverse=True)]
        long = [each for each in self.texts if len(each) >= SHORTEST_TEXT]
        texts = [re.escape(each) for each in sorted(long, key=len, reverse=True)]
        return re.compile("|".join([*texts, *whole]))

    def _instead(self, match: re.Match[str]) -> str:
        return GONE if match.group() in self.keys else INSTEAD


def _alone(name: str) -> str:
    """Latin letters around a Latin name make another word of it; Chinese is written without gaps."""
    before = r"(?<![A-Za-z0-9_])" if re.match(r"[A-Za-z0-9_]", name) else ""
    after = r"(?![A-Za-z0-9_])" if re.search(r"[A-Za-z0-9_]$", name) else ""
    return before + re.escape(name) + after
