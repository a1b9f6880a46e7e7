"""The ledger's worker: what is sent, tried again, held, left to staff, and never sent twice."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit
from sqlite3 import connect

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from bot.app import worded
from bot.core.chat import Notice, Role
from bot.core.errors import RetryLater, Unreachable, Unsure
from bot.core.model import Delivery, Person
from bot.services import ledger
from bot.services.delivering import LEASE, Delivering, attempt, nonce_of
from bot.services.work import HERALD, Work
from bot.store import claims, deliveries
from bot.store.claims import Claimed
from bot.store.database import Database, sqlite_url
from bot.store.prepared import Values
from bot.store.schema import delivery
from tests.platform import Crash, Recorder
from tests.support import PATIENCE, START, Clock, course, once, opened_world

ROOM, OTHER, LIN = "group:wire:room", "group:wire:other", "wire:lin"
COURSE = course(staff={"local:instructor": Role.INSTRUCTOR})


def notice(text: str = "Soon.") -> Notice:
    return Notice("article.unlinked", {"key": text, "title": text, "at": START.isoformat()})


@dataclass
class Post:
    """An installation with one platform and a clock that tests move."""

    database: Database
    clock: Clock = field(default_factory=Clock)
    wire: Recorder = field(default_factory=Recorder)
    said: int = 0

    def worker(self, owner: str = "a", rate: float = 1000) -> Delivering:
        return Delivering(
            self.database, {"ebpf": COURSE}, "wire", self.wire, worded, self.clock,
            rate=rate, owner=owner, chance=lambda: 0.5,
        )  # fmt: skip

    async def say(self, *targets: str, text: str = "", by: Person = HERALD) -> None:
        self.said += 1
        text, key = text or f"Notice {self.said}.", f"key {self.said}"

        def work(tx: Connection) -> None:
            assert ledger.announce(
                Work(tx, COURSE, by, Role.INSTRUCTOR, self.clock()), key, notice(text), targets or [ROOM]
            )

        await self.database.write(work)

    async def states(self) -> list[str]:
        return await self.database.read(lambda tx: list(tx.scalars(select(delivery.c.state).order_by(delivery.c.id))))


@pytest.fixture
def kind() -> str:
    """These rules are the database's only in claiming, which `test_kills` tries on both."""
    return "sqlite"


@asynccontextmanager
async def posting(url: str) -> AsyncIterator[Post]:
    async with Database(url) as database:
        yield Post(database)


