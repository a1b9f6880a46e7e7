"""The REST side, on 127.0.0.1 and any free port."""

import asyncio
import json as format_
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.discord import faults as wrong
from tests.discord.faults import Fault, Faults, Refused, json, limited
from tests.discord.gateway import Gateway
from tests.discord.rules import check_commands, check_event, check_message, check_modal
from tests.discord.spec import Request
from tests.discord.state import (
    ANNOUNCEMENT,
    DM,
    EPHEMERAL,
    FORUM,
    PUBLISHED,
    THREAD,
    Channel,
    Data,
    Interaction,
    State,
    member,
)
from tests.discord.state import role as described_role
from tests.discord.state import user as described

TOKEN = "a.right.token"
NONCES_LAST = timedelta(minutes=5)
ANSWER_WITHIN = timedelta(seconds=3)
TOKENS_LAST = timedelta(minutes=15)
Act = Callable[["Server", "Asked"], Awaitable[object]]


class Asked:
    """A request: the ids in its path, its query and its JSON with the uploaded files under "files"."""

    def __init__(self, request: web.Request, ids: list[str], body: Any) -> None:
        self.ids = ids
        self.query = dict(request.query)
        self.body = body
        self.authorized = request.headers.get("Authorization") == f"Bot {TOKEN}"


class Server:
    """Discord on loopback: `state` is what there is, `faults` what goes wrong, `requests` what the bot sent."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.state = State(clock)
        self.gateway = Gateway(self.state, TOKEN)
        self.faults = Faults()
        self.requests: list[Request] = []
        self.port = 0
        self.ended = asyncio.Event()

    @property
    def api(self) -> str:
        """What the bot takes for Discord's API."""
        return f"http://127.0.0.1:{self.port}/api/v10"

    @property
    def socket(self) -> str:
        """What the bot takes for Discord's gateway."""
        return f"ws://127.0.0.1:{self.port}/"

    def sent(self, pattern: str) -> list[Request]:
        """The requests that match, as in "POST /channels/1/messages"."""
        return [one for one in self.requests if re.search(pattern, f"{one.method} {one.path}")]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Any request of the bot's."""
        path = unquote(request.path.removeprefix("/api/v10"))
        body = await _body(request)
        plain = {key: one for key, one in body.items() if key != "files"} if isinstance(body, dict) else body
        self.requests.append(Request(request.method, path, dict(request.query), plain))
        fault = self.faults.take(f"{request.method} {path}")
        try:
            if fault is None:
                return await self._act(request, path, body)
            if fault.after:
                await self._act(request, path, body)
            if fault.silent:
                self.gateway.changed.set()
                await self.ended.wait()
            return _fail(request, fault)
        finally:
            self.gateway.changed.set()

    async def _act(self, request: web.Request, path: str, body: Any) -> web.Response:
        for method, pattern, act in ROUTES:
            if method == request.method and (match := re.fullmatch(pattern, path)):
                asked = Asked(request, list(match.groups()), body)
                try:
                    _authorize(asked, path)
                    done = await act(self, asked)
                except Refused as refused:
                    return json(refused.body, refused.status)
                return web.Response(status=204) if done is None else json(done)
        raise AssertionError(f"{request.method} {path} is not played here")


def _authorize(asked: Asked, path: str) -> None:
    # These carry a token of their own in their path.
    if not asked.authorized and not path.startswith(("/interactions/", "/webhooks/")):
        raise Refused(401, 0, "401: Unauthorized")


async def _body(request: web.Request) -> Any:
    if request.content_type == "application/json":
        raw = await request.read()
        return format_.loads(raw) if raw else None
    if not request.content_type.startswith("multipart/"):
        return None
    body: Data = {}
    files: dict[str, bytes] = {}
    async for part in await request.multipart():
        name = str(part.name)  # type: ignore[union-attr]
        data = bytes(await part.read())  # type: ignore[union-attr]
        if name == "payload_json":
            body |= format_.loads(data)
        else:
            files[name] = data
    inner = body.get("data") or body.get("message") or body
    inner["files"] = files
    return body


def _fail(request: web.Request, fault: Fault) -> web.Response:
    if fault.status == 429:
        return limited(fault)
    if fault.status:
        return json({"message": "upstream", "code": fault.code}, fault.status)
    if request.transport:
        request.transport.abort()
    return web.Response()


# Who the bot is


async def me(server: Server, asked: Asked) -> Data:
    return described(server.state.bot, "herald", bot=True)


