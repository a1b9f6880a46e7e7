"""How often the right topic is found for pairs that nothing was tuned on, beside BM25."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.services import semantic, similar
from bot.store.database import sqlite_url
from tests.similar.bm25 import Bm25
from tests.similar.pairs import ask, course, database, hits, lines, loaded, pairs, silent

HELD_OUT = pairs("held_out.tsv")
TWINS = [line.split("\t") for line in lines("crosslingual.tsv")]
COURSE = course()
DOCUMENTS = [*(one for _, one, _ in HELD_OUT), *(chinese for chinese, _ in TWINS), *lines("distractors.tsv")]
ASKED = [(n, other) for n, (_, _, other) in enumerate(HELD_OUT, 1)]
ASKED_TWINS = [(n, english) for n, (_, english) in enumerate(TWINS, 1 + len(HELD_OUT))]
UNRELATED = lines("unrelated_held_out.tsv")


@pytest.fixture(scope="module")
def tx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A course with one side of every pair among three hundred other questions."""
    tx = database(sqlite_url(tmp_path_factory.mktemp("similar") / "herald.db"))
    ask(tx, COURSE, DOCUMENTS)
    yield tx
    tx.close()
    tx.engine.dispose()


@pytest.fixture(scope="module")
def ours(tx: Connection) -> set[int]:
    """The topics that words find."""
    return hits(tx, COURSE, [*ASKED, *ASKED_TWINS])


@pytest.fixture(scope="module")
def theirs() -> set[int]:
    """The topics that BM25 finds."""
    engine = Bm25(DOCUMENTS)
    return {n for n, text in ASKED if n - 1 in engine.best(text)}


@pytest.mark.parametrize("kind", ["zh", "en", "mixed", "cross"])
def test_words_find_the_true_match_at_least_as_often_as_bm25(ours: set[int], theirs: set[int], kind: str) -> None:
    of_kind = {n for n, (each, _, _) in enumerate(HELD_OUT, 1) if each == kind}
    assert len(ours & of_kind) >= len(theirs & of_kind)


def test_words_show_nothing_for_unrelated_texts(tx: Connection) -> None:
    assert silent(tx, COURSE, UNRELATED) >= 0.9


def test_few_new_questions_of_the_same_course_are_worth_stopping_somebody_for(tmp_path: Path) -> None:
    tx = database(sqlite_url(tmp_path / "new.db"))
    ask(tx, COURSE, [one for _, one, _ in HELD_OUT])
    new = lines("distractors.tsv")[:100]
    stopped = [text for text in new if similar.likely(tx, COURSE, text)]
    assert len(stopped) <= 30
    again = [(n, text) for n, (_, _, text) in enumerate(HELD_OUT, 1)]
    found = [n for n, text in again if any(each.topic == n for each in similar.likely(tx, COURSE, text))]
    assert len(found) >= 0.6 * len(again)


def test_without_the_terms_it_is_still_as_good_as_bm25(theirs: set[int], tmp_path: Path) -> None:
    plain = course(terms=())
    tx = database(sqlite_url(tmp_path / "plain.db"))
    ask(tx, plain, DOCUMENTS)
    assert len(hits(tx, plain, ASKED)) >= len(theirs)
    tx.close()
    tx.engine.dispose()


def test_meaning_finds_more_finds_the_twins_and_is_silent_too(
    tx: Connection, ours: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(semantic, "_model", loaded)
    similar.index(tx, COURSE, *range(1, len(DOCUMENTS) + 1))
    found = hits(tx, COURSE, [*ASKED, *ASKED_TWINS])
    assert len(found) > len(ours)
    assert len([n for n, _ in ASKED_TWINS if n in found]) >= 0.9 * len(TWINS)
    assert silent(tx, COURSE, UNRELATED) >= 0.9
