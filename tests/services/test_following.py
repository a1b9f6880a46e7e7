"""Votes: whatever happens, a topic's count is how many distinct persons ask it."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from bot.core.chat import Role
from bot.core.errors import UserError
from bot.core.model import Person, Tie
from bot.services import following, topics
from bot.services.work import Work
from bot.store import database as module
from bot.store import merges, people
from bot.store import topics as stored
from bot.store.database import Database, writer_engine
from bot.store.schema import metadata
from tests.support import PATIENCE, START, course

EBPF = course()
WHO = ("local:a", "local:b", "local:c")
TOPICS = 4

acts = st.lists(
    st.tuples(
        st.sampled_from(("me_too", "not_me", "follow", "unfollow", "withdraw", "merge", "split")),
        st.integers(1, TOPICS),
        st.sampled_from(WHO),
    ),
    max_size=30,
)


def work(tx: Connection, who: str, minutes: int = 0) -> Work:
    return Work(tx, EBPF, Person(who, who), Role.MEMBER, START + timedelta(minutes=minutes))


def fill(tx: Connection) -> None:
    """Each of the topics is asked by one of the persons, who takes turns."""
    for who in WHO:
        people.meet(tx, who, who, START)
    for n in range(TOPICS):
        topics.file(work(tx, WHO[n % len(WHO)]), f"Question {n}?")


class Model:
    """What should be: who asked and who joined each topic as it was filed, and what is merged into what."""

    def __init__(self) -> None:
        self.asked = {n: {WHO[(n - 1) % len(WHO)]} for n in range(1, TOPICS + 1)}
        self.ties: dict[int, dict[str, Tie]] = {n: {} for n in self.asked}
        self.into: dict[int, int] = {}

    def root(self, n: int) -> int:
        """What stands for a topic."""
        return self.root(self.into[n]) if n in self.into else n

    def under(self, n: int) -> list[int]:
        """All that a topic stands for."""
        return [each for each in self.asked if self.root(each) == n]

    def voters(self, n: int) -> set[str]:
        """Who asks it."""
        found: set[str] = set()
        for each in self.under(n):
            found |= self.asked[each] | {who for who, tie in self.ties[each].items() if tie is Tie.TOO}
        return found

    def followers(self, n: int) -> set[str]:
        """Who hears of it."""
        return self.voters(n) | {who for each in self.under(n) for who in self.ties[each]}

    def act(self, name: str, n: int, who: str) -> None:
        """Do to the model what is done to the topics."""
        root = self.root(n)
        if name in ("me_too", "follow"):
            kind = Tie.TOO if name == "me_too" else Tie.FOLLOW
            has = {self.ties[each].get(who) for each in self.under(root)}
            if who not in self.voters(root) and (kind is Tie.TOO or Tie.FOLLOW not in has):
                self.ties[root][who] = kind
        elif name in ("not_me", "unfollow"):
            kind = Tie.TOO if name == "not_me" else Tie.FOLLOW
            for each in self.under(root):
                if self.ties[each].get(who) is kind:
                    del self.ties[each][who]
        elif name == "withdraw":
            mine = [each for each in self.under(root) if who in self.asked[each]]
            for each in sorted(mine, key=lambda each: (each != n, each))[:1]:
                self.asked[each] = set()


def act(tx: Connection, model: Model, name: str, n: int, who: str) -> None:
    """Do it to both; what nobody may do is done to neither."""
    root = model.root(n)
    other = model.root(n % TOPICS + 1)
    if not any(model.asked[each] for each in model.under(root)):
        return
    if name == "merge":
        if root != other and any(model.asked[each] for each in model.under(other)):
            merges.merge(tx, EBPF.key, root, other)
            model.into[root] = other
    elif name == "split":
        if n in model.into:
            merges.split(tx, EBPF.key, n)
            del model.into[n]
    else:
        run = topics.withdraw if name == "withdraw" else getattr(following, name)
        with suppress(UserError):
            run(work(tx, who), n)
        model.act(name, n, who)


@pytest.fixture(scope="module")
def tx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A transaction in which the topics are."""
    engine = writer_engine(f"sqlite:///{tmp_path_factory.mktemp('votes') / 'votes.db'}")
    metadata.create_all(engine)
    with engine.begin() as tx:
        yield tx
    engine.dispose()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(acts)
def test_the_count_is_how_many_distinct_persons_ask(tx: Connection, todo: list[tuple[str, int, str]]) -> None:
    for table in reversed(metadata.sorted_tables):
        tx.execute(delete(table))
    fill(tx)
    model = Model()
    for name, n, who in todo:
        act(tx, model, name, n, who)
    for n in model.asked:
        if model.root(n) == n:
            found = stored.get(tx, EBPF.key, n)
            assert found
            counted = (len(model.voters(n)), len(model.followers(n)))
            assert (found.n, found.voters, found.followers) == (n, *counted)


async def test_a_hundred_votes_at_once_through_two_processes_count_once_each(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each holds the file while it counts many votes; the other may wait for that as long as a busy machine takes.
    monkeypatch.setattr(module, "PATIENCE", PATIENCE)
    voters = [f"local:v{n}" for n in range(100)]

    def begin(tx: Connection) -> None:
        fill(tx)
        for who in voters:
            people.meet(tx, who, who, START)

    def vote(who: str, tx: Connection) -> None:
        following.me_too(work(tx, who), 1)

    async with Database(url) as one, Database(url) as other:
        await one.write(begin)
        jobs = [one.write(partial(vote, who)) for who in voters[:60]]
        await asyncio.gather(*jobs, *(other.write(partial(vote, who)) for who in voters[40:]))
        found = await one.read(lambda tx: stored.get(tx, EBPF.key, 1))
    assert found
    assert (found.voters, found.followers, found.wordings) == (101, 101, 1)