async def application(server: Server, asked: Asked) -> Data:
    owner = described(1, "owner")
    data: Data = {"id": str(server.state.application), "name": "herald", "description": "", "owner": owner, "flags": 0}
    data |= {"bot_public": False, "bot_require_code_grant": False, "verify_key": "0" * 64, "team": None, "icon": None}
    return data | {"summary": "", "hook": True}


async def gateway(server: Server, asked: Asked) -> Data:
    start = {"total": 1000, "remaining": 999, "reset_after": 1, "max_concurrency": 16}
    return {"url": server.socket, "shards": 1, "session_start_limit": start}


async def put_commands(server: Server, asked: Asked) -> list[Data]:
    guild = int(asked.ids[1]) if len(asked.ids) > 1 else 0
    if guild and guild not in server.state.guilds:
        raise Refused(*wrong.MISSING_ACCESS)
    check_commands(asked.body)
    own = {"application_id": str(server.state.application), "version": "1"}
    place = {"guild_id": str(guild)} if guild else {}
    fresh = [{**each, "id": str(server.state.id()), **own, **place} for each in asked.body]
    server.state.commands[guild] = [{**each, "description": each.get("description") or ""} for each in fresh]
    server.state.syncs.append(guild)
    return server.state.commands[guild]


async def get_commands(server: Server, asked: Asked) -> list[Data]:
    guild = int(asked.ids[1])
    if guild not in server.state.guilds:
        raise Refused(*wrong.MISSING_ACCESS)
    return server.state.commands.get(guild, [])


# Channels


def _channel(server: Server, id_: str, *needs: str) -> Channel:
    channel = server.state.channels.get(int(id_))
    if channel is None:
        raise Refused(*wrong.UNKNOWN_CHANNEL)
    denied = channel.denied | (server.state.channels[channel.parent].denied if channel.parent else set())
    if "view_channel" in denied:
        raise Refused(*wrong.MISSING_ACCESS)
    if denied & set(needs):
        raise Refused(*wrong.MISSING_PERMISSIONS)
    return channel


async def get_channel(server: Server, asked: Asked) -> Data:
    return _channel(server, asked.ids[0]).data(server.state.bot)


async def change_thread(server: Server, asked: Asked) -> Data:
    locking = ["manage_threads"] if "locked" in asked.body else []
    thread = _channel(server, asked.ids[0], *locking)
    assert thread.type == THREAD
    if thread.archived and asked.body.get("archived") is not False:
        raise Refused(*wrong.ARCHIVED)
    for name, value in asked.body.items():
        setattr(thread, name, value)
    return thread.data(server.state.bot)


async def open_direct(server: Server, asked: Asked) -> Data:
    return server.state.direct(int(asked.body["recipient_id"])).data(server.state.bot)


async def post_message(server: Server, asked: Asked) -> Data:
    channel = _channel(server, asked.ids[0], "send_messages", *_for_files(asked.body))
    if channel.type == DM and channel.recipient in server.state.closed:
        raise Refused(*wrong.CANNOT_SEND)
    check_message(asked.body)
    nonce, now = asked.body.get("nonce"), server.clock()
    if nonce and asked.body.get("enforce_nonce"):
        said = server.state.nonces.get((channel.id, str(nonce)))
        if said and now - said[0] < NONCES_LAST:
            return said[1]
    message = _say(server, channel, asked.body)
    server.state.nonces[channel.id, str(nonce)] = now, message
    return message


def _for_files(body: Data) -> list[str]:
    return ["attach_files"] if body.get("attachments") else []


def _say(server: Server, channel: Channel, body: Data) -> Data:
    author = described(server.state.bot, "herald", bot=True)
    message = server.state.message(channel.id, author, body)
    channel.messages[int(message["id"])] = message
    if body.get("allowed_mentions") != {"parse": []}:
        server.state.pings.append(message)
    return message


def _stored(server: Server, asked: Asked, *needs: str) -> Data:
    message = _channel(server, asked.ids[0], *needs).messages.get(int(asked.ids[1]))
    if message is None:
        raise Refused(*wrong.UNKNOWN_MESSAGE)
    return message


async def get_messages(server: Server, asked: Asked) -> list[Data]:
    channel = _channel(server, asked.ids[0], "read_message_history")
    after, before = int(asked.query.get("after", 0)), int(asked.query.get("before", 1 << 63))
    found = [one for id_, one in sorted(channel.messages.items()) if after < id_ < before]
    most = int(asked.query.get("limit", 50))
    kept = found[:most] if "after" in asked.query else found[-most:]
    # The nonce is told to who sends, not to who reads later.
    return [{key: value for key, value in one.items() if key != "nonce"} for one in reversed(kept)]


async def get_message(server: Server, asked: Asked) -> Data:
    return _stored(server, asked, "read_message_history")


