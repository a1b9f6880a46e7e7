"""A file's text, or a YAML file into keys and values as they were typed, or what is wrong with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bot.config.problems import Problem, shown

# What PyYAML lets through where a value does not fit its tag (!!int x) or a block holds itself.
_STUMBLES = (ValueError, LookupError, AttributeError, RecursionError)


class _Loader(yaml.CSafeLoader):
    """Only true, false and null mean more than their letters: 2026-12-20..31, 10:30 and 1984 stay what was typed."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML declares it for instances
        first: [one for one in resolvers if one[0].rpartition(":")[2] in ("bool", "null", "merge")]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def read(path: Path, problems: list[Problem]) -> dict[Any, Any] | None:
    """The file's keys and values without the empty ones, or None after adding what is wrong to `problems`."""
    text = read_text(path, problems)
    return None if text is None else _parsed(text, str(path), problems)


def read_text(path: Path, problems: list[Problem]) -> str | None:
    """The file's text, or None after adding what is wrong to `problems`."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        problems.append(Problem(str(path), "", "", "not_utf8", {"byte": error.start + 1}))
    except OSError as error:
        problems.append(Problem(str(path), "", "", "unreadable", {"reason": error.strerror}))
    return None


def _parsed(text: str, file: str, problems: list[Problem]) -> dict[Any, Any] | None:
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        problems.extend(_twice(node, file))
        value = loader.construct_document(node) if node else None
        if value is None or isinstance(value, dict):
            return _said(value or {})
    except (yaml.YAMLError, *_STUMBLES) as error:
        problems.append(_syntax(error, file))
        return None
    problems.append(Problem(file, "", shown(value), "no_keys"))
    return None


def _syntax(error: Exception, file: str) -> Problem:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    said = (error.problem if isinstance(error, yaml.MarkedYAMLError) else str(error)) or "unreadable"
    return Problem(file, place, "", "no_yaml", {"reason": " ".join(said.split())})


def _twice(node: yaml.Node | None, file: str, path: tuple[str, ...] = ()) -> Iterator[Problem]:
    """The keys that stand twice in one block: YAML would keep the last and lose the first without a word."""
    if not isinstance(node, yaml.MappingNode):
        return
    seen: dict[str, int] = {}
    for key, value in node.value:
        here, line = (*path, str(key.value)), key.start_mark.line + 1
        if here[-1] in seen:
            yield Problem(file, ".".join(here), "", "twice", {"first": seen[here[-1]], "second": line})
        seen[here[-1]] = line
        yield from _twice(value, file, here)


def _said(block: dict[Any, Any]) -> dict[Any, Any]:
    """A key without a value says nothing: `articles:` over lines that are all commented out."""
    return {
        key: _said(value) if isinstance(value, dict) else value for key, value in block.items() if value is not None
    }
