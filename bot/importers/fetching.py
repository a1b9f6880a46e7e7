"""Gets a feed over the net: bounded in size and time, only what is new, never from a private address."""

import asyncio
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urljoin, urlsplit

from aiohttp import (
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    TCPConnector,
    ThreadedResolver,
)
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.core.text import received
from bot.importers.feeds import LARGEST

HOPS = 5
PATIENCE = 30.0
_TRANSLATED = IPv6Network("64:ff9b::/96")


class CannotFetch(Exception):
    """Why there was no answer to read; `key` names the words for it, `fields` fill them."""

    def __init__(self, key: str, **fields: object) -> None:
        super().__init__(key, fields)
        self.key = key
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: `body` is None where nothing has changed; the marks are sent along the next time.

    `url` is where it stands, after every redirect.
    """

    body: bytes | None
    etag: str | None = None
    modified: str | None = None
    url: str = ""


async def fetch(url: str, etag: str | None = None, modified: str | None = None, patience: float = PATIENCE) -> Answer:
    """What stands at an address; CannotFetch.

    Every address that is asked, also after a redirect, has to be a public one, unless `url` itself is loopback: then
    it has to be loopback.
    """
    marks = {"If-None-Match": etag, "If-Modified-Since": modified}
    headers = {"User-Agent": "herald-bot", "Accept": "*/*"} | {name: mark for name, mark in marks.items() if mark}
    try:
        home = _is_loopback(url)
        connector = TCPConnector(resolver=_Careful(home), use_dns_cache=False)
        async with (
            asyncio.timeout(patience),
            ClientSession(connector=connector, headers=headers, timeout=ClientTimeout(), trust_env=False) as session,
        ):
            return await _follow(session, url, home)
    except TimeoutError:
        raise CannotFetch("timeout") from None
    except (ClientError, OSError, ValueError) as error:
        raise _why(error) from error


def _why(error: Exception) -> CannotFetch:
    match error:
        case ClientConnectorDNSError():
            return CannotFetch("no_host", host=error.host)
        case ClientSSLError():
            return CannotFetch("not_secure", host=error.host)
        case ClientConnectorError():
            return CannotFetch("closed", host=error.host)
    return CannotFetch("unreachable", reason=type(error).__name__)


async def _follow(session: ClientSession, url: str, home: bool) -> Answer:
    for _ in range(HOPS + 1):
        _check(url, home)
        async with session.get(url, allow_redirects=False) as response:
            if response.status not in (301, 302, 303, 307, 308) or "Location" not in response.headers:
                return await _read(response)
            url = urljoin(url, response.headers["Location"])
    raise CannotFetch("redirects")


async def _read(response: ClientResponse) -> Answer:
    etag, modified = (_mark(response, name) for name in ("ETag", "Last-Modified"))
    if response.status == 304:
        return Answer(None, etag, modified)
    if response.status != 200:
        raise CannotFetch("status", status=response.status)
    if (response.content_length or 0) > LARGEST:
        raise CannotFetch("too_large")
    body = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        body += chunk
        if len(body) > LARGEST:
            raise CannotFetch("too_large")
    return Answer(bytes(body), etag, modified, str(response.url))


def _mark(response: ClientResponse, name: str) -> str | None:
    mark = response.headers.get(name)
    return mark if mark is None else received(mark)


def _check(url: str, home: bool) -> None:
    """CannotFetch where an address is none of the web's or names a host that may not be asked."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CannotFetch("redirects")
    try:
        literal = ip_address(parts.hostname)
    except ValueError:
        return  # a name: the resolver looks at what it stands for
    if not _may_ask(literal, home):
        raise CannotFetch("private", host=parts.hostname)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _may_ask(address: IPv4Address | IPv6Address, home: bool) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        address = inner or address
    return address.is_loopback if home else address.is_global and not address.is_multicast


class _Careful(AbstractResolver):
    """Resolves names, and refuses those that stand for an address that may not be asked: that one is then asked."""

    def __init__(self, home: bool) -> None:
        self._home = home
        self._real = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        found = await self._real.resolve(host, port, family)  # type: ignore[arg-type]
        if not all(_may_ask(ip_address(each["host"].partition("%")[0]), self._home) for each in found):
            raise CannotFetch("private", host=host)
        return found

    async def close(self) -> None:
        await self._real.close()