async def edit_message(server: Server, asked: Asked) -> Data:
    message = _stored(server, asked)
    if server.state.channels[int(asked.ids[0])].archived:
        raise Refused(*wrong.ARCHIVED)
    check_message({**message, **asked.body})
    return _change(server, message, asked.body)


def _change(server: Server, message: Data, body: Data) -> Data:
    changed: Data = {key: body[key] for key in ("content", "components", "flags") if key in body}
    message.update(changed, edited_timestamp=server.clock().isoformat())
    if "attachments" in body:
        message["attachments"] = server.state.message(0, {}, body)["attachments"]
    return message


async def crosspost(server: Server, asked: Asked) -> Data:
    message = _stored(server, asked)
    if server.state.channels[int(asked.ids[0])].type != ANNOUNCEMENT:
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    if message["flags"] & PUBLISHED:
        raise Refused(*wrong.CROSSPOSTED)
    message["flags"] |= PUBLISHED
    return message


async def delete_message(server: Server, asked: Asked) -> None:
    deleted = _stored(server, asked)
    del server.state.channels[int(asked.ids[0])].messages[int(deleted["id"])]


async def pin(server: Server, asked: Asked) -> None:
    _stored(server, asked, "pin_messages")["pinned"] = True


async def unpin(server: Server, asked: Asked) -> None:
    _stored(server, asked)["pinned"] = False


async def post_thread(server: Server, asked: Asked) -> Data:
    forum = _channel(server, asked.ids[0], "send_messages", *_for_files(asked.body.get("message", {})))
    if forum.type != FORUM:
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    check_message(asked.body["message"])
    thread = Channel(server.state.id(), asked.body["name"], THREAD, forum.guild, forum.id)
    thread.tags = tuple(str(tag) for tag in asked.body.get("applied_tags") or ())
    server.state.channels[thread.id] = thread
    first = _say(server, thread, asked.body["message"])
    thread.messages = {thread.id: first}
    first.update(id=str(thread.id), channel_id=str(thread.id))
    return {**thread.data(server.state.bot), "message": first}


async def begin_thread(server: Server, asked: Asked) -> Data:
    channel = _channel(server, asked.ids[0], "create_public_threads")
    begun = _stored(server, asked)
    if int(begun["id"]) in server.state.channels:
        raise Refused(*wrong.BEGUN)
    thread = Channel(int(begun["id"]), asked.body["name"], THREAD, channel.guild, channel.id)
    server.state.channels[thread.id] = thread
    return thread.data(server.state.bot)


async def active_threads(server: Server, asked: Asked) -> Data:
    found = server.state.threads(int(asked.ids[0]))
    return {"threads": [one for one in found if not one["thread_metadata"]["archived"]], "members": []}


async def archived_threads(server: Server, asked: Asked) -> Data:
    channel = _channel(server, asked.ids[0], "read_message_history")
    found = server.state.threads(channel.guild or 0)
    kept = [one for one in found if one["thread_metadata"]["archived"] and one["parent_id"] == str(channel.id)]
    return {"threads": kept, "members": [], "has_more": False}


# Servers


def _guild(server: Server, asked: Asked) -> int:
    guild = int(asked.ids[0])
    if guild not in server.state.guilds:
        raise Refused(*wrong.MISSING_ACCESS)
    return guild


async def get_guilds(server: Server, asked: Asked) -> list[Data]:
    about = ("id", "name", "features")
    return [{name: server.state.guild_data(guild)[name] for name in about} for guild in server.state.guilds]


async def get_guild(server: Server, asked: Asked) -> Data:
    return server.state.guild_data(_guild(server, asked))


async def get_guild_channels(server: Server, asked: Asked) -> list[Data]:
    return [each.data(server.state.bot) for each in server.state.guilds[_guild(server, asked)]]


async def get_member(server: Server, asked: Asked) -> Data:
    state, id_ = server.state, int(asked.ids[1])
    if id_ == state.application:
        return member(described(id_, "herald", bot=True), (state.bot,))
    return member(described(id_, "somebody"), tuple(role for person, role in state.held if person == id_))


# Roles


def _role(server: Server, guild: str, id_: str) -> int:
    if server.state.roles.get(int(id_)) != int(guild):
        raise Refused(*wrong.UNKNOWN_ROLE)
    return int(id_)


async def get_role(server: Server, asked: Asked) -> Data:
    return described_role(_role(server, *asked.ids), "readers")


async def give_role(server: Server, asked: Asked) -> None:
    guild, person, id_ = asked.ids
    role = _role(server, guild, id_)
    if role in server.state.above:
        raise Refused(*wrong.MISSING_PERMISSIONS)
    server.state.held.add((int(person), role))


