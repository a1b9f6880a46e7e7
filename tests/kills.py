"""Workers that are real processes, killed at random instants, and a server on loopback that records what arrived."""

import asyncio
import gc
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ctypes import c_double
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from multiprocessing.sharedctypes import RawValue
from random import Random

from aiohttp import ClientConnectorError, ClientError, ClientSession, web

from bot import clock
from bot.app import worded
from bot.core.chat import Reply
from bot.core.errors import RetryLater, Unsure
from bot.services.delivering import LEASE, Delivering
from bot.store import claims
from bot.store import database as module
from bot.store.database import Database
from bot.web.serve import serve
from tests.support import course

IMPATIENT = -0.499  # a thousandth of the usual wait between two tries
LATER, BACK = LEASE.total_seconds() + 1, -3600.0
LIFE = 0.015  # seconds of its own work that a worker has at most once it is connected
LONGEST = 60


@dataclass
class Post:
    """A platform over HTTP: one POST a message, with a nonce; GET looks for one."""

    session: ClientSession

    async def send(self, target: str, reply: Reply, nonce: str) -> str:
        """Say it."""
        said = {"target": target, "text": reply.text, "nonce": nonce}
        try:
            async with self.session.post("/send", json=said) as response:
                if response.status == 429:
                    raise RetryLater(float(response.headers["Retry-After"]))
                return str((await response.json())["id"])
        except ClientConnectorError as error:
            raise RetryLater from error
        except ClientError as error:
            raise Unsure from error

    async def find(self, target: str, nonce: str, since: datetime) -> str | None:
        """Look for it."""
        try:
            async with self.session.get("/find", params={"target": target, "nonce": nonce}) as response:
                found: str | None = (await response.json())["id"]
                return found
        except ClientError as error:
            raise RetryLater from error

    async def finish(self, target: str, id_: str, reply: Reply) -> None:
        """Nothing is pinned here."""

    async def edit(self, target: str, id_: str, reply: Reply, nonce: str) -> None:
        """Nothing here is edited."""
        raise NotImplementedError


@dataclass(frozen=True)
class Lives:
    """Workers over one database and one server: in each of `rounds` so many `processes`, all killed; the last live.

    Between two rounds the clock is set forward, so that no lease is waited for, and once back by an hour.
    """

    url: str
    server: str
    processes: int
    rounds: int

    def live(self) -> None:
        """Live them all; what is first of all sent here, and so read and compiled, is there in every fork."""
        module.writer_engine, module._reader_engine = cache(module.writer_engine), cache(module._reader_engine)
        random, ahead = Random(self.rounds), RawValue(c_double)
        asyncio.run(self._first(ahead))
        gc.freeze()
        for n in range(self.rounds):
            ahead.value += BACK if n == self.rounds // 2 else LATER
            for pid in [self._fork(ahead) for _ in range(self.processes)]:
                kill(pid, random.uniform(0, LIFE))
        ahead.value += LATER
        for pid in [self._fork(ahead, to_the_end=True) for _ in range(self.processes)]:
            assert os.waitpid(pid, 0)[1] == 0

    def _fork(self, ahead: c_double, *, to_the_end: bool = False) -> int:
        """The process id of one more, once it is connected."""
        heard, said = os.pipe()
        if pid := os.fork():
            os.close(said)
            os.read(heard, 1)
            os.close(heard)
            return pid
        signal.alarm(LONGEST)
        asyncio.run(self._deliver(ahead, said, to_the_end))
        os._exit(0)

    async def _first(self, ahead: c_double) -> None:
        async with self._worker(ahead) as (_, worker):
            assert await worker.drain() == 1

    async def _deliver(self, ahead: c_double, connected: int, to_the_end: bool) -> None:
        async with self._worker(ahead) as (database, worker):
            await worker.sweep()
            os.write(connected, b".")
            while to_the_end and await database.read(lambda tx: claims.next_try(tx, "wire") is not None):
                await worker.drain()
                await asyncio.sleep(0.01)
            if not to_the_end:
                await worker.run()

    @asynccontextmanager
    async def _worker(self, ahead: c_double) -> AsyncIterator[tuple[Database, Delivering]]:
        async with Database(self.url) as database, ClientSession(self.server) as session:
            wire, now = Post(session), lambda: clock.now() + timedelta(seconds=ahead.value)
            worker = Delivering(
                database, {"ebpf": course()}, "wire", wire, worded, now, rate=200, chance=lambda: IMPATIENT
            )
            worker._at_once = 2  # so that several of them have something to do
            yield database, worker


def kill(pid: int, after: float) -> None:
    """End a process with -9 once it has worked for so many seconds more, however busy the machine is."""
    spent = ~pid << 3 | 2  # Linux's number for the clock of that process
    end, give_up = time.clock_gettime(spent) + after, time.monotonic() + 8 * LIFE
    while time.clock_gettime(spent) < end and time.monotonic() < give_up:
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL


@dataclass
class Server:
    """Records what arrived, as target -> nonces; with `nonces` the same nonce again is the same message.

    It takes a moment to answer. Of every tenth request the connection is cut, before it takes effect or after. `again`
    is how often something was there already.
    """

    nonces: bool
    arrived: dict[str, list[str]] = field(default_factory=dict)
    again: int = 0
    _random: Random = field(default_factory=lambda: Random(1))

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Take a message."""
        said, trouble = await request.json(), self._random.random()
        if trouble < 0.05:
            return self._cut(request)
        there = self.arrived.setdefault(said["target"], [])
        if self.nonces and said["nonce"] in there:
            self.again += 1
        else:
            there.append(said["nonce"])
        if trouble < 0.1:
            return self._cut(request)
        await asyncio.sleep(self._random.uniform(0, 0.01))
        return web.json_response({"id": said["nonce"]})

    async def find(self, request: web.Request) -> web.Response:
        """Look for one."""
        nonce = request.query["nonce"]
        found = nonce in self.arrived.get(request.query["target"], ())
        self.again += found
        return web.json_response({"id": nonce if found else None})

    @staticmethod
    def _cut(request: web.Request) -> web.Response:
        if request.transport:
            request.transport.abort()
        return web.Response()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Its address while it listens."""
        app = web.Application()
        app.router.add_post("/send", self.send)
        app.router.add_get("/find", self.find)
        async with serve(app, 0) as port:
            yield f"http://127.0.0.1:{port}"
