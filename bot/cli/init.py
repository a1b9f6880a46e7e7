"""`herald init`: a few questions, a test of each channel, and the files of a course."""

import asyncio
import os
from pathlib import Path

import typer

from bot.cli.asking import asked
from bot.cli.options import FOLDER, ConfigOption, LocaleOption, language
from bot.config import load, load_discord, secret
from bot.config.beginning import Beginning, course_text, herald_text
from bot.core.errors import OperatorError
from bot.words import Words


def init(config: ConfigOption = FOLDER, locale: LocaleOption = None) -> None:
    """Ask what a new course begins with and write its files.

    Where a token for Discord is set, each channel is tested with a message.
    """
    say = language(locale)
    try:
        new = asyncio.run(_begun(config, say))
    except typer.Abort:
        print()
        raise OperatorError(say("init.ended")) from None
    _write(config, new, say)
    print(say("init.fine", courses=", ".join(course.key for course in load(config).courses)))
    option = "" if config == FOLDER else f" --config {config}"
    print(say("init.next.discord" if new.channels else "init.next.local", option=option))


async def _begun(folder: Path, say: Words) -> Beginning:
    token = secret("DISCORD_TOKEN", os.environ)
    if token is None:
        print(say("init.no_token"))
        return asked(folder, say)
    from bot.cli.channels import with_channels  # costs 0.5 s, so only where it is needed
    from bot.cli.discord import address_of
    from bot.platforms.discord.visit import visiting

    async with visiting(token, address_of(load_discord(folder))) as visit:
        print(say("check.discord", name=visit.name, link=visit.invitation))
        return await with_channels(asked(folder, say), visit, say)


def _write(folder: Path, new: Beginning, say: Words) -> None:
    """Write the course's file, and `herald.yaml` where there is none; neither is ever written over."""
    _write_new(folder / "courses" / f"{new.key}.yaml", course_text(new), say)
    if (file := folder / "herald.yaml").exists():
        print(say("init.kept", file=file, key=new.key))
    else:
        _write_new(file, herald_text(new), say)


def _write_new(file: Path, text: str, say: Words) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        print(text)
        raise OperatorError(say("init.cannot_write", file=file, reason=error.strerror)) from error
    print(say("init.written", file=file))
