"""The operator's commands."""

import codecs
import errno
import logging
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pkgutil import resolve_name

import typer

from bot import __version__
from bot.core.errors import OperatorError

# Each is imported only where it is run or explained: all of them take a second and 10 MB.
COMMANDS = {
    "version": "bot.cli:version",
    "init": "bot.cli.init:init",
    "check": "bot.cli.installation:check",
    "migrate": "bot.cli.installation:migrate",
    "plan": "bot.cli.plan:show_plan",
    "run": "bot.cli.running:run_platforms",
    "chat": "bot.cli.chat:chat",
    "rehearse": "bot.cli.plan:rehearse",
    "check-feed": "bot.cli.feed:check_feed",
    "demo": "bot.cli.running:run_demo",
    "similar": "bot.cli.questions:show_similar",
    "brief": "bot.cli.brief:write_brief",
    "import": "bot.cli.questions:importing",
}


def version() -> None:
    """Say which version this is."""
    print(f"herald {__version__}")


def commands(typed: Sequence[str] = ()) -> typer.Typer:
    """The command line: of the commands the one that `typed` begins with, else all."""
    app = typer.Typer(
        no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False, rich_markup_mode=None
    )
    app.callback()(lambda: None)
    for name in typed[:1] if typed and typed[0] in COMMANDS else COMMANDS:
        found = resolve_name(COMMANDS[name])
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def main() -> None:
    """Run the command line; an operator's error is a sentence and exit code 1."""
    _prepare_streams()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        _run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if (said := _in_words(error)) is None:
            raise
        sys.stderr.write(said)
        sys.exit(1)


def _prepare_streams() -> None:
    """Have each standard stream there, and let it take every character.

    One that is closed is the empty device. One of ASCII speaks UTF-8, as Python does by itself where LANG is C.
    """
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name) or open(os.devnull, "r+")  # noqa: SIM115
        assert isinstance(stream, TextIOWrapper)
        ascii_only = codecs.lookup(stream.encoding).name == "ascii"
        stream.reconfigure(encoding="utf-8" if ascii_only else stream.encoding, errors="backslashreplace")
        setattr(sys, name, stream)


def _run(typed: Sequence[str]) -> None:
    try:
        commands(typed)()
    finally:
        sys.stdout.flush()


def _in_words(error: Exception) -> str | None:
    """What is said of what ended a command, in whole lines; None where it is a fault of the program."""
    from bot.cli.options import language  # imported where a command has failed: they cost 0.5 s
    from bot.config import ConfigError
    from bot.store.database import Unavailable
    from bot.store.migrate import unusable
    from bot.words import WordedError

    match error:
        case ConfigError() | WordedError():
            return f"{error.said(language(None))}\n"
        case OperatorError():
            return f"{error}\n"
        case Unavailable():
            return f"{unusable('in use', str(error))}\n"
        case OSError(errno=errno.EPIPE | errno.ENOSPC):
            return _unwritten(error)
    return None


def _unwritten(error: OSError) -> str:
    # Python would try once more at its end, and complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        return ""  # whoever read the output has gone, which is their right
    what = error.filename or "The output"
    return f"{what} cannot be written: the disk is full. Make room, or have it written elsewhere.\n"
