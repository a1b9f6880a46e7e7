"""Who asks anonymously stays so: everything that the program puts out is read for their name, their id and hashes."""

import asyncio
import base64
import hashlib
import hmac
import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, select, text
from typer.testing import CliRunner

from bot.cli import commands
from bot.core.chat import Call, Command, Kind, Param, Reply, Role
from bot.services import semantic
from bot.store import merges
from bot.store.schema import announcement, block, delivery, message, secret
from bot.web.chat import create_app
from bot.words import LOCALES
from tests.pages import STAFF, pages
from tests.similar.pairs import loaded
from tests.support import ROOT, World

NAME = "Nemomarker"
ACCOUNTS = (f"discord:{NAME}", f"local:{NAME}")
# When the questions were asked, to the minute and the second, in both zones.
MOMENTS = ("20 17:41", "T17:41", "T09:41", "20 09:41")
TEXTS = {Kind.TEXT: "loops", Kind.WORD: "loops", Kind.LONG: "Something that is long enough to be taken."}
VALUES = {
    Kind.ARTICLE: ("2026-Q4",),
    Kind.COMMAND: ("ask",),
    Kind.URL: ("https://example.org/29",),
    Kind.TOPIC: ("1", "5"),
    Kind.TOPICS: ("1", "1 5"),
    Kind.NUMBER: ("1",),
}
SHORTEST = 12
MOST = 60


def secrets_of(keys: Iterable[str]) -> set[str]:
    """All that would give somebody away: name, accounts, and what anybody could compute of them."""
    plain = {NAME, *ACCOUNTS}
    names = ("md5", "sha1", "sha256", "blake2b")
    hashes = [hashlib.new(name, each.encode()).digest() for name, each in product(names, plain)]
    given = (f"{before}{each}" for before in ("", *(f"{n}\n" for n in range(1, 9))) for each in plain)
    keyed = (hmac.digest(bytes.fromhex(key), each.encode(), "sha256") for key, each in product(keys, tuple(given)))
    forms = {form for each in (*hashes, *keyed) for form in (each.hex(), base64.b64encode(each).decode())}
    return {each.casefold() for each in plain} | {form[:SHORTEST].casefold() for form in forms}


class Heard:
    """Whatever came out, by where it came from."""

    def __init__(self) -> None:
        self.all: list[tuple[str, str]] = []

    def add(self, where: str, said: object) -> None:
        self.all.append((where, said if isinstance(said, str) else repr(said)))

    def holding(self, needles: Iterable[str]) -> list[str]:
        """Where any of these came out."""
        folded = [(where, said.casefold()) for where, said in self.all]
        return [f"{where}: {needle}" for where, said in folded for needle in needles if needle in said]


# What is there


async def lived(world: World) -> None:
    """Anonymous questions, edited, withdrawn, merged with another's; every kind of tie, and what was not delivered."""
    nemo, second, lin = world.member(NAME, on="discord"), world.member(NAME), world.member("lin")
    await nemo("/language English")
    await second("/language English")
    code = (await nemo("/link")).text.split("\n")[0]
    await second(f"/link {code}")
    await second.press("Link them for good")
    world.clock.wait(minutes=41, seconds=27)
    for line in (
        "/ask anonymous:yes different:yes Why does the verifier reject my loop?",
        "/ask anonymous:yes different:yes How do I attach a uprobe to a Go binary?",
        "/ask anonymous:yes different:yes Which kernel has bounded loops at all?",
        "/ask anonymous:yes different:yes A question that is taken back again?",
        "/my-questions edit 1 Why does the verifier reject my bounded loop?",
        "/my-questions withdraw 4",
        # Who may be named for what they asked is not named for what they asked anonymously.
        "/privacy credit",
    ):
        assert (await nemo(line)).error is None
    world.clock.wait(hours=3, minutes=11)
    for line in ("Where do uprobes of Go binaries get lost?", "What is a ring buffer good for?"):
        assert (await lin(f"/ask different:yes {line}")).error is None
    for line in ("/me-too 5", "/follow 6"):
        assert (await nemo(line)).error is None
    await world.database.write(lambda tx: merges.merge(tx, "ebpf", 2, 5))
    ta = world.assistant("ann")
    for line in (
        "/decide 1 planned",
        "/answer 3 From 5.3 on.",
        "/answer 5 In the return probe.",
        "/decide 6 declined No.",
    ):
        assert (await ta(line)).error is None
    for n, state in enumerate(("failed", "by-hand", "unsure"), 1):
        lost = delivery.update().where(delivery.c.target.in_(ACCOUNTS), delivery.c.id % 3 == n % 3)
        await world.database.write(partial(Connection.execute, statement=lost.values(state=state, error="closed")))


