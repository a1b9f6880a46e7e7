"""Every request passes here: only this computer, only our own page, and what goes wrong is said in a sentence."""

import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.web.language import wished
from bot.web.refusal import Refused
from bot.words import locale_of, words_in

log = logging.getLogger(__name__)

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]
Page = Callable[[str, dict[str, str]], str]


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """What every answer carries; what people wrote is kept by no cache."""
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")


def guard(course_locale: Callable[[], str], page: Page) -> Middleware:
    """The middleware; `page` makes HTML of a locale and of `title`, `text` and `note`."""

    @web.middleware
    async def middleware(request: web.Request, handler: Next) -> web.StreamResponse:
        try:
            _check(request)
            return await handler(request)
        except Refused as refused:
            return say(request, refused)
        except web.HTTPException as error:
            key = {404: "missing", 405: "method", 413: "too_large"}.get(error.status, "shape")
            response = say(request, Refused(error.status, key))
            if allow := error.headers.get("Allow"):
                response.headers["Allow"] = allow
            return response
        except Exception as error:
            return say(request, Refused(500, "broken"), error)

    def say(request: web.Request, refused: Refused, error: Exception | None = None) -> web.Response:
        locale = locale_of(wished(request.headers.get("Accept-Language")), course_locale())
        return _say(request, refused, locale, page, error)

    return middleware


def _check(request: web.Request) -> None:
    # A foreign page can make a browser come here under a name of its own (DNS rebinding); the Host gives it away.
    if _host(request.headers.get("Host", "")) not in LOOPBACK:
        raise Refused(403, "host")
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    foreign = site not in (None, "same-origin", "none") or origin not in (None, f"{request.scheme}://{request.host}")
    if request.method == "POST" and (foreign or (site is None and origin is None)):
        raise Refused(403, "origin")
    if foreign and request.headers.get("Sec-Fetch-Mode") != "navigate":
        raise Refused(403, "origin")


def _host(header: str) -> str | None:
    try:
        parts = urlsplit(f"//{header}")
        return parts.hostname if parts.netloc == header and parts.username is None and parts.port != -1 else None
    except ValueError:
        return None


def _say(
    request: web.Request, refused: Refused, locale: str, page: Page, error: Exception | None = None
) -> web.Response:
    words = words_in(locale)
    id_ = secrets.token_hex(4)
    level = logging.ERROR if error else logging.INFO
    log.log(level, "%s %s: %s (%s)", request.method, request.path, refused.key, id_, exc_info=error)
    said = {
        "title": words(f"web.error.{refused.key}.title"),
        "text": words(f"web.error.{refused.key}", **refused.fields),
        "note": words("web.error.id", id=id_),
    }
    if "text/html" in request.headers.get("Accept", ""):
        return web.Response(status=refused.status, text=page(locale, said), content_type="text/html")
    body = json.dumps({"error": said | {"id": id_}}, ensure_ascii=False)
    return web.Response(status=refused.status, text=body, content_type="application/json")
