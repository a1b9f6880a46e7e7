"""Help: all commands that somebody may run, or one of them whole."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches

from bot.commands.context import Context, Declared
from bot.commands.parts import name_of
from bot.core.chat import Button, Command, Kind, Param, Reply, Role
from bot.core.errors import UserError
from bot.core.text import fold, shown
from bot.services import schedule, topics
from bot.words import grammar

HELP = Command("help", (Param("command", Kind.COMMAND, required=False),), writes=False)


def help_with(commands: Callable[[], Iterable[Command]]) -> Declared:
    """The command that explains those of `commands` that the person may run; UserError of one for a higher role."""

    def run(context: Context, command: str | None) -> Reply:
        known, role = tuple(commands()), context.work.role
        allowed = tuple(each for each in known if each.role <= role)
        if command is None:
            return _listed(context, allowed)
        meant = grammar(known).commands.get(fold(command))
        if meant is None:
            return _unknown(context, command, allowed)
        if meant.role > role:
            raise UserError("not_allowed", command=meant.name, role=meant.role.name.lower())
        return _explained(context, meant)

    return Declared(HELP, run)


def _listed(context: Context, allowed: Iterable[Command]) -> Reply:
    parts = [_situation(context)]
    for role in Role:
        lines = [_line(context, command) for command in allowed if command.role is role]
        if lines:
            parts.append("\n".join([context.say(f"help.{role.name.lower()}"), *lines]))
    return Reply("\n\n".join(parts), title=context.say("help.title", course=context.work.course.title))


def _situation(context: Context) -> str:
    coming = schedule.next_article(context.work)
    article = name_of(coming) if coming else context.say("help.nothing_planned")
    return context.say("help.situation", article=article, open=topics.open_of(context.work))


def _line(context: Context, command: Command) -> str:
    name, about = context.say(f"{command.name}.name"), context.say(f"{command.name}.about")
    return context.say("help.line", name=name, about=about, example=context.say(f"{command.name}.example"))


def _explained(context: Context, command: Command) -> Reply:
    say = context.say
    about = say("help.about_one", about=say(f"{command.name}.about"))
    options = "\n".join(_option(context, param) for param in command.params if not param.hidden)
    who, example = say(f"help.{command.role.name.lower()}"), say(f"{command.name}.example")
    text = "\n\n".join(filter(None, [about, options, say("help.end", example=example, who=who)]))
    return Reply(text, title=f"/{say(f'{command.name}.name')}")


def _option(context: Context, param: Param) -> str:
    say = context.say
    key = "help.required" if param.required else "help.option"
    line = say(key, name=say(f"param.{param.name}"), about=say(f"param.{param.name}.about"))
    choices = say("comma").join(say(f"{param.name}.{choice}") for choice in param.choices)
    return say("help.choices", option=line, choices=choices) if choices else line


def _unknown(context: Context, typed: str, allowed: tuple[Command, ...]) -> Reply:
    """The nearest name, and the whole list below."""
    called, listed = grammar(allowed).commands, _listed(context, allowed)
    [near] = get_close_matches(fold(typed), list(called), n=1, cutoff=0)
    name = context.say(f"{called[near].name}.name")
    text = "\n\n".join([context.say("help.unknown", typed=shown(typed), near=name), listed.text])
    button = Button(f"/{name}", "help", {"command": name})
    return Reply(text, title=listed.title, buttons=(button,), error="unknown_command")
