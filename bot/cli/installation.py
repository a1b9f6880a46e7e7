"""`herald check` and `migrate`: whether what is here is in order."""

import asyncio
from typing import Annotated

import typer

from bot.cli.options import (
    DATA,
    FOLDER,
    ConfigOption,
    DatabaseOption,
    DataOption,
    LocaleOption,
    language,
    url_of,
)
from bot.config import ConfigError, load
from bot.core.errors import OperatorError
from bot.store.migrate import migrate as bring_up_to_date


def check(
    config: ConfigOption = FOLDER,
    discord: Annotated[bool, typer.Option("--discord", help="Also look whether all is there on Discord.")] = False,
    locale: LocaleOption = None,
) -> None:
    """Read the configuration and say all that is wrong with it."""
    say = language(locale)
    try:
        settings = load(config)
    except ConfigError as error:
        raise OperatorError(error.said(say)) from None
    print(say("check.fine", folder=config, courses=", ".join(course.key for course in settings.courses)))
    if discord:
        from bot.cli.discord import check_discord  # costs 0.5 s, so only where it is needed

        if not asyncio.run(check_discord(settings, say)):
            raise typer.Exit(1)


def migrate(data: DataOption = DATA, database: DatabaseOption = None) -> None:
    """Bring the database to the version of this program."""
    had, has = bring_up_to_date(url_of(data, database))
    print(f"The database was {'empty' if had is None else f'of version {had}'} and is of version {has}.")
