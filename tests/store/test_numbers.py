"""Counters: gap-free and in the order of commits, whoever counts."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import Connection

from bot.store import numbers
from bot.store.database import Database, writer_engine
from tests.support import once, waited_for


def topic(tx: Connection) -> int:
    return numbers.add(tx, "ebpf", "topic")


def test_numbers_begin_at_one_and_each_course_and_name_has_its_own(url: str) -> None:
    def count(tx: Connection) -> list[int]:
        named = (("a", "topic"), ("a", "topic"), ("b", "topic"), ("a", "message"), ("a", "topic"))
        return [numbers.add(tx, course, name) for course, name in named]

    assert once(url, count) == [1, 2, 1, 1, 3]
    assert once(url, lambda tx: dict(numbers.all_of(tx, "a"))) == {"topic": 3, "message": 1}
    assert once(url, lambda tx: dict(numbers.all_of(tx, "c"))) == {}
    assert once(url, lambda tx: [numbers.get(tx, course, "topic") for course in "abc"]) == [3, 1, 0]


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_of_two_who_put_a_number_at_once_the_last_ones_stands(url: str) -> None:
    holder = writer_engine(url)
    async with Database(url) as other:
        with holder.begin() as tx:
            numbers.put(tx, "", "told", 5)
            waiting = asyncio.ensure_future(other.write(partial(numbers.put, course="", name="told", value=7)))
            await waited_for(tx)
            tx.commit()
            await waiting
        assert await other.read(partial(numbers.get, course="", name="told")) == 7
    holder.dispose()


def test_a_number_that_was_not_used_in_the_end_is_given_again(url: str) -> None:
    def fail(tx: Connection) -> None:
        topic(tx)
        raise KeyError

    assert once(url, topic) == 1
    with pytest.raises(KeyError):
        once(url, fail)
    assert once(url, topic) == 2


async def test_two_databases_at_once_give_every_number_once_without_gaps(url: str) -> None:
    async with Database(url) as one, Database(url) as other:
        given = await asyncio.gather(*((one, other)[n % 2].write(topic) for n in range(200)))
    assert sorted(given) == list(range(1, 201))


async def test_a_counter_may_count_down(database: Database) -> None:
    down = partial(numbers.add, course="ebpf", name="topics.new", by=-3)
    assert await database.write(partial(numbers.add, course="ebpf", name="topics.new", by=5)) == 5
    assert await database.write(down) == 2
