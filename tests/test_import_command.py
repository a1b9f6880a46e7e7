"""`herald import comments`, as somebody types it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli import commands

COURSE = "title: T\nzone: Asia/Shanghai\nlanguage: en\nplan: {first: 2022-Q2}\n"


class Operator:
    """Somebody at a terminal, with one course, an empty database and a folder for pages."""

    def __init__(self, folder: Path) -> None:
        (folder / "config" / "courses").mkdir(parents=True)
        (folder / "config" / "courses" / "c.yaml").write_text(COURSE, "utf-8")
        self.folder = folder

    def save(self, name: str, *entries: str, end: int | None = None) -> str:
        """A page of these entries, or its beginning."""
        page = f"<p>正文</p><!-- [[[read_end]]] --><ul>{''.join(entries)}</ul>"
        (self.folder / name).write_text(page[:end], "utf-8")
        return str(self.folder / name)

    def run(self, *arguments: str) -> Result:
        """What an import says."""
        where = ["--config", str(self.folder / "config"), "--data", str(self.folder / "data")]
        return CliRunner().invoke(commands(), ["import", "comments", *arguments, *where], catch_exceptions=False)

    def read(self, *arguments: str) -> list[Any]:
        """What it prints as JSON."""
        return list(map(json.loads, self.run("--json", *arguments).stdout.splitlines()))


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def entry(text: str, *replies: str, name: str = "青石板", at: str = "2024-01-02 03:04:05") -> str:
    said = "".join(f"<p>{reply}</p>" for reply in replies)
    return (
        f'<li><div><img src="https://img.example/{name}.jpg"><div><div><span>{name}</span></div>'
        f"<div>{text}</div><div>{said}</div><div><div>{at}</div></div></div></div></li>"
    )


WHY = entry("为什么加载失败？<br>内核 &lt; 5", "作者回复: 太旧。", "编辑回复: 已更新。")
THANKS = entry("感谢老师！", name="山月")


def test_json_is_an_object_a_comment_and_a_summary(operator: Operator) -> None:
    file = operator.save("a.html", WHY, THANKS)
    assert operator.read(file) == [
        {
            "file": file,
            "name": "青石板",
            "text": "为什么加载失败？\n内核 < 5",
            "time": "2024-01-02T03:04:05+08:00",
            "replies": [{"by": "author", "text": "太旧。"}, {"by": "editor", "text": "已更新。"}],
            "question": True,
            "filed": "new",
            "topic": 1,
        },
        {
            "file": file,
            "name": "山月",
            "text": "感谢老师！",
            "time": "2024-01-02T03:04:05+08:00",
            "replies": [],
            "question": False,
            "filed": "none",
            "topic": None,
        },
        {"summary": {"files": 1, "comments": 2, "questions": 1, "new": 1, "known": 0}},
    ]


def test_importing_again_files_nothing(operator: Operator) -> None:
    file = operator.save("a.html", WHY, THANKS)
    operator.run(file)
    again = operator.run(file, file)
    assert again.exit_code == 0
    assert again.stdout.splitlines()[-1] == "files: 2, comments: 4, questions: 2, new: 0, known: 2"


def test_a_file_that_is_no_page_is_named_and_the_others_are_done(operator: Operator) -> None:
    (operator.folder / "note.txt").write_text("只是笔记", "utf-8")
    no_pages = [str(operator.folder / name) for name in ("note.txt", "config", "missing.html")]
    done = operator.run("--json", *no_pages, operator.save("a.html", WHY))
    assert done.exit_code == 1
    note, folder, missing = done.stderr.splitlines()
    assert note.startswith(f"{no_pages[0]} is no saved article page: ")
    assert folder == f"{no_pages[1]} cannot be read: Is a directory. It is left out."
    assert missing == f"{no_pages[2]} cannot be read: No such file or directory. It is left out."
    assert json.loads(done.stdout.splitlines()[-1])["summary"]["new"] == 1


@pytest.mark.parametrize("end", [-80, -150])
def test_a_comment_that_is_cut_off_is_said_and_the_others_are_done(operator: Operator, end: int) -> None:
    file = operator.save("cut.html", WHY, entry("请问第二条怎么办？"), end=end)
    done = operator.run(file)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (1, "new      #1  为什么加载失败？ 内核 < 5")
    assert done.stderr == (
        f"{file}: comments that are cut off or have no valid time: 1. They are left out; save the page again and "
        "import it again.\n"
    )


def test_a_page_whose_only_comment_is_cut_off_is_not_taken_for_one_without_comments(operator: Operator) -> None:
    assert "no valid time: 1." in operator.run(operator.save("cut.html", WHY, end=-80)).stderr


def test_a_dry_run_says_what_an_import_of_the_same_files_would(operator: Operator) -> None:
    files = [operator.save("a.html", WHY, THANKS), operator.save("b.html", WHY), operator.save("c.html", WHY)]
    dry = operator.read("--dry-run", *files)
    assert [each.pop("topic") for each in dry[:-1]] == [None] * 4
    real = operator.read(*files)
    assert [each.pop("topic") for each in real[:-1]] == [1, None, 1, 1]
    assert dry == real


def test_what_somebody_wrote_cannot_steer_the_terminal(operator: Operator) -> None:
    shown = operator.run(operator.save("a.html", entry("为什么\x1b[2J\u202e清屏？"))).stdout
    assert shown.startswith("new      #1  为什么[2J清屏？\n")
