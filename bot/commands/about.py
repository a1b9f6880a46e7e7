"""Commands about the course and the bot: links, language, help."""

from collections.abc import Callable, Iterable

from bot.commands.context import Context, Declared
from bot.commands.parts import name_of
from bot.core.chat import Button, Command, Kind, Param, Reply, Role
from bot.core.errors import UserError
from bot.services import presence, schedule, topics
from bot.words import LOCALES, words_in

SURVEY = Command("survey", writes=False)
GROUP = Command("group", writes=False)
LANGUAGE = Command("language", (Param("locale", Kind.CHOICE, choices=LOCALES),))
HELP = Command("help", writes=False)


def survey(context: Context) -> Reply:
    """The link of the survey."""
    return _link(context, "survey", context.work.course.survey)


def group(context: Context) -> Reply:
    """The link to join the group."""
    return _link(context, "group", context.work.course.group)


def _link(context: Context, key: str, url: str | None) -> Reply:
    if not url:
        raise UserError("no_link", command=key)
    return Reply(context.say(f"{key}.text", course=context.work.course.title), url=url)


def language(context: Context, locale: str) -> Reply:
    """Speak another language with this person from now on."""
    presence.speak(context.work.tx, context.work.person.key, locale)
    say = words_in(locale)
    return Reply(say("language.done"), buttons=(Button(say("button.help"), "help"),), locale=locale)


def help_with(commands: Callable[[], Iterable[Command]]) -> Declared:
    """The command that lists what the person may run of `commands`."""

    def run(context: Context) -> Reply:
        allowed = [command for command in commands() if command.role <= context.work.role]
        parts = [_situation(context)]
        for role in Role:
            lines = [_line(context, command) for command in allowed if command.role is role]
            if lines:
                parts.append("\n".join([context.say(f"help.{role.name.lower()}"), *lines]))
        return Reply("\n\n".join(parts), title=context.say("help.title", course=context.work.course.title))

    return Declared(HELP, run)


def _line(context: Context, command: Command) -> str:
    name, about = context.say(f"{command.name}.name"), context.say(f"{command.name}.about")
    return context.say("help.line", name=name, about=about, example=context.say(f"{command.name}.example"))


def _situation(context: Context) -> str:
    coming = schedule.next_article(context.work)
    article = name_of(coming) if coming else context.say("help.nothing_planned")
    return context.say("help.situation", article=article, open=topics.open_of(context.work))


DECLARED = (Declared(SURVEY, survey), Declared(GROUP, group), Declared(LANGUAGE, language))
