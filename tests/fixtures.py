"""Databases: every test gets an empty one of the newest version, on SQLite and on a real PostgreSQL."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from bot import app
from bot.services import semantic
from bot.store import database as module
from bot.store.database import Database, sqlite_url
from bot.store.migrate import migrate
from tests.engines import lending
from tests.postgres import PORT, CannotStart, Postgres, databases, serving
from tests.processes import FORKING, Herald
from tests.support import World, opened_world

DATABASES = ("sqlite", "postgresql")

# A busy machine is no fault of the code under test.
settings.register_profile("often", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40)
settings.register_profile("long", settings.get_profile("often"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "often"))


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds the model of [semantic] loaded that another one loaded."""
    monkeypatch.setattr(semantic, "_model", cache(semantic._Model))


@pytest.fixture(scope="session", autouse=True)
def engines() -> Iterator[None]:
    """Compile each statement once, not once for each test, and connect to PostgreSQL as seldom."""
    with lending():
        yield


@pytest.fixture(scope="session", autouse=True)
def unsynchronised() -> Iterator[None]:
    """Wait for no disk: nobody pulls a plug here, and who is killed leaves to the system what was written."""
    prepare = module._prepare_sqlite

    def prepare_faster(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        prepare(connection, record)
        connection.cursor().execute("PRAGMA synchronous=off")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_prepare_sqlite", prepare_faster)
        yield


@pytest.fixture(scope="session", autouse=True)
def newest() -> Iterator[set[str]]:
    """Addresses of databases as `url` gives them: the first to open one need not look whether it is up to date."""
    known: set[str] = set()

    def bring_up_to_date(url: str) -> None:
        if url in known:
            known.remove(url)
        else:
            migrate(url)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "migrate", bring_up_to_date)
        yield known


@pytest.fixture
def herald(pytestconfig: pytest.Config, tmp_path: Path) -> Iterator[Herald]:
    """The command line."""
    started = Herald(pytestconfig.stash[FORKING], tmp_path)
    yield started
    started.kill()


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[Postgres]:
    """A server of these tests' own."""
    with ExitStack() as opened:
        try:
            port = pytestconfig.stash.get(PORT, 0) or opened.enter_context(serving())
            if isinstance(port, Exception):
                raise port
        except CannotStart as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"PostgreSQL cannot start here: {error}")
        yield opened.enter_context(databases(port))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty file of the newest version, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(sqlite_url(file))
    return file


@pytest.fixture(params=DATABASES)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database; parametrise it indirectly where one will do."""
    return str(request.param)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path, newest: set[str]) -> Iterator[str]:
    """The address of an empty database of the newest version."""
    with ExitStack() as held:
        if kind == "sqlite":
            address = sqlite_url(Path(shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "herald.db")))
        else:
            address = held.enter_context(request.getfixturevalue("postgres").empty())
        newest.add(address)
        held.callback(newest.discard, address)
        yield address


@pytest.fixture
def blank(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which nothing is, not even tables."""
    if kind == "sqlite":
        yield sqlite_url(tmp_path / "blank.db")
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.blank() as address:
        yield address


@pytest_asyncio.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """An open database."""
    async with Database(url) as opened:
        yield opened


@pytest_asyncio.fixture
async def world(url: str) -> AsyncIterator[World]:
    """Herald with one small course, to talk to."""
    async with opened_world(url) as world:
        yield world
