"""The database in trouble while people talk: each is told so, keeps their words, and goes on when it is over."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from sqlite3 import Connection as SQLite
from sqlite3 import connect
from typing import Any

import pytest
from sqlalchemy import event, select

from bot import app, clock
from bot.app import regularly
from bot.core.model import Change, State
from bot.services.work import Work
from bot.store import database as module
from bot.store import topics
from bot.store.database import Unavailable, writer_engine
from bot.store.schema import topic
from tests.support import PATIENCE, START, World, course, once, opened_world

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
TEXT = "Why does the verifier reject my loop?"


def room(world: World, pages: int) -> None:
    """Let the file grow to so many pages: what a full disk does."""

    def limit(connection: SQLite, *rest: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(world.database._writer, "connect", limit)
    world.database._writer.dispose()


def read_only(world: World, *, on: bool) -> None:
    """Let the file take nothing more, or all again: what a disk does that the system no longer trusts."""

    def limit(connection: SQLite, *rest: Any) -> None:
        connection.execute(f"PRAGMA query_only={on}")

    event.listen(world.database._writer, "connect", limit)
    world.database._writer.dispose()


async def test_on_a_full_disk_people_get_their_text_back_and_ask_again_when_there_is_room(url: str) -> None:
    async with opened_world(url) as world:
        lin = world.assistant("lin")
        room(world, 100)
        filed = 0
        while not (await lin(f"/ask different:yes {TEXT} {filed} " + "x" * 1900)).error:
            filed += 1
        assert filed > 0
        assert lin.last.error == "broken"
        assert f"{TEXT} {filed} x" in lin.last.text
        assert "nothing was changed" in lin.last.text
        assert f"#{filed}" in (await lin("/topics")).text
        lin.calls.pop()
        room(world, 10_000)
        assert f"Filed as #{filed + 1}" in (await lin.again()).text
    assert once(url, lambda tx: list(tx.scalars(select(topic.c.n).order_by(topic.c.n)))) == list(range(1, filed + 2))
    assert once(url, lambda tx: topics.counts(tx, "ebpf"))[State.NEW] == filed + 1


async def test_while_the_file_is_locked_people_get_their_text_back_and_can_still_read(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    other = writer_engine(url)
    async with opened_world(url) as world:
        lin = world.member("lin")
        with other.begin():
            refused = await lin(f"/ask {TEXT}")
            assert refused.error == "broken"
            assert TEXT in refused.text
            assert (await lin("/topics")).error is None
            lin.calls.pop()
        assert "Filed as #1" in (await lin.again()).text
    other.dispose()


async def test_while_the_file_is_read_only_nothing_is_said_or_filed_and_all_of_it_once_afterwards(url: str) -> None:
    due = {"2026-Q4": Change(title="Maps", url="https://example.org/29", confirmed=START)}
    async with opened_world(url, course(changes=due)) as world:
        lin = world.member("lin")
        read_only(world, on=True)
        refused = await lin(f"/ask {TEXT}")
        assert refused.error == "broken"
        assert TEXT in refused.text
        with pytest.raises(ExceptionGroup) as failed:
            await world.tick()
        assert {("readonly" in str(each), type(each)) for each in failed.value.exceptions} == {(True, Unavailable)}
        assert await world.group() == []
        assert (await lin("/topics")).error is None
        lin.calls.pop()
        read_only(world, on=False)
        assert "Filed as #1" in (await lin.again()).text
        for _ in range(2):
            await world.tick()
        assert len(await world.group()) == 1


async def test_where_the_file_is_damaged_meanwhile_people_get_their_text_back(url: str) -> None:
    async with opened_world(url) as world:
        lin = world.member("lin")
        with open(url.removeprefix("sqlite:///"), "r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 4096 * 8)
        refused = await lin(f"/ask {TEXT}")
        assert refused.error == "broken"
        assert TEXT in refused.text


@asynccontextmanager
async def in_trouble(world: World, trouble: str) -> AsyncIterator[None]:
    """Let the file be locked, full or read-only until the block ends."""
    if trouble == "locked":
        with closing(connect(world.database._writer.url.database or "")) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
    elif trouble == "full":
        room(world, 1)
        while not (await world.assistant("lin")(f"/ask different:yes {TEXT} " + "x" * 1900)).error:
            pass
        yield
        room(world, 10_000)
    else:
        read_only(world, on=True)
        yield
        read_only(world, on=False)


class Log(logging.Handler):
    """Every entry of a log, as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: asyncio.Queue[str] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        """Take an entry, with its traceback where it has one."""
        self.lines.put_nowait(logging.Formatter().format(record))


@pytest.mark.parametrize(
    ("trouble", "why"), [("locked", "database is locked"), ("full", "disk is full"), ("read-only", "readonly database")]
)
async def test_what_the_schedule_cannot_do_meanwhile_is_a_sentence_in_the_log_and_is_done_afterwards(
    url: str, monkeypatch: pytest.MonkeyPatch, trouble: str, why: str
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    monkeypatch.setattr(clock, "SWEEP", 0.01)
    log = Log()
    monkeypatch.setattr(logging.getLogger("bot.app"), "handlers", [log])
    due = {"2026-Q4": Change(title="Maps", url="https://example.org/29", confirmed=START, summary="long " * 1000)}
    async with opened_world(url, course(changes=due)) as world, asyncio.timeout(PATIENCE):
        done = asyncio.Event()

        async def tick(now: object) -> None:
            await world.tick()
            done.set()

        async with in_trouble(world, trouble):
            ticking = asyncio.create_task(regularly(tick))
            said = await log.lines.get()
        await done.wait()
        assert len(await world.group()) == 1
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking
    assert said.startswith("The database cannot be used now, so what is due waits; it is tried again by itself: ")
    assert why in said
    assert "\n" not in said


async def test_trouble_hides_nothing_else_that_went_wrong_in_the_same_tick(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unavailable(work: Work) -> None:
        raise Unavailable("database is locked")

    def broken(work: Work) -> None:
        raise RuntimeError(f"broken in {work.course.key}")

    monkeypatch.setattr(app, "TICKS", (unavailable, broken))
    async with opened_world(url, course("ebpf"), course("go")) as world:
        ended = asyncio.Event()

        async def tick(now: object) -> None:
            try:
                await world.tick()
            finally:
                asyncio.get_running_loop().call_soon(ended.set)

        ticking = asyncio.create_task(regularly(tick))
        async with asyncio.timeout(PATIENCE):
            await ended.wait()
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking
    assert [line.count("database is locked") for line in caplog.messages] == [1, 0]
    assert "broken in ebpf" in caplog.text
    assert "broken in go" in caplog.text
