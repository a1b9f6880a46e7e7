"""One interaction: a call out of what somebody did, and the reply within the time that Discord gives."""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import discord

from bot.core.chat import Call, Command, Form, Param, Reply, Role
from bot.core.text import shown
from bot.platforms.discord.forms import filled, modal, too_long
from bot.platforms.discord.ids import Act, Verb, binds, read_id, write_id
from bot.platforms.discord.roles import mention_in, role_id, toggle
from bot.platforms.discord.screens import Screen, screens
from bot.platforms.discord.setup import Setup
from bot.words import Words, locale_of, words_in

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]
PROMPT = 0.8  # seconds that a handler may take before the person is told to wait
LATE = timedelta(seconds=2.5)  # Discord gives up on an answer after 3 seconds
PAUSES = (0.1, 0.4)
TAKES, TAKES_LATER = 2.0, 40.0  # seconds that Discord gets for a first answer, and for what follows it, limits included
KNOWN = 1000  # interactions that are remembered, so that none is done twice
_TAKEN, _EXPIRED, _GONE = 40060, 10062, 10008
_SUBMITTED = discord.InteractionType.modal_submit


def person_of(id_: int) -> str:
    """Herald's key of somebody on Discord."""
    return f"discord:{id_}"


class _Unshown(Exception):
    """What somebody asked for is done, and Discord does not take the answer."""


