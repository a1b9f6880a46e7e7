"""`herald check --discord`: what is there at each configured place, and what lacks."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import commands
from bot.core.errors import OperatorError
from bot.platforms.discord import permissions
from bot.platforms.discord.permissions import BASE, FEATURES
from tests.discord.server import TOKEN, Server
from tests.discord.state import ANNOUNCEMENT, CATEGORY, FORUM, THREAD, Channel

COURSE = "title: T\nzone: Asia/Shanghai\nlanguage: en\nplan: {first: 2022-Q2}\n"


async def check(
    server: Server,
    folder: Path,
    *channels: str,
    guilds: str = "",
    more: str = "",
    token: str | None = TOKEN,
    locale: str = "en",
) -> Result:
    """What `herald check --discord` says of these channels."""
    (folder / "courses").mkdir(exist_ok=True)
    (folder / "courses" / "c.yaml").write_text(f"{COURSE}channels: {[*channels]}\n{more}", "utf-8")
    (folder / "herald.yaml").write_text(f"discord: {{guilds: [{guilds}], api_base: {server.api}}}", "utf-8")
    argv = ["check", "--discord", "--config", str(folder)]
    environ = {"DISCORD_TOKEN": token, "LC_ALL": locale}
    return await asyncio.to_thread(CliRunner().invoke, commands(), argv, env=environ, catch_exceptions=False)


def target(channel: Channel) -> str:
    return f"group:discord:{channel.id}"


async def test_each_place_is_in_order_or_what_lacks_is_named(server: Server, general: Channel, tmp_path: Path) -> None:
    state, guild = server.state, general.guild or 0
    news = state.channel(guild, "news", ANNOUNCEMENT)
    forum = state.channel(guild, "articles", FORUM)
    hidden = state.channel(guild, "staff")
    heading = state.channel(guild, "TEXT", CATEGORY)
    news.denied = {"attach_files", "read_message_history"}
    forum.denied = {"send_messages_in_threads"}
    hidden.denied = {"view_channel"}
    there = map(target, (general, news, forum, hidden, heading, state.direct(5)))
    found = await check(server, tmp_path, *there, "group:discord:1234", "group:local")
    assert found.exit_code == 1
    lines = found.stdout.splitlines()
    assert lines[1].startswith("On Discord I am herald")
    assert f"client_id={state.application}&" in lines[1]
    gone = "the id is wrong, or the channel is gone. Right-click the channel, Copy Channel ID, or take another channel."
    mine = "Allow it for my role, in the permissions of the channel or of the server."
    assert lines[2:] == [
        "#general (study group): in order.",
        "#news (study group): I lack Attach Files, so a text that is too long for one message is not announced. "
        + mine,
        "#news (study group): I lack Read Message History, so a message whose confirmation got lost is left to the "
        "instructor. " + mine,
        "#articles (study group): I lack Send Messages in Threads, so posts stay as they are when an announcement is "
        "corrected. " + mine,
        "#staff (study group): I lack View Channel, so nothing is announced there. " + mine,
        "#TEXT (study group) on Discord cannot be written in. Name a text channel, an announcement channel or a forum.",
        f"Discord knows no channel {state.direct(5).id} of a server: {gone}",
        f"Discord knows no channel 1234 of a server: {gone}",
        "study group: in order.",
    ]
    assert server.gateway.identified == []
    assert not server.sent("POST|PUT|PATCH")


async def test_what_is_no_place_is_said_before_discord_is_asked(server: Server, tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r'channels\.0: "group:discord:general" is not a place'):
        await check(server, tmp_path, "group:discord:general")
    assert not server.sent("GET")


async def test_what_only_some_want_lacks_where_it_is_wanted(
    server: Server, general: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = Channel(4321, "why", THREAD, general.guild, general.id)
    server.state.channels[thread.id] = thread
    found = await check(server, tmp_path, target(thread), target(general), locale="zh_CN.UTF-8")
    assert found.exit_code == 0
    assert found.stdout.splitlines()[2:] == [
        "#why (study group)：一切就绪。",
        "#general (study group)：一切就绪。",
        "study group：一切就绪。",
    ]
    extras = (replace(each, wanted=lambda course: course.channels[1:]) for each in FEATURES if each.extra)
    monkeypatch.setattr(permissions, "FEATURES", (*BASE, *extras))
    found = await check(server, tmp_path, target(thread), target(general))
    assert found.exit_code == 1
    mine = "Allow it for my role, in the permissions of the channel or of the server."
    assert found.stdout.splitlines()[2:] == [
        "#why (study group): in order.",
        f"#general (study group): I lack Pin Messages, so the card that shows what is next is not pinned. {mine}",
        f"study group: I lack Create Events, so articles are not among the server's events. {mine}",
    ]


async def test_servers_and_channels_where_herald_is_not_are_named(
    server: Server, general: Channel, tmp_path: Path
) -> None:
    elsewhere = 123456789012345678
    server.state.channels[1234] = Channel(1234, "foreign", guild=elsewhere, denied={"view_channel"})
    found = await check(server, tmp_path, "group:discord:1234", guilds=str(elsewhere))
    assert found.exit_code == 1
    assert "I cannot see the channel 1234 on Discord" in found.stdout
    assert f"I am not in the server {elsewhere} on Discord. Invite me with https://discord.com/oauth2/" in found.stdout


async def test_a_role_that_is_called_must_be_there_to_be_mentioned_and_given(
    server: Server, general: Channel, tmp_path: Path
) -> None:
    role = server.state.role(general.guild or 0)
    mention = f"mention: discord-role:{role}"
    found = await check(server, tmp_path, target(general), more=mention)
    assert (found.exit_code, found.stdout.splitlines()[-1]) == (0, "@readers: in order.")
    server.state.above.add(role)
    found = await check(server, tmp_path, target(general), more=mention)
    assert found.exit_code == 1
    assert found.stdout.splitlines()[-2:] == [
        "@readers: I am not allowed to mention it, so announcements name it and notify nobody. "
        "Let everybody mention it, under Server Settings → Roles.",
        "@readers: it is above my own role, so I cannot give it to those who want it. "
        "Move mine above it, under Server Settings → Roles.",
    ]
    found = await check(server, tmp_path, target(general), more=f"mention: discord-role:{general.id}")
    assert found.exit_code == 1
    assert f"The role discord-role:{general.id} is in no server where something is announced" in found.stdout


async def test_without_a_channel_it_says_that_nothing_is_announced(
    server: Server, general: Channel, tmp_path: Path
) -> None:
    found = await check(server, tmp_path, "group:local")
    assert found.exit_code == 0
    assert "No course has a channel on Discord, so commands work and nothing is announced." in found.stdout


async def test_what_keeps_it_from_discord_is_a_sentence(server: Server, tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="there is no token to log in with"):
        await check(server, tmp_path, token=None)
    with pytest.raises(OperatorError, match="Discord refuses the token"):
        await check(server, tmp_path, token="a.wrong.token")
    server.faults.add("GET /users/@me", times=2)  # aiohttp asks twice by itself
    with pytest.raises(OperatorError, match="Discord cannot be reached"):
        await check(server, tmp_path)


async def test_where_something_stands_is_looked_at_too(server: Server, general: Channel, tmp_path: Path) -> None:
    assert general.guild
    card, forum = (server.state.channel(general.guild, name) for name in ("card", "topics"))
    other = server.state.guild()
    more = f"card: ['{target(card)}']\nthreads: ['{target(forum)}']\nevents: ['{other}']\n"
    found = await check(server, tmp_path, more=more)
    assert "#card (study group): I lack Pin Messages" in found.stdout
    assert "#topics (study group): in order." in found.stdout
    assert "study group: I lack Create Events, so articles are not among the server's events." in found.stdout
