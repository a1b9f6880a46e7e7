"""`herald rehearse` and `herald check-feed`, and the worker as the program runs it."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import clock
from bot.cli import commands
from bot.core.errors import OperatorError
from bot.importers.feeds import read_feed
from bot.services import semantic
from tests.platform import ROOM, Recorder, with_a_room
from tests.support import opened_world

COURSE = """title: T
zone: Asia/Shanghai
language: en
plan: {first: 2022-Q2, review: false, last: 2022-Q4}
around: {questions: 7}
staff: {instructors: ["local:boss"]}
articles:
  2022-Q2: {title: One, published: 2022-05-10, url: "https://example.org/1"}
  2022-Q3: {title: Two, confirmed: 2022-09-01 10:00, url: "https://example.org/2"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one course."""
    (tmp_path / "courses").mkdir()
    (tmp_path / "courses" / "c.yaml").write_text(COURSE, encoding="utf-8")
    return tmp_path


def run(folder: Path, *argv: str) -> str:
    where = ("--config", str(folder), "--data", str(folder / "data"))
    return str(CliRunner().invoke(commands(), [*argv, *where], catch_exceptions=False).stdout)


def test_a_rehearsal_says_what_when_where_and_what_is_assumed(folder: Path) -> None:
    lines = run(folder, "rehearse", "--from", "2022-01", "--to", "2022-12", "--json").splitlines()
    said = [json.loads(line) for line in lines]
    published = [each for each in said if each["kind"] == "article.published"]
    assert [(each["at"], each["title"], each["assumed"]) for each in published] == [
        ("2022-05-10T10:00:00+08:00", "New article: One", False),
        ("2022-09-01T10:00:00+08:00", "New article: Two", False),
        ("2022-12-31T10:00:00+08:00", "New article: 2022-Q4", True),
    ]
    assert {tuple(each["targets"]) for each in said} == {("group:local",)}
    called = [each["at"][:10] for each in said if each["kind"] == "around.questions"]
    assert called == ["2022-08-25", "2022-12-24"]
    assert "2022-05-10 10:00  New article: One  → group:local" in run(
        folder, "rehearse", "--from", "2022-01", "--to", "2022-12"
    )


def test_what_is_confirmed_for_a_day_that_has_passed_is_listed_as_not_out(folder: Path) -> None:
    assert "2022-Q3  confirmed  Thursday, September 1" in run(folder, "plan", "--at", "2022-09-01")
    assert "2022-Q3  not out yet  Thursday, September 1" in run(folder, "plan", "--at", "2022-09-02")


def test_a_rehearsal_of_nothing_is_refused_with_a_sentence(folder: Path) -> None:
    for argv in (["--from", "soon"], ["--from", "2026-05", "--to", "2026-01"]):
        with pytest.raises(OperatorError):
            run(folder, "rehearse", *argv)


@pytest.mark.parametrize("place", ["http://127.0.0.1:1/", "missing.json", __file__])
def test_where_there_is_no_list_it_is_said_what_to_do(folder: Path, place: str) -> None:
    with pytest.raises(OperatorError, match=r"Nothing was changed. Name another URL or FILE"):
        run(folder, "check-feed", place)


def test_a_saved_list_is_checked_twice_and_says_what_is_new(folder: Path) -> None:
    def save(count: int) -> None:
        articles = [{"id": 900 - n, "article_title": f"{n} | T", "article_ctime": 1542013200} for n in range(count)]
        (folder / "list.json").write_text(json.dumps({"code": 0, "data": {"list": articles}}), encoding="utf-8")

    save(3)
    assert run(folder, "check-feed", str(folder / "list.json")) == "entries: 3, all kept as seen\n"
    save(4)
    dry = run(folder, "check-feed", str(folder / "list.json"), "--dry-run", "--json").splitlines()
    assert [json.loads(line) for line in dry] == [
        {"title": "3 | T", "url": "https://time.geekbang.org/column/article/897", "time": "2018-11-12T09:00:00+00:00"},
        {"summary": {"entries": 4, "new": 1, "first": False}},
    ]
    said = run(folder, "check-feed", str(folder / "list.json"))
    assert said == "new  3 | T  https://time.geekbang.org/column/article/897\nentries: 4, new: 1\n"
    assert run(folder, "check-feed", str(folder / "list.json")) == "entries: 4, new: 0\n"


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"<html></html>", "no feed"), (b'{"data": {"list": [', "cut off"), (b" " * (5 * 2**20 + 1), "5 MB")],
)
def test_what_is_no_list_is_named_with_a_reason(folder: Path, content: bytes, part: str) -> None:
    (folder / "list").write_bytes(content)
    with pytest.raises(OperatorError, match=part):
        run(folder, "check-feed", str(folder / "list"))


def test_without_an_address_the_command_says_where_to_put_one(folder: Path) -> None:
    with pytest.raises(OperatorError, match=r"feed: \{url"):
        run(folder, "check-feed")
    with pytest.raises(OperatorError, match="cannot be read"):
        run(folder, "check-feed", str(folder / "nowhere"))
    with pytest.raises(OperatorError, match="network"):
        run(folder, "check-feed", "http://10.0.0.1/feed")


@pytest.mark.parametrize(
    "argv", [("plan", "--at", "9999-12-31"), ("rehearse", "--from", "9999-12"), ("rehearse", "--to", "9999-12")]
)
def test_a_day_beyond_which_there_is_no_calendar_is_refused(folder: Path, argv: tuple[str, ...]) -> None:
    text = COURSE.replace(", last: 2022-Q4", "")
    (folder / "courses" / "c.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(OperatorError, match="9999-12"):
        run(folder, *argv)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_the_program_delivers_for_the_platforms_that_it_is_given(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As without [semantic]: its model takes 2 s of all that runs, and nothing here asks what a text means.
    monkeypatch.setattr(semantic, "find_spec", lambda name: None)
    async with opened_world(url, with_a_room()) as world:
        wire, boss = Recorder(), world.instructor()
        world.clock.now = clock.now()
        running = asyncio.create_task(world.herald.keep(world.herald.delivering("wire", wire, 100.0)))
        await boss("/publish 2026-Q4 https://example.org/29")
        await boss.press("Send it now")
        async with asyncio.timeout(30):
            while not wire.texts(ROOM):
                await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.wait([running])
        assert len(wire.texts(ROOM)) == 1


def test_the_plan_is_written_as_a_calendar_and_what_is_out_as_a_feed(folder: Path) -> None:
    calendar = run(folder, "plan", "--at", "2022-08-01", "--count", "2", "--ics")
    assert re.findall(r"DTSTART.*|SUMMARY.*", calendar.replace("\r", "")) == [
        *("DTSTART;VALUE=DATE:20220510", "SUMMARY:One"),
        *("DTSTART:20220901T020000Z", "SUMMARY:Two"),
        *("DTSTART;VALUE=DATE:20221001", "SUMMARY:T · 2022-Q4 (window)"),
    ]
    feed = run(folder, "plan", "--at", "2022-08-01", "--atom")
    assert [entry.title for entry in read_feed(feed.encode())] == ["One"]
    with pytest.raises(OperatorError, match="choose one"):
        run(folder, "plan", "--ics", "--atom")