async def told(url: str, clock: Clock) -> list[str]:
    """What the instructor was told."""
    async with opened_world(url, COURSE) as world:
        world.clock = clock
        return [reply.text for reply in await world.heard(world.instructor())]


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_what_another_process_rewords_while_it_is_claimed_is_said_in_the_new_words(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = claims._DUE.each

    def then_reworded(tx: Connection, values: Values) -> list[int]:
        # This statement began before, and what it locks is locked after.
        found = due(tx, values)
        once(url, lambda other: deliveries.reword(other, "ebpf", "key 1", notice("Later.")))
        return found

    async with posting(url) as post:
        await post.say(text="Soon.")
        monkeypatch.setattr(claims._DUE, "each", then_reworded)
        await post.worker().drain()
        assert "Later." in post.wire.texts(ROOM)[0]


async def until(done: Callable[[], bool]) -> None:
    """Return once it is."""
    async with asyncio.timeout(PATIENCE):
        while not done():
            await asyncio.sleep(0.005)


async def ended(running: "asyncio.Task[None]") -> None:
    """End a worker."""
    running.cancel()
    await asyncio.wait([running])


# Sent, and when


async def test_what_waits_is_sent_and_kept_with_the_platforms_id(url: str) -> None:
    async with posting(url) as post:
        await post.say(ROOM, LIN)
        assert await post.worker().drain() == 2
        assert [len(post.wire.texts(target)) for target in (ROOM, LIN)] == [1, 1]
        kept = await post.database.read(lambda tx: tx.execute(select(delivery.c.state, delivery.c.platform_id)).all())
        assert sorted(map(tuple, kept)) == [("sent", "m1"), ("sent", "m2")]
        assert await post.worker().drain() == 0


async def test_what_a_person_causes_is_held_for_a_moment_also_over_a_restart(url: str) -> None:
    async with posting(url) as post:
        await post.say(by=Person("local:boss", "Boss"))
        await post.worker().drain()
        assert (post.wire.texts(ROOM), await post.states()) == ([], ["pending"])
    async with posting(url) as later:
        later.clock.wait(seconds=19)
        await later.worker().drain()
        assert later.wire.texts(ROOM) == []
        later.clock.wait(seconds=1)
        await later.worker().drain()
        assert len(later.wire.texts(ROOM)) == 1


async def test_what_another_platform_or_a_person_says_is_left_alone(url: str) -> None:
    async with posting(url) as post:
        await post.say("group:other:room", "comment:lin", "group:wechat:room")
        assert await post.worker().drain() == 0
        assert await post.states() == ["pending", "by-hand", "by-hand"]


async def test_one_place_hears_things_in_their_order_also_after_a_failure(url: str) -> None:
    async with posting(url) as post:
        await post.say(text="first")
        await post.say(text="second")
        post.wire.faults.append(RetryLater())
        await post.worker().drain()
        assert post.wire.texts(ROOM) == []
        post.clock.wait(seconds=30)
        await post.worker().drain()
        assert [text.split()[0] for text in post.wire.texts(ROOM)] == ["first", "second"]


async def test_a_person_is_spoken_to_in_their_language(url: str) -> None:
    async with opened_world(url, COURSE) as world:
        lin = world.member("lin")
        lin.console.person = LIN
        await lin("/language English")
    async with posting(url) as post:
        await post.say(ROOM, LIN)
        await post.worker().drain()
        assert "到时间了" in post.wire.texts(ROOM)[0]
        assert "is due" in post.wire.texts(LIN)[0]


# Tried again


@pytest.mark.parametrize(("seconds", "wait"), [(None, 2.0), (7.5, 8.0), (3600, 3600.5)])
async def test_a_retry_waits_as_long_as_the_platform_says_or_longer_each_time(
    url: str, seconds: float | None, wait: float
) -> None:
    async with posting(url) as post:
        await post.say()
        post.wire.faults.append(RetryLater(seconds))
        await post.worker().drain()
        post.clock.wait(seconds=wait - 0.1)
        assert await post.worker().drain() == 0
        post.clock.wait(seconds=0.2)
        assert await post.worker().drain() == 1
        assert await post.states() == ["sent"]


async def test_backoff_grows_and_is_bounded(url: str) -> None:
    async with posting(url) as post:
        await post.say(LIN)
        waits = []
        for _ in range(12):
            post.wire.faults.append(RetryLater())
            await post.worker().drain()
            at = await post.database.read(lambda tx: claims.next_try(tx, "wire"))
            assert at is not None
            waits.append((at - post.clock()).total_seconds())
            post.clock.now = at
        assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]


async def test_while_a_platform_asks_for_rest_nothing_else_is_sent_there(url: str) -> None:
    async with posting(url) as post:
        await post.say(ROOM)
        post.wire.faults.append(RetryLater(20))
        await post.worker().drain()
        await post.say(OTHER)
        assert await post.worker().drain() == 0
        post.clock.wait(seconds=21)
        assert await post.worker().drain() == 2


# Never twice


async def test_after_a_crash_it_looks_before_it_sends(url: str) -> None:
    async with posting(url) as post:
        post.wire.nonces = False
        await post.say()
        post.wire.after.append(Crash())
        with pytest.raises(Crash):
            await post.worker("a").drain()
        assert (len(post.wire.texts(ROOM)), await post.states()) == (1, ["pending"])
        assert await post.worker("b").drain() == 0, "the lease still holds"
        post.clock.now += LEASE
        await post.worker("b").drain()
        assert (len(post.wire.texts(ROOM)), await post.states()) == (1, ["sent"])


async def test_a_lost_answer_is_looked_for_before_it_is_sent_again(url: str) -> None:
    async with posting(url) as post:
        post.wire.nonces = False
        await post.say(ROOM)
        await post.say(OTHER)
        post.wire.faults.extend([Unsure()])
        post.wire.after.extend([TimeoutError()])
        await post.worker().drain()
        assert await post.states() == ["pending", "pending"]
        post.clock.wait(minutes=1)
        await post.worker().drain()
        assert (len(post.wire.texts(ROOM)), len(post.wire.texts(OTHER))) == (1, 1)
        assert await post.states() == ["sent", "sent"]


