"""Files served with an ETag; the page's own are read once."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from aiohttp import web

# Said here and not guessed: some systems map .js to text/plain, and with nosniff it would not run.
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; `tag` is a digest of its content."""

    content: bytes
    type: str
    tag: str


@cache
def assets() -> dict[str, Asset]:
    """Every static file by its name."""
    found: dict[str, Asset] = {}
    for file in sorted(files("bot.web").joinpath("static").iterdir(), key=lambda file: file.name):
        kind = TYPES.get("." + file.name.rpartition(".")[2])
        if kind:
            found[file.name] = asset_of(file.read_bytes(), kind)
    return found


@cache
def version() -> str:
    """What is another one as soon as one static file is."""
    return _digest("".join(asset.tag for asset in assets().values()).encode())


def asset_of(content: bytes, kind: str) -> Asset:
    """A file of this content and media type."""
    return Asset(content, kind, _digest(content))


def send(request: web.Request, asset: Asset, *, forever: bool = False) -> web.Response:
    """The file, or 304 where the browser has it; it asks each time, but for what stays the same `forever`."""
    kept = "public, max-age=31536000, immutable" if forever else "no-cache"
    headers = {"ETag": f'"{asset.tag}"', "Cache-Control": kept}
    if any(etag.value == asset.tag for etag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=asset.content, content_type=asset.type, charset="utf-8", headers=headers)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]
