"""Whatever members and staff do to topics: merge then split is the identity, nobody counts or is told twice."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from bot.core.chat import Role
from bot.core.errors import UserError
from bot.core.model import VOTES, Person, State, Topic
from bot.services import answers, following, merging, reviewing, similar, topics, undo
from bot.services.work import Work
from bot.store import events, follows, people
from bot.store import topics as stored
from bot.store.database import Database, writer_engine
from bot.store.schema import announcement, counter, delivery, event, follow, question, topic
from tests.support import START, World, course, once

EBPF = course(channels=("group:local",))
MEMBERS = tuple(Person(f"local:{name}", name) for name in ("lin", "wang", "zoe"))
STAFF = tuple(Person(f"local:{name}", name) for name in ("ann", "bob"))
TEXTS = ("Why does the verifier reject my loop?", "How big may a ring buffer be?", "Which kernel has tail calls?")

DECIDED = (State.NEW, State.CANDIDATE, State.PLANNED, State.DECLINED)
WHO, N = st.integers(0, 2), st.integers(0, 7)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), WHO, st.sampled_from(TEXTS)),
        st.tuples(st.sampled_from(("too", "follow", "not me")), WHO, N),
        st.tuples(st.just("edit"), WHO, N),
        st.tuples(st.just("withdraw"), WHO, N),
        st.tuples(st.just("merge"), WHO, N, N),
        st.tuples(st.just("merge"), WHO, N, N),
        st.tuples(st.just("split"), WHO, N),
        st.tuples(st.just("decide"), WHO, N, st.sampled_from(DECIDED)),
        st.tuples(st.just("details"), WHO, N),
        st.tuples(st.just("later"), WHO, N),
        st.tuples(st.just("answer"), WHO, N),
        st.tuples(st.just("retitle"), WHO, N),
        st.tuples(st.just("undo"), WHO, N),
    ),
    max_size=30,
)


def meet(tx: Connection) -> None:
    for person in (*MEMBERS, *STAFF):
        people.meet(tx, person.key, person.name, START)


def member(tx: Connection, who: int, step: int = 0) -> Work:
    return Work(tx, EBPF, MEMBERS[who], Role.MEMBER, START + timedelta(minutes=step))


def staff(tx: Connection, who: int = 0, step: int = 0) -> Work:
    return Work(tx, EBPF, STAFF[who % 2], Role.INSTRUCTOR, START + timedelta(minutes=step))


def seen(tx: Connection, n: int) -> int:
    """What somebody acts on who has just looked."""
    return topics.get(staff(tx), n).revision


def act(tx: Connection, step: int, name: str, who: int, *args: Any) -> None:
    """Do one thing as a person would, at a minute of its own; what is refused is left undone."""
    mine, theirs = member(tx, who, step), staff(tx, who, step)
    try:
        with tx.begin_nested():
            _act(tx, mine, theirs, step, name, *args)
    except UserError:
        pass


def _act(tx: Connection, mine: Work, theirs: Work, step: int, name: str, *args: Any) -> None:
    if name == "ask":
        topics.file(mine, f"{args[0]} ({step})")
    elif name == "too":
        following.me_too(mine, args[0])
    elif name == "follow":
        following.follow(mine, args[0])
    elif name == "not me":
        following.not_me(mine, args[0])
    elif name == "edit":
        topics.edit(mine, args[0], f"My new words, number {step}")
    elif name == "withdraw":
        topics.withdraw(mine, args[0])
    elif name == "merge":
        found = merging.preview(theirs, args[0], args[1])
        one, other = found.one.topic, found.into.topic
        merging.merge(theirs, one.n, other.n, (one.revision, other.revision))
    elif name == "split":
        merging.split(theirs, args[0])
    elif name == "decide":
        decide(theirs, args[0], args[1])
    elif name == "details":
        reviewing.ask_details(theirs, "Which kernel?", args[0], seen(tx, args[0]))
    elif name == "later":
        reviewing.later(theirs, theirs.now + timedelta(days=step + 1), args[0], seen(tx, args[0]))
    elif name == "answer":
        was = topics.get(theirs, args[0], lock=True)
        said = answers.Said(f"Because of {step}.", None, theirs.person.key, theirs.person.name)
        answers.publish(theirs, was, said, was.revision)
    elif name == "retitle":
        merging.retitle(theirs, args[0], f"Title {step}")
    else:
        standing = tx.scalars(select(event.c.id).where(event.c.undone.is_(False)).order_by(event.c.id)).all()
        undo.undo(theirs, standing[args[0] % len(standing)] if standing else None)


def decide(work: Work, n: int, state: State) -> None:
    article = "2026-Q4" if state in (State.PLANNED, State.COVERED) else None
    reason = "out of scope" if state is State.DECLINED else None
    topics.decide(work, state, article, reason, n, seen(work.tx, n))


def everything(tx: Connection) -> list[Any]:
    """All that is kept of topics, but for how often each changed and what was counted of one before it was merged."""
    counts = dict.fromkeys(("wordings", "followers", "voters"))
    kept = [{**row, "revision": None} for row in tx.execute(select(topic)).mappings()]
    rows = [row if row["root"] == row["n"] else row | counts for row in kept]
    tables = (select(follow), select(question), select(counter))
    return [sorted(map(repr, rows)), *(sorted(map(repr, tx.execute(each).all())) for each in tables)]


def check(tx: Connection, asked: int) -> None:
    """Every count against the rows that it stands for; nobody was told anything twice."""
    rows = tx.execute(select(topic)).all()
    stands_for = {row.n: row.root for row in rows}
    roots = [row for row in rows if row.root == row.n]
    said = tx.execute(select(question.c.topic, question.c.withdrawn)).all()
    assert len(said) == asked
    words = Counter(stands_for[row.topic] for row in said if not row.withdrawn)
    votes = {(stands_for[row.topic], row.person) for row in tx.execute(select(follow)) if row.kind in VOTES}
    voters = Counter(n for n, _ in votes)
    assert {row.n: (row.wordings, row.voters) for row in roots} == {
        row.n: (words[row.n], voters[row.n]) for row in roots
    }
    listed = Counter(State(row.state) for row in roots if row.wordings)
    assert stored.counts(tx, EBPF.key) == {state: listed[state] for state in State}
    for row in roots:
        if row.wordings:
            assert len(topics.card(staff(tx), row.n).questions) == row.wordings
    check_told(tx)
    check_review(tx)


def check_told(tx: Connection) -> None:
    """A key is used once, and under each everybody is told once; what was told is told again only as news."""
    told = tx.execute(select(announcement.c.key, announcement.c.notice, delivery.c.target).join(delivery)).all()
    assert len({(row.key, row.target) for row in told}) == len(told)
    answered = [
        (row.target, row.notice["kind"], row.notice["fields"]["n"], row.notice["fields"]["text"])
        for row in told
        if row.notice["kind"] in ("topic.answered", "topic.corrected")
    ]
    assert len(set(answered)) == len(answered)


def check_review(tx: Connection) -> None:
    """The review goes once through what waits, and its progress counts that."""
    work, after, position = staff(tx, step=40), 0, 0
    while found := reviewing.review(work, after):
        position += 1
        assert (found.position, found.total) == (position, topics.waiting(work))
        after = found.card.topic.n
    assert position == topics.waiting(work)
    assert topics.waiting(work) + reviewing.count_held(work) == stored.counts(tx, EBPF.key)[State.NEW]


def happen(tx: Connection, todo: list[tuple[Any, ...]]) -> int:
    """Three questions and then all that is to happen; how many questions were asked."""
    meet(tx)
    begun: list[tuple[Any, ...]] = [("ask", who, text) for who, text in enumerate(TEXTS)]
    for step, each in enumerate([*begun, *todo]):
        act(tx, step, *each)
    return 3 + len([each for each in todo if each[0] == "ask"])


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_whatever_happens_counts_are_right_and_nobody_is_told_twice(url: str) -> None:
    engine = writer_engine(url)

    @given(todo=ACTS)
    def holds(todo: list[tuple[Any, ...]]) -> None:
        with engine.connect() as tx:
            asked = happen(tx, todo)
            check(tx, asked)
            tx.rollback()

    holds()
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_after_whatever_happened_a_merge_that_is_split_or_undone_was_never_there(url: str) -> None:
    engine = writer_engine(url)

    @given(todo=ACTS, one=N, other=N, by_undo=st.booleans())
    def holds(todo: list[tuple[Any, ...]], one: int, other: int, by_undo: bool) -> None:
        with engine.connect() as tx:
            happen(tx, todo)
            before = everything(tx)
            if (done := merged(tx, one, other)) is not None:
                assert everything(tx) != before
                n, id_ = done
                _ = undo.undo(staff(tx, step=50), id_) if by_undo else merging.split(staff(tx, step=50), n)
            without_messages(before, everything(tx))
            tx.rollback()

    holds()
    engine.dispose()


def merged(tx: Connection, one: int, other: int) -> tuple[int, int] | None:
    """The number of the topic that was merged and the event; None where it was refused."""
    work = staff(tx, step=45)
    try:
        found = merging.preview(work, one, other)
    except UserError:
        return None
    revisions = found.one.topic.revision, found.into.topic.revision
    was, _, id_ = merging.merge(work, found.one.topic.n, found.into.topic.n, revisions)
    return was.n, id_


def parted(tx: Connection, which: int) -> int | None:
    """The event of a split; None where nothing is merged or all that was asked is withdrawn."""
    under = tx.scalars(select(topic.c.n).where(topic.c.root != topic.c.n).order_by(topic.c.n)).all()
    try:
        return merging.split(staff(tx, step=45), under[which % len(under)])[2] if under else None
    except UserError:
        return None


def without_messages(before: list[Any], after: list[Any]) -> None:
    """The same but for how many messages were sent."""
    strip = [[row for row in rows if "'message'" not in row] for rows in (before[-1], after[-1])]
    assert before[:-1] == after[:-1]
    assert strip[0] == strip[1]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_split_that_is_undone_was_never_there(url: str) -> None:
    engine = writer_engine(url)

    @given(todo=ACTS, which=N)
    def holds(todo: list[tuple[Any, ...]], which: int) -> None:
        with engine.connect() as tx:
            happen(tx, todo)
            before = everything(tx)
            if (id_ := parted(tx, which)) is not None:
                undo.undo(staff(tx, step=50), id_)
            without_messages(before, everything(tx))
            tx.rollback()

    holds()
    engine.dispose()


def test_the_wordings_of_a_merged_topic_find_the_one_that_stands_for_it(url: str) -> None:
    def work(tx: Connection) -> None:
        happen(tx, [("merge", 0, 2, 1), ("retitle", 0, 1)])
        [found] = similar.similar(tx, EBPF, "How big is a ring buffer?")
        assert (found.topic, found.title) == (1, "Title 4")
        merging.retitle(staff(tx, step=5), 1, "Maximum capacity of queues")
        assert [each.topic for each in similar.similar(tx, EBPF, "capacity of queues")] == [1]
        undo.undo(staff(tx, step=6), None)
        assert similar.similar(tx, EBPF, "capacity of queues") == []

    once(url, work)


def test_one_person_under_both_counts_once_in_the_preview_and_after(url: str) -> None:
    def work(tx: Connection) -> None:
        happen(tx, [("too", 0, 2), ("too", 2, 2)])
        found = merging.preview(staff(tx), 2, 1)
        assert found.voters == 3
        assert follows.counts(tx, EBPF.key, 1, 2)["followers"] == 3
        merged(tx, 2, 1)
        assert topics.get(staff(tx), 1).voters == 3

    once(url, work)


@pytest.mark.parametrize("crossing", [((1, 2), (2, 1)), ((1, 2), (1, 2)), ((1, 2), (2, 3)), ((1, 3), (2, 3))])
async def test_merges_that_cross_are_done_or_said_in_words(url: str, crossing: tuple[tuple[int, int], ...]) -> None:
    once(url, lambda tx: happen(tx, []))

    def try_(tx: Connection, one: int, other: int, who: int) -> str:
        try:
            merging.merge(staff(tx, who, 50), one, other, (0, 0))
        except UserError as error:
            return error.key
        return "done"

    async with Database(url) as first, Database(url) as second:
        jobs = [
            database.write(partial(try_, one=one, other=other, who=who))
            for who, (database, (one, other)) in enumerate(zip((first, second), crossing, strict=True))
        ]
        ended = await asyncio.gather(*jobs)
    assert "done" in ended
    assert set(ended) <= {"done", "merged_already", "handled"}
    once(url, lambda tx: check(tx, 3))


async def test_votes_and_decisions_during_merges_and_splits_all_count(url: str) -> None:
    once(url, lambda tx: happen(tx, []))

    def vote(tx: Connection, who: int, n: int) -> None:
        following.me_too(member(tx, who, 50), n)

    def staffed(tx: Connection, step: int, todo: tuple[Any, ...]) -> None:
        act(tx, step, *todo)

    moves: list[tuple[Any, ...]] = [
        ("merge", 0, 1, 2), ("split", 0, 1), ("merge", 0, 2, 1), ("merge", 0, 1, 3), ("split", 0, 2),
    ]  # fmt: skip
    decisions: list[tuple[Any, ...]] = [("decide", 1, n, State.CANDIDATE) for n in (1, 2, 3)]
    async with Database(url) as one, Database(url) as other:
        jobs = [one.write(partial(staffed, step=50 + step, todo=todo)) for step, todo in enumerate(moves)]
        jobs += [other.write(partial(vote, who=who, n=n)) for who in range(3) for n in (1, 2, 3)]
        jobs += [other.write(partial(staffed, step=60, todo=todo)) for todo in decisions]
        await asyncio.gather(*jobs)
    once(url, lambda tx: check(tx, 3))


async def test_two_of_staff_at_once_never_see_a_raw_error(world: World) -> None:
    lin = world.member("lin")
    for text in TEXTS:
        await lin(f"/ask different:yes {text}")
    ann, bob = world.assistant("ann"), world.assistant("bob")
    await ann("/merge 1 2")
    await bob("/merge 2 1")
    said = await asyncio.gather(ann.press("Merge"), bob.press("Merge"))
    assert sorted(reply.error or "" for reply in said) == ["", "merged_already"]
    said = await asyncio.gather(ann("/decide 1 2 3 candidate"), bob("/decide 3 2 1 declined out of scope"))
    assert {reply.error for reply in said} <= {None, "none_decided"}
    assert not any("broke" in reply.text for reply in said)


def test_a_stale_revision_gives_way_whoever_merged(url: str) -> None:
    def work(tx: Connection) -> None:
        happen(tx, [])
        decide(staff(tx, 1, 50), 2, State.CANDIDATE)
        with pytest.raises(UserError, match="handled"):
            merging.merge(staff(tx, 0, 51), 1, 2, (0, 0))
        was: Topic = topics.get(staff(tx), 2)
        merging.merge(staff(tx, 0, 51), 1, 2, (0, was.revision))
        assert replace(topics.get(staff(tx), 1), wordings=1, voters=1, followers=1) == was
        assert events.last_on(tx, EBPF.key, "topic:1", ("merge",))

    once(url, work)
