"""Topics and their questions: whatever is done to them, what is counted is what is there."""

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from bot.core.chat import Role
from bot.core.model import OPEN, Question, State
from bot.store import answers, people, topics
from bot.store.database import Database, writer_engine
from bot.store.schema import follow, question, topic
from tests.support import START, once, waited_for

COURSE = "ebpf"
PEOPLE = ("local:a", "local:b", "local:c")

acts = st.lists(
    st.one_of(
        st.tuples(st.just("file"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("word"), st.integers(0, 5), st.sampled_from(PEOPLE)),
        st.tuples(st.just("follow"), st.integers(0, 5), st.sampled_from(PEOPLE)),
        st.tuples(st.just("unfollow"), st.integers(0, 5), st.sampled_from(PEOPLE)),
        st.tuples(st.just("withdraw"), st.integers(0, 9)),
        st.tuples(st.just("reword"), st.integers(0, 9)),
        st.tuples(st.just("move"), st.integers(0, 5), st.sampled_from(State), st.sampled_from((None, "2026-Q4"))),
    ),
    max_size=25,
)


def meet(tx: Connection) -> None:
    for key in PEOPLE:
        people.meet(tx, key, key[-1].upper(), Role.MEMBER, START)


def filed(tx: Connection, text: str = "Why?", who: str = PEOPLE[0]) -> int:
    [n] = topics.file(tx, COURSE, [topics.Asked(text, who, text, text, START, "ask")])
    return n


def standing(tx: Connection, n: int) -> list[Question]:
    return topics.questions(tx, COURSE, n)


def act(tx: Connection, name: str, *args: Any) -> None:
    """Do one thing; what it names is chosen from what is there."""
    numbers = list(tx.scalars(select(topic.c.n).order_by(topic.c.n)))
    asked = [each for n in numbers for each in standing(tx, n)]
    if name == "file":
        filed(tx, who=args[0])
    elif name in ("withdraw", "reword"):
        if asked:
            chosen = asked[args[0] % len(asked)]
            was = topics.get(tx, COURSE, chosen.topic)
            assert was
            if name == "withdraw":
                topics.withdraw(tx, COURSE, chosen, was.state)
            else:
                topics.reword(tx, COURSE, chosen.id, "Other words", "other")
    elif numbers:
        n = numbers[args[0] % len(numbers)]
        was = topics.get(tx, COURSE, n, lock=True)
        assert was
        if name == "word":
            topics.word(tx, COURSE, n, args[1], "Mine too", "mine", START, "ask", was.state)
        elif name == "follow":
            topics.add_follower(tx, COURSE, n, args[1])
        elif name == "unfollow":
            topics.remove_follower(tx, COURSE, n, args[1])
        else:
            topics.set_state(tx, COURSE, was, args[1], args[2], None)


def _act(tx: Connection, todo: tuple[Any, ...]) -> None:
    act(tx, *todo)


def check(tx: Connection) -> None:
    """Every counter against the rows that it stands for, and the lists against both."""
    words = Counter(tx.scalars(select(question.c.topic).where(question.c.withdrawn.is_(False))))
    heard = Counter(tx.scalars(select(follow.c.topic)))
    rows = tx.execute(select(topic.c.n, topic.c.state, topic.c.wordings, topic.c.followers)).all()
    assert {row.n: row.wordings for row in rows} == {row.n: words[row.n] for row in rows}
    assert {row.n: row.followers for row in rows} == {row.n: heard[row.n] for row in rows}
    listed = Counter(row.state for row in rows if row.wordings)
    assert topics.counts(tx, COURSE) == {state: listed[state] for state in State}
    assert {each.n for each in topics.listed(tx, COURSE, [], 0, 99)} == {row.n for row in rows if row.wordings}
    for state in State:
        of_state = [each.n for each in topics.listed(tx, COURSE, [state], 0, 99, oldest=True)]
        assert of_state == sorted(row.n for row in rows if row.wordings and row.state == state)
        assert [topics.before(tx, COURSE, state, n) for n in of_state] == list(range(len(of_state)))
    for who in PEOPLE:
        own = topics.asked_by(tx, COURSE, who, 0, 99)
        assert topics.count_asked_by(tx, COURSE, who) == len(own)
        assert topics.count_asked_by(tx, COURSE, who, OPEN) == sum(each.state in OPEN for each in own)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_counters_equal_what_counting_the_rows_gives(url: str) -> None:
    engine = writer_engine(url)

    @given(todo=acts)
    @settings(max_examples=40, deadline=None)
    def holds(todo: list[tuple[Any, ...]]) -> None:
        with engine.connect() as tx:
            meet(tx)
            for each in (("file", PEOPLE[0]), ("file", PEOPLE[1]), *todo):
                act(tx, *each)
            check(tx)
            tx.rollback()

    holds()
    engine.dispose()


async def test_counters_hold_where_two_databases_change_the_same_topics(url: str) -> None:
    def begin(tx: Connection) -> None:
        meet(tx)
        for _ in range(3):
            filed(tx)

    once(url, begin)
    moves: list[tuple[Any, ...]] = [
        ("move", n, state, None) for n in range(3) for state in (State.CANDIDATE, State.PLANNED, State.NEW)
    ]
    others: list[tuple[Any, ...]] = [("follow", n, who) for n in range(3) for who in PEOPLE] + [
        ("withdraw", n) for n in range(2)
    ]
    async with Database(url) as one, Database(url) as other:
        jobs = [one.write(partial(_act, todo=each)) for each in [*moves, *others]]
        jobs += [other.write(partial(_act, todo=each)) for each in reversed([*moves, *others[:-2]])]
        await asyncio.gather(*jobs)
    once(url, check)


def test_a_topic_keeps_every_wording_and_shows_the_ones_that_stand_oldest_first(url: str) -> None:
    def work(tx: Connection) -> None:
        meet(tx)
        n = filed(tx, "Why does it loop?")
        later = START + timedelta(hours=1)
        topics.word(tx, COURSE, n, PEOPLE[1], "Why, again?", "again", later, "comment", State.NEW)
        first, second = standing(tx, n)
        assert (first.text, first.name, first.source, first.at) == ("Why does it loop?", "A", "ask", START)
        assert (second.text, second.name, second.source, second.at) == ("Why, again?", "B", "comment", later)
        topics.withdraw(tx, COURSE, first, State.NEW)
        assert standing(tx, n) == [second]
        assert [each.withdrawn for each in topics.same_words(tx, COURSE, ["Why does it loop?"])] == [True]
        assert topics.followers(tx, COURSE, n) == [PEOPLE[1]]

    once(url, work)


def test_new_words_take_the_place_of_the_old_and_are_found_by_their_digest(url: str) -> None:
    def work(tx: Connection) -> None:
        meet(tx)
        n = filed(tx, "Old")
        topics.reword(tx, COURSE, standing(tx, n)[0].id, "New", "new")
        assert [each.text for each in standing(tx, n)] == ["New"]
        assert topics.same_words(tx, COURSE, ["Old"]) == []
        assert [each.topic for each in topics.same_words(tx, COURSE, ["new"])] == [n]
        assert topics.same_words(tx, "another course", "new") == []

    once(url, work)


def test_a_topic_without_words_is_in_no_list_and_comes_back_with_new_words(url: str) -> None:
    def work(tx: Connection) -> None:
        meet(tx)
        n = filed(tx)
        was = topics.get(tx, COURSE, n)
        assert was
        topics.set_state(tx, COURSE, was, State.PLANNED, "2026-Q4", None)
        topics.withdraw(tx, COURSE, standing(tx, n)[0], State.PLANNED)
        assert topics.listed(tx, COURSE, [], 0, 9) == []
        assert topics.for_article(tx, COURSE, "2026-Q4", State.PLANNED) == []
        assert topics.asked_by(tx, COURSE, PEOPLE[0], 0, 9) == []
        assert sum(topics.counts(tx, COURSE).values()) == 0
        topics.word(tx, COURSE, n, PEOPLE[1], "Still", "still", START, "ask", State.PLANNED)
        assert [each.n for each in topics.for_article(tx, COURSE, "2026-Q4", State.PLANNED)] == [n]
        assert topics.counts(tx, COURSE)[State.PLANNED] == 1

    once(url, work)


def test_following_twice_counts_once_and_who_does_not_follow_cannot_stop(url: str) -> None:
    def work(tx: Connection) -> None:
        meet(tx)
        n = filed(tx)
        assert topics.add_follower(tx, COURSE, n, PEOPLE[1])
        assert not topics.add_follower(tx, COURSE, n, PEOPLE[1])
        topics.remove_follower(tx, COURSE, n, PEOPLE[2])
        assert topics.followers(tx, COURSE, n) == [PEOPLE[0], PEOPLE[1]]
        found = topics.get(tx, COURSE, n)
        assert found
        assert found.followers == 2

    once(url, work)


def test_each_change_of_state_is_a_new_revision_and_the_last_one_is_signed(url: str) -> None:
    def work(tx: Connection) -> None:
        meet(tx)
        n = filed(tx)
        for state, article, reason in ((State.PLANNED, "2026-Q4", None), (State.DECLINED, None, "too wide")):
            was = topics.get(tx, COURSE, n, lock=True)
            assert was
            topics.set_state(tx, COURSE, was, state, article, reason)
        topics.sign(tx, COURSE, n, PEOPLE[2], START)
        topics.retitle(tx, COURSE, n, "Better")
        now = topics.get(tx, COURSE, n)
        assert now
        assert (now.state, now.article, now.reason, now.revision) == (State.DECLINED, None, "too wide", 2)
        assert (now.title, now.decided_by, now.decided_name, now.decided_at) == ("Better", PEOPLE[2], "C", START)

    once(url, work)


def test_lists_come_newest_first_in_pages_and_for_review_oldest_first_after_one(url: str) -> None:
    def work(tx: Connection) -> None:
        meet(tx)
        for _ in range(5):
            filed(tx)
        assert [each.n for each in topics.listed(tx, COURSE, [], 1, 2)] == [4, 3]
        assert [each.n for each in topics.listed(tx, COURSE, [State.NEW], 0, 2, oldest=True, after=2)] == [3, 4]
        assert [each.n for each in topics.asked_by(tx, COURSE, PEOPLE[0], 3, 9)] == [2, 1]
        assert topics.listed(tx, COURSE, [State.COVERED], 0, 9) == []
        assert topics.get(tx, COURSE, 99) is None
        assert topics.get(tx, "another course", 1) is None

    once(url, work)


def test_answers_are_numbered_from_one_and_one_taken_back_leaves_its_number_used(url: str) -> None:
    def work(tx: Connection) -> None:
        meet(tx)
        n, other = filed(tx), filed(tx)
        add = [answers.add(tx, COURSE, n, PEOPLE[0], text, START) for text in ("one", "two")]
        assert add == [1, 2]
        assert answers.add(tx, COURSE, other, PEOPLE[0], "one", START) == 1
        answers.withdraw(tx, COURSE, n, 2)
        assert [(each.version, each.text) for each in answers.of_topics(tx, COURSE, [n])[n]] == [(1, "one")]
        assert answers.add(tx, COURSE, n, PEOPLE[1], "three", START) == 3
        answers.withdraw(tx, COURSE, n, 2, withdrawn=False)
        assert [each.text for each in answers.of_topics(tx, COURSE, [n])[n]] == ["one", "two", "three"]

    once(url, work)


def test_a_topic_is_answered_by_an_answer_that_stands_and_not_by_an_editors(url: str) -> None:
    def answered(tx: Connection, n: int) -> bool:
        found = topics.get(tx, COURSE, n)
        assert found
        return found.answered

    def work(tx: Connection) -> None:
        meet(tx)
        n = filed(tx)
        answers.add(tx, COURSE, n, PEOPLE[0], "from the editor", START, editor=True)
        assert not answered(tx, n)
        version = answers.add(tx, COURSE, n, PEOPLE[0], "an answer", START)
        assert answered(tx, n)
        answers.withdraw(tx, COURSE, n, version)
        assert not answered(tx, n)

    once(url, work)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_who_waited_for_a_topic_sees_the_answer_that_they_waited_for(url: str) -> None:
    once(url, meet)
    once(url, filed)
    holder = writer_engine(url)
    with holder.begin() as tx:
        topics.get(tx, COURSE, 1, lock=True)
        async with Database(url) as other:
            looking = asyncio.ensure_future(other.write(lambda tx: topics.get(tx, COURSE, 1, lock=True)))
            await waited_for(tx)
            answers.add(tx, COURSE, 1, PEOPLE[0], "Because.", START)
            tx.commit()
            seen = await looking
    holder.dispose()
    assert seen
    assert seen.answered


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_who_takes_up_topics_waits_for_whom_decides_on_one_and_leaves_it_out(url: str) -> None:
    def plan(tx: Connection) -> None:
        meet(tx)
        for _ in range(2):
            was = topics.get(tx, COURSE, filed(tx))
            assert was
            topics.set_state(tx, COURSE, was, State.PLANNED, "2026-Q4", None)

    once(url, plan)
    holder = writer_engine(url)
    with holder.begin() as tx:
        act(tx, "move", 0, State.DECLINED, None)
        async with Database(url) as other:
            look = other.write(lambda tx: topics.for_article(tx, COURSE, "2026-Q4", State.PLANNED, lock=True))
            looking = asyncio.ensure_future(look)
            await waited_for(tx)
            tx.commit()
            assert [each.n for each in await looking] == [2]
    holder.dispose()
