"""The chat's addresses: the page, what it posts, what it reads and what it is told."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.core.chat import Call, Reply
from bot.core.errors import UserError
from bot.core.model import Message
from bot.core.text import read_line, show_line
from bot.services import local
from bot.web.assets import assets, send, version
from bot.web.deliveries import deliveries_of
from bot.web.desk import desk_of
from bot.web.entry import Reader, entry, pinned
from bot.web.feed import Feed
from bot.web.guard import add_headers, guard
from bot.web.language import wished
from bot.web.page import Pages
from bot.web.people import identify
from bot.web.post import Post, read_post
from bot.web.refusal import Refused
from bot.web.site import Identity, Site
from bot.web.syndication import syndication_of
from bot.words import LOCALES, grammar, locale_of, names, words_in
from bot.words.notices import not_a_command

log = logging.getLogger(__name__)

LARGEST = 64 * 1024
HEARTBEAT = 15.0


def create_app(site: Site, clock: Callable[[], datetime]) -> web.Application:
    """The chat as an app for `serve`."""
    chat = Chat(site, clock)
    app = web.Application(client_max_size=LARGEST, middlewares=[guard(lambda: site.course.locale, chat.pages.wrong)])
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(chat.watching)
    app.on_shutdown.append(chat.closing)
    app.add_routes(
        [
            web.get("/", chat.page),
            web.post("/call", chat.call),
            web.get("/history", chat.history),
            web.get("/news", chat.news),
            web.get("/events", chat.events),
            web.get("/files/{seq}", chat.file),
            web.get("/static/{version}/{name}", chat.asset),
        ]
    )
    app.add_routes(desk_of(site, clock, chat.pages))
    app.add_routes(deliveries_of(site, clock, chat.pages))
    app.add_routes(syndication_of(site, clock))
    return app


class Chat:
    """Answers requests; what it keeps is the site and who listens."""

    def __init__(self, site: Site, clock: Callable[[], datetime]) -> None:
        self.site = site
        self.pages = Pages(site)
        self._clock = clock
        self._feed = Feed(site.database, site.current)
        self._grammar = grammar(site.commands)
        self._commands = {command.name: command for command in site.commands}
        self._readers = {
            locale: Reader(locale, self._commands, names(site.commands, locale), site.render) for locale in LOCALES
        }

    async def watching(self, app: web.Application) -> AsyncIterator[None]:
        """Watch for messages while the app runs."""
        task = asyncio.create_task(self._feed.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def closing(self, app: web.Application) -> None:
        """End the open streams at once."""
        self._feed.close()

    async def asset(self, request: web.Request) -> web.Response:
        """One of the page's own files; a page of another version, open during an update, has this one's for once."""
        found = assets().get(request.match_info["name"])
        if found is None:
            raise Refused(404, "missing")
        return send(request, found, forever=request.match_info["version"] == version())

    async def page(self, request: web.Request) -> web.Response:
        """The chat as one person, or the picker where nobody is picked or the name is none."""
        claim = request.query.get("as", "")
        locale = locale_of(wished(request.headers.get("Accept-Language")), self.site.course.locale)
        if not claim:
            return _html(self.pages.picker(locale))
        try:
            me = identify(self.site, claim)
        except Refused as refused:
            return _html(self.pages.picker(locale, claim, refused), refused.status)
        reader = await self._reader(me, request)
        messages = await self._read(local.history, me, None)
        card = pinned(await self._feed.pinned(), reader)
        return _html(self.pages.chat(me, reader.locale, _entries(messages, reader), len(messages) == local.PAGE, card))

    async def call(self, request: web.Request) -> web.Response:
        """Do what somebody posted, keep it and answer with it."""
        if request.content_type != "application/json":
            raise Refused(415, "type")
        try:
            post = read_post(json.loads(await request.read()))
        except (ValueError, RecursionError) as error:
            raise Refused(400, "shape") from error
        me = identify(self.site, post.who)
        reader = await self._reader(me, request)
        line, reply = await self._answer(post, me, reader, wished(request.headers.get("Accept-Language")))
        message = await self._kept(post, me, line, reply) if reply.kept else await self._unkept(post, line, reply)
        return web.json_response(entry(message, reader))

    async def _kept(self, post: Post, me: Identity, line: str, reply: Reply) -> Message:
        kept = partial(
            local.record,
            course=self.site.course.key,
            at=self._clock(),
            person=me.id,
            line=line,
            reply=reply,
            call=post.id,
        )
        seq = await self.site.database.write(kept)
        self._feed.nudge()
        messages = await self._read(local.news, me, seq - 1)
        return messages[0]

    async def _unkept(self, post: Post, line: str, reply: Reply) -> Message:
        """What was typed and answered as a message that the page shows until it is closed."""
        seq = await self.site.database.write(partial(local.unrecorded, course=self.site.course.key))
        return Message(seq, self._clock(), "", line, reply, call=post.id)

    async def history(self, request: web.Request) -> web.Response:
        """The messages before one."""
        me = identify(self.site, request.query.get("as", ""))
        messages = await self._read(local.history, me, _seq(request.query.get("before", "")))
        reader = await self._reader(me, request)
        return web.json_response({"entries": _entries(messages, reader), "more": len(messages) == local.PAGE})

    async def news(self, request: web.Request) -> web.Response:
        """The messages after one, for a tab that has no stream: a browser opens six at most to one place."""
        me = identify(self.site, request.query.get("as", ""))
        messages = await self._read(local.news, me, _seq(request.query.get("after", "")))
        reader = await self._reader(me, request)
        card = pinned(await self._feed.pinned(), reader)
        return web.json_response({"entries": _entries(messages, reader), "locale": reader.locale, "card": card})

    async def file(self, request: web.Request) -> web.Response:
        """The file that came with a message, for those who may see the message."""
        me = identify(self.site, request.query.get("as", ""))
        found = partial(local.one, course=self.site.course.key, person=me.id, seq=_seq(request.match_info["seq"]))
        message = await self.site.database.read(found)
        if message is None or message.reply is None or message.reply.file is None:
            raise Refused(404, "missing")
        file = message.reply.file
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
        return web.Response(text=file.text, content_type="text/plain", headers=headers)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """A stream of the messages after one, as they come."""
        me = identify(self.site, request.query.get("as", ""))
        seq = _seq(request.headers.get("Last-Event-ID") or request.query.get("after", ""))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        try:
            await response.prepare(request)
            await self._stream(request, response, me, seq)
        except ConnectionError:
            pass
        except Exception:
            # The headers are out, so no error page can follow; the browser comes back by itself.
            log.exception("a stream broke")
        return response

    async def _stream(self, request: web.Request, response: web.StreamResponse, me: Identity, seq: int) -> None:
        reader, shown = await self._reader(me, request), None
        await response.write(b"retry: 1000\n\n")
        with self._feed.listen(me.id) as listener:
            while not self._feed.closed:
                listener.wake.clear()
                messages = await self._read(local.news, me, seq)
                if any(message.person for message in messages):
                    reader = await self._reader(me, request)
                    await response.write(f"event: locale\ndata: {reader.locale}\n\n".encode())
                if self._feed.card != shown:
                    shown = self._feed.card
                    data = json.dumps(pinned(shown, reader), ensure_ascii=False)
                    await response.write(f"event: card\ndata: {data}\n\n".encode())
                for message in messages:
                    data = json.dumps(entry(message, reader), ensure_ascii=False)
                    await response.write(f"id: {message.seq}\ndata: {data}\n\n".encode())
                    seq = message.seq
                if len(messages) == local.PAGE:
                    continue
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await listener.wake.wait()
                except TimeoutError:
                    await response.write(b"event: beat\ndata:\n\n")

    async def _answer(self, post: Post, me: Identity, reader: Reader, wish: str | None) -> tuple[str, Reply]:
        line = post.line or ""
        try:
            if post.command is not None:
                command = self._grammar.commands.get(post.command)
                if command is None:
                    raise UserError("unknown_command", name=post.command)
                asked = command, {p.name: post.args[p.name] for p in command.params if post.args.get(p.name)}
                line = show_line(*asked, reader.names)
            elif (typed := read_line(line, self._grammar)) is not None:
                asked = typed
            else:
                return line, not_a_command(line, words_in(reader.locale))
        except UserError as error:
            return line or f"/{post.command}", self.site.explain(error, reader.locale)
        command, args = asked
        # The id is the browser's word, so it counts within one person only: nobody can ask for another's reply.
        id_ = f"{me.id}/{post.id}"
        call = Call(command.name, args, me.id, me.name, id_, self._clock(), me.role, wish, self.site.course.key)
        return line, await self.site.handle(call)

    async def _reader(self, me: Identity, request: web.Request) -> Reader:
        stored = await self.site.locale_for(me.id)
        return self._readers[locale_of(stored, wished(request.headers.get("Accept-Language")), self.site.course.locale)]

    async def _read(self, work: Callable[..., list[Message]], me: Identity, seq: int | None) -> list[Message]:
        return await self.site.database.read(partial(work, course=self.site.course.key, person=me.id, seq=seq))


def _entries(messages: list[Message], reader: Reader) -> list[dict[str, Any]]:
    return [entry(message, reader) for message in messages]


def _seq(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused(400, "shape")
    return int(text)


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/html")