async def test_where_nobody_can_tell_it_is_left_to_staff_and_never_sent_again(url: str) -> None:
    async with posting(url) as post:
        post.wire.history = False
        await post.say()
        post.wire.after.append(Unsure())
        for _ in range(3):
            await post.worker().drain()
            post.clock.wait(hours=1)
        assert (await post.states())[0] == "unsure"
        assert len(post.wire.texts(ROOM)) == 1
    [said] = await told(url, post.clock)
    assert "wire:room" in said
    assert "I cannot tell whether a message reached" in said


async def test_a_clock_that_is_set_forward_does_not_send_twice_what_is_under_way(url: str) -> None:
    async with posting(url) as post:
        await post.say()
        worker = post.worker()
        [mine] = await worker._claim()
        worker._tasks[mine.delivery.id] = asyncio.create_task(asyncio.sleep(0))
        post.clock.wait(hours=5)
        assert await worker._claim() == []


@pytest.mark.parametrize("back", [timedelta(hours=3), timedelta(days=400)])
async def test_a_clock_that_is_set_back_keeps_nothing_for_ever(url: str, back: timedelta) -> None:
    async with posting(url) as post:
        await post.say(ROOM, by=Person("local:boss", "Boss"))
        await post.say(OTHER)
        await post.say(LIN)
        post.wire.faults.extend([RetryLater(), None])
        post.wire.after.extend([Crash()])
        with suppress(Crash):
            await post.worker().drain()
        post.clock.now -= back
        for _ in range(50):
            await post.worker("b").drain()
            post.clock.wait(minutes=20)
        assert await post.states() == ["sent"] * 3
        assert [len(post.wire.texts(target)) for target in (ROOM, OTHER, LIN)] == [1, 1, 1]


async def test_a_clock_that_is_set_back_does_not_silence_a_platform(url: str) -> None:
    async with posting(url) as post:
        await post.say(ROOM)
        await post.worker().drain()
        post.clock.wait(hours=-3)
        await post.say(OTHER)
        await post.worker().drain()
        assert len(post.wire.texts(OTHER)) == 1


# Left to staff


async def test_a_place_that_is_closed_is_told_to_the_instructor_once_with_its_reason(url: str) -> None:
    async with posting(url) as post:
        for _ in range(3):
            await post.say()
            post.wire.faults.append(Unreachable("unworded", key="no permission to write"))
            await post.worker().drain()
        assert [state for state in await post.states() if state != "sent"] == ["failed"] * 3
    [said] = await told(url, post.clock)
    assert "wire:room" in said
    assert "no permission to write" in said


async def test_of_a_person_who_cannot_be_reached_nobody_is_told(url: str) -> None:
    async with posting(url) as post:
        await post.say(LIN)
        post.wire.faults.append(Unreachable("unworded", key="closed"))
        await post.worker().drain()
        assert await post.states() == ["failed"]
    assert await told(url, post.clock) == []


# Missed while down


async def test_under_a_day_late_it_goes_out_with_a_note(url: str) -> None:
    async with posting(url) as post:
        await post.say()
        post.clock.wait(hours=20)
        await post.worker().drain()
        [text] = post.wire.texts(ROOM)
        assert "迟到" in text


async def test_several_that_are_late_are_one_message_a_place(url: str) -> None:
    async with posting(url) as post:
        for n in range(5):
            await post.say(ROOM, *([LIN] if n else []), text=f"Article {n}")
        post.clock.wait(hours=3)
        await post.say(ROOM, text="Just now")
        await post.worker().drain()
        late, fresh = post.wire.texts(ROOM)
        assert [f"Article {n}" in late for n in range(5)] == [True] * 5
        assert "Just now" in fresh
        assert len(post.wire.texts(LIN)) == 1
        assert set(await post.states()) == {"sent"}


async def test_several_that_are_late_stay_together_when_the_answer_is_lost(url: str) -> None:
    async with posting(url) as post:
        post.wire.nonces = False
        for _ in range(3):
            await post.say()
        post.clock.wait(hours=3)
        post.wire.after.append(Unsure())
        await post.worker().drain()
        await post.say(text="Meanwhile")
        for _ in range(3):
            post.clock.wait(minutes=11)
            await post.worker().drain()
        assert len(post.wire.texts(ROOM)) == 2
        assert set(await post.states()) == {"sent"}


