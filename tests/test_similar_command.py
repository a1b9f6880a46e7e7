"""`herald similar` and the terms it reads."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner

from bot.cli import commands
from bot.config import ConfigError, load
from bot.services import semantic
from bot.store import people
from bot.store.database import sqlite_url
from bot.store.migrate import migrate
from tests.similar.pairs import ASKER, CONFIG, NOW, ask, course, loaded
from tests.support import once

TITLE = "Why does the verifier reject my loop?"
COURSE = "title: T\nzone: Asia/Shanghai\nlanguage: en\nplan: {first: 2022-Q2}\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A folder with one course."""
    (tmp_path / "courses").mkdir()
    (tmp_path / "courses" / "c.yaml").write_text(COURSE, encoding="utf-8")
    return tmp_path


def test_terms_are_read_into_every_course(config: Path) -> None:
    (config / "terms.yaml").write_text("verifier: [验证器, 校验器]\nkernel: 内核\n", encoding="utf-8")
    read = load(config)
    assert read.courses[0].terms == (("kernel", "内核"), ("verifier", "验证器", "校验器"))


def test_a_fault_in_the_terms_names_file_key_and_value(config: Path) -> None:
    (config / "terms.yaml").write_text('kernel: [""]\nmap: {a: b}\nyes: [y]\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(config)
    file = config / "terms.yaml"
    assert str(caught.value).splitlines() == [
        f'{file}: kernel.0: "" is empty; write something or take the line out.',
        f"{file}: map: {{'a': 'b'}} is not a list; put it in brackets, as in [one, two].",
        f"{file}: true is not text; write it in quotes.",
    ]


def test_the_command_answers_a_line_with_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semantic, "_model", loaded)
    url = sqlite_url(tmp_path / "herald.db")
    migrate(url)
    once(url, file_one)
    command = ["similar", "-", "--json", "--data", str(tmp_path), "--config", str(CONFIG)]
    lines = CliRunner().invoke(commands(), command, input="验证器\n红烧肉怎么做？\n").stdout.splitlines()
    found, nothing = map(json.loads, lines)
    assert [(each["topic"], each["title"]) for each in found] == [(1, TITLE)]
    assert [set(found[0]), nothing] == [{"topic", "score", "title"}, []]


def file_one(tx: Connection) -> None:
    people.meet(tx, ASKER.key, ASKER.name, NOW)
    ask(tx, course(), [TITLE])
