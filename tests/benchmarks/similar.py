"""Look-ups of similar questions in a large course and in a large installation, on both databases.

`make bench ARGS=similar`; times are of `similar.similar` in a reader's transaction, ratios are to the promised 10 ms.
The installation's courses hold the same thousand topics each, copied inside the database; HERALD_COURSES=50 makes
fewer of them.
"""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, insert, literal, select, text

from bot.config import load
from bot.core.model import Course, State
from bot.services import similar
from bot.store import numbers, people
from bot.store.database import sqlite_url, writer_engine
from bot.store.migrate import migrate
from bot.store.schema import counter, posting, question, topic, wording
from tests.benchmarks.invented import questions
from tests.postgres import Postgres, running
from tests.support import ROOT, START

LARGE, COURSES, EACH = 10_000, int(os.environ.get("HERALD_COURSES", "1000")), 1_000
LOOKS, LIMIT = 400, 0.010
MEMBER = "local:member"


def main() -> None:
    """Print all of it."""
    real = load(ROOT / "config").courses[0]
    with tempfile.TemporaryDirectory() as folder, running() as server:
        for name, url in _databases(Path(folder), server):
            migrate(url)
            with _connected(url) as tx:
                _measure(name, tx, real)


def _databases(folder: Path, server: Postgres) -> Iterator[tuple[str, str]]:
    yield "sqlite", sqlite_url(folder / "herald.db")
    yield "postgresql", server.create()


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = writer_engine(url)
    with closing(engine.connect()) as tx:
        yield tx
    engine.dispose()


def _measure(name: str, tx: Connection, real: Course) -> None:
    large = replace(real, key="large")
    begun = time.perf_counter()
    _fill(tx, large, LARGE, seed=1)
    _settle(tx)
    print(f"{name:11} {LARGE:,} topics in a course, filled and indexed in {time.perf_counter() - begun:.0f} s")
    _report(f"{name} {LARGE:,} topics", tx, [large])
    begun = time.perf_counter()
    courses = [replace(real, key=f"course-{n}") for n in range(COURSES)]
    _fill(tx, courses[0], EACH, seed=2)
    for course in courses[1:]:
        _copy(tx, courses[0], course)
    _settle(tx)
    print(f"{name:11} {COURSES:,} courses of {EACH:,} topics beside it, in {time.perf_counter() - begun:.0f} s")
    _report(f"{name} {LARGE:,} topics of {COURSES * EACH:,}", tx, [large])
    _report(f"{name} {COURSES:,} courses", tx, courses)


def _fill(tx: Connection, course: Course, size: int, seed: int) -> None:
    people.meet(tx, MEMBER, "member", START)
    texts = list(questions(size, seed))
    row = {"course": course.key, "state": State.NEW, "created": START, "wordings": 1}
    tx.execute(insert(topic), [{**row, "n": n, "root": n, "title": said} for n, said in enumerate(texts, 1)])
    asked = {"course": course.key, "person": MEMBER, "at": START, "source": "ask", "digest": ""}
    tx.execute(insert(question), [{**asked, "topic": n, "text": said} for n, said in enumerate(texts, 1)])
    numbers.add(tx, course.key, "topic", size)
    for first in range(1, size + 1, 1000):
        similar.index(tx, course, *range(first, min(first + 1000, size + 1)))
    tx.commit()


def _copy(tx: Connection, one: Course, other: Course) -> None:
    for table in (counter, topic, wording, posting):
        columns = [literal(other.key) if column.name == "course" else column for column in table.c]
        tx.execute(insert(table).from_select(list(table.c), select(*columns).where(table.c.course == one.key)))
    tx.commit()


def _settle(tx: Connection) -> None:
    """What autovacuum does elsewhere; the tests' server has it off."""
    if tx.dialect.name == "postgresql":
        tx.rollback()
        tx.connection.driver_connection.autocommit = True  # type: ignore[union-attr]
        tx.exec_driver_sql("vacuum analyze")
        tx.rollback()
        tx.connection.driver_connection.autocommit = False  # type: ignore[union-attr]
    else:
        tx.execute(text("analyze"))
        tx.commit()


def _report(what: str, tx: Connection, courses: Sequence[Course]) -> None:
    """Questions that are there, in other courses or nowhere, one after another."""
    draw = random.Random(3)
    asked = [(draw.choice(courses), said) for said in questions(LOOKS, seed=99)]
    for course, said in asked[:20]:
        similar.similar(tx, course, said)
    spent = sorted(_timed(partial(_look, tx, course, said)) for course, said in asked)
    median, late = statistics.median(spent), spent[len(spent) * 95 // 100]
    print(
        f"  {what:50} median {median * 1e3:5.2f} ms  p95 {late * 1e3:5.2f} ms"
        f"   of the limit: {median / LIMIT:.2f}, {late / LIMIT:.2f}"
    )


def _look(tx: Connection, course: Course, said: str) -> None:
    similar.similar(tx, course, said)


def _timed(look: partial[None]) -> float:
    begun = time.perf_counter()
    look()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
