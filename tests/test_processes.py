"""Whole processes: several over one database, signals, kill -9, and every way to start them wrong."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError, ClientSession
from sqlalchemy import Connection, select

from bot import __version__
from bot.core.model import State
from bot.store import topics
from bot.store.database import sqlite_url
from bot.store.migrate import newest
from bot.store.schema import message, question, topic
from tests.processes import HERALD, Command, Herald
from tests.support import ROOT, once

SOON = 2.0


async def post(session: ClientSession, who: str, line: str, id_: str) -> str:
    """What the chat's page is answered to a line."""
    async with session.post("/call", json={"id": id_, "as": who, "line": line}) as response:
        assert response.status == 200, await response.text()
        return str((await response.json())["reply"]["text"])


def client(address: str) -> ClientSession:
    return ClientSession(address, headers={"Origin": address, "Accept-Language": "en"})


def quiet(command: Command) -> None:
    """It ended well and complained of nothing."""
    assert (command.ends(SOON), command.complaint) == (0, "")


# Several over one database


@pytest.mark.parametrize(
    ("kind", "end"), [("sqlite", signal.SIGINT), ("postgresql", signal.SIGTERM)], indirect=["kind"]
)
async def test_the_demo_and_the_terminal_work_beside_each_other_and_end_when_asked(
    herald: Herald, url: str, end: signal.Signals
) -> None:
    herald.without = ()
    demo, address = herald.demo(url)
    chat = herald.start("chat", "--as", "mia", "--locale", "en", "--json", "--database", url)
    async with client(address) as browser, browser.get("/events", params={"as": "lin", "after": "0"}) as stream:
        assert await stream.content.readline() == b"retry: 1000\n"
        assert "Filed as #1" in await post(browser, "lin", "/ask Why does the verifier reject my loop?", "lin-00001")
        chat.type("/ask Can one map serve two programs?")
        assert json.loads(chat.until(r"\{.*\}\n").group())["text"].startswith("Filed as #2")
        both = await post(browser, "lin", "/topics", "lin-00002")
        assert "#1 Why does" in both
        assert "#2 Can one map" in both
        demo.send(end)
        chat.send(end)
        quiet(demo)
        quiet(chat)


def test_a_pipe_is_answered_line_by_line_and_its_end_is_the_end(herald: Herald, tmp_path: Path) -> None:
    chat = herald.start("chat", "--locale", "en", "--json", "--data", str(tmp_path / "new"))
    for line in ("/ask", "Why does the verifier reject my loop?", "", "/nonsense", "hello"):
        chat.type(line)
    chat.until(r"(?s)(\{.*\n){4}")
    chat.hang_up()
    quiet(chat)
    replies = [json.loads(line) for line in chat.said.splitlines()]
    assert ["What would you like" in replies[0]["text"], "Filed as #1" in replies[1]["text"]] == [True, True]
    assert ["no command" in replies[2]["text"], "line" in replies[3]["buttons"][0]] == [True, True]


def test_a_byte_order_mark_before_what_is_piped_does_no_harm(herald: Herald, tmp_path: Path) -> None:
    chat = herald.start("chat", "--locale", "en", "--data", str(tmp_path))
    chat.type("\ufeff/ask Why does the verifier reject my loop?\r")
    chat.until("Filed as #1")
    chat.hang_up()
    quiet(chat)


def test_interrupted_while_it_begins_it_ends_without_a_word(herald: Herald) -> None:
    # What it interrupts is the search for the command, which imports all that the command needs.
    at_once = "bot.cli.resolve_name = lambda name: os.kill(os.getpid(), signal.SIGINT)"
    command = herald.program(f"import os, signal, sys, bot.cli; {at_once}; sys.argv = ['herald', 'plan']; {HERALD}")
    assert (command.ends(SOON), command.said, command.complaint) == (130, "", "")


# kill -9


