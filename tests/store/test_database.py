"""Transactions in groups: many share a commit, and none of them pays for another."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, event, make_url, select, text

from bot.store import database as module
from bot.store import numbers, people
from bot.store.database import Database, Unavailable, sqlite_url, writer_engine
from bot.store.schema import follow, person
from tests.support import START, once, rows


def add(tx: Connection) -> int:
    return numbers.add(tx, "ebpf", "topic")


def kept(url: str) -> int:
    return once(url, lambda tx: numbers.all_of(tx, "ebpf").get("topic", 0))


def break_a_rule(tx: Connection) -> None:
    add(tx)
    tx.execute(follow.insert().values(course="ebpf", topic=1, person="nobody that exists"))


@contextmanager
def counted(database: Database) -> Iterator[dict[str, int]]:
    """How often the database's writer commits and rolls back meanwhile."""
    happened = {"commit": 0, "rollback": 0}

    def count(name: str, tx: Connection) -> None:
        happened[name] += 1

    for name in happened:
        event.listen(database._writer, name, partial(count, name))
    yield happened


class Held:
    """A write that lasts until `go` is called, so that what comes meanwhile forms one group."""

    def __init__(self, database: Database) -> None:
        self._begun, self._end = Event(), Event()
        self.task = asyncio.ensure_future(database.write(self._wait))

    def _wait(self, tx: Connection) -> None:
        self._begun.set()
        assert self._end.wait(20)

    async def __aenter__(self) -> "Held":
        assert await asyncio.to_thread(self._begun.wait, 20)
        return self

    async def __aexit__(self, *error: object) -> None:
        await asyncio.sleep(0)  # what was started just now gets to queue
        self._end.set()
        await self.task


async def together(database: Database, *jobs: Any) -> list[Any]:
    """What became of jobs that are committed as one group."""
    async with Held(database):
        asked = [asyncio.ensure_future(database.write(job)) for job in jobs]
    return list(await asyncio.gather(*asked, return_exceptions=True))


async def test_what_waits_while_another_commits_is_committed_together(database: Database, url: str) -> None:
    with counted(database) as happened:
        assert await together(database, *[add] * 100) == list(range(1, 101))
    assert happened == {"commit": 2, "rollback": 0}
    assert kept(url) == 100


async def test_a_group_has_a_size_so_that_nobody_waits_for_everybody(database: Database) -> None:
    with counted(database) as happened:
        await together(database, *[add] * (2 * module.LARGEST_GROUP + 1))
    assert happened["commit"] == 1 + 3


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("pause", "writes"), [(0, 1), (3600, module.COPIED)])
async def test_what_is_in_sqlites_log_goes_into_its_file_in_a_pause_or_after_some_writes(
    database: Database, url: str, monkeypatch: pytest.MonkeyPatch, pause: int, writes: int
) -> None:
    monkeypatch.setattr(module, "PAUSE", pause)

    def in_the_file() -> int:
        # Who takes a file for one that nobody changes does not look into the log.
        with closing(sqlite3.connect(f"file:{make_url(url).database}?immutable=1", uri=True)) as file:
            return int(file.execute("SELECT sum(value) FROM counter WHERE name = 'topic'").fetchone()[0] or 0)

    def add_and_look(tx: Connection) -> int:
        add(tx)
        return in_the_file()

    for _ in range(writes):
        assert await database.write(add_and_look) == 0
    async with asyncio.timeout(10):
        while in_the_file() < writes:
            await database.read(lambda tx: None)


def test_the_pages_of_a_new_file_are_small(tmp_path: Path) -> None:
    engine = writer_engine(sqlite_url(tmp_path / "new.db"))
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE thing (n INTEGER)"))
        assert tx.execute(text("PRAGMA page_size")).scalar() == module.PAGE
    engine.dispose()


async def test_each_caller_gets_their_own_result(database: Database) -> None:
    def say(tx: Connection, word: str) -> str:
        return word

    words = [f"word {n}" for n in range(50)]
    assert await together(database, *(partial(say, word=word) for word in words)) == words


async def test_a_job_that_raises_undoes_itself_alone(database: Database, url: str) -> None:
    def fail(tx: Connection) -> None:
        add(tx)
        add(tx)
        raise KeyError("mine")

    with counted(database) as happened:
        first, error, last = await together(database, add, fail, add)
    assert (first, last) == (1, 2)
    assert isinstance(error, KeyError)
    assert happened["commit"] == 2
    assert kept(url) == 2


