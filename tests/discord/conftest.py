"""A Discord of each test's own; whatever the bot sent must be what Discord's specification allows."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.discord import spec
from tests.discord.server import Server, serving
from tests.support import Clock


@pytest.fixture
def kind() -> str:
    """Which database."""
    return "sqlite"


@pytest.fixture
def clock() -> Clock:
    """The time on both sides."""
    return Clock()


@pytest_asyncio.fixture
async def server(clock: Clock) -> AsyncIterator[Server]:
    """Discord on loopback."""
    async with serving(clock) as server:
        yield server
    if spec.FILE.is_file():
        assert [fault for request in server.requests for fault in spec.faults(request)] == []
