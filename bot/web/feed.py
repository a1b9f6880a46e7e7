"""Notices what anybody wrote into the chat, this process or another, and wakes those who may see it."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from bot.services import local
from bot.services.work import Store

log = logging.getLogger(__name__)

PAUSE = 0.5


@dataclass(eq=False, slots=True)
class Listener:
    """One open tab; it reads for itself when woken, so a slow one holds up nobody."""

    person: str
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Feed:
    """`run` looks into the database every half second, and at once after `nudge`, while there are listeners."""

    def __init__(self, database: Store, course: str) -> None:
        self.closed = False
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
                self._last = None

    async def _look(self) -> None:
        try:
            work = partial(local.changes, course=self._course, seq=self._last)
            last, persons = await self._database.read(work)
        except Exception as error:
            # The database may be away for a while; those who listen wait, and this is said once.
            if not self._failing:
                log.error("the chat cannot be read, trying again: %s", error)
            self._failing = True
            return
        everybody = self._last is None or None in persons
        self._last, self._failing = last, False
        for listener in self._listeners:
            if everybody or listener.person in persons:
                listener.wake.set()
