"""The real program's web chat, as a browser asks it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from aiohttp import ClientSession

from bot.core.chat import Role
from bot.web.chat import create_app
from bot.web.serve import serve
from bot.web.site import Identity
from tests.support import World

STAFF = (
    Identity("local:instructor", "instructor", Role.INSTRUCTOR),
    Identity("local:assistant", "assistant", Role.ASSISTANT),
)


@dataclass(frozen=True)
class Pages:
    """A browser that can be anybody."""

    session: ClientSession

    async def type(self, who: str, line: str) -> Any:
        """Send a line and return the message that comes back."""
        post = {"id": uuid4().hex, "as": who, "line": line}
        async with self.session.post("/call", json=post) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def get(self, path: str, who: str, locale: str = "en", **query: str) -> str:
        """What stands at an address."""
        headers = {"Accept-Language": locale}
        async with self.session.get(path, params={"as": who, **query}, headers=headers) as response:
            return await response.text()

    async def stream(self, who: str, until: str) -> str:
        """What comes through the stream of messages, until something is in it."""
        came = ""
        async with self.session.get("/events", params={"as": who, "after": "0"}) as response:
            async for line in response.content:
                came += line.decode()
                if until in came:
                    break
        return came


@asynccontextmanager
async def pages(world: World) -> AsyncIterator[Pages]:
    """The chat of this installation, served."""
    app = create_app(world.herald.site(STAFF, demo=False), world.clock)
    async with serve(app, 0) as port:
        url = f"http://127.0.0.1:{port}"
        async with ClientSession(url, headers={"Origin": url}) as session:
            yield Pages(session)
