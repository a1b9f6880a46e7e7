"""The operator's commands."""

import logging
import os
import sys

import typer

from bot.cli import brief, chat, feed, init, installation, plan, questions, running
from bot.core.errors import OperatorError
from bot.store.database import Unavailable
from bot.store.migrate import unusable

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
importing = typer.Typer(no_args_is_help=True, help="Bring in what was written elsewhere.")
app.command()(installation.version)
app.command()(init.init)
app.command()(installation.check)
app.command()(installation.migrate)
app.command(name="plan")(plan.show_plan)
app.command(name="run")(running.run_platforms)
app.command()(chat.chat)
app.add_typer(importing, name="import")
importing.command(name="comments")(questions.import_comments)
app.command()(plan.rehearse)
app.command(name="check-feed")(feed.check_feed)
app.command(name="demo")(running.run_demo)
app.command(name="similar")(questions.show_similar)
app.command(name="brief")(brief.write_brief)


def main() -> None:
    """Run the command line; an operator's error is a sentence and exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        app(standalone_mode=True)
    except OperatorError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except Unavailable as error:
        print(unusable("in use", str(error)), file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read the output has gone, which is their right; without this Python complains once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