async def test_where_nobody_can_tell_of_several_in_one_message_none_is_sent_again(url: str) -> None:
    async with posting(url) as post:
        post.wire.history = False
        for _ in range(3):
            await post.say()
        post.clock.wait(hours=3)
        post.wire.after.append(Unsure())
        for _ in range(4):
            await post.worker().drain()
            post.clock.wait(minutes=11)
        assert len(post.wire.texts(ROOM)) == 1
        assert (await post.states())[:3] == ["unsure"] * 3
    assert len(await told(url, post.clock)) == 1


async def test_of_several_that_are_late_one_that_cannot_be_worded_keeps_back_no_other(url: str) -> None:
    async with posting(url) as post:
        await post.say()
        await post.say()
        await post.database.write(lambda tx: deliveries.reword(tx, "ebpf", "key 1", Notice("of another version", {})))
        post.clock.wait(hours=3)
        await post.worker().drain()
        assert (await post.states())[:2] == ["failed", "sent"]
        [text] = post.wire.texts(ROOM)
        assert "Notice 2." in text


async def test_over_a_day_late_a_place_waits_for_the_instructor_and_a_person_does_not(url: str) -> None:
    async with posting(url) as post:
        for _ in range(2):
            await post.say(ROOM, LIN)
        post.clock.wait(hours=25)
        await post.worker().drain()
        assert (post.wire.texts(ROOM), len(post.wire.texts(LIN))) == ([], 1)
        assert (await post.states()).count("held") == 2
    [said] = await told(url, post.clock)
    assert "2" in said


# Under trouble