async def test_killed_in_the_middle_of_many_questions_nothing_is_lost_and_nothing_is_there_twice(
    herald: Herald, url: str
) -> None:
    asked = {f"burst-{n:05}": f"/ask different:yes Question {n} of a burst?" for n in range(30)}
    numbers: dict[str, int] = {}
    demo, address = herald.demo(url)
    eight = asyncio.Semaphore(8)  # at once: the last are not asked yet when the tenth is acknowledged

    async def ask(browser: ClientSession, id_: str, kill_at: int = 0) -> None:
        async with eight:
            said = await post(browser, f"p{int(id_[-5:]) % 7}", asked[id_], id_)
        # Also the second time: what arrives again gets its first reply, not "you have asked this already".
        found = re.match(r"Filed as #(\d+)", said)
        assert found, said
        assert numbers.setdefault(id_, int(found[1])) == int(found[1])
        if len(numbers) == kill_at:
            demo.send(signal.SIGKILL)

    async with client(address) as browser:
        ends = await asyncio.gather(*(ask(browser, id_, 10) for id_ in asked), return_exceptions=True)
    assert demo.ends() == -signal.SIGKILL
    assert len(numbers) < len(asked)
    assert all(isinstance(end, ClientConnectionError) for end in ends if end), ends
    once(url, partial(there, numbers=dict(numbers), asked=asked))

    demo, address = herald.demo(url)
    async with client(address) as browser:
        await asyncio.gather(*(ask(browser, id_) for id_ in asked))
    assert sorted(numbers.values()) == list(range(1, len(asked) + 1))
    once(url, partial(there, numbers=numbers, asked=asked))
    calls = once(url, lambda tx: list(tx.scalars(select(message.c.call).order_by(message.c.call))))
    assert calls == sorted(asked)


def there(tx: Connection, numbers: dict[str, int], asked: dict[str, str]) -> None:
    """Every question that was acknowledged is there, once, under the number that was said, and no number is missing."""
    rows = tx.execute(select(question.c.topic, question.c.text)).all()
    kept = {f"/ask different:yes {row.text}": row.topic for row in rows}
    assert len(kept) == len(rows)
    assert {asked[id_]: n for id_, n in numbers.items()}.items() <= kept.items()
    assert sorted(tx.scalars(select(topic.c.n))) == list(range(1, len(rows) + 1))
    assert topics.counts(tx, "ebpf")[State.NEW] == len(rows)


# Started wrong: a sentence and 1, never a traceback