# What everybody can do


def fillings(command: Command) -> Iterator[dict[str, str]]:
    """Values for a command: what it needs, with all that is optional, and with each of it, of a topic if it has one."""
    needed = [[(param.name, value) for value in values(param)] for param in command.params if param.required]
    more = [(param.name, value) for param in command.params if not param.required for value in values(param)]
    of = {"topic": "1"} if ("topic", "1") in more else {}
    for base in product(*needed):
        yield dict(base)
        yield {**dict(more), **dict(base)}
        for name, value in more:
            yield {**dict(base), **of, name: value}


def values(param: Param) -> Iterable[str]:
    return param.choices or VALUES.get(param.kind) or (TEXTS[param.kind],)


async def drive(world: World, heard: Heard, role: Role, locale: str) -> None:
    """Run every command with everything that fits, then fill the forms and press the buttons that came of it.

    Whose role is above a command's does a half of it in each language; who has just that role does all in both.
    """
    commands = {each.name: each for each in world.herald.dispatcher.commands}
    said, terminal = list[Reply](), world.member("wang", locale).console
    for command in sorted(commands.values(), key=lambda each: each.writes):
        found = list(fillings(command))
        half = [found[0], *found[1 + LOCALES.index(locale) :: len(LOCALES)]]
        for args in found[:1] if role < command.role else found if role is command.role else half:
            said.append(await call(world, role, locale, command.name, args))
    ways_on = {(name, *sorted(args.items())): args for reply in said for name, args in offered(reply, commands)}
    for (name, *_), args in list(ways_on.items())[:MOST]:
        said.append(await call(world, role, locale, str(name), args))
    for reply in said:
        heard.add(f"{role.name} {locale}", reply)
        heard.add(f"{role.name} {locale} terminal", terminal.as_json(reply) + terminal.as_text(reply))


def offered(reply: Reply, commands: Mapping[str, Command]) -> Iterator[tuple[str, dict[str, str]]]:
    """What a reply's buttons do, and its form once it is filled in."""
    yield from ((button.command, dict(button.args)) for button in reply.buttons)
    if form := reply.form:
        filled = {name: next(iter(values(commands[form.command].param(name)))) for name in form.fields}
        yield form.command, {**form.args, **filled}


async def call(world: World, role: Role, locale: str, name: str, args: dict[str, str]) -> Reply:
    who = {Role.MEMBER: "wang", Role.ASSISTANT: "assistant", Role.INSTRUCTOR: "instructor"}[role]
    world.clock.wait(seconds=1)
    return await world.herald.dispatcher.handle(
        Call(name, args, f"local:{who}", who, uuid4().hex, world.clock(), role, locale, "ebpf")
    )


