"""Prepared statements give what SQLAlchemy gives of the same ones, over both databases."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import DBAPIError

from bot.store import articles, people
from bot.store.prepared import Prepared, among, written
from bot.store.schema import article, person
from tests.support import START, once

EVERYBODY = select(person).order_by(person.c.key)
KEYS = select(person.c.key).order_by(person.c.key)
AMONG = Prepared(KEYS.where(among(person.c.key, "keys")))
RENAME = Prepared(person.update().where(person.c.key == bindparam("who")))


def filled(tx: Connection) -> None:
    people.meet_many(tx, {f"local:{n}": f"成员'{n}" for n in range(4)}, START)
    people.meet(tx, "local:4", "Mia", START)
    people.speak(tx, "local:4", "zh-CN")


def within(url: str, work: Callable[[Connection], Any]) -> Any:
    def run(tx: Connection) -> Any:
        filled(tx)
        return work(tx)

    return once(url, run)


def test_rows_are_those_of_sqlalchemy_by_name_and_by_place(url: str) -> None:
    def work(tx: Connection) -> None:
        theirs, ours = tx.execute(EVERYBODY).all(), Prepared(EVERYBODY).all(tx)
        assert [tuple(row) for row in theirs] == ours
        assert [(row.key, row.seen, row.quiet) for row in ours] == [(f"local:{n}", START, False) for n in range(5)]

    within(url, work)


def test_two_columns_of_one_name_are_told_apart_by_their_place(url: str) -> None:
    other = person.alias("other")
    both = Prepared(select(person.c.key, other.c.key).where(person.c.key == "local:1", other.c.key == "local:2"))
    assert within(url, both.one) == ("local:1", "local:2")


def test_what_is_written_as_json_is_read_as_it_was(url: str) -> None:
    def work(tx: Connection) -> None:
        articles.lock(tx, "ebpf", "2026-Q1")
        value = {"title": '"引号"', "n": [1, None]}
        change = Prepared(article.update().where(article.c.key == bindparam("which")))
        assert change.run(tx, {"which": "2026-Q1", "change": value}) == 1
        assert Prepared(select(article.c.change)).value(tx) == value

    once(url, work)


def test_any_number_of_values_takes_one_statement(url: str) -> None:
    def work(tx: Connection) -> None:
        for keys in ([], ["local:2"], ["local:3", "local:1", "local:3"], [f"local:{n}" for n in range(300)], ["'\"[]"]):
            assert AMONG.each(tx, {"keys": keys}) == [f"local:{n}" for n in range(5) if f"local:{n}" in keys]

    within(url, work)


def test_fixed_values_are_written_into_the_statement(url: str) -> None:
    fixed = Prepared(KEYS.where(person.c.key.in_(written(("local:1", "local:3")))))
    assert within(url, fixed.each) == ["local:1", "local:3"]


def test_many_are_changed_one_after_the_other_and_none_is_nothing(url: str) -> None:
    def work(tx: Connection) -> None:
        RENAME.run_each(tx, [])
        RENAME.run_each(tx, [{"who": "local:1", "name": "一"}, {"who": "local:2", "name": "二"}])
        assert [row.name for row in Prepared(EVERYBODY).all(tx)][1:3] == ["一", "二"]
        assert RENAME.run(tx, {"who": "nobody", "name": "x"}) == 0

    within(url, work)


def test_what_is_not_there_is_none_and_one_of_several_is_an_error(url: str) -> None:
    def work(tx: Connection) -> None:
        none = Prepared(KEYS.where(person.c.key == "nobody"))
        assert (none.first(tx), none.value(tx), none.each(tx)) == (None, None, [])
        for statement in (none, Prepared(KEYS)):
            with pytest.raises(ValueError, match="unpack"):
                statement.one(tx)

    within(url, work)


def test_a_value_that_was_forgotten_is_an_error_and_not_nothing(url: str) -> None:
    with pytest.raises(KeyError, match="who"):
        within(url, lambda tx: RENAME.run(tx, {"name": "x"}))


def test_what_the_database_refuses_is_an_error_without_what_was_written(url: str) -> None:
    with pytest.raises(DBAPIError) as refused:
        within(url, lambda tx: Prepared(person.insert()).run(tx, {"key": "local:9", "name": "Mia", "seen": None}))
    assert "Mia" not in str(refused.value).split("DETAIL")[0]
