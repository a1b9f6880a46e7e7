"""Accounts joined: whatever was done before and after, what is counted is what is there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store import linking, people
from bot.store.database import writer_engine
from bot.store.schema import follow, person, question
from tests.store.test_topics import PEOPLE, act, acts, check, filed, meet


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_persons_count_once_wherever_both_of_their_accounts_were(url: str) -> None:
    engine = writer_engine(url)

    @given(before=acts, after=acts, pair=st.permutations(PEOPLE))
    def holds(before: list[tuple[Any, ...]], after: list[tuple[Any, ...]], pair: list[str]) -> None:
        with engine.connect() as tx:
            meet(tx)
            filed(tx)
            for todo in before:
                act(tx, *todo)
            old, new = pair[0], pair[1]
            linking.join(tx, old, new)
            check(tx)
            assert old not in set(tx.scalars(question.select().with_only_columns(question.c.person)))
            assert old not in set(tx.scalars(follow.select().with_only_columns(follow.c.person)))
            assert {row.key for row in tx.execute(person.select()) if row.main} == {old}
            found = people.known(tx, old)
            assert found
            assert found.key == new
            for todo in after:
                act(tx, *(new if each == old else each for each in todo))
            check(tx)
            tx.rollback()

    holds()
    engine.dispose()