async def browse(world: World, heard: Heard) -> None:
    """What the web chat serves to others: pages, history, news, the stream, files, at every address that there is."""
    routes = {
        route.resource.canonical
        for route in create_app(world.herald.site(STAFF, demo=True), world.clock).router.routes()
        if route.resource
    }
    addresses = (
        *("/", "/desk", "/deliveries", "/history", "/news", "/events", "/files/{seq}"),
        *("/plan.ics", "/articles.atom"),
    )
    assert routes - {"/call", "/static/{version}/{name}"} == set(addresses), "a new address has to be read here too"
    async with pages(world) as browser:
        for who, locale in product(("wang", "assistant", "instructor"), LOCALES):
            for line in ("/topics", "/topic 1", "/topic 5", "/review", "/my-questions", "/privacy export"):
                heard.add(f"web {who} {line}", await browser.type(who, line))
            last = await browser.type(who, "/help")
            heard.add(f"web {who} stream", await browser.stream(who, f"id: {last['seq']}\n"))
            for address in addresses:
                if address != "/events":
                    query = {"before": "999999", "after": "0"}
                    said = await browser.get(address.format(seq=last["seq"] - 1), who, locale, **query)
                    heard.add(f"web {who} {address}", said)


async def told(world: World, heard: Heard) -> None:
    """What was said unasked, to everybody and to each, in both languages, and kept to be said."""
    found = await world.database.read(lambda tx: list(tx.scalars(select(announcement.c.notice))))
    heard.add("announcements", found)
    others = message.c.person.is_(None) | message.c.person.not_in(ACCOUNTS)
    heard.add("messages", await world.database.read(lambda tx: list(tx.scalars(select(message.c.body).where(others)))))
    for locale in LOCALES:
        heard.add("group", await world.group(locale))
        for who in ("wang", "lin", "assistant", "instructor", "ann"):
            heard.add(f"{who} heard", await world.member(who, locale).heard())


READING = (
    ["plan", "--json"],
    ["plan", "--ics"],
    ["plan", "--atom"],
    ["similar", "Why does the verifier reject my loop?", "--json"],
    ["brief", "2026-Q4"],
    ["rehearse", "--json"],
)
# Those that print nothing of what was asked, and the chats, whose replies are read above.
NOT_READING = {"run", "demo", "chat", "check", "migrate", "version", "check-feed", "import", "init"}


def command_line(url: str, heard: Heard) -> None:
    """What `herald` prints."""
    known = {each.name or each.callback.__name__ for each in commands().registered_commands if each.callback}
    assert known | {"import"} == {name for name, *_ in READING} | NOT_READING, "a new command has to be read here too"
    for args in READING:
        done = CliRunner().invoke(commands(), [*args, "--database", url, "--config", str(ROOT / "config")])
        assert done.exit_code == 0, done.output
        heard.add(f"herald {' '.join(args)}", done.output)


async def trouble(world: World, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said and logged when something breaks for whom nobody should know."""
    nemo = world.member(NAME, on="discord")
    await world.database.write(lambda tx: tx.execute(text("drop table question")))
    await world.database.write(lambda tx: tx.execute(block.delete()))
    refused = await nemo("/ask anonymous:yes different:yes Why does it break just now?")
    assert refused.error == "broken"
    monkeypatch.setattr("bot.web.chat.entry", broken)
    stream = {"as": NAME, "after": "0"}
    async with pages(world) as browser, browser.session.get("/events", params=stream) as response:
        await response.read()


def broken(*_: Any) -> Any:
    raise RuntimeError("broken")


# The test


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_nothing_that_anybody_else_reads_tells_who_asked(
    world: World, url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(semantic, "_model", loaded)
    heard = Heard()
    await lived(world)
    for role, locale in product(Role, LOCALES):
        await drive(world, heard, role, locale)
    await told(world, heard)
    await browse(world, heard)
    await asyncio.to_thread(command_line, url, heard)
    await trouble(world, heard, monkeypatch)
    heard.add("log", caplog.text)
    keys = await world.database.read(lambda tx: list(tx.scalars(select(secret.c.value))))
    assert heard.holding(secrets_of(keys)) == []
    assert heard.holding(MOMENTS) == []
    assert "incident" in caplog.text
    assert len(heard.all) > 500
