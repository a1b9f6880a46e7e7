"""A copy of the database that is made while Herald runs, and Herald going on from it."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from threading import Event

import pytest

from bot.core.model import Change, Window
from bot.store.database import sqlite_url
from bot.store.schema import question, topic
from tests.support import START, World, course, once, opened_world, rows

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
OUT = date(2026, 11, 2)
DUE = Change(title="Maps", url="https://example.org/29", confirmed=START)


@pytest.fixture
def copy(tmp_path: Path) -> str:
    """The address of the copy."""
    return sqlite_url(tmp_path / "copy.db")


def back_up(url: str, copy: str, meanwhile: Callable[[], object] = lambda: None) -> None:
    """What `.backup` of the program sqlite3 does: a part at a time, and from the beginning where the file changed."""
    file, to = (each.removeprefix("sqlite:///") for each in (url, copy))
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target, pages=20, progress=lambda *left: meanwhile())


async def ask(world: World, numbers: range) -> None:
    lin = world.assistant("lin")
    for n in numbers:
        assert not (await lin(f"/ask different:yes Why is loop {n} rejected?")).error


async def test_a_copy_made_while_people_ask_has_each_question_whole_and_herald_goes_on_from_it(
    url: str, copy: str
) -> None:
    begun, asked = Event(), Event()

    def meanwhile() -> None:
        begun.set()
        assert asked.wait(20)

    async with opened_world(url) as world:
        await ask(world, range(3))
        copying = asyncio.create_task(asyncio.to_thread(back_up, url, copy, meanwhile))
        assert await asyncio.to_thread(begun.wait, 20)
        await ask(world, range(3, 13))
        asked.set()
        await copying
    assert once(copy, lambda tx: tx.exec_driver_sql("PRAGMA integrity_check").scalar()) == "ok"
    assert once(copy, lambda tx: (rows(tx, topic), rows(tx, question))) == (13, 13)
    async with opened_world(copy) as world:
        assert "Filed as #14" in (await world.assistant("lin")("/ask different:yes Why is it so?")).text


@pytest.mark.parametrize(
    ("file", "hours", "group", "asked"),
    [
        (DUE, 1, 1, 0),
        (DUE, 25, 0, 1),
        (Change(title="Maps", url=DUE.url, published=Window(OUT, OUT)), 1, 0, 0),
    ],
)
async def test_what_was_announced_since_is_said_again_from_a_copy_unless_it_is_old_or_the_file_says_that_it_is_out(
    url: str, copy: str, file: Change, hours: int, group: int, asked: int
) -> None:
    async with opened_world(url, course(changes={"2026-Q4": DUE})) as world:
        back_up(url, copy)
        await world.tick()
        assert len(await world.group()) == 1
    async with opened_world(copy, course(changes={"2026-Q4": file})) as world:
        world.clock.wait(hours=hours)
        for _ in range(2):
            await world.tick()
        assert (len(await world.group()), len(await world.instructor().heard())) == (group, asked)
