"""Ready-made answers: `answers/<key>.md`, each a title line and the text."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.config.problems import Problem, shown
from bot.config.reading import read_text
from bot.core.model import LONGEST_ANSWER, Canned
from bot.core.text import TITLE, fold


def canned(folder: Path, problems: list[Problem]) -> tuple[Canned, ...]:
    """The answers of `folder`, by key; none where it is not there. Each fault is added to `problems`."""
    read = [_read(path, problems) for path in _files(folder, problems)]
    found = [each for each in read if each]
    problems.extend(_twice(folder, found))
    return tuple(found)


def _files(folder: Path, problems: list[Problem]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".md")
    except FileNotFoundError:
        return []
    except OSError as error:
        problems.append(Problem(str(folder), "", "", "unreadable", {"reason": error.strerror}))
        return []


def _read(path: Path, problems: list[Problem]) -> Canned | None:
    text = read_text(path, problems)
    if text is None:
        return None
    first, _, rest = text.removeprefix("\ufeff").strip().partition("\n")
    answer = Canned(path.stem, first.removeprefix("#").strip(), rest.strip().replace("\r\n", "\n"))
    faults = list(_faults(answer, first))
    problems.extend(Problem(str(path), *fault) for fault in faults)
    return None if faults else answer


def _faults(answer: Canned, first: str) -> Iterator[tuple[str, str, str, Mapping[str, object]]]:
    if not re.fullmatch(r"[\w-]{1,40}", answer.key):
        yield "", "", "answer_name", {}
    if not re.match(r"#\s", first) or not 0 < len(answer.title) <= TITLE:
        yield "line 1", shown(first), "answer_title", {"most": TITLE}
    if not answer.text:
        yield "", "", "answer_empty", {}
    if len(answer.text) > LONGEST_ANSWER:
        over = len(answer.text) - LONGEST_ANSWER
        yield "", "", "answer_long", {"most": LONGEST_ANSWER, "over": over}


def _twice(folder: Path, found: list[Canned]) -> Iterator[Problem]:
    keys: dict[str, str] = {}
    for each in found:
        if other := keys.get(fold(each.key)):
            yield Problem(str(folder / f"{each.key}.md"), "", "", "answer_twice", {"other": other})
        keys[fold(each.key)] = each.key
