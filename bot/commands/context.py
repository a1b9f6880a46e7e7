"""What the function of a command is given, and how it is declared."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.chat import Command, Reply
from bot.services.work import Work
from bot.words import Words


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, in which transaction, and the words to answer with."""

    work: Work
    say: Words


@dataclass(frozen=True, slots=True)
class Declared:
    """A command and the function that runs it; the function takes the command's values by their names."""

    command: Command
    run: Callable[..., Reply]
