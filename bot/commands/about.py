"""Commands about the course and the bot: links, language."""

from bot.commands.context import Context, Declared
from bot.core.chat import Button, Command, Kind, Param, Reply
from bot.core.errors import UserError
from bot.services import presence
from bot.words import LOCALES, words_in

SURVEY = Command("survey", writes=False)
GROUP = Command("group", writes=False)
LANGUAGE = Command("language", (Param("locale", Kind.CHOICE, choices=LOCALES),))


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


DECLARED = (Declared(SURVEY, survey), Declared(GROUP, group), Declared(LANGUAGE, language))
