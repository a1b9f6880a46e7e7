"""Topics and their questions: whatever is done to them, what is counted is what is there."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from bot.core.model import OPEN, VOTES, AnswerKind, Question, State, Tie
from bot.store import answers, follows, merges, people, reviews, topics
from bot.store.database import Database, writer_engine
from bot.store.schema import counter, follow, question, topic
from tests.support import START, once, waited_for

COURSE = "ebpf"
MOST = 9999  # of a long run of examples, each of which may file hundreds
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
        st.tuples(st.just("merge"), st.integers(0, 5), st.integers(0, 5)),
        st.tuples(st.just("split"), st.integers(0, 5)),
    ),
    max_size=25,
)


def meet(tx: Connection) -> None:
    for key in PEOPLE:
        people.meet(tx, key, key[-1].upper(), START)


def filed(tx: Connection, text: str = "Why?", who: str = PEOPLE[0]) -> int:
    [n] = topics.file(tx, COURSE, [words(text, who)])
    return n


def words(text: str, who: str, at: datetime = START, source: str = "ask") -> topics.Asked:
    return topics.Asked(text, who, text, text, at, source)


def standing(tx: Connection, n: int) -> list[Question]:
    return topics.questions(tx, COURSE, n)


def act(tx: Connection, name: str, *args: Any) -> None:
    """Do one thing; what it names is chosen from what is there."""
    numbers = roots(tx)
    asked = [each for n in numbers for each in standing(tx, n)]
    if name == "file":
        filed(tx, who=args[0])
    elif name in ("withdraw", "reword"):
        if asked:
            chosen = asked[args[0] % len(asked)]
            was = topics.get(tx, COURSE, chosen.topic)
            assert was
            if name == "withdraw":
                assert chosen.person
                topics.withdraw(tx, COURSE, topics.root(tx, COURSE, chosen.topic) or 0, chosen, chosen.person)
            else:
                topics.reword(tx, COURSE, chosen.id, "Other words", "other")
    elif name == "merge":
        merge(tx, args[0], args[1])
    elif name == "split":
        if merged := list(tx.scalars(select(topic.c.n).where(topic.c.root != topic.c.n).order_by(topic.c.n))):
            merges.split(tx, COURSE, merged[args[0] % len(merged)])
    elif numbers:
        n = numbers[args[0] % len(numbers)]
        was = topics.get(tx, COURSE, n, lock=True)
        assert was
        if name == "word":
            topics.word(tx, COURSE, n, words("Mine too", args[1]))
        elif name == "follow":
            follows.tie(tx, COURSE, n, args[1], Tie.TOO)
            topics.recount(tx, COURSE, n)
        elif name == "unfollow":
            follows.untie(tx, COURSE, n, args[1], *Tie)
            topics.recount(tx, COURSE, n)
        else:
            topics.set_state(tx, COURSE, was, args[1], args[2], None)


def roots(tx: Connection) -> list[int]:
    return list(tx.scalars(select(topic.c.n).where(topic.c.root == topic.c.n).order_by(topic.c.n)))


def merge(tx: Connection, one: int, other: int) -> int | None:
    """Merge one topic that stands for itself into another; the number of the one that no longer does."""
    numbers = roots(tx)
    n = numbers[one % len(numbers)]
    rest = [each for each in numbers if each != n]
    if not rest:
        return None
    merges.merge(tx, COURSE, n, rest[other % len(rest)])
    return n


def _act(tx: Connection, todo: tuple[Any, ...]) -> None:
    act(tx, *todo)


def check(tx: Connection) -> None:
    """Every counter against the rows that it stands for, and the lists against both."""
    stands_for = {row.n: row.root for row in tx.execute(select(topic.c.n, topic.c.root))}
    standing = select(question.c.topic).where(question.c.withdrawn.is_(False))
    words = Counter(stands_for[n] for n in tx.scalars(standing))
    ties = {(stands_for[row.topic], row.person, row.kind) for row in tx.execute(select(follow))}
    heard = Counter(n for n, _ in {(n, who) for n, who, _ in ties})
    voted = Counter(n for n, _ in {(n, who) for n, who, kind in ties if kind in VOTES})
    rows = tx.execute(select(topic).where(topic.c.root == topic.c.n)).all()
    assert {row.n: row.wordings for row in rows} == {row.n: words[row.n] for row in rows}
    assert {row.n: row.followers for row in rows} == {row.n: heard[row.n] for row in rows}
    assert {row.n: row.voters for row in rows} == {row.n: voted[row.n] for row in rows}
    listed = Counter(row.state for row in rows if row.wordings)
    assert topics.counts(tx, COURSE) == {state: listed[state] for state in State}
    assert {each.n for each in topics.listed(tx, COURSE, [], 0, MOST)} == {row.n for row in rows if row.wordings}
    for state in State:
        of_state = [each.n for each in topics.listed(tx, COURSE, [state], 0, MOST)][::-1]
        assert of_state == sorted(row.n for row in rows if row.wordings and row.state == state)
        if state is State.NEW:
            assert [reviews.before(tx, COURSE, START, n) for n in of_state] == list(range(len(of_state)))
    for who in PEOPLE:
        own = topics.asked_by(tx, COURSE, who, 0, MOST)
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


def everything(tx: Connection) -> list[Any]:
    """All that is kept of topics, but for how often each changed."""
    kept = [column for column in topic.c if column is not topic.c.revision]
    tables = (select(*kept), select(follow), select(question), select(counter).where(counter.c.value != 0))
    return [sorted(map(repr, tx.execute(statement).all())) for statement in tables]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_merging_and_splitting_leaves_everything_as_it_was(url: str) -> None:
    engine = writer_engine(url)

    @given(todo=acts, one=st.integers(0, 5), other=st.integers(0, 5))
    @settings(max_examples=40, deadline=None)
    def holds(todo: list[tuple[Any, ...]], one: int, other: int) -> None:
        with engine.connect() as tx:
            meet(tx)
            for each in (("file", PEOPLE[0]), ("file", PEOPLE[1]), ("file", PEOPLE[0]), *todo):
                act(tx, *each)
            before = everything(tx)
            if (n := merge(tx, one, other)) is not None:
                assert everything(tx) != before
                merges.split(tx, COURSE, n)
            assert everything(tx) == before
            tx.rollback()

    holds()
    engine.dispose()


def test_of_a_chain_each_link_can_be_taken_back_by_itself(url: str) -> None:
    def work(tx: Connection) -> None:
        meet(tx)
        one, two, three = (filed(tx, text, who) for text, who in zip("abc", PEOPLE, strict=True))
        merges.merge(tx, COURSE, one, two)
        merges.merge(tx, COURSE, two, three)
        assert [topics.root(tx, COURSE, n) for n in (one, two, three)] == [three] * 3
        assert [each.text for each in standing(tx, three)] == ["a", "b", "c"]
        assert follows.followers(tx, COURSE, three) == list(PEOPLE)
        merges.split(tx, COURSE, one)
        assert [each.n for each in topics.listed(tx, COURSE, [], 0, 9)] == [three, one]
        merges.split(tx, COURSE, two)
        assert [each.wordings for each in topics.listed(tx, COURSE, [], 0, 9)] == [1, 1, 1]

    once(url, work)


def test_who_asked_anonymously_is_not_in_what_comes_back_but_finds_their_own(url: str) -> None:
    def work(tx: Connection) -> None:
        meet(tx)
        at = START.replace(hour=21, minute=47)
        [n] = topics.file(tx, COURSE, [topics.Asked("Why?", PEOPLE[0], "Why?", "d", at, "ask", anonymous=True)])
        [asked] = standing(tx, n)
        assert (asked.person, asked.name, asked.at) == (None, None, START.replace(hour=12, minute=0))
        assert topics.own(tx, COURSE, n, PEOPLE[0]) == [asked]
        assert topics.own(tx, COURSE, n, PEOPLE[1]) == []
        assert topics.asker(tx, COURSE, PEOPLE[0], "d", 1, at).same == n
        assert topics.asker(tx, COURSE, PEOPLE[1], "d", 1, at).same is None

    once(url, work)


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
        topics.word(tx, COURSE, n, words("Why, again?", PEOPLE[1], later, "comment"))
        first, second = standing(tx, n)
        assert (first.text, first.name, first.source, first.at) == ("Why does it loop?", "A", "ask", START)
        assert (second.text, second.name, second.source, second.at) == ("Why, again?", "B", "comment", later)
        topics.withdraw(tx, COURSE, n, first, PEOPLE[0])
        assert standing(tx, n) == [second]
        assert [each.withdrawn for each in topics.same_words(tx, COURSE, ["Why does it loop?"])] == [True]
        assert follows.followers(tx, COURSE, n) == [PEOPLE[1]]

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
        topics.withdraw(tx, COURSE, n, standing(tx, n)[0], PEOPLE[0])
        assert topics.listed(tx, COURSE, [], 0, 9) == []
        assert topics.for_article(tx, COURSE, "2026-Q4", State.PLANNED) == []
        assert topics.asked_by(tx, COURSE, PEOPLE[0], 0, 9) == []
        assert sum(topics.counts(tx, COURSE).values()) == 0
        topics.word(tx, COURSE, n, words("Still", PEOPLE[1]))
        assert [each.n for each in topics.for_article(tx, COURSE, "2026-Q4", State.PLANNED)] == [n]
        assert topics.counts(tx, COURSE)[State.PLANNED] == 1

    once(url, work)


def test_following_twice_counts_once_and_who_does_not_follow_cannot_stop(url: str) -> None:
    def work(tx: Connection) -> None:
        meet(tx)
        n = filed(tx)
        for kind in (Tie.TOO, Tie.TOO, Tie.FOLLOW):
            follows.tie(tx, COURSE, n, PEOPLE[1], kind)
        follows.untie(tx, COURSE, n, PEOPLE[2], *Tie)
        topics.recount(tx, COURSE, n)
        assert follows.followers(tx, COURSE, n) == [PEOPLE[0], PEOPLE[1]]
        found = topics.get(tx, COURSE, n)
        assert found
        assert (found.followers, found.voters) == (2, 2)
        assert follows.ties(tx, COURSE, PEOPLE[1], [n]) == {n: Tie.TOO}

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
        assert [each.n for each in topics.listed(tx, COURSE, [State.NEW], 0, 2)] == [5, 4]
        assert [reviews.waiting(tx, COURSE, START, after) for after in (0, 2, 5)] == [1, 3, None]
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
        [read] = answers.of_topics(tx, COURSE, [n])[n]
        assert (read.text, read.updated) == ("three", True)
        kept = answers.standing(tx, COURSE, [n], [AnswerKind.PUBLISHED])
        assert [each.text for each in kept] == ["one", "two", "three"]

    once(url, work)


def test_a_topic_is_answered_by_an_answer_that_stands_and_not_by_an_editors(url: str) -> None:
    def answered(tx: Connection, n: int) -> bool:
        found = topics.get(tx, COURSE, n)
        assert found
        return found.answered

    def work(tx: Connection) -> None:
        meet(tx)
        n = filed(tx)
        answers.add(tx, COURSE, n, PEOPLE[0], "from the editor", START, AnswerKind.EDITOR)
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