class Talk:
    """Answers what people do; `busy` are the answers under way."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.busy: set[asyncio.Task[Any]] = set()
        self._known: deque[int] = deque(maxlen=KNOWN)

    # What people do

    async def run(self, interaction: Interaction, command: Command, args: Mapping[str, str]) -> None:
        """Somebody typed a command."""
        await self._answer(interaction, self._call(interaction, command.name, args))

    async def press(self, interaction: Interaction, custom_id: str) -> None:
        """Somebody pressed a button, made by this Herald or by an earlier one."""
        if mention := mention_in(custom_id):
            await self._toggle(interaction, mention)
            return
        act = await read_id(custom_id, self._setup.memory)
        command = self._command(act)
        if act is None or command is None or not binds(act, command):
            await self._stale(interaction, act.command if command and act else "help")
        elif act.verb is Verb.OPEN:
            form = Form(act.command, act.fields, act.args)
            await self._open(interaction, form, act.course, "", self._say(interaction))
        else:
            await self._answer(interaction, self._call(interaction, act.command, act.args, act.course))

    async def _toggle(self, interaction: Interaction, mention: str) -> None:
        """Give or take a role that the configuration names; every other is made up, or was named long ago."""
        member, say = interaction.user, self._say(interaction)
        if mention in self._setup.mentions() and isinstance(member, discord.Member):
            await self._finish(interaction, lambda: toggle(member, mention, say))
        else:
            await self._stale(interaction, "notify")

    async def submit(self, interaction: Interaction) -> None:
        """Somebody sent a form, opened by this Herald or by an earlier one."""
        data: Any = interaction.data
        act, written = await read_id(data["custom_id"], self._setup.memory), filled(data)
        command = self._command(act)
        if act is None or command is None or not binds(replace(act, fields=tuple(written)), command):
            await self._lost(interaction, written)
            return
        await self._answer(interaction, self._call(interaction, command.name, {**act.args, **written}, act.course))

    async def file(self, interaction: Interaction, message: discord.Message) -> None:
        """Somebody files a message as a question: its author asks it, staff file it for the author."""
        say, author, text = self._say(interaction), message.author, shown(message.clean_content)
        own = author.id == interaction.user.id
        if not (own or role_of(self._setup.staff(), interaction.user) > Role.MEMBER):
            await self._refuse(interaction, say, "discord_not_author")
        elif author.bot or not text:
            await self._refuse(interaction, say, "discord_no_text")
        elif own:
            await self._answer(interaction, self._call(interaction, "ask", {"text": text}))
        else:
            name = shown(author.display_name) or author.name
            args = {"text": text, "name": name, "person": person_of(author.id), "url": message.jump_url}
            await self._answer(interaction, self._call(interaction, "file", args))

    async def complete(
        self, interaction: Interaction, command: Command, param: Param, typed: str
    ) -> Sequence[tuple[str, str]]:
        """What is offered while somebody types."""
        return await self._setup.suggest(self._call(interaction, command.name, {param.name: typed}), param.name)

    async def unknown(self, interaction: Interaction, error: Exception) -> None:
        """Discord offered somebody a command that Herald does not have, or not so."""
        log.info("a command of another version: %s", error)
        if interaction.type is discord.InteractionType.autocomplete:
            await self._send(lambda: interaction.response.autocomplete([]))
            return
        say = self._say(interaction)
        data: Any = interaction.data
        values = (option.get("value") for option in data.get("options", ()))
        written = "\n".join(shown(value) for value in values if isinstance(value, str))
        text = _with_text(say("discord.changed"), written, say)
        await self._show(interaction, Reply(text, error="discord_changed"), say)

    async def broken(self, interaction: Interaction, error: BaseException, written: str = "") -> None:
        """Something broke between Discord and Herald; where that was after all was done, the person is told so."""
        incident, say = secrets.token_hex(3), self._say(interaction)
        log.error("incident %s on Discord", incident, exc_info=error)
        if isinstance(error, _Unshown):
            reply = Reply(say("error.discord_unshown", incident=incident), error="discord_unshown")
        else:
            reply = Reply(_with_text(say("error.broken", incident=incident), written, say), error="broken")
        try:
            await self._show(interaction, reply, say, waits=interaction.response.is_done())
        except discord.DiscordException:
            log.warning("incident %s could not be told to whom it happened", incident)

    async def settle(self, patience: float) -> None:
        """Wait for the answers under way."""
        if self.busy:
            await asyncio.wait(self.busy, timeout=patience)

    # How they are answered

    def _command(self, act: Act | None) -> Command | None:
        """What an act runs, None where that or its course is gone."""
        return self._setup.command(act.command) if act and self._setup.course(act.course) else None

    def _call(self, interaction: Interaction, command: str, args: Mapping[str, str], course: str | None = None) -> Call:
        user = interaction.user
        return Call(
            command, dict(args), person_of(user.id), shown(user.display_name) or user.name, str(interaction.id),
            self._setup.clock(), role_of(self._setup.staff(course), user), interaction.locale.value, course,
        )  # fmt: skip

    async def _answer(self, interaction: Interaction, call: Call) -> None:
        await self._finish(interaction, lambda: self._handle(interaction, call), turns="page" in call.args)

    async def _handle(self, interaction: Interaction, call: Call) -> Reply:
        if not interaction.guild_id:
            staff = self._setup.staff(call.course)
            call = replace(call, role=max(call.role, await self._role_in_servers(interaction, staff)))
        return replace(await self._setup.handle(call), course=call.course)

    async def _role_in_servers(self, interaction: Interaction, staff: Mapping[str, Role]) -> Role:
        """What the roles that somebody has in servers let them do; Discord does not send them with a direct message."""
        found = [Role.MEMBER]
        named = list(filter(None, map(role_id, staff)))
        for guild in [*interaction.client.guilds, *await self._elsewhere(interaction.client)] if named else ():
            if any(map(guild.get_role, named)):
                with suppress(discord.DiscordException):
                    found.append(role_of(staff, await guild.fetch_member(interaction.user.id)))
        return max(found)

    async def _elsewhere(self, client: discord.Client) -> list[discord.Guild]:
        """The configured servers that another process has, or that Discord has not described yet."""
        found = []
        for id_ in self._setup.guilds:
            known = client.get_guild(id_)
            if known is None or known.unavailable:
                with suppress(discord.DiscordException):
                    found.append(await client.fetch_guild(id_, with_counts=False))
        return found

    async def _finish(
        self, interaction: Interaction, act: Callable[[], Awaitable[Reply]], *, turns: bool = False
    ) -> None:
        """Do it, and show what it comes to in the time that Discord gives; what comes again is under way or done."""
        if interaction.id in self._known:
            return
        self._known.append(interaction.id)
        with self._under_way():
            # What comes late, after a reconnection, may have been given up by Discord and done again by the person.
            late = self._setup.clock() - interaction.created_at > LATE
            if late and not await self._wait(interaction):
                return
            task = asyncio.ensure_future(act())
            await asyncio.wait([task], timeout=PROMPT)
            waits = late or (not task.done() and await self._wait(interaction))
            reply = await task
            say = words_in(locale_of(reply.locale, interaction.locale.value, self._setup.locale))
            try:
                await self._show(interaction, reply, say, waits=waits, turns=turns)
            except Exception as error:
                if reply.error or reply.form:
                    raise
                raise _Unshown from error

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        task = asyncio.current_task()
        assert task
        self.busy.add(task)
        try:
            yield
        finally:
            self.busy.discard(task)

    async def _wait(self, interaction: Interaction) -> bool:
        """Tell the person to wait; whether Discord still listens."""
        return await self._send(lambda: interaction.response.defer(ephemeral=True, thinking=True))

    async def _show(
        self, interaction: Interaction, reply: Reply, say: Words, *, waits: bool = False, turns: bool = False
    ) -> None:
        lost = too_long(reply.form) if reply.form else []
        if reply.form and not lost and not waits and interaction.type is not _SUBMITTED:
            await self._open(interaction, reply.form, reply.course, reply.text, say)
            return
        reply = _given_back(reply, lost, say)
        # A role is of a server: in a direct message nobody can be given one.
        here = reply if interaction.guild_id else replace(reply, mention=None)
        first, *more = await screens(here, say, self._setup.memory)
        if waits:
            shown = await self._fill(interaction, reply, first)
        elif turns and not more and not reply.error and _only_for_them(interaction):
            shown = await self._send(
                lambda: interaction.response.edit_message(view=first.view(), attachments=first.files())
            )
        else:
            shown = await self._send(
                lambda: interaction.response.send_message(
                    view=first.view(), files=first.files(), ephemeral=reply.private
                )
            )
        for screen in more if shown else ():
            await self._follow(interaction, reply, screen)

    async def _fill(self, interaction: Interaction, reply: Reply, screen: Screen) -> bool:
        if reply.private:
            return await self._send(
                lambda: interaction.edit_original_response(view=screen.view(), attachments=screen.files()), later=True
            )
        # Who may read an answer was said when the person was told to wait; a public one needs a message of its own.
        await self._send(interaction.delete_original_response, later=True)
        return await self._follow(interaction, reply, screen)

    async def _follow(self, interaction: Interaction, reply: Reply, screen: Screen) -> bool:
        return await self._send(
            lambda: interaction.followup.send(view=screen.view(), files=screen.files(), ephemeral=reply.private),
            later=True,
        )

    async def _open(self, interaction: Interaction, form: Form, course: str | None, explained: str, say: Words) -> None:
        command = self._setup.command(form.command)
        if command is None:
            raise LookupError(form.command)
        asked = form.fields[:5]
        rest = {name: value for name, value in form.args.items() if name not in asked}
        custom_id = await write_id(Act(Verb.SENT, form.command, rest, course=course), self._setup.memory)
        await self._send(
            lambda: interaction.response.send_modal(modal(form, command, custom_id, explained, say)),
        )

    async def _stale(self, interaction: Interaction, command: str) -> None:
        say = self._say(interaction)
        reply = Reply(say("discord.stale", command=say(f"{command}.name")), error="discord_stale")
        await self._show(interaction, reply, say)

    async def _lost(self, interaction: Interaction, written: Mapping[str, str]) -> None:
        say = self._say(interaction)
        text = "\n".join(written.values())
        await self._show(interaction, Reply(say("discord.form_changed", text=text), error="discord_stale"), say)

    async def _refuse(self, interaction: Interaction, say: Words, key: str) -> None:
        await self._show(interaction, Reply(say(f"error.{key}"), error=key), say)

    def _say(self, interaction: Interaction) -> Words:
        return words_in(locale_of(interaction.locale.value, self._setup.locale))

    async def _send(self, act: Callable[[], Awaitable[object]], *, later: bool = False) -> bool:
        """Answer, once more where Discord is down or silent or the connection broke; whether the person can see it.

        discord.py tries again after an error of the server's, but not on Linux after a connection that was cut. An
        interaction that is "acknowledged already" was by the try whose answer was lost. A message that is gone was
        dismissed by the person, or by that try.
        """
        for pause in (*PAUSES, None):
            try:
                async with asyncio.timeout(TAKES_LATER if later else TAKES):
                    await act()
            except discord.HTTPException as error:
                if error.code in (_TAKEN, _EXPIRED, _GONE):
                    log.info("Discord says of an interaction: %s", error.text)
                    return error.code == _TAKEN
                if error.status != 429 and error.status < 500:
                    raise
                lost: Exception = error
            except (aiohttp.ClientError, OSError) as error:
                lost = error
            else:
                return True
            if pause is not None:
                await asyncio.sleep(pause)
        log.warning("An answer did not get through to Discord: %r", lost)
        return False


def role_of(staff: Mapping[str, Role], user: discord.User | discord.Member) -> Role:
    """What somebody may do, by their id or by a role they have at this moment."""
    # Not `user.roles`: that needs the server in the cache, which it is not in the first moments after a start.
    roles = user._roles if isinstance(user, discord.Member) else ()
    keys = [person_of(user.id), *(f"discord-role:{role}" for role in roles)]
    return max((staff[key] for key in keys if key in staff), default=Role.MEMBER)


def _with_text(said: str, written: str, say: Words) -> str:
    return say("error.your_text", said=said, text=written) if written else said


def _given_back(reply: Reply, lost: Sequence[str], say: Words) -> Reply:
    """The reply, with what would be lost below its words where it is not in them already."""
    texts = [text for text in map(shown, lost) if text not in shown(reply.text)]
    return replace(reply, text=say("error.your_text", said=reply.text, text="\n".join(texts))) if texts else reply


def _only_for_them(interaction: Interaction) -> bool:
    return interaction.message is not None and interaction.message.flags.ephemeral