async def take_role(server: Server, asked: Asked) -> None:
    await give_role(server, asked)
    server.state.held.discard((int(asked.ids[1]), int(asked.ids[2])))


# Scheduled events


def _on_server(server: Server, asked: Asked) -> int:
    guild = _guild(server, asked)
    if guild in server.state.eventless and asked.body is not None:
        raise Refused(*wrong.MISSING_PERMISSIONS)
    return guild


async def make_event(server: Server, asked: Asked) -> Data:
    guild = _on_server(server, asked)
    check_event(asked.body, server.clock())
    made: Data = {
        "id": str(server.state.id()),
        "guild_id": str(guild),
        "creator_id": str(server.state.bot),
        "status": 1,
    }
    event = {**made, "channel_id": None, "entity_id": None, **asked.body}
    server.state.events[int(made["id"])] = event
    return event


async def get_events(server: Server, asked: Asked) -> list[Data]:
    guild = _on_server(server, asked)
    return [event for event in server.state.events.values() if event["guild_id"] == str(guild)]


async def get_event(server: Server, asked: Asked) -> Data:
    _on_server(server, asked)
    event = server.state.events.get(int(asked.ids[1]))
    if event is None:
        raise Refused(*wrong.UNKNOWN_EVENT)
    return event


async def change_event(server: Server, asked: Asked) -> Data:
    event = await get_event(server, asked)
    check_event({**event, **asked.body}, server.clock())
    event.update(asked.body)
    return event


async def delete_event(server: Server, asked: Asked) -> None:
    await get_event(server, asked)
    del server.state.events[int(asked.ids[1])]


# Interactions


async def callback(server: Server, asked: Asked) -> Data | None:
    interaction = server.state.interactions.get(asked.ids[1])
    if interaction is None or server.clock() - interaction.made > ANSWER_WITHIN:
        raise Refused(*wrong.UNKNOWN_INTERACTION)
    if interaction.acknowledged:
        raise Refused(*wrong.ACKNOWLEDGED)
    kind, body = asked.body["type"], asked.body.get("data") or {}
    message = _acknowledge(server, interaction, kind, body)
    interaction.acknowledged = kind
    if asked.query.get("with_response") not in ("1", "true", "True"):
        return None
    about: Data = {"id": str(interaction.id), "type": interaction.source["type"]}
    resource = {"type": kind, **({"message": message} if message else {})}
    if message:
        about |= {"response_message_id": message["id"], "response_message_ephemeral": interaction.ephemeral}
    return {"interaction": about, "resource": resource}


def _acknowledge(server: Server, interaction: Interaction, kind: int, body: Data) -> Data | None:
    acted_on = interaction.source.get("message")
    if (kind == 8) is not (interaction.source["type"] == 4):
        raise Refused(wrong.INVALID[0], wrong.INVALID[1], "choices as the answer to nothing else than typing")
    if kind == 8:
        assert len(body["choices"]) <= 25
        interaction.choices = body["choices"]
    elif kind == 9:
        if interaction.source["type"] == 5:
            raise Refused(wrong.INVALID[0], wrong.INVALID[1], "a modal as the answer to a modal")
        check_modal(body)
        interaction.modal = body
    elif kind == 7:
        assert acted_on is not None
        check_message({**acted_on, **body})
        interaction.original = _change(server, acted_on, body)
        interaction.messages.append(interaction.original)
    elif kind in (4, 5):
        interaction.deferred = kind == 5
        interaction.ephemeral = bool((body.get("flags") or 0) & EPHEMERAL)
        interaction.original = _reply(server, interaction, body, check=kind == 4)
        return interaction.original
    interaction.settled.set()
    return interaction.original


def _reply(server: Server, interaction: Interaction, body: Data, *, check: bool = True) -> Data:
    if check:
        check_message(body)
        interaction.settled.set()
    author = described(server.state.bot, "herald", bot=True)
    message = server.state.message(interaction.channel, author, body)
    if check and body.get("allowed_mentions") != {"parse": []}:
        server.state.pings.append(message)
    interaction.messages.append(message)
    return message


def _by_token(server: Server, asked: Asked) -> Interaction:
    interaction = server.state.interactions.get(asked.ids[1])
    if interaction is None or not interaction.acknowledged:
        raise Refused(*wrong.UNKNOWN_WEBHOOK)
    if server.clock() - interaction.made > TOKENS_LAST:
        raise Refused(*wrong.INVALID_TOKEN)
    return interaction


