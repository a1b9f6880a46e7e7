"""Who may import whom, as the design's table says; any other arrow fails."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

BOT = Path(__file__).parents[1] / "bot"
ALLOWED = {
    "core": set(),
    "words": {"core"},
    "store": {"core"},
    "services": {"core", "store"},
    "importers": {"core"},
    "commands": {"core", "words", "services", "importers"},
    "platforms": {"core", "words"},
    "web": {"core", "words", "services", "importers"},
    "config": {"core", "words", "services"},
    "clock": set[str](),
}
EVERYTHING = {"app", "cli", "demo", "__main__", "__init__"}
SDKS = {
    "sqlalchemy": {"store", "services", "commands"},
    "aiohttp": {"web", "platforms", "importers"},
    "alembic": {"store"},
    "discord": {"platforms"},
}


@cache
def imports() -> tuple[tuple[Path, str, str], ...]:
    return tuple(read())


def read() -> Iterator[tuple[Path, str, str]]:
    for file in sorted(BOT.rglob("*.py")):
        part = file.relative_to(BOT).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                yield from ((file, part, f"{node.module}.{alias.name}") for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from ((file, part, alias.name) for alias in node.names)


def test_every_import_follows_the_table() -> None:
    wrong = [
        f"{file.relative_to(BOT)} imports {name}"
        for file, part, name in imports()
        if name.startswith("bot.") and part not in EVERYTHING
        if (target := name.split(".")[1]) != part and target not in ALLOWED[part] and target != "__version__"
    ]
    assert wrong == []


def test_a_library_stays_where_it_belongs() -> None:
    wrong = [
        f"{file.relative_to(BOT)} imports {name}"
        for file, part, name in imports()
        if part not in EVERYTHING and part not in SDKS.get(name.split(".")[0], {part})
    ]
    assert wrong == []


def test_the_vocabulary_needs_nothing_but_the_standard_library() -> None:
    foreign = {name.split(".")[0] for _, part, name in imports() if part == "core"} - {"bot"}
    assert foreign <= sys.stdlib_module_names


def test_every_part_of_the_program_stands_in_the_table() -> None:
    assert {part for _, part, _ in imports()} <= {*ALLOWED, *EVERYTHING}


def test_a_command_imports_no_part_of_another() -> None:
    script = "import sys, bot.cli; bot.cli.commands(['version']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=BOT.parent)
    assert {"sqlalchemy", "discord", "bot.app", "bot.config"}.isdisjoint(done.stdout.split())
