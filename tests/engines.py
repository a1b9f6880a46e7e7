"""Engines of the tests: statements are compiled once, and what is connected to PostgreSQL is used again."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, Pool, QueuePool, create_engine

from bot.store import database as module

KEPT = "kept"  # what the server calls a connection that stays after its test
Key = tuple[str, int]


class Compiled(dict[Any, Any]):
    """Statements that were compiled once for a kind of database, for all engines of these tests.

    SQLAlchemy keeps them for each engine, and nearly every test opens engines of its own.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        """A statement that an engine of the same kind compiled."""
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), value)


class Engines:
    """Lends those of the database `herald` of PostgreSQL, one to each who asks, and makes all others anew.

    A new connection takes the server as long as a short test: it starts a process, which reads what tables there are.
    """

    def __init__(self) -> None:
        self._options = {"execution_options": {"compiled_cache": Compiled()}}
        self._free: defaultdict[Key, list[Engine]] = defaultdict(list)
        self._lent: dict[Pool, tuple[Key, Engine]] = {}

    def create(self, url: str, **options: Any) -> Engine:
        """An engine that nobody else has now."""
        if not (url.startswith("postgresql") and "/herald_" in url):
            return create_engine(url, **options, **self._options)
        key, named = (url, options["pool_size"]), {**options["connect_args"], "application_name": KEPT}
        free = self._free[key]
        engine = free.pop() if free else create_engine(url, **{**options, "connect_args": named}, **self._options)
        self._lent[engine.pool] = key, engine
        return engine

    def take_back(self, engine: Engine) -> bool:
        """Whether it was lent, and all of its connections can be lent again."""
        pool = engine.pool
        key, lent = self._lent.pop(pool, (None, None))
        if not key or not lent or not isinstance(pool, QueuePool) or pool.checkedout():
            return False
        self._free[key].append(lent)
        return True


@contextmanager
def lending() -> Iterator[None]:
    """Let `Database` have its engines from here; they end with this."""
    engines, end = Engines(), Engine.dispose

    def dispose(engine: Engine, close: bool = True) -> None:
        if not engines.take_back(engine):
            end(engine, close)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "create_engine", engines.create)
        patch.setattr(Engine, "dispose", dispose)
        yield
    for engine in (each for free in engines._free.values() for each in free):
        engine.dispose()
