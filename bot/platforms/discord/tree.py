"""The declared commands as Discord's own: typed options, every name and description in the reader's language."""

import hashlib
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.core.chat import SUGGESTED, Command, Kind, Param, Role
from bot.core.text import shorten
from bot.platforms.discord.setup import Memory
from bot.words import words_in

log = logging.getLogger(__name__)

Run = Callable[["discord.Interaction[Any]", Command, dict[str, str]], Awaitable[None]]
Complete = Callable[["discord.Interaction[Any]", Command, Param, str], Awaitable[Sequence[tuple[str, str]]]]
OFFERED = 25
EVERYWHERE = 0
LONGEST = 100  # characters of a choice and of its name
TYPED = 6000  # the most that Discord lets somebody type into an option
_CHINESE = (discord.Locale.chinese, discord.Locale.taiwan_chinese)
_ENGLISH = words_in("en")


class Catalogs(app_commands.Translator):
    """Finds in the catalogs what a command, an option and a choice are called."""

    async def translate(
        self, string: locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """The Chinese words; whoever reads another language gets the English ones, which stand there already."""
        key = string.extras.get("key")
        return shorten(words_in("zh-CN")(key), LONGEST) if key and locale in _CHINESE else None


def _said(key: str) -> locale_str:
    return locale_str(shorten(_ENGLISH(key), LONGEST), key=key)


def slash(command: Command, run: Run, complete: Complete) -> "app_commands.Command[Any, ..., Any]":
    """The declared command as one of Discord's."""
    params = [param for param in command.params if not param.hidden]

    async def callback(interaction: "discord.Interaction[Any]", **values: str | int | None) -> None:
        await run(interaction, command, {name: str(value) for name, value in values.items() if value is not None})

    callback.__signature__ = _signature(params)  # type: ignore[attr-defined]
    _describe(callback, command, params, complete)
    made: app_commands.Command[Any, ..., Any] = app_commands.Command(
        name=_said(f"{command.name}.name"), description=_said(f"{command.name}.about"), callback=callback
    )
    # Who may really run it is decided by Herald; this hides from members what is not for them.
    made.default_permissions = discord.Permissions(manage_messages=True) if command.role > Role.MEMBER else None
    return made


def _signature(params: Sequence[Param]) -> inspect.Signature:
    first = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return inspect.Signature([first, *map(_parameter, params)])


def _parameter(param: Param) -> inspect.Parameter:
    # A long text that is missing is asked for in a form, so as an option nobody needs it.
    default = inspect.Parameter.empty if param.required and param.kind is not Kind.LONG else None
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(param.name, kind, default=default, annotation=_type(param))


def _type(param: Param) -> Any:
    if param.kind is Kind.NUMBER:
        return app_commands.Range[int, param.low, param.high or 999_999_999]
    if param.kind in (Kind.TEXT, Kind.LONG, Kind.WORD) and param.high:
        return app_commands.Range[str, max(param.low, 1), min(param.high, TYPED)]
    return str


def _describe(callback: Any, command: Command, params: Sequence[Param], complete: Complete) -> None:
    names = {param.name: _said(f"param.{param.name}") for param in params}
    app_commands.rename(**names)(callback)
    app_commands.describe(**{param.name: _said(f"param.{param.name}.about") for param in params})(callback)
    choices = {param.name: _choices(param) for param in params if param.kind is Kind.CHOICE}
    app_commands.choices(**choices)(callback)
    offered = {param.name: _offer(command, param, complete) for param in params if param.kind in SUGGESTED}
    app_commands.autocomplete(**offered)(callback)


def _choices(param: Param) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=_said(f"{param.name}.{key}"), value=key) for key in param.choices[:OFFERED]]


def _offer(command: Command, param: Param, complete: Complete) -> Any:
    async def offer(interaction: "discord.Interaction[Any]", typed: str) -> list[app_commands.Choice[str]]:
        found = await complete(interaction, command, param, typed)
        fitting = [(shorten(label, LONGEST), value) for label, value in found if len(value) <= LONGEST]
        return [app_commands.Choice(name=label, value=value) for label, value in fitting[:OFFERED]]

    return offer


def menu(key: str, callback: Callable[["discord.Interaction[Any]", discord.Message], Any]) -> app_commands.ContextMenu:
    """An entry of a message's menu, called what stands under `key`."""
    return app_commands.ContextMenu(name=_said(key), callback=callback, type=discord.AppCommandType.message)


async def payload(tree: "app_commands.CommandTree[Any]") -> list[Any]:
    """All commands as Discord is told of them."""
    return [await each.get_translated_payload(tree, Catalogs()) for each in tree.get_commands()]


async def tell(client: discord.Client, commands: list[Any], guilds: Sequence[int], memory: Memory) -> None:
    """Tell Discord of the commands wherever it was told otherwise before; no guild means everywhere.

    Where Discord does not take them the log says so; any other error is for now.
    """
    said = json.dumps([client.application_id, commands], sort_keys=True, ensure_ascii=False)
    fingerprint = int.from_bytes(hashlib.sha256(said.encode()).digest()[:4], "big") >> 1
    if guilds and await memory.told(EVERYWHERE):
        # Left from a time without `guilds`: everybody would see each command twice.
        await _put(client, [], EVERYWHERE)
        await memory.tell(EVERYWHERE, 0)
    for guild in guilds or (EVERYWHERE,):
        known = await memory.told(guild) == fingerprint and await _stand(client, guild)
        if not known and await _taken(client, commands, guild):
            await memory.tell(guild, fingerprint)


async def _stand(client: discord.Client, guild: int) -> bool:
    """Whether a server still has its commands; whom it throws out loses them there."""
    try:
        return not guild or bool(await client.http.get_guild_commands(client.application_id or 0, guild))
    except (discord.Forbidden, discord.NotFound):
        return False


async def _taken(client: discord.Client, commands: list[Any], guild: int) -> bool:
    try:
        await _put(client, commands, guild)
    except discord.HTTPException as error:
        if error.status == 429 or error.status >= 500:
            raise
        log.error("Discord does not take the commands of server %s: %s. Is Herald invited there?", guild, error)
        return False
    return True


async def _put(client: discord.Client, commands: list[Any], guild: int) -> None:
    application = client.application_id or 0
    if guild:
        await client.http.bulk_upsert_guild_commands(application, guild, payload=commands)
    else:
        await client.http.bulk_upsert_global_commands(application, payload=commands)
