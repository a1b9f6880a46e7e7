"""Brings a database to the version of this program; says in a sentence why it cannot."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from bot.core.errors import OperatorError
from bot.store.database import sqlite_url, writer_engine
from bot.store.schema import metadata

LOCK = 7_203_684_115


def migrate(url: str) -> tuple[str | None, str]:
    """Bring the database at `url` up to date and return the version it had (None: it was empty) and the one it has.

    OperatorError where it is newer than this program, damaged, read-only, locked or out of reach.
    """
    try:
        engine = writer_engine(url)
    except Exception as error:
        raise OperatorError(
            f"{hidden(url)} is no address of a database: {error}. Use sqlite:///FILE or postgresql://…"
        ) from error
    try:
        with engine.begin() as tx:
            had = version(tx)
            if had == newest():
                _check_writable(tx)
                return had, had
        return had, _upgrade(engine, url)
    except DBAPIError as error:
        raise OperatorError(unusable(url, str(error.orig))) from error
    finally:
        engine.dispose()


@contextmanager
def scratch() -> Iterator[Connection]:
    """An empty database of the newest version, in one transaction, gone afterwards."""
    with TemporaryDirectory() as folder:
        engine = writer_engine(sqlite_url(Path(folder) / "scratch.db"))
        try:
            with engine.begin() as tx:
                metadata.create_all(tx)
                yield tx
        finally:
            engine.dispose()


def version(tx: Connection) -> str | None:
    """The version of a database, None where it is empty."""
    tables = inspect(tx).get_table_names()
    if not {"alembic_version", "counter"} <= set(tables):
        if tables:
            raise OperatorError(
                f"The database has tables ({', '.join(sorted(tables)[:3])} …) but none of Herald's. "
                "Nothing was changed. Give Herald a database of its own with --database."
            )
        return None
    return tx.execute(text("select version_num from alembic_version")).scalar_one_or_none()


@cache
def versions() -> tuple[str, ...]:
    """Every version there was, oldest first."""
    folder = files("bot.store.migrations.versions")
    found = (re.match(r"(\d{4})_\w+\.py$", entry.name) for entry in folder.iterdir())
    return tuple(sorted(match[1] for match in found if match))


def newest() -> str:
    """The version that this program needs."""
    return versions()[-1]


def unusable(url: str, reason: str) -> str:
    """Why a database cannot be used and what to do, in a sentence or two."""
    for pattern, advice in _REASONS:
        if re.search(pattern, reason, re.IGNORECASE):
            return f"The database {hidden(url)} {advice} ({reason.strip().splitlines()[0]})"
    return f"The database {hidden(url)} cannot be used: {reason.strip().splitlines()[0]}. Nothing was changed."


def hidden(url: str) -> str:
    """An address without its password."""
    url = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"(password=)[^&]*", r"\1***", url, flags=re.IGNORECASE)


_REASONS = (
    (
        r"not a database|malformed",
        "is damaged or no database. Put a backup in its place, or name another with --database.",
    ),
    (r"readonly|read-only", "is read-only. Let this user write to it and to its folder."),
    (
        r"permission denied for",
        "does not let this user read and write. Grant it that, or check the user in the address.",
    ),
    (r"unable to open", "cannot be opened. Check that its folder exists and that this user may write there."),
    (r"locked", "is locked by another program. End that one and start again."),
    (r"disk is full|No space", "has no room: the disk is full. Make room and start again; nothing was changed."),
    # Those before the last also begin with "connection failed".
    (r"password|authentication|role .* does not exist", "refused the user or password. Check the address."),
    (r"database .* does not exist", "does not exist. Create it with createdb, or check the name in the address."),
    (
        r"connection.*(failed|refused)|timeout|could not translate",
        "cannot be reached. Check that it runs and the address.",
    ),
)


def _check_writable(tx: Connection) -> None:
    # SQLite opens a read-only file without a word and fails at the first write, which would be somebody's question.
    tx.execute(text("update alembic_version set version_num = version_num"))


def _upgrade(engine: Engine, url: str) -> str:
    from alembic import command  # costs 0.2 s, so only where it is needed

    with engine.begin() as tx:
        if tx.dialect.name == "postgresql":
            tx.execute(text(f"select pg_advisory_xact_lock({LOCK})"))
        had = version(tx)
        if had is not None and had not in versions():
            raise OperatorError(
                f"The database {hidden(url)} is of version {had}, newer than this program, which knows {newest()}. "
                "Update Herald, or name another database with --database. Nothing was changed."
            )
        command.upgrade(alembic_config(tx), "head")
    return newest()


def alembic_config(tx: Connection | None = None) -> Any:
    """Alembic's settings for the folder of migrations, run on `tx`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(str(files("bot.store.migrations")))))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = tx
    return config
