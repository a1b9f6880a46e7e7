"""Workers that are real processes, and a server on loopback that records what arrived and kills who sent it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from aiohttp import ClientConnectorError, ClientError, ClientSession, web

from bot.app import worded
from bot.core.chat import Reply
from bot.core.errors import RetryLater, Unsure
from bot.services.delivering import Delivering
from bot.store.database import Database
from bot.web.serve import serve
from tests.support import Process, course, process

LEASE = timedelta(seconds=0.6)
IMPATIENT = -0.4  # a fifth of the usual wait between two tries


@dataclass
class Post:
    """A platform over HTTP: one POST a message, with a nonce; GET looks for one."""

    session: ClientSession

    async def send(self, target: str, reply: Reply, nonce: str) -> str:
        """Say it."""
        said = {"target": target, "text": reply.text, "nonce": nonce, "pid": os.getpid()}
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
            async with self.session.get(
                "/find", params={"target": target, "nonce": nonce, "pid": os.getpid()}
            ) as response:
                found: str | None = (await response.json())["id"]
                return found
        except ClientError as error:
            raise RetryLater from error

    async def edit(self, target: str, id_: str, reply: Reply) -> None:
        """Nothing here is edited."""
        raise NotImplementedError


async def deliver(url: str, server: str, rate: float) -> None:
    """Send what waits on the platform "wire" until killed."""
    async with Database(url) as database, ClientSession(server) as session:
        courses = {"ebpf": course()}
        now = lambda: datetime.now(UTC)  # noqa: E731 - it is a parameter
        await Delivering(
            database, courses, "wire", Post(session), worded, now, rate=rate, lease=LEASE, chance=lambda: IMPATIENT
        ).run()


def fork() -> None:
    """For each line of input start a worker, and say its process id; the imports are paid once for all."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in iter(sys.stdin.readline, ""):
        if pid := os.fork():
            print(pid, flush=True)
            continue
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - until the process is killed
        asyncio.run(deliver(**json.loads(line)))


@contextmanager
def forking() -> Iterator[Process]:
    """The process that forks the workers."""
    with process("import tests.kills; tests.kills.fork()") as parent:
        yield parent


@dataclass
class Server:
    """Records what arrived, as target -> nonces; with `nonces` the same nonce again is the same message.

    `trouble` is asked at each request: "cut" ends the connection before it takes effect, "lost" after; "kill" and
    "kill after" kill who asked, before or after.
    """

    trouble: Callable[[int], str]
    kill: Callable[[int], None]
    nonces: bool
    arrived: dict[str, list[str]] = field(default_factory=dict)
    requests: int = 0

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Take a message."""
        said = await request.json()
        trouble = self.trouble(said["pid"])
        self.requests += 1
        if trouble == "kill":
            self.kill(said["pid"])
        if trouble == "cut":
            return self._cut(request)
        there = self.arrived.setdefault(said["target"], [])
        if not (self.nonces and said["nonce"] in there):
            there.append(said["nonce"])
        if trouble == "kill after":
            self.kill(said["pid"])
        if trouble == "lost":
            return self._cut(request)
        return web.json_response({"id": said["nonce"]})

    async def find(self, request: web.Request) -> web.Response:
        """Look for one."""
        nonce = request.query["nonce"]
        if self.trouble(int(request.query["pid"])).startswith("kill"):
            self.kill(int(request.query["pid"]))
        return web.json_response({"id": nonce if nonce in self.arrived.get(request.query["target"], ()) else None})

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


def troubles(random: Random, may_kill: Callable[[int], bool]) -> Callable[[int], str]:
    """Trouble at about every third request, of which killing is some as long as its sender may be killed."""

    def next_one(pid: int) -> str:
        if may_kill(pid) and random.random() < 0.4:
            return random.choice(["kill", "kill after"])
        return random.choice(["cut", "lost"]) if random.random() < 0.1 else ""

    return next_one
