"""`herald init` without Discord: questions, answers that do not fit, and files that are never written over."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from bot.cli import commands
from bot.config import load
from bot.config.beginning import Beginning, course_text, herald_text
from bot.core.chat import Role
from bot.core.errors import OperatorError
from bot.core.model import Around, Rhythm
from bot.core.text import received
from tests.support import ROOT

ANSWERS = ("ebpf-2", "eBPF: part two", "Asia/Shanghai", "en", "2026-Q4", "https://example.org/s", "", "")
NEW = Beginning("c", "T", "UTC", "en", None, None, "2026-Q4", ())


def begun(folder: Path, *answers: str, locale: str = "en") -> Result:
    """How `herald init` ends after these answers."""
    argv, environ = ["init", "--config", str(folder)], {"LC_ALL": locale, "DISCORD_TOKEN": None}
    typed = "".join(f"{answer}\n" for answer in answers)
    return CliRunner().invoke(commands(), argv, input=typed, env=environ)


def init(folder: Path, *answers: str, locale: str = "en") -> str:
    """What it says where all goes well."""
    result = begun(folder, *answers, locale=locale)
    assert result.exit_code == 0, result.exception
    return str(result.stdout)


def test_a_few_answers_make_a_configuration_that_explains_itself(tmp_path: Path) -> None:
    said = init(tmp_path, *ANSWERS)
    assert said.startswith("Discord is left out: there is no token.")
    assert f"The configuration is in order: ebpf-2.\nNext: herald demo --config {tmp_path} shows it" in said
    [course] = load(tmp_path).courses
    assert (course.title, course.rhythm, course.survey) == ("eBPF: part two", Rhythm("2026-Q4"), ANSWERS[5])
    assert (course.url, course.group, course.changes, course.around) == (None, None, {}, Around())
    written = (tmp_path / "courses" / "ebpf-2.yaml").read_text("utf-8")
    shipped = (ROOT / "config" / "courses" / "ebpf.yaml").read_text("utf-8")
    comments = [line for line in shipped.splitlines() if line.startswith("# ")]
    assert set(comments) <= set(written.splitlines())


def test_the_example_of_an_article_holds_where_its_marks_are_taken_away(tmp_path: Path) -> None:
    init(tmp_path, *ANSWERS)
    file = tmp_path / "courses" / "ebpf-2.yaml"
    text = file.read_text("utf-8")
    for line in ("  2026-Q4:", "    title: ", "    confirmed: ", "  livestream-1:", "    window: 2026-11-28"):
        assert f"\n#{line}" in text
        text = text.replace(f"\n#{line}", f"\n{line}")
    file.write_text(text, "utf-8")
    [course] = load(tmp_path).courses
    assert set(course.changes) == {"2026-Q4", "livestream-1"}
    assert course.changes["2026-Q4"].confirmed


def test_an_answer_that_does_not_fit_is_asked_for_again_in_the_users_language(tmp_path: Path) -> None:
    named = ("My Course", "c", "", "T", "Beijing", "UTC", "fr", "zh-CN", "soon", "2027-Q1")
    said = init(tmp_path, *named, "no link", "", "", "me", "1" * 18, locale="zh_CN.UTF-8")
    wrong = (
        "只能用小写字母",
        "名称不能空着",
        "没有这个时区",
        "我会说 zh-CN 和 en",
        "请写一个季度",
        "这不是网址",
        "15 到 20 位",
    )
    assert [said.count(each) for each in wrong] == [1] * 7
    [course] = load(tmp_path).courses
    assert course.staff["discord:" + "1" * 18] is Role.INSTRUCTOR


def test_what_is_there_is_never_written_over(tmp_path: Path) -> None:
    init(tmp_path, *ANSWERS)
    before = {file: file.read_text("utf-8") for file in tmp_path.rglob("*.yaml")}
    said = init(tmp_path, "ebpf-2", "third", *ANSWERS[1:])
    assert f"{tmp_path}/courses/ebpf-2.yaml is there already, and I do not write over it." in said
    assert f"{tmp_path}/herald.yaml was there already and stays as it is" in said
    assert "in order: ebpf-2, third." in said
    assert {file: file.read_text("utf-8") for file in before} == before


def test_too_few_answers_write_nothing(tmp_path: Path) -> None:
    assert "No file was written" in str(begun(tmp_path, *ANSWERS[:3]).exception)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_shown(tmp_path: Path) -> None:
    (tmp_path / "courses").write_text("")
    ended = begun(tmp_path, *ANSWERS)
    assert isinstance(ended.exception, OperatorError)
    assert "ebpf-2.yaml cannot be written: " in str(ended.exception)
    assert "title: 'eBPF: part two'\n" in ended.stdout


@settings(max_examples=15)
@given(st.text(min_size=1).map(lambda text: " ".join(received(text).split())).filter(bool))
def test_every_title_is_read_as_it_was_typed(tmp_path_factory: pytest.TempPathFactory, title: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "titles"
    (folder / "courses").mkdir(parents=True, exist_ok=True)
    (folder / "courses" / "c.yaml").write_text(course_text(replace(NEW, title=title)), "utf-8")
    assert load(folder).courses[0].title == title


def test_the_shipped_files_are_what_the_new_ones_begin_with() -> None:
    examples, shipped = ROOT / "bot" / "config" / "examples", ROOT / "config"
    assert (examples / "course.yaml").samefile(shipped / "courses" / "ebpf.yaml")
    assert herald_text(NEW).replace('["c"]', "[ebpf]") == (shipped / "herald.yaml").read_text("utf-8")
    assert herald_text(replace(NEW, guilds=(5, 6))).endswith("\ndiscord:\n  guilds: [5, 6]\n")
