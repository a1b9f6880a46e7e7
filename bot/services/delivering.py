"""The ledger's worker: sends what waits on one platform, each once, at the pace that the platform allows."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from random import random
from secrets import token_hex
from time import monotonic
from typing import Any

from sqlalchemy import Connection

from bot.core.chat import Notice, Platform, Reply, is_place
from bot.core.errors import RetryLater, Unreachable, Unsure, Vanished
from bot.core.model import Course, Delivery
from bot.services import ledger
from bot.services.ledger import LATE, TOO_LATE
from bot.services.work import Store, Work, as_herald
from bot.store import claims
from bot.store.claims import Claimed
from bot.store.database import Unavailable

log = logging.getLogger(__name__)
RATE = 20.0  # requests a second, where nobody knows the platform's limit
EASE = 1.02  # how much slower than the limit, so that a late timer does not break it
AT_ONCE = 100
LEASE = timedelta(seconds=60)
ANSWER = 20.0  # seconds that a platform is waited for; well under LEASE
LOOK_BACK = timedelta(days=1)  # the platform's clock and ours may differ, and ours may have been set
SLOWEST = 600.0
POLL = 1.0
SWEEP = 30.0
LAST_WORDS = 1.0  # seconds that what is being sent has when all ends
NEWS = ("article.published", "articles.published")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one message says: `notices` of one or more announcements, to a target of a course.

    `since` is when the first should have been said, where that is long ago; one that `corrects` takes the place of a
    message that is there.
    """

    course: Course
    target: str
    locale: str
    notices: tuple[Notice, ...]
    since: datetime | None = None
    corrects: bool = False

    @property
    def news(self) -> bool:
        """Whether it tells a place that an article is out; in a message of its own only for the first time."""
        out = (each for each in self.notices if each.kind in NEWS)
        return is_place(self.target) and any(self.corrects or not each.fields.get(ledger.AGAIN) for each in out)


