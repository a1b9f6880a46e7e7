"""The gateway: sessions with numbered events, which a RESUME gets again."""

import asyncio
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.discord.state import Data, State, user
from tests.support import PATIENCE

PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15


@dataclass
class Session:
    """One session: what was sent to it, and over which connection it is reached now."""

    id: str
    events: list[tuple[int, str, Any]] = field(default_factory=list)
    wire: "Wire | None" = None
    shard: tuple[int, int] = (0, 1)


class Wire:
    """One connection, compressed where it was asked for."""

    def __init__(self, socket: web.WebSocketResponse, packed: bool) -> None:
        self._socket = socket
        self._packer = zlib.compressobj() if packed else None

    async def send(self, op: int, data: Any = None, seq: int | None = None, kind: str | None = None) -> None:
        """Send one payload."""
        text = json.dumps({"op": op, "d": data, "s": seq, "t": kind})
        if self._packer is None:
            await self._socket.send_str(text)
            return
        packed = self._packer.compress(text.encode()) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        await self._socket.send_bytes(packed)

    async def close(self, code: int) -> None:
        """End the connection."""
        await self._socket.close(code=code)

    def cut(self) -> None:
        """End the connection without a word."""
        if self._socket._req is not None and self._socket._req.transport is not None:
            self._socket._req.transport.abort()


class Gateway:
    """All sessions; `token` is the right one, `allowed` the privileged intents that the portal granted.

    A shard has `most` servers at most. While it is `down` no connection is taken.
    """

    def __init__(self, state: State, token: str, address: str = "") -> None:
        self.state = state
        self.token = token
        self.address = address
        self.allowed = 0
        self.most = 2500
        self.beat = 41_250
        self.sessions: dict[str, Session] = {}
        self.identified: list[Data] = []
        self.down = False
        self.refused = 0
        self.resumed = 0
        self.beats = 0
        self.changed = asyncio.Event()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection of a bot."""
        if self.down:
            self.refused += 1
            self.changed.set()
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        wire = Wire(socket, request.query.get("compress") == "zlib-stream")
        await wire.send(10, {"heartbeat_interval": self.beat})
        async for message in socket:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                payload = json.loads(message.data)
                await self._do(wire, payload["op"], payload.get("d"))
        for session in self.sessions.values():
            if session.wire is wire:
                session.wire = None
                self.changed.set()
        return socket

    async def dispatch(self, kind: str, data: Any) -> None:
        """Tell the session of its server of an event; one that is not connected gets it when it resumes."""
        guild = int(data.get("guild_id") or (data["id"] if kind.startswith("GUILD_") else 0))
        for session in self.sessions.values():
            if self._has(session, guild):
                await self._event(session, kind, data)

    async def until(self, seen: Any, patience: float = PATIENCE) -> None:
        """Return once `seen()` is true; it is asked after every change."""
        async with asyncio.timeout(patience):
            while not seen():
                self.changed.clear()
                await self.changed.wait()

    async def ready(self, sessions: int = 1) -> None:
        """Return once a bot is connected, or more than one."""
        await self.until(lambda: sum(bool(session.wire) for session in self.sessions.values()) >= sessions)

    async def everyone(self, act: str, *args: int) -> None:
        """`close` with a code, `cut`, or `send` an op to every connection there is."""
        for session in list(self.sessions.values()):
            if wire := session.wire:
                session.wire = None
                done = getattr(wire, act)(*args)
                if done is not None:
                    await done

    async def _do(self, wire: Wire, op: int, data: Any) -> None:
        if op == 1:
            self.beats += 1
            await wire.send(11)
        elif op == 2:
            await self._identify(wire, data)
        elif op == 6:
            await self._resume(wire, data)
        self.changed.set()

    async def _identify(self, wire: Wire, data: Data) -> None:
        if data["token"] != self.token:
            await wire.close(4004)
            return
        if data["intents"] & PRIVILEGED & ~self.allowed:
            await wire.close(4014)
            return
        self.identified.append(data)
        shard = tuple(data.get("shard") or (0, 1))
        session = Session(f"session-{len(self.identified)}", wire=wire, shard=(shard[0], shard[1]))
        if len(self._of(session)) > self.most:
            await wire.close(4011)
            return
        self.sessions = {id_: each for id_, each in self.sessions.items() if each.shard != session.shard}
        self.sessions[session.id] = session
        guilds = [{"id": str(guild), "unavailable": True} for guild in self._of(session)]
        ready: Data = {"v": 10, "user": user(self.state.bot, "herald", bot=True), "guilds": guilds}
        ready |= {"session_id": session.id, "resume_gateway_url": self.address, "shard": list(session.shard)}
        ready |= {"application": {"id": str(self.state.application), "flags": 0}, "private_channels": []}
        await self._event(session, "READY", ready)
        for guild in self._of(session):
            await self._event(session, "GUILD_CREATE", self.state.guild_data(guild))

    def _of(self, session: Session) -> list[int]:
        return [guild for guild in self.state.guilds if self._has(session, guild)]

    @staticmethod
    def _has(session: Session, guild: int) -> bool:
        """Whether a session hears of a server; what is in none, 0, the first hears."""
        return (guild >> 22) % session.shard[1] == session.shard[0]

    async def _resume(self, wire: Wire, data: Data) -> None:
        session = self.sessions.get(data["session_id"])
        if session is None or data["token"] != self.token:
            await wire.send(9, False)
            return
        session.wire = wire
        self.resumed += 1
        for seq, kind, missed in session.events:
            if seq > (data["seq"] or 0):
                await wire.send(0, missed, seq, kind)
        await self._event(session, "RESUMED", {})

    async def _event(self, session: Session, kind: str, data: Any) -> None:
        seq = len(session.events) + 1
        session.events.append((seq, kind, data))
        if session.wire:
            try:
                await session.wire.send(0, data, seq, kind)
            except ConnectionError:
                session.wire = None
