"""`herald brief`, for whoever writes the article."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import commands
from bot.core.errors import OperatorError

COURSE = "title: T\nzone: Asia/Shanghai\nlanguage: en\nplan: {first: 2022-Q2}\n"


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """One course, and an empty database."""
    (tmp_path / "config" / "courses").mkdir(parents=True)
    (tmp_path / "config" / "courses" / "c.yaml").write_text(COURSE, "utf-8")
    return ["--config", str(tmp_path / "config"), "--data", str(tmp_path / "data")]


def test_a_brief_is_printed_or_written(options: list[str], tmp_path: Path) -> None:
    printed = CliRunner().invoke(commands(), ["brief", "2031-Q1", *options], catch_exceptions=False)
    assert printed.stdout.startswith("# 2031-Q1 · no title yet\n\nBrief for T, as of ")
    out = tmp_path / "brief.md"
    assert CliRunner().invoke(commands(), ["brief", "2031-Q1", "--out", str(out), *options]).stdout == ""
    assert out.read_text("utf-8").startswith("# 2031-Q1 · no title yet\n")


def test_what_cannot_be_briefed_is_said(options: list[str], tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="no article “nonsense”"):
        CliRunner().invoke(commands(), ["brief", "nonsense", *options], catch_exceptions=False)
    with pytest.raises(OperatorError, match="cannot be written: Is a directory"):
        CliRunner().invoke(commands(), ["brief", "2031-Q1", "--out", str(tmp_path), *options], catch_exceptions=False)
