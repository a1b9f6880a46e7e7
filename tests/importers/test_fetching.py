"""A feed over the net: what comes, what has not changed, and every answer that is not taken."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from socket import gaierror

import pytest
from aiohttp import ThreadedResolver, web

from bot.importers import fetching
from bot.importers.feeds import LARGEST
from bot.importers.fetching import CannotFetch, fetch
from bot.web.serve import serve

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handle: Handle) -> AsyncIterator[str]:
    """A server on loopback."""
    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    async with serve(app, 0) as port:
        yield f"http://127.0.0.1:{port}"


async def refused(url: str, key: str, patience: float = 30) -> CannotFetch:
    with pytest.raises(CannotFetch) as caught:
        await fetch(url, patience=patience)
    assert caught.value.key == key, caught.value
    return caught.value


async def test_what_stands_there_comes_with_its_marks_and_then_only_what_is_new() -> None:
    async def handle(request: web.Request) -> web.Response:
        marks = {"ETag": '"1"', "Last-Modified": "Fri, 22 Apr 2022 16:00:00 GMT"}
        if request.headers.get("If-None-Match") == '"1"':
            assert request.headers["If-Modified-Since"] == marks["Last-Modified"]
            return web.Response(status=304, headers=marks)
        return web.Response(body=b"feed", headers=marks)

    async with serving(handle) as home:
        first = await fetch(home)
        assert first.body == b"feed"
        assert (await fetch(home, first.etag, first.modified)).body is None


async def test_marks_that_no_database_can_hold_are_kept_as_far_as_one_can() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nETag: "\xe9"\r\nLast-Modified: \xe9\r\nContent-Length: 4\r\n\r\nfeed')
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        came = await fetch(f"http://127.0.0.1:{port}")
        again = await fetch(f"http://127.0.0.1:{port}", came.etag, came.modified)
    assert (came.body, came.etag, came.modified) == (b"feed", '"\ufffd"', "\ufffd")
    assert again == came


async def test_an_address_that_is_none_is_not_asked() -> None:
    await refused("http://[::1", "unreachable")


async def test_a_host_that_is_none_takes_no_connection_or_cannot_be_trusted_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def nowhere(*_: object, **__: object) -> object:
        raise gaierror("unknown")

    async def handle(request: web.Request) -> web.Response:
        raise AssertionError("asked")

    async with serving(handle) as home:
        error = await refused(home.replace("http:", "https:"), "not_secure")
        assert error.fields == {"host": "127.0.0.1"}
    await refused(home, "closed")
    monkeypatch.setattr(ThreadedResolver, "resolve", nowhere)
    assert (await refused("http://feed.invalid", "no_host")).fields == {"host": "feed.invalid"}


@pytest.mark.parametrize("status", [404, 429, 500, 503])
async def test_an_error_is_no_feed(status: int) -> None:
    async def handle(request: web.Request) -> web.Response:
        return web.Response(status=status, body=b"<rss/>")

    async with serving(handle) as home:
        assert (await refused(home, "status")).fields == {"status": status}


@pytest.mark.parametrize("how", ["announced", "streamed", "packed"])
async def test_fifty_megabytes_are_not_read(how: str) -> None:
    sent = 0

    async def handle(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        if how == "packed":
            packed = gzip.compress(b" " * (50 << 20))
            return web.Response(body=packed, headers={"Content-Encoding": "gzip"})
        response = web.StreamResponse()
        if how == "announced":
            response.content_length = 50 << 20
        await response.prepare(request)
        try:
            for _ in range(800):
                await response.write(b" " * 65536)
                sent += 65536
        except ConnectionError:
            pass
        return response

    async with serving(handle) as home:
        await refused(home, "too_large")
    assert sent < 2 * LARGEST


async def test_what_is_cut_off_or_never_comes_is_given_up() -> None:
    ended = asyncio.Event()

    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 1000
        await response.prepare(request)
        await response.write(b"half")
        if request.path == "/never":
            await ended.wait()
        elif request.transport:
            request.transport.abort()
        return response

    async with serving(handle) as home:
        await refused(home, "unreachable")
        await refused(f"{home}/never", "timeout", patience=0.2)
        ended.set()


async def test_a_redirect_is_followed_and_one_without_end_is_not() -> None:
    async def handle(request: web.Request) -> web.Response:
        if request.path == "/there":
            return web.Response(body=b"feed")
        raise web.HTTPFound("/there" if request.path == "/once" else "/again")

    async with serving(handle) as home:
        came = await fetch(f"{home}/once")
        assert (came.body, came.url) == (b"feed", f"{home}/there")
        await refused(f"{home}/again", "redirects")


@pytest.mark.parametrize(
    "there",
    [
        "http://10.0.0.1/", "http://192.168.1.1/feed", "http://169.254.169.254/latest/meta-data", "http://[fd00::1]/",
        "http://0.0.0.0/", "http://100.64.0.1/", "http://1.1.1.1/",
    ],
)  # fmt: skip
async def test_from_loopback_nothing_but_loopback_is_asked(there: str) -> None:
    async def handle(request: web.Request) -> web.Response:
        raise web.HTTPFound(there)

    async with serving(handle) as home:
        await refused(home, "private")


@pytest.mark.parametrize("there", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1"])
async def test_a_redirect_away_from_the_web_is_not_followed(there: str) -> None:
    async def handle(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": there})

    async with serving(handle) as home:
        await refused(home, "redirects")


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/", "http://[::ffff:192.168.0.1]/", "http://[64:ff9b::a00:1]/", "http://[2002:a00:1::]/",
        "http://169.254.169.254/", "http://224.0.0.1/", "http://[fe80::1]/",
    ],
)  # fmt: skip
async def test_a_private_address_is_never_asked(url: str) -> None:
    await refused(url, "private")


@pytest.mark.parametrize("name", ["2130706433", "0x7f.1", "0177.0.0.1", "ip6-localhost"])
async def test_a_name_that_stands_for_a_private_address_is_not_asked(name: str) -> None:
    asked = False

    async def handle(request: web.Request) -> web.Response:
        nonlocal asked
        asked = True
        return web.Response()

    async with serving(handle) as home:
        with pytest.raises(CannotFetch) as caught:
            await fetch(f"http://{name}:{home.rpartition(':')[2]}/")
    assert caught.value.key in ("private", "unreachable", "no_host")
    assert not asked


async def test_a_redirect_from_outside_to_loopback_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The public server is here too, under a name that passes for a public one."""

    async def handle(request: web.Request) -> web.Response:
        raise web.HTTPFound(f"http://127.0.0.1:{request.url.port}/inside")

    real = ThreadedResolver.resolve
    monkeypatch.setattr(fetching._Careful, "resolve", lambda self, *where, **more: real(self._real, *where, **more))
    monkeypatch.setattr(fetching, "_is_loopback", lambda url: False)
    async with serving(handle) as home:
        await refused(home.replace("127.0.0.1", "localhost"), "private")