def test_python_m_bot_says_its_version() -> None:
    done = subprocess.run([sys.executable, "-m", "bot", "version"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"herald {__version__}\n", "")


def fails(command: Command, *parts: str) -> None:
    assert command.ends() == 1, command.complaint
    assert command.said == ""
    assert "Traceback" not in command.complaint
    for part in parts:
        assert re.search(part, command.complaint), command.complaint


def test_a_taken_port_is_said_with_a_way_out(herald: Herald, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        fails(herald.run("demo", "--port", port, "--data", str(tmp_path)), f"Port {port} .* is taken", "--port 0")


def test_a_port_that_is_not_open_to_this_user_is_said_with_a_way_out(herald: Herald, tmp_path: Path) -> None:
    refuse = "def refuse(*_): raise PermissionError(13, 'Permission denied')"
    argv = ["herald", "demo", "--port", "80", "--data", str(tmp_path)]
    program = f"import socket, sys\n{refuse}\nsocket.socket.bind = refuse; sys.argv = {argv!r}; {HERALD}"
    fails(herald.program(program), "Port 80 on 127.0.0.1 is not open to this user", "--port 0")


def test_the_demo_refuses_a_database_with_real_questions(herald: Herald, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "herald.db")
    chat = herald.start("chat", "--locale", "en", "--database", url)
    chat.type("/ask Why does the verifier reject my loop?")
    chat.until("Filed as #1")
    chat.hang_up()
    quiet(chat)
    fails(herald.run("demo", "--port", "0", "--database", url), "real questions", "Nothing was changed", "--database")


def test_what_is_said_wrong_on_the_command_line_is_named(herald: Herald, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    fails(herald.run("run", *data), "No platform is configured", "herald demo")
    fails(herald.start("run", *data, LC_ALL="zh_CN.UTF-8"), "还没有接上任何平台", "herald demo")
    fails(herald.start("run", *data, DISCORD_TOKEN=""), "DISCORD_TOKEN is empty", "unset that variable")
    fails(herald.start("run", *data, DISCORD_TOKEN="", LC_ALL="zh_CN.UTF-8"), "DISCORD_TOKEN 是空的", "取消这个变量")
    fails(herald.run("chat", "--course", "nope", *data), "--course nope", "there is ebpf")
    fails(herald.run("chat", "--role", "king", *data), "--role king", "member, assistant or instructor")
    fails(herald.run("chat", "--locale", "fr", *data), "--locale fr", "zh-CN and en")
    fails(herald.run("chat", "--as", " ", *data), "--as", "--as lin")
    fails(herald.run("plan", "--at", "tomorrow", *data), "--at tomorrow", "2026-12-01")
    fails(herald.run("check", "--config", str(tmp_path)), re.escape(str(tmp_path)))
    fails(herald.run("migrate", "--database", "herald.db"), "herald.db is no address of a database", "sqlite:///FILE")
    fails(herald.run("plan", "--database", "", *data), "is no address of a database", "sqlite:///FILE")
    (tmp_path / "file").touch()
    fails(herald.run("migrate", "--data", str(tmp_path / "file")), "cannot be made", "--data")
    fails(herald.run("demo", "--port", "0", "--database", f"sqlite:///{tmp_path}/no/x.db"), "Check that its folder")


def test_what_cannot_be_read_or_is_no_page_is_said_and_left_out(herald: Herald, tmp_path: Path) -> None:
    (tmp_path / "note.html").write_text("<p>Nothing said.</p>")
    done = herald.run("import", "comments", "nowhere.html", str(tmp_path / "note.html"), "--data", str(tmp_path))
    assert done.ends() == 1
    assert done.said == "files: 0, comments: 0, questions: 0, new: 0, known: 0\n"
    unread, no_page = done.complaint.splitlines()
    assert unread == "nowhere.html cannot be read: No such file or directory. It is left out."
    assert "note.html is no saved article page: " in no_page


def test_a_page_that_seems_unreadable_does_not_keep_the_others_out(herald: Herald, tmp_path: Path) -> None:
    page, folder = ROOT / "tests/importers/pages/section.html", tmp_path / "folder.html"
    folder.mkdir()
    argv = ["herald", "import", "comments", str(folder), str(page), "--data", str(tmp_path)]
    closed = "os.access = lambda path, *_, **__: not str(path).endswith('.html')"
    done = herald.program(f"import os, sys; {closed}; sys.argv = {argv!r}; {HERALD}")
    assert done.ends() == 1
    assert "files: 1, " in done.said
    assert done.complaint == f"{folder} cannot be read: Is a directory. It is left out.\n"


def test_what_cannot_be_briefed_is_said_in_the_operators_language(herald: Herald, tmp_path: Path) -> None:
    english = herald.start("brief", "2026-Q9", "--data", str(tmp_path), LC_ALL="C.UTF-8", LANG="en")
    english.hang_up()
    fails(english, "There is no article “2026-Q9” in the plan")


def test_a_broken_configuration_is_said_with_file_key_and_value(herald: Herald, tmp_path: Path) -> None:
    (tmp_path / "courses").mkdir()
    (tmp_path / "courses" / "c.yaml").write_text("title: T\nzone: Mars/Olympus\nlanguage: en\nplan: {first: 2022-Q2}\n")
    for command in ("check", "plan", "chat", "demo", "run"):
        fails(herald.run(command, "--config", str(tmp_path)), "c.yaml", "zone", "Mars/Olympus")


def test_a_broken_configuration_is_said_in_the_operators_language(herald: Herald, tmp_path: Path) -> None:
    (tmp_path / "courses").mkdir()
    (tmp_path / "courses" / "c.yaml").write_text("title: T\nzone: Mars/Olympus\nlanguage: en\nplan: {first: 2022-Q2}\n")
    fails(herald.run("check", "--config", str(tmp_path), "--locale", "zh-CN"), "c.yaml: zone: .* 不是 IANA 时区")
    chinese = herald.start("plan", "--config", str(tmp_path), LC_ALL="zh_CN.UTF-8")
    chinese.hang_up()
    fails(chinese, "c.yaml: zone: .* 不是 IANA 时区")


def test_what_can_be_asked_without_a_person_is_answered(herald: Herald, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    check = herald.run("check")
    assert (check.said, check.complaint) == ("config is in order: ebpf.\n", "")
    plan = herald.run("plan", "--json", "--at", "2026-11-20", "--count", "3", *data)
    quiet(plan)
    slots = [json.loads(line) for line in plan.said.splitlines()]
    assert [slot["article"] for slot in slots] == ["2026-Q4", "2026-review", "2027-Q1"]
    assert (
        herald.run("migrate", *data).said == f"The database was of version {newest()} and is of version {newest()}.\n"
    )
    assert herald.run("migrate", "--data", str(tmp_path / "new")).said.startswith("The database was empty")


def test_a_name_that_no_database_can_hold_is_no_end_of_the_talk(herald: Herald, tmp_path: Path) -> None:
    chat = herald.start("chat", "--as", os.fsdecode(b"l\xffn"), "--locale", "en", "--data", str(tmp_path))
    chat.type("/ask Why does the verifier reject my loop?")
    chat.until("Filed as #1")
    chat.hang_up()
    quiet(chat)
