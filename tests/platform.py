"""A platform as the ledger sees one: it keeps what arrived, and fails as it is told."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from bot.app import worded
from bot.core.chat import Reply
from bot.core.errors import Unsure, Vanished
from bot.core.model import Course
from bot.services.delivering import Delivering
from tests.support import World, course


class Crash(BaseException):
    """The process ends here, as if by kill -9."""


@dataclass
class Recorder:
    """Holds each target's messages, newest last, as (id, nonce, text).

    `faults` are raised one a call, before it takes effect, or after where they are in `after`; None is none. With
    `nonces` the same nonce twice is one message, with `history` it can be looked for; without, nobody can tell.
    """

    nonces: bool = True
    history: bool = True
    faults: deque[BaseException | None] = field(default_factory=deque)
    after: deque[BaseException | None] = field(default_factory=deque)
    arrived: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    pinned: list[str] = field(default_factory=list)
    closed: dict[str, bool] = field(default_factory=dict)
    calls: int = 0

    async def send(self, target: str, reply: Reply, nonce: str) -> str:
        """Take a message."""
        self._fail(self.faults)
        there = self.arrived.setdefault(target, [])
        known = next((id_ for id_, known, _ in there if self.nonces and known == nonce), None)
        if known is None:
            known = f"m{sum(map(len, self.arrived.values())) + 1}"
            there.append((known, nonce, "\n".join(filter(None, [reply.title, reply.text, reply.url]))))
        self._fail(self.after)
        return known

    async def find(self, target: str, nonce: str, since: datetime) -> str | None:
        """Look for a message."""
        self._fail(self.faults)
        if not self.history:
            raise Unsure
        return next((id_ for id_, known, _ in self.arrived.get(target, ()) if known == nonce), None)

    async def edit(self, target: str, id_: str, reply: Reply, nonce: str) -> None:
        """Put other words in a message."""
        self._fail(self.faults)
        there = self.arrived.get(target, [])
        at = next((n for n, (known, _, _) in enumerate(there) if known == id_), None)
        if at is None:
            raise Vanished("unworded", key="gone")
        if reply.pinned and reply.closed:
            del there[at]
            return
        there[at] = (id_, nonce, "\n".join(filter(None, [reply.title, reply.text, reply.url])))

    async def finish(self, target: str, id_: str, reply: Reply) -> None:
        """Pin a message, open or close its thread."""
        if reply.pinned or reply.closed is not None:
            self._fail(self.faults)
        if reply.pinned:
            self.pinned.append(id_)
        if reply.closed is not None:
            self.closed[id_] = reply.closed

    def texts(self, target: str) -> list[str]:
        """What stands in a place, oldest first."""
        return [text for _, _, text in self.arrived.get(target, ())]

    def _fail(self, faults: deque[BaseException | None]) -> None:
        self.calls += 1
        if faults and (fault := faults.popleft()):
            raise fault


ROOM = "group:wire:room"


def with_a_room(*places: str, **more: object) -> Course:
    """The small course, read in the local chat and in a room of the platform "wire"; `more` are fields of `Course`."""
    return course("ebpf", channels=("group:local", *(places or (ROOM,))), **more)


def worker(world: World, wire: Recorder, owner: str = "worker") -> Delivering:
    """What sends the ledger's rows of the platform "wire"."""
    herald = world.herald
    return Delivering(
        herald.database, herald.courses, "wire", wire, worded, world.clock, rate=1000, owner=owner, chance=lambda: 0.5
    )