@contextmanager
def full(url: str) -> Iterator[None]:
    """No room: no file of this process grows, and the write-ahead log is one."""
    soft, hard = getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (Path(url.removeprefix("sqlite:///") + "-wal").stat().st_size, hard))
    try:
        yield
    finally:
        setrlimit(RLIMIT_FSIZE, (soft, hard))


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else writes, and does not end."""
    with closing(connect(url.removeprefix("sqlite:///"), PATIENCE, isolation_level=None)) as other:
        other.execute("begin immediate")
        yield
        other.execute("rollback")


@pytest.mark.parametrize("trouble", [full, locked])
async def test_nothing_is_lost_or_said_twice_while_the_database_takes_nothing_and_the_log_says_so(
    url: str,
    trouble: Callable[[str], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("bot.services.delivering.POLL", 0.01)
    monkeypatch.setattr("bot.store.database.PATIENCE", 0.01)
    places = [f"wire:{n}" for n in range(4)]
    async with posting(url) as post:
        for _ in range(2):
            await post.say(*places)
        await post.say("wire:later", by=Person("local:boss", "Boss"))
        running = asyncio.create_task(post.worker(rate=20).run())
        await until(lambda: bool(post.wire.arrived))
        with trouble(url):
            await until(lambda: len(post.wire.arrived) == 4)
            await until(lambda: "cannot be written down yet" in caplog.text)
            # Now there is something to claim, and that is written down too.
            post.clock.wait(seconds=ledger.GRACE.total_seconds())
            await until(lambda: "ledger cannot be read" in caplog.text)
            assert (await post.states()).count("pending") >= 8
        await until(lambda: [len(post.wire.texts(place)) for place in (*places, "wire:later")] == [2, 2, 2, 2, 1])
        await ended(running)
        assert await post.states() == ["sent"] * 9


async def test_a_worker_that_is_ended_gives_back_what_it_did_not_begin(url: str) -> None:
    async with posting(url) as post:
        for n in range(5):
            await post.say(f"wire:{n}")
        running = asyncio.create_task(post.worker(rate=0.5).run())
        await until(lambda: bool(post.wire.arrived))
        await ended(running)
        free = await post.database.read(lambda tx: list(tx.scalars(select(delivery.c.lease_until))))
        assert free == [None] * 5


# Whatever happens in whatever order

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "send", "settle", "crash", "wait", "back", "say"]),
        st.sampled_from(["ok", "lost", "late", "refused", "cut"]),
        st.integers(0, 2),
    ),
    max_size=40,
)
QUIET = 2  # how often nothing is tried before it is believed that nothing will be
FAULTS: dict[str, tuple[BaseException | None, BaseException | None]] = {
    "ok": (None, None),
    "lost": (None, Unsure()),
    "cut": (None, ConnectionResetError()),
    "refused": (RetryLater(1), None),
    "late": (Unsure(), None),
}


@dataclass
class Process:
    """One worker with what it has in hand; a crash forgets it."""

    worker: Delivering
    claimed: list[Claimed] = field(default_factory=list)
    done: list[tuple[Claimed, object]] = field(default_factory=list)


@settings(max_examples=settings().max_examples // 2)
@example(steps=[("claim", "ok", 0), ("send", "ok", 0), ("crash", "ok", 0)], nonces=False, history=True)
@example(steps=[("claim", "ok", 0), ("send", "lost", 0), ("settle", "ok", 0)], nonces=False, history=True)
@given(steps=STEPS, nonces=st.booleans(), history=st.booleans())
def test_none_is_lost_and_none_is_there_twice(
    steps: Iterable[tuple[str, str, int]], nonces: bool, history: bool, sqlite_template: Path
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = sqlite_url(Path(shutil.copy(sqlite_template, Path(folder) / "herald.db")))
        asyncio.run(_any_order(url, steps, nonces, history))


async def _any_order(url: str, steps: Iterable[tuple[str, str, int]], nonces: bool, history: bool) -> None:
    async with posting(url) as post:
        post.wire.nonces, post.wire.history = nonces, history
        processes = [Process(post.worker(str(n))) for n in range(3)]
        await post.say(ROOM, OTHER, LIN)
        for step, fault, n in steps:
            await _step(post, processes, step, fault, n)
        await _to_the_end(post)
        states = await post.states()
        assert set(states) <= ({"sent"} if history else {"sent", "unsure"})
        held = {target: [nonce for _, nonce, _ in there] for target, there in post.wire.arrived.items()}
        assert all(len(set(nonces)) == len(nonces) for nonces in held.values()), "twice"
        if history:
            late = await post.database.read(
                lambda tx: tx.execute(select(delivery.c.id).where(delivery.c.within.is_not(None))).all()
            )
            assert sum(map(len, held.values())) == len(states) - len(late), "lost"


async def _step(post: Post, processes: list[Process], step: str, fault: str, n: int) -> None:
    me = processes[n]
    if step == "claim":
        me.claimed += await me.worker._claim()
    elif step == "send" and me.claimed:
        each = me.claimed.pop()
        before, after = FAULTS[fault]
        post.wire.faults.extend([before])
        post.wire.after.extend([after])
        parcel = me.worker.parcel(each)
        assert parcel
        me.done.append((each, await attempt(post.wire, each, worded(parcel))))
        post.wire.faults.clear()
        post.wire.after.clear()
    elif step == "settle" and me.done:
        done, outcome = me.done.pop()
        await post.database.write(lambda tx: me.worker.settle(done, outcome, tx))  # type: ignore[arg-type]
    elif step == "crash":
        processes[n] = Process(post.worker(f"{n}-{post.wire.calls}"))
    elif step == "wait":
        await _wait(post, processes)
    elif step == "back":
        post.clock.now -= timedelta(seconds=30)
    elif step == "say":
        await post.say(ROOM, OTHER)


async def _wait(post: Post, processes: list[Process]) -> None:
    """A lease ends only for who crashed: who lives is done well before, because each request has its own end."""
    for me in processes:
        me.claimed.clear()
    post.clock.wait(seconds=LEASE.total_seconds() + 1)


async def _to_the_end(post: Post) -> None:
    worker, quiet = post.worker("last"), 0
    for _ in range(20):
        post.clock.wait(minutes=20)
        quiet = 0 if await worker.drain() else quiet + 1
        if quiet == QUIET and "pending" not in await post.states():
            return


def test_a_nonce_is_short_and_its_own() -> None:
    def one(n: int, key: str = "k") -> str:
        found = Delivery(n, "ebpf", key, notice(), ROOM, "pending", START)
        return nonce_of(found)

    assert len({one(n, key) for n in range(100) for key in "ab"}) == 200
    assert {len(one(n)) for n in range(100)} == {24}
    assert one(1) == one(1)
