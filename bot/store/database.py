"""One database, SQLite or PostgreSQL: transactions run whole in a thread, concurrent writes share a commit."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from sqlite3 import OperationalError
from types import TracebackType
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from bot.store.prepared import Prepared

T = TypeVar("T")
READERS = 4
LARGEST_GROUP = 256
PAGE = 1024  # bytes, in a new file: a question changes seventy places of it, and the page of each is written whole
PAUSE = 1.0  # seconds without a write, in which another thread copies SQLite's log into its file: the disk then is free
COPIED = 128  # writes after which it does so without a pause
LONGEST_LOG = 16_000  # pages: where those who write without a pause keep the thread from it, a commit copies them
PATIENCE = 5.0  # seconds that a locked file or a silent server is waited for
TRIES = 4
# Others were in each other's way (a deadlock, a serialization failure): the same once more gets through.
_PASSING = ("40P01", "40001")
_SAVE, _GO_BACK, _RELEASE = (
    Prepared(text(f"{what} job")) for what in ("SAVEPOINT", "ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT")
)
# What people wrote and who they are does not go into errors, and so into no log.
_DISCREET = {"hide_parameters": True}


class Unavailable(Exception):
    """The database cannot be used now: locked for too long, full, read-only, damaged or gone."""


@dataclass(slots=True)
class _Job:
    work: Callable[[Connection], Any]
    done: asyncio.Future[Any]


class Database:
    """`async with Database(url) as db`: `read` and `write` run a function of a connection in one transaction.

    Writes that wait while another commits are committed together, each in its own savepoint, so that one that raises
    undoes nothing but itself. A write has happened only when `write` returns.
    """

    def __init__(self, url: str) -> None:
        self._writer = writer_engine(url)
        self._reader = _reader_engine(url)
        self._waiting: deque[_Job] = deque()
        self._idle = asyncio.Event()
        self._uncopied = 0
        self._pause: asyncio.TimerHandle | None = None
        self._writing = ThreadPoolExecutor(1, "herald-write")
        self._reading = ThreadPoolExecutor(READERS, "herald-read")
        self._open = False

    async def __aenter__(self) -> "Database":
        self._open = True
        self._idle.set()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        await self._idle.wait()
        if self._pause:
            self._pause.cancel()
        self._writing.shutdown()
        self._reading.shutdown()
        self._writer.dispose()
        self._reader.dispose()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns of one consistent look at the database; Unavailable where it cannot be read or writes."""
        self._check_open()

        def look() -> T:
            with self._reader.begin() as tx:
                return work(tx)

        return await asyncio.get_running_loop().run_in_executor(self._reading, partial(_available, look))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, once it is committed; what it raises, with nothing written; Unavailable.

        `work` may run more than once; all but the last time is undone.
        """
        self._check_open()
        loop = asyncio.get_running_loop()
        job = _Job(work, loop.create_future())
        self._waiting.append(job)
        if self._idle.is_set():
            self._idle.clear()
            # Not at once: what comes in the same turn of the loop shares a commit.
            loop.call_soon(self._begin_group)
        result: T = await job.done
        return result

    def _check_open(self) -> None:
        if not self._open:
            raise Unavailable("the database is closed")

    def _begin_group(self) -> None:
        size = min(len(self._waiting), LARGEST_GROUP)
        self._writing.submit(self._write_group, [self._waiting.popleft() for _ in range(size)])

    def _write_group(self, group: list[_Job]) -> None:
        outcomes = self._settle(group)
        group[0].done.get_loop().call_soon_threadsafe(self._tell, outcomes)

    def _tell(self, outcomes: list[tuple[_Job, Any]]) -> None:
        for job, outcome in outcomes:
            if job.done.cancelled():
                continue
            if isinstance(outcome, _Raised):
                job.done.set_exception(outcome.error)
            else:
                job.done.set_result(outcome)
        if self._waiting:
            self._begin_group()
        else:
            self._idle.set()
        if self._reader.dialect.name == "sqlite":
            self._copy_later(len(outcomes))

    def _copy_later(self, more: int) -> None:
        self._uncopied += more
        if self._pause:
            self._pause.cancel()
        pause = PAUSE if self._uncopied < COPIED else 0
        self._pause = asyncio.get_running_loop().call_later(pause, self._copy)

    def _copy(self) -> None:
        self._uncopied = 0
        self._reading.submit(self._copy_log)

    def _settle(self, group: list[_Job], tries: int = TRIES) -> list[tuple[_Job, Any]]:
        group = [job for job in group if not job.done.cancelled()]
        try:
            outcomes = _available(partial(self._commit, group, tries))
        except _Again:
            # One job can cost the whole transaction, by a deadlock for one: each then gets its own.
            return [each for job in group for each in self._settle([job], tries - 1)]
        except Exception as error:
            outcomes = [_Raised(error)] * len(group)
        return list(zip(group, outcomes, strict=True))

    def _copy_log(self) -> None:
        with closing(self._reader.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _commit(self, group: list[_Job], tries: int) -> list[Any]:
        begun = False
        try:
            with self._writer.begin() as tx:
                begun = True
                if len(group) == 1:
                    return [_guarded(partial(group[0].work, tx))]
                return [_attempt(tx, job.work) for job in group]
        except DBAPIError as error:
            # Where not even a beginning was possible, trying each alone would keep all of them waiting, one by one.
            if begun and (len(group) > 1 or (tries > 1 and getattr(error.orig, "sqlstate", None) in _PASSING)):
                raise _Again from error
            raise


class _Again(Exception):
    """Each job of the group needs a transaction of its own."""


@dataclass(frozen=True, slots=True)
class _Raised:
    error: Exception


def _attempt(tx: Connection, work: Callable[[Connection], Any]) -> Any:
    _SAVE.run(tx)
    try:
        outcome = _guarded(partial(work, tx))
    except DBAPIError:
        # The database's own errors (a deadlock, a full disk) may have ended the transaction of the whole group.
        raise
    except Exception as error:
        _GO_BACK.run(tx)
        outcome = _Raised(error)
    _RELEASE.run(tx)
    return outcome


def _guarded(work: Callable[[], T]) -> T:
    try:
        return work()
    except StopIteration as error:
        # A future takes every exception but this one, and who waits for it would wait for ever.
        raise RuntimeError("a job raised StopIteration") from error


def _available(work: Callable[[], T]) -> T:
    try:
        return _guarded(work)
    except DBAPIError as error:
        raise Unavailable(str(error.orig)) from error


def writer_engine(url: str) -> Engine:
    """An engine whose transactions may write; on SQLite each begins IMMEDIATE, so that no two can deadlock."""
    engine = create_engine(_driver(url), pool_size=1, max_overflow=0, **_options(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        engine.dialect.do_begin = partial(_begin, "BEGIN IMMEDIATE")  # type: ignore[method-assign]
    return engine


def _reader_engine(url: str) -> Engine:
    """An engine whose transactions see one moment throughout and cannot write."""
    engine = create_engine(_driver(url), pool_size=READERS, max_overflow=0, **_options(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "connect", lambda connection, record: connection.execute("PRAGMA query_only=on"))
        engine.dialect.do_begin = partial(_begin, "BEGIN")  # type: ignore[method-assign]
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _driver(url: str) -> str:
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def _options(url: str) -> dict[str, Any]:
    if make_url(url).get_backend_name() == "sqlite":
        return _DISCREET | {"connect_args": {"check_same_thread": False, "timeout": PATIENCE}}
    return _DISCREET | {"pool_pre_ping": True, "connect_args": {"connect_timeout": round(PATIENCE)}}


def _prepare_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    # Without this the driver begins transactions by itself, deferred, and those fail under contention at once.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={round(PATIENCE * 1000)}")
    cursor.execute(f"PRAGMA page_size={PAGE}")
    _keep_a_log(cursor)
    for pragma in ("synchronous=full", "foreign_keys=on", f"wal_autocheckpoint={LONGEST_LOG}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(statement: str, connection: DBAPIConnection) -> None:
    connection.cursor().execute(statement)


def _keep_a_log(cursor: DBAPICursor) -> None:
    # This one SQLite does not wait for: of two programs that open a new file at once, one would be told "locked".
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=wal")
            return
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{path}"
