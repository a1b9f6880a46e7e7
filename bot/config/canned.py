"""Ready-made answers: `answers/<key>.md`, each a title line and the text."""

import re
from collections.abc import Iterator
from pathlib import Path

from bot.config.problems import Problem, shown
from bot.config.reading import read_text
from bot.core.model import LONGEST_ANSWER, Canned
from bot.core.text import TITLE, fold

_NAME = "is no name for an answer; use at most 40 letters, digits, - and _, such as how-to-ask.md"
_TITLE = f"does not begin with a title; write # and a title of at most {TITLE} characters in its first line"


def canned(folder: Path, problems: list[Problem]) -> tuple[Canned, ...]:
    """The answers of `folder`, by key; none where it is not there. Each fault is added to `problems`."""
    if not folder.is_dir():
        return ()
    read = [_read(path, problems) for path in sorted(folder.glob("*.md"))]
    found = [each for each in read if each]
    problems.extend(_twice(folder, found))
    return tuple(found)


def _read(path: Path, problems: list[Problem]) -> Canned | None:
    text = read_text(path, problems)
    if text is None:
        return None
    first, _, rest = text.removeprefix("\ufeff").strip().partition("\n")
    answer = Canned(path.stem, first.removeprefix("#").strip(), rest.strip().replace("\r\n", "\n"))
    faults = list(_faults(answer, first))
    problems.extend(Problem(str(path), *fault) for fault in faults)
    return None if faults else answer


def _faults(answer: Canned, first: str) -> Iterator[tuple[str, str, str]]:
    if not re.fullmatch(r"[\w-]{1,40}", answer.key):
        yield "", "", _NAME
    if not re.match(r"#\s", first) or not 0 < len(answer.title) <= TITLE:
        yield "line 1", shown(first), _TITLE
    if not answer.text:
        yield "", "", "has no text; write the answer under its title"
    if len(answer.text) > LONGEST_ANSWER:
        over = len(answer.text) - LONGEST_ANSWER
        yield "", "", f"is too long for an answer, which has {LONGEST_ANSWER} characters at most; take out {over}"


def _twice(folder: Path, found: list[Canned]) -> Iterator[Problem]:
    keys: dict[str, str] = {}
    for each in found:
        if other := keys.get(fold(each.key)):
            reason = f"has the same name as {other}.md but for capitals; give it another"
            yield Problem(str(folder / f"{each.key}.md"), "", "", reason)
        keys[fold(each.key)] = each.key
