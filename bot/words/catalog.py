"""A gettext catalog by key, read from its source."""

import json
from importlib.resources.abc import Traversable


def read(source: Traversable) -> dict[str, tuple[str, ...]]:
    """The words under each key; where it counts, those for one and those for any other number.

    Babel reads the same, but what it needs for that stays in memory: 3 MB.
    """
    found: dict[str, list[str]] = {}
    for line in source.read_text("utf-8").splitlines():
        word, _, quoted = line.partition(" ")
        if word == "msgid":
            texts = found.setdefault(json.loads(quoted), [])
        elif word.startswith("msgstr"):
            texts.append(json.loads(quoted))
        elif word.startswith('"'):  # goes on in a line of its own, as translators' programs write it
            texts[-1] += json.loads(line)
    return {key: tuple(texts) for key, texts in found.items() if key}
