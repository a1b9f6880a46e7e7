"""Serves an app to this computer alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

LOOPBACK = "127.0.0.1"
# aiohttp waits this long twice: for what is being answered, then for what it had to cancel.
PATIENCE = 0.3


@asynccontextmanager
async def serve(app: web.Application, port: int) -> AsyncIterator[int]:
    """Listen on 127.0.0.1 while the block runs; yields the port (0 takes any free one); OSError where it is taken."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=PATIENCE)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
