"""The operator's commands."""

import logging
import os
import sys
from collections.abc import Sequence
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
    app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
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
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        commands(sys.argv[1:])()
    except OperatorError as error:
        print(_in_words(error), file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read the output has gone, which is their right; without this Python complains once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if not (said := _unavailable(error)):
            raise
        print(said, file=sys.stderr)
        sys.exit(1)


def _in_words(error: OperatorError) -> str:
    from bot.cli.options import language  # imported where a command has failed: it costs 0.5 s
    from bot.config import ConfigError

    return error.said(language(None)) if isinstance(error, ConfigError) else str(error)


def _unavailable(error: Exception) -> str | None:
    from bot.store.database import Unavailable  # costs 0.5 s where no command has imported it
    from bot.store.migrate import unusable

    return unusable("in use", str(error)) if isinstance(error, Unavailable) else None
