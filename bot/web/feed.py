"""Notices what anybody wrote into the chat, this process or another, and wakes those who may see it."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from bot.core.chat import Notice
from bot.core.model import Course
from bot.services import local, standing
from bot.services.ledger import GROUP
from bot.services.work import Store

log = logging.getLogger(__name__)

PAUSE = 0.5


@dataclass(eq=False, slots=True)
class Listener:
    """One open tab; it reads for itself when woken, so a slow one holds up nobody."""

    person: str
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Feed:
    """`run` looks into the database every half second, and at once after `nudge`, while there are listeners.

    `card` is what stands above the chat, as it was seen last.
    """

    def __init__(self, database: Store, course: Callable[[], Course]) -> None:
        self.closed = False
        self.card: Notice | None = None
        self._database = database
        self._course = course
        self._listeners: set[Listener] = set()
        self._nudged = asyncio.Event()
        self._last: int | None = None
        self._failing = False

    @contextmanager
    def listen(self, person: str) -> Iterator[Listener]:
        """A listener for what `person` may see, while the block runs."""
        listener = Listener(person)
        self._listeners.add(listener)
        self.nudge()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def nudge(self) -> None:
        """Look now."""
        self._nudged.set()

    def close(self) -> None:
        """End all listening: each wakes and finds the feed closed."""
        self.closed = True
        for listener in self._listeners:
            listener.wake.set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE if self._listeners else None):
                    await self._nudged.wait()
            self._nudged.clear()
            if self._listeners:
                await self._look()
            else:
                self._last = self.card = None

    async def pinned(self) -> Notice | None:
        """What stands above the chat now."""
        course = self._course()
        if GROUP not in course.card:
            return None
        return await self._database.read(partial(standing.in_chat, course=course.key, name="card"))

    async def _look(self) -> None:
        try:
            work = partial(local.changes, course=self._course().key, seq=self._last)
            last, persons = await self._database.read(work)
            card = await self.pinned()
        except Exception as error:
            # The database may be away for a while; those who listen wait, and this is said once.
            if not self._failing:
                log.error("the chat cannot be read, trying again: %s", error)
            self._failing = True
            return
        everybody = self._last is None or None in persons or card != self.card
        self._last, self.card, self._failing = last, card, False
        for listener in self._listeners:
            if everybody or listener.person in persons:
                listener.wake.set()