async def follow_up(server: Server, asked: Asked) -> Data:
    interaction = _by_token(server, asked)
    if interaction.deferred and interaction.original:
        check_message({**asked.body, "flags": asked.body.get("flags", 0)})
        return _fill(server, interaction, asked.body)
    return _reply(server, interaction, asked.body)


def _fill(server: Server, interaction: Interaction, body: Data) -> Data:
    """Put words where the bot was "thinking"; who may read them was said then."""
    assert interaction.original is not None
    interaction.deferred = False
    interaction.settled.set()
    return _change(server, interaction.original, body)


async def edit_original(server: Server, asked: Asked) -> Data:
    interaction = _by_token(server, asked)
    if interaction.original is None:
        raise Refused(*wrong.UNKNOWN_MESSAGE)
    check_message({**interaction.original, **asked.body})
    return _fill(server, interaction, asked.body)


async def delete_original(server: Server, asked: Asked) -> None:
    interaction = _by_token(server, asked)
    if interaction.original is None:
        raise Refused(*wrong.UNKNOWN_MESSAGE)
    interaction.messages.remove(interaction.original)
    interaction.original, interaction.deferred = None, False


ROUTES: tuple[tuple[str, str, Act], ...] = (
    ("GET", "/users/@me", me),
    ("GET", "/oauth2/applications/@me", application),
    ("GET", "/gateway", gateway),
    ("GET", "/gateway/bot", gateway),
    ("PUT", r"/applications/(\d+)/commands", put_commands),
    ("PUT", r"/applications/(\d+)/guilds/(\d+)/commands", put_commands),
    ("GET", r"/applications/(\d+)/guilds/(\d+)/commands", get_commands),
    ("POST", "/users/@me/channels", open_direct),
    ("GET", r"/channels/(\d+)", get_channel),
    ("GET", r"/channels/(\d+)/messages", get_messages),
    ("POST", r"/channels/(\d+)/messages", post_message),
    ("GET", r"/channels/(\d+)/messages/(\d+)", get_message),
    ("PATCH", r"/channels/(\d+)/messages/(\d+)", edit_message),
    ("DELETE", r"/channels/(\d+)/messages/(\d+)", delete_message),
    ("POST", r"/channels/(\d+)/messages/(\d+)/crosspost", crosspost),
    ("PUT", r"/channels/(\d+)/messages/pins/(\d+)", pin),
    ("DELETE", r"/channels/(\d+)/messages/pins/(\d+)", unpin),
    ("POST", r"/channels/(\d+)/threads", post_thread),
    ("GET", "/users/@me/guilds", get_guilds),
    ("GET", r"/guilds/(\d+)", get_guild),
    ("GET", r"/guilds/(\d+)/channels", get_guild_channels),
    ("GET", r"/guilds/(\d+)/members/(\d+)", get_member),
    ("POST", r"/channels/(\d+)/messages/(\d+)/threads", begin_thread),
    ("GET", r"/channels/(\d+)/threads/archived/public", archived_threads),
    ("PATCH", r"/channels/(\d+)", change_thread),
    ("GET", r"/guilds/(\d+)/threads/active", active_threads),
    ("GET", r"/guilds/(\d+)/roles/(\d+)", get_role),
    ("PUT", r"/guilds/(\d+)/members/(\d+)/roles/(\d+)", give_role),
    ("DELETE", r"/guilds/(\d+)/members/(\d+)/roles/(\d+)", take_role),
    ("POST", r"/guilds/(\d+)/scheduled-events", make_event),
    ("GET", r"/guilds/(\d+)/scheduled-events", get_events),
    ("GET", r"/guilds/(\d+)/scheduled-events/(\d+)", get_event),
    ("PATCH", r"/guilds/(\d+)/scheduled-events/(\d+)", change_event),
    ("DELETE", r"/guilds/(\d+)/scheduled-events/(\d+)", delete_event),
    ("POST", r"/interactions/(\d+)/([^/]+)/callback", callback),
    ("POST", r"/webhooks/(\d+)/([^/]+)", follow_up),
    ("PATCH", r"/webhooks/(\d+)/([^/]+)/messages/@original", edit_original),
    ("DELETE", r"/webhooks/(\d+)/([^/]+)/messages/@original", delete_original),
)


@asynccontextmanager
async def serving(clock: Callable[[], datetime]) -> AsyncIterator[Server]:
    """A server that listens until the block ends."""
    server = Server(clock)
    app = web.Application(client_max_size=1 << 26)
    app.router.add_get("/", server.gateway.serve)
    app.router.add_route("*", "/api/v10/{rest:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    server.gateway.address = server.socket
    try:
        yield server
    finally:
        server.ended.set()
        await server.gateway.everyone("close", 1001)
        await runner.cleanup()