@dataclass(frozen=True, slots=True)
class Later:
    """Try again, after `seconds` where the platform named them; `doubt` says that it may have been said already."""

    seconds: float | None = None
    doubt: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot be said as things are; `key` and `fields` are the error's words."""

    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sent:
    """It was said, and this is the platform's id of it; `but` is what could not be done to it then."""

    id: str
    but: Failed | None = None


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Nobody can tell whether it was said."""


@dataclass(frozen=True, slots=True)
class Gone:
    """There is nothing left to correct or nobody to say it for."""


@dataclass(frozen=True, slots=True)
class Anew:
    """The message that it replaces cannot be changed: say it as a new one."""


Outcome = Sent | Later | Failed | InDoubt | Gone | Anew


def nonce_of(delivery: Delivery) -> str:
    """The same 24 characters whenever this delivery is tried, and those of no other.

    What is said anew because its message was deleted gets others: a platform may know the first for a while.
    """
    gone = f" {delivery.platform_id}" if delivery.platform_id else ""
    return sha256(f"herald {delivery.course} {delivery.id} {delivery.key}{gone}".encode()).hexdigest()[:24]


async def attempt(platform: Platform, claimed: Claimed, reply: Reply) -> Outcome:
    """Try to say it once, and tell what became of it; whatever a platform raises is an outcome."""
    if claimed.void:
        return Gone()
    known = await _known(platform, claimed)
    if known is not None and not isinstance(known, Sent):
        return known
    done = await _say(platform, claimed, known, reply)
    return await _finish(platform, claimed, done, reply)


async def _known(platform: Platform, claimed: Claimed) -> Outcome | None:
    """Where it stands already, None where it does not."""
    if claimed.edits:
        return Sent(claimed.edits)
    return await _look(platform, claimed.delivery) if claimed.again else None


async def _say(platform: Platform, claimed: Claimed, known: Sent | None, reply: Reply) -> Outcome:
    delivery = claimed.delivery
    if known is None:
        return Gone() if reply.closed else await _send(platform, delivery, reply)
    # What is never late may have had other words when it was said.
    reworded = claimed.edits or delivery.due is None
    return await _edit(platform, claimed, known.id, reply) if reworded else known


async def _look(platform: Platform, delivery: Delivery) -> Outcome | None:
    """What became of it before, None where it was not said."""
    try:
        async with asyncio.timeout(ANSWER):
            known = await platform.find(delivery.target, nonce_of(delivery), delivery.at - LOOK_BACK)
    except Unsure:
        return InDoubt()
    except RetryLater as error:
        return Later(error.seconds, doubt=True)
    except Unreachable as error:
        return Failed(error.key, error.fields)
    except Exception:
        log.exception("delivery %d could not be looked for", delivery.id)
        return Later(doubt=True)
    return Sent(known) if known else None


async def _send(platform: Platform, delivery: Delivery, reply: Reply) -> Outcome:
    try:
        async with asyncio.timeout(ANSWER):
            return Sent(await platform.send(delivery.target, reply, nonce_of(delivery)))
    except RetryLater as error:
        return Later(error.seconds)
    except Unreachable as error:
        return Failed(error.key, error.fields)
    except (Unsure, TimeoutError):
        return Later(doubt=True)
    except Exception:
        log.exception("delivery %d ended in an error that the platform did not explain", delivery.id)
        return Later(doubt=True)


async def _edit(platform: Platform, claimed: Claimed, id_: str, reply: Reply) -> Outcome:
    """Put the words in place; twice is as good as once, so nothing is in doubt but what was only looked for."""
    delivery, doubt = claimed.delivery, claimed.edits is None
    try:
        async with asyncio.timeout(ANSWER):
            await platform.edit(delivery.target, id_, reply, nonce_of(delivery))
    except Vanished:
        return Gone() if reply.closed else Anew()
    except Unreachable as error:
        return Failed(error.key, error.fields)
    except RetryLater as error:
        return Later(error.seconds, doubt)
    except Exception as error:
        log.warning("a message could not be corrected yet: %r", error)
        return Later(doubt=doubt)
    return Sent(id_)


async def _finish(platform: Platform, claimed: Claimed, done: Outcome, reply: Reply) -> Outcome:
    """Do what is asked beyond the words; where that may not be, it stands all the same and staff are told.

    It is pinned once: whoever takes the pin away has their reason.
    """
    reply = replace(reply, pinned=reply.pinned and not claimed.edits)
    if not isinstance(done, Sent) or (claimed.edits and reply.closed is None):
        return done
    try:
        async with asyncio.timeout(ANSWER):
            await platform.finish(claimed.delivery.target, done.id, reply)
    except Unreachable as error:
        return Sent(done.id, Failed(error.key, error.fields))
    except RetryLater as error:
        return Later(error.seconds, doubt=claimed.edits is None)
    except Exception as error:
        log.warning("what was said could not be finished yet: %r", error)
        return Later(doubt=claimed.edits is None)
    return done


class Delivering:
    """Sends what waits on one platform until cancelled.

    `word` puts a parcel in words; `rate` is how many requests a second the platform allows to all processes together;
    `owner` names this process; `now` and `chance` (0 to 1) are parameters so that tests need no time.
    """

    def __init__(
        self,
        store: Store,
        courses: Mapping[str, Course],
        name: str,
        platform: Platform,
        word: Callable[[Parcel], Reply],
        now: Callable[[], datetime],
        *,
        rate: float = RATE,
        owner: str | None = None,
        chance: Callable[[], float] = random,
    ) -> None:
        self._store, self._courses, self._name, self._platform = store, courses, name, platform
        self._word, self._now, self._chance = word, now, chance
        self._each = timedelta(seconds=EASE / rate)
        self._at_once = max(AT_ONCE, int(2 * rate))
        self._owner = owner or token_hex(8)
        self._swept: datetime | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._waiting: dict[int, Claimed] = {}
        self._recent: deque[float] = deque(maxlen=max(1, int(rate)))
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Send what is due when it is, until cancelled; what is being sent then has a moment to end."""
        try:
            while True:
                pause = POLL
                try:
                    pause = await self._round()
                except Exception as error:
                    log.error("%s: the ledger cannot be read, trying again: %s", self._name, error)
                await self._rest(pause)
        finally:
            await self._end()

    async def drain(self) -> int:
        """Send all that is due now and wait for it; how many were tried."""
        tried = 0
        await self.sweep()
        while claimed := await self._claim():
            tried += len(claimed)
            await asyncio.gather(*(self._deliver(each, paced=False) for each in claimed))
        return tried

    async def sweep(self) -> None:
        """Put right what a wrong clock wrote, and ask staff about what is over a day late."""
        self._swept = self._now()
        await self._store.write(self._put_right)

    async def _round(self) -> float:
        now = self._now()
        if self._swept is None or not 0 <= (now - self._swept).total_seconds() < SWEEP:
            await self.sweep()
        due = await self._store.read(partial(claims.next_try, platform=self._name))
        if due is None or due > now:
            return min(POLL, (due - now).total_seconds()) if due else POLL
        for claimed in await self._claim():
            task = asyncio.create_task(self._deliver(claimed))
            self._tasks[claimed.delivery.id] = task
            task.add_done_callback(partial(self._done, claimed.delivery.id))
        return claims.AHEAD.total_seconds() / 4

    async def _rest(self, pause: float) -> None:
        if len(self._tasks) < self._at_once:
            await asyncio.sleep(max(pause, 0.01))
        else:
            await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)

    def _done(self, id_: int, task: "asyncio.Task[None]") -> None:
        self._tasks.pop(id_, None)
        self._waiting.pop(id_, None)
        if not task.cancelled() and (error := task.exception()):
            log.error("delivery %d: what became of it could not be written down", id_, exc_info=error)

    async def _end(self) -> None:
        """Let what is being sent end; give back what was not begun, so that nobody has to look for it."""
        idle = dict(self._waiting)
        for id_ in idle.keys() & self._tasks.keys():
            self._tasks[id_].cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=LAST_WORDS)
            for task in late:
                task.cancel()
        with suppress(Unavailable):
            await self._store.write(partial(self._give_back, list(idle.values())))

    def _give_back(self, idle: list[Claimed], tx: Connection) -> None:
        """Leave to others what was not begun; what was in doubt before still is."""
        for again, lease in ((False, None), (True, self._now())):
            ids = [each.delivery.id for each in idle if each.again is again]
            claims.settle(tx, ids, self._owner, lease_until=lease, owner=None, next_try=self._now())

    async def _claim(self) -> list[Claimed]:
        limit = self._at_once - len(self._tasks)
        asked = (self._name, self._owner, self._now(), LEASE, self._each, limit, LATE)
        job = asyncio.ensure_future(self._store.write(lambda tx: claims.claim(tx, *asked)))
        try:
            claimed = await asyncio.shield(job)
        except asyncio.CancelledError:
            # It may be committed all the same, and then it is given back.
            with suppress(Unavailable):
                self._waiting |= {each.delivery.id: each for each in await job}
            raise
        # A clock that was set forward ends leases early: what is being sent here is not sent again.
        new = [each for each in claimed if each.delivery.id not in self._tasks]
        self._waiting |= {each.delivery.id: each for each in new}
        return new

    async def _deliver(self, claimed: Claimed, *, paced: bool = True) -> None:
        outcome = await self._attempted(claimed, paced)
        while True:
            try:
                return await self._store.write(partial(self.settle, claimed, outcome))
            except Unavailable as error:
                # What is not written down is looked for later; but who knows it now tries to keep it.
                log.error("delivery %d: %r cannot be written down yet: %s", claimed.delivery.id, outcome, error)
                await asyncio.sleep(POLL)

    async def _wait_for_turn(self, claimed: Claimed) -> None:
        """Wait for the moment that all processes agreed on; after a late one not all that follow may go at once."""
        wait = (claimed.at - self._now()).total_seconds()
        await asyncio.sleep(min(max(wait, 0), claims.AHEAD.total_seconds() * 2))
        async with self._turn:
            if len(self._recent) == self._recent.maxlen:
                span = len(self._recent) * self._each.total_seconds()
                await asyncio.sleep(max(0, self._recent[0] + span - monotonic()))
            self._recent.append(monotonic())

    async def _attempted(self, claimed: Claimed, paced: bool) -> Outcome:
        parcel = self.parcel(claimed)
        if parcel is None:
            return Gone()
        try:
            reply = self._word(parcel)
        except Exception:
            log.exception("delivery %d cannot be worded", claimed.delivery.id)
            return Failed("unworded")
        if paced:
            await self._wait_for_turn(claimed)
        self._waiting.pop(claimed.delivery.id, None)
        return await attempt(self._platform, claimed, reply)

    def parcel(self, claimed: Claimed) -> Parcel | None:
        """What a claimed delivery says; None where its course is gone from the configuration."""
        first = claimed.delivery
        course = self._courses.get(first.course)
        if course is None:
            return None
        late = first.due if first.due and first.corrects is None and self._now() - first.due > LATE else None
        notices = tuple(each.notice for each in (first, *claimed.also))
        corrects = first.corrects is not None
        return Parcel(course, first.target, claimed.locale or course.locale, notices, late, corrects)

    def settle(self, claimed: Claimed, outcome: Outcome, tx: Connection) -> None:
        """Write down what became of it, and tell staff what they have to know."""
        ids = [claimed.delivery.id, *(each.id for each in claimed.also)]
        free = {"lease_until": None, "owner": None}
        match outcome:
            case Sent(id_, but):
                # True whoever has it by now.
                claims.settle(tx, ids, None, **free, state="sent", platform_id=id_, next_try=None, error=None)
                if but:
                    fields = {"why": but.key, "of": dict(but.fields)}
                    self._report(tx, claimed.delivery, "delivery.unfinished", but.key, fields)
            case Later(seconds, doubt):
                self._postpone(tx, claimed, seconds, doubt)
            case Failed(key, fields):
                error = json.dumps([key, dict(fields)], ensure_ascii=False, default=str)
                # What it says besides goes out by itself: it may be this one's words that cannot be said.
                if claims.settle(tx, ids[:1], self._owner, **free, state="failed", next_try=None, error=error):
                    said = {"why": key, "of": dict(fields)}
                    self._report(tx, claimed.delivery, "delivery.failed", f"{key}:{self._now():%Y-%m-%d}", said)
            case InDoubt():
                if claims.settle(tx, ids, self._owner, **free, state="unsure", next_try=None):
                    once = f"{claimed.delivery.id}:{self._now():%Y-%m-%d}"
                    self._report(tx, claimed.delivery, "delivery.unsure", once, {})
            case Gone():
                claims.settle(tx, ids, self._owner, **free, state="skipped", next_try=None)
            case Anew():
                claims.settle(tx, ids, self._owner, **free, corrects=None, next_try=self._now())

    def _postpone(self, tx: Connection, claimed: Claimed, seconds: float | None, doubt: bool) -> None:
        now = self._now()
        tries = min(claimed.delivery.attempts + 1, 12)
        backoff = min(SLOWEST, 2.0**tries) * (0.5 + self._chance())
        wait = timedelta(seconds=seconds + self._chance() if seconds is not None else backoff)
        wait = min(wait, claims.LONGEST)
        if seconds is not None and seconds <= claims.REST.total_seconds():
            claims.hold_up(tx, self._name, now + timedelta(seconds=seconds))
        lease = now + min(wait, LEASE) if doubt else None
        values = {"next_try": now + wait, "lease_until": lease, "owner": None}
        claims.settle(tx, [claimed.delivery.id], self._owner, **values)

    def _report(self, tx: Connection, delivery: Delivery, kind: str, once: str, fields: Mapping[str, Any]) -> None:
        """Tell the instructors of a place, once under `once`; of persons nobody is told who they are."""
        if not is_place(delivery.target):
            return
        work = self._work(tx, delivery.course)
        said = {"target": delivery.target, "delivery": delivery.id, **fields}
        ledger.announce(work, f"{kind}:{delivery.target}:{once}", Notice(kind, said), ledger.instructors(work))

    def _put_right(self, tx: Connection) -> None:
        now = self._now()
        claims.mend(tx, self._name, now, LEASE, ledger.GRACE)
        held: dict[tuple[str, str], list[Delivery]] = {}
        for each in claims.overdue(tx, self._name, self._courses.keys(), now - TOO_LATE):
            held.setdefault((each.course, each.target), []).append(each)
        for (course, target), rows in held.items():
            work = self._work(tx, course)
            fields = {"target": target, "count": len(rows), "delivery": rows[0].id}
            notice = Notice("delivery.held", fields)
            ledger.announce(work, f"delivery.held:{rows[0].id}", notice, ledger.instructors(work))

    def _work(self, tx: Connection, course: str) -> Work:
        return as_herald(tx, self._courses[course], self._now())