async def test_a_job_that_breaks_a_rule_of_the_database_harms_no_other(database: Database, url: str) -> None:
    first, error, last = await together(database, add, break_a_rule, add)
    assert sorted((first, last)) == [1, 2]
    assert isinstance(error, Unavailable)
    assert kept(url) == 2


async def test_a_job_that_runs_out_of_an_iterator_comes_back_to_its_caller_and_writing_goes_on(
    database: Database,
) -> None:
    def fail(tx: Connection) -> None:
        next(iter(()))

    async with asyncio.timeout(10):
        for call in (database.write, database.read):
            with pytest.raises(RuntimeError, match="StopIteration"):
                await call(fail)
        first, error, last = await together(database, add, fail, add)
    assert (first, last) == (1, 2)
    assert isinstance(error, RuntimeError)


async def test_a_caller_who_gave_up_while_waiting_writes_nothing(database: Database, url: str) -> None:
    async with Held(database):
        waits = asyncio.ensure_future(database.write(add))
        await asyncio.sleep(0)
        waits.cancel()
        stays = asyncio.ensure_future(database.write(add))
    assert await stays == 1
    assert waits.cancelled()
    assert kept(url) == 1


async def test_a_caller_who_gives_up_while_it_is_written_stops_nobody(database: Database, url: str) -> None:
    async with Held(database) as held:
        after = asyncio.ensure_future(database.write(add))
        held.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await held.task
        held.task = after  # type: ignore[assignment]
    assert await after == 1
    assert kept(url) == 1


async def test_closing_waits_for_what_was_accepted_and_takes_nothing_more(url: str) -> None:
    async with Database(url) as database:
        accepted = [asyncio.ensure_future(database.write(add)) for _ in range(20)]
        await asyncio.sleep(0)
    assert [task.result() for task in accepted] == list(range(1, 21))
    assert kept(url) == 20
    async with asyncio.timeout(10):
        for work in (database.write(add), database.read(add)):
            with pytest.raises(Unavailable, match="the database is closed"):
                await work


async def test_a_read_is_one_look_whatever_is_written_meanwhile(database: Database, url: str) -> None:
    def look(tx: Connection) -> list[int]:
        seen = [rows(tx, person)]
        once(url, lambda other: people.meet(other, "local:lin", "Lin", START))
        return [*seen, rows(tx, person)]

    assert await database.read(look) == [0, 0]
    assert await database.read(lambda tx: rows(tx, person)) == 1


async def test_a_read_that_writes_is_refused_instead_of_forgotten(database: Database, url: str) -> None:
    with pytest.raises(Unavailable):
        await database.read(add)
    assert kept(url) == 0
    assert await database.write(add) == 1


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_everybody_who_waits_for_a_locked_file_is_told_at_once_and_not_one_after_another(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    engine = writer_engine(url)
    failures: list[Any] = []
    async with Database(url) as database:
        with engine.begin():
            event.listen(database._writer, "handle_error", failures.append)
            told = await asyncio.gather(*(database.write(add) for _ in range(20)), return_exceptions=True)
        assert {str(each) for each in told} == {"database is locked"}
        assert all(isinstance(each, Unavailable) for each in told)
        assert len(failures) == 1
        assert await database.write(add) == 1
    engine.dispose()


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_two_who_wait_for_each_other_both_get_through(url: str) -> None:
    met = {name: Event() for name in ("a", "b")}

    def lock(tx: Connection, mine: str, other: str) -> None:
        numbers.add(tx, "ebpf", mine)
        met[mine].set()
        assert met[other].wait(10)
        numbers.add(tx, "ebpf", other)

    async with Database(url) as one, Database(url) as two:
        here, there = partial(lock, mine="a", other="b"), partial(lock, mine="b", other="a")
        await asyncio.gather(one.write(here), two.write(there))
        assert await one.read(lambda tx: dict(numbers.all_of(tx, "ebpf"))) == {"a": 2, "b": 2}


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_lost_connection_costs_what_was_under_way_and_nothing_after_it(database: Database, url: str) -> None:
    def cut(tx: Connection) -> int:
        me = tx.exec_driver_sql("select pg_backend_pid()").scalar()
        once(url, lambda other: other.exec_driver_sql(f"select pg_terminate_backend({me}, 5000)"))
        return add(tx)

    with pytest.raises(Unavailable):
        await database.write(cut)
    assert await database.write(add) == 1
    with pytest.raises(Unavailable):
        await database.read(cut)
    assert await database.read(lambda tx: tx.execute(select(person.c.key)).all()) == []
