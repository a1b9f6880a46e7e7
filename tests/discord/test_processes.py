"""The real `herald run` on Discord: logs in, is asked, answers, is killed, goes on, and ends when asked."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot import clock as real
from bot.config import load
from tests.discord import server as discord
from tests.discord import spec
from tests.discord.people import Person, Seen
from tests.discord.server import TOKEN, Server, serving
from tests.discord.state import FORUM, THREAD, Channel, Data
from tests.processes import Command, Herald
from tests.support import PATIENCE

COURSE = """
title: eBPF
zone: Asia/Shanghai
language: en
plan: {first: 2022-Q2}
staff: {assistants: ["discord-role:2000002"]}
"""


@pytest_asyncio.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """Discord on loopback, with the time that there is, and more patience than the real one: machines are busy."""
    monkeypatch.setattr(discord, "ANSWER_WITHIN", timedelta(seconds=PATIENCE))
    async with serving(real.now) as server:
        yield server
    if spec.FILE.is_file():
        assert [fault for request in server.requests for fault in spec.faults(request)] == []


@pytest.fixture
def general(server: Server) -> Channel:
    """The channel where people talk."""
    return server.state.channel(server.state.guild(), "general")


@pytest.fixture
def config(tmp_path: Path, server: Server, general: Channel) -> Path:
    """A folder of the configuration."""
    folder = tmp_path / "config"
    (folder / "courses").mkdir(parents=True)
    (folder / "courses" / "ebpf.yaml").write_text(COURSE)
    place = f"guilds: ['{general.guild}'], api_base: {server.api}, gateway_url: '{server.socket}'"
    (folder / "herald.yaml").write_text(f"discord: {{{place}}}")
    return folder


def started(herald: Herald, url: str, config: Path, *more: str, token: str = TOKEN) -> Command:
    return herald.start("run", "--config", str(config), "--database", url, *more, DISCORD_TOKEN=token)


async def ends(command: Command) -> tuple[int, str]:
    return await asyncio.to_thread(command.ends), command.complaint


@pytest.fixture
def forum(server: Server, general: Channel) -> Channel:
    """A forum in which nothing can be attached."""
    assert general.guild
    found = server.state.channel(general.guild, "posts", FORUM, ("news",))
    found.denied = {"attach_files"}
    return found


@pytest.fixture
def lin(server: Server, general: Channel) -> Person:
    """A member."""
    assert general.guild
    return Person(server, general.guild, general, "lin")


async def test_it_is_asked_killed_started_again_and_ends_when_asked(
    herald: Herald, server: Server, url: str, config: Path, lin: Person
) -> None:
    first = started(herald, url, config)
    await server.gateway.ready()
    asked = await lin.slash("ask", text="Why does the verifier reject my loop?")
    assert "Filed as #1" in asked.text
    await asyncio.to_thread(
        first.until, "Next in ebpf: .*\nHerald goes to .*\nHerald is on Discord as herald, in 1 server"
    )
    form = await lin.form(await lin.slash("ask"))
    await killed(first, server)

    second = started(herald, url, config)
    await server.gateway.ready()
    assert server.state.syncs == [lin.guild]
    assert "Why does the verifier" in (await lin.press(asked, "#1")).text
    assert "Filed as #2" in (await lin.fill(form, text="Can one map serve two programs?")).text
    second.send(signal.SIGTERM)
    assert await ends(second) == (0, "")


async def killed(command: Command, server: Server) -> None:
    command.send(signal.SIGKILL)
    await server.gateway.until(lambda: not any(one.wire for one in server.gateway.sessions.values()))


async def test_what_was_done_while_the_connection_was_cut_is_answered_after_a_resume(
    herald: Herald, server: Server, url: str, config: Path, lin: Person
) -> None:
    command = started(herald, url, config)
    await server.gateway.ready()
    assert "Filed as #1" in (await lin.slash("ask", text="Why does it loop?")).text
    await server.gateway.everyone("close", 4000)
    missed = lin.prepare(2, lin._command(lin.command("topics"), {}))
    await lin.send(missed)
    assert "Why does it loop?" in (await lin.answered(missed)).text
    assert server.gateway.resumed == 1
    command.send(signal.SIGINT)
    assert (await ends(command))[0] == 0


async def test_an_answer_under_way_is_finished_before_the_end(
    herald: Herald, server: Server, url: str, config: Path, lin: Person
) -> None:
    command = started(herald, url, config)
    await server.gateway.ready()
    words = [f"{chr(0x4E00 + 37 * n)}{chr(0x5E00 + 41 * n)}" * 3 for n in range(8)]
    asked = [lin.prepare(2, lin._command(lin.command("ask"), {"text": text})) for text in words]
    await asyncio.gather(*(lin.send(one) for one in asked))
    command.send(signal.SIGTERM)
    assert await ends(command) == (0, "")
    begun = [one for one in asked if one.acknowledged]
    assert all("Filed as #" in Seen(one).text for one in begun)


async def test_one_of_several_processes_has_its_shards_and_leaves_the_commands_to_the_first(
    herald: Herald, server: Server, url: str, config: Path
) -> None:
    refused = started(herald, url, config, "--shards", "2/2")
    assert "--shards 2/2: those are no shards." in (await ends(refused))[1]
    second = started(herald, url, config, "--shards", "1/2")
    await server.gateway.ready()
    assert [identity["shard"] for identity in server.gateway.identified] == [[1, 2]]
    assert server.state.syncs == []
    second.send(signal.SIGTERM)
    assert await ends(second) == (0, "")


async def test_a_mistake_made_in_the_configuration_while_it_runs_is_in_its_log(
    herald: Herald, server: Server, url: str, config: Path
) -> None:
    command = started(herald, url, config)
    await server.gateway.ready()
    (config / "courses" / "ebpf.yaml").write_text(COURSE.replace("assistants", "asistants"))
    async with asyncio.timeout(PATIENCE):
        while "staff.asistants: is not a key; you may have meant assistants." not in command.complaint:
            await asyncio.sleep(0.01)
    command.send(signal.SIGTERM)
    assert (await ends(command))[0] == 0


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en", "Discord refuses the token in DISCORD_TOKEN"), ("zh_CN.UTF-8", "Discord 不认 DISCORD_TOKEN")],
)
@pytest.mark.parametrize("command", ["run", "init", "check"])
async def test_a_wrong_token_is_a_sentence_in_the_language_of_the_terminal_that_does_not_show_it(
    herald: Herald, server: Server, config: Path, tmp_path: Path, locale: str, said: str, command: str
) -> None:
    more = {"run": ("--data", str(tmp_path)), "check": ("--discord",)}.get(command, ())
    token = "a.wrong.token"
    code, complaint = await ends(
        herald.start(command, "--config", str(config), *more, DISCORD_TOKEN=token, LC_ALL=locale)
    )
    assert code == 1
    assert complaint.startswith(said)
    assert "a.wrong.token" not in complaint
    assert "Traceback" not in complaint


def code(message: Data) -> str:
    found = re.search("[0-9]{4}", message["content"])
    assert found
    return found.group()


async def test_a_course_is_begun_and_its_channels_are_taken_once_a_test_in_them_was_seen(
    herald: Herald, server: Server, config: Path, general: Channel, forum: Channel
) -> None:
    closed = server.state.channel(forum.guild or 0, "closed")
    closed.denied = {"send_messages"}
    command = herald.start("init", "--config", str(config), DISCORD_TOKEN=TOKEN, LC_ALL="en")
    answers = ("new", "T", "UTC", "en", "2026-Q4", "", "", "")
    for answer in (*answers, "1234", str(closed.id), "#general", str(general.id)):
        command.type(answer)
    await server.gateway.until(lambda: len(general.messages) == 1)
    closed.denied.clear()
    command.type("no code")
    command.type(str(closed.id))
    await server.gateway.until(lambda: closed.messages)
    command.type(code(next(iter(closed.messages.values()))))
    command.type(str(forum.id))
    await server.gateway.until(lambda: [*server.state.channels.values()][-1].type == THREAD)
    [post] = [*server.state.channels.values()][-1].messages.values()
    command.type(code(post))
    command.type("")

    assert (await ends(command)) == (0, "")
    for said in (
        f"client_id={server.state.application}&",
        "Discord knows no channel 1234 of a server",
        "#closed (study group): I lack Send Messages, so nothing is announced there.",
        "An id is a number. Right-click the channel",
        "#general (study group): that is not the code",
        "#closed (study group): it was seen.",
        "#posts (study group): I lack Attach Files",
        "#posts (study group): it was seen.",
        "Next: herald check --discord --config",
    ):
        assert said in command.said
    course = next(course for course in load(config).courses if course.key == "new")
    assert course.channels == (f"group:discord:{closed.id}", f"group:discord:{forum.id}")
    files = [file.read_text("utf-8") for file in config.rglob("*.yaml")]
    assert not any(TOKEN in text for text in (command.said, *files))


async def test_while_discord_is_down_it_waits_and_can_be_ended(
    herald: Herald, server: Server, url: str, config: Path, lin: Person
) -> None:
    server.faults.add("GET /users/@me", times=2)  # aiohttp asks twice by itself
    command = started(herald, url, config)
    await server.gateway.ready()
    assert "Filed as #1" in (await lin.slash("ask", text="Why does it loop?")).text
    assert "Discord cannot be reached" in command.complaint
    command.send(signal.SIGTERM)
    assert (await ends(command))[0] == 0
