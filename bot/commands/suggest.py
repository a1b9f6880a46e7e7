"""What is offered for a value that is still being typed, in words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from sqlalchemy import Connection

from bot.commands.parts import topic_line
from bot.core.chat import SUGGESTED, Call, Command, Kind
from bot.core.model import OPEN, Article, Course, State, Topic
from bot.core.text import fold, shown
from bot.services import offers, presence
from bot.services.work import Store, Work
from bot.words import Words, grammar, locale_of, words_in

COUNT = 25
_ABOUT_OPEN = ("answer", "decide")
_SEVERAL = re.compile(r"(?:[#＃]?\d+[\s,，、]+)*")


class Suggester:
    """Offers (label, value) for a parameter that is a topic, an article or a command."""

    def __init__(self, store: Store, courses: Mapping[str, Course], commands: Iterable[Command]) -> None:
        self._store = store
        self._courses = courses
        self._commands = tuple(commands)
        self._kinds = {(each.name, param.name): param.kind for each in self._commands for param in each.params}

    async def suggest(self, call: Call, param: str) -> Sequence[tuple[str, str]]:
        """What fits what `call` has of `param` so far, the likeliest first; nothing for other parameters."""
        course = self._courses.get(call.course or next(iter(self._courses)))
        kind = self._kinds.get((call.command, param))
        if course is None or kind not in SUGGESTED:
            return ()
        return await self._store.read(partial(self._look, course, call, kind, call.args.get(param, "")))

    def _look(self, course: Course, call: Call, kind: Kind, typed: str, tx: Connection) -> list[tuple[str, str]]:
        person = presence.known(tx, call)
        say = words_in(locale_of(person.locale, call.locale, course.locale))
        work = Work(tx, course, person, call.role, call.at)
        if kind is Kind.COMMAND:
            return [_command(say, each) for each in self._named(typed) if each.role <= call.role][:COUNT]
        if kind is Kind.ARTICLE:
            return [_article(say, each) for each in offers.articles_like(work, typed, COUNT)]
        if call.command == "my-questions":
            return [_topic(say, each) for each in offers.own_topics_like(work, typed, COUNT)]
        return _topics(work, say, call.command, kind, typed)

    def _named(self, typed: str) -> Iterable[Command]:
        """The commands in one of whose names that stands."""
        called = grammar(self._commands).commands
        return dict.fromkeys(command for name, command in called.items() if fold(typed) in name)


def _topics(work: Work, say: Words, command: str, kind: Kind, typed: str) -> list[tuple[str, str]]:
    states = OPEN if command in _ABOUT_OPEN and work.staff else State
    match = _SEVERAL.match(typed)
    before = match.group() if match and kind is Kind.TOPICS else ""
    found = offers.topics_like(work, typed.removeprefix(before), COUNT, states)
    given = set(re.findall(r"\d+", before))
    labelled = (_topic(say, each) for each in found if str(each.n) not in given)
    return [(before + label, before + value) for label, value in labelled]


def _command(say: Words, command: Command) -> tuple[str, str]:
    name = say(f"{command.name}.name")
    return f"/{name} · {say(f'{command.name}.about')}", name


def _topic(say: Words, topic: Topic) -> tuple[str, str]:
    return topic_line(say, topic).removeprefix("• "), str(topic.n)


def _article(say: Words, article: Article) -> tuple[str, str]:
    when = say.window(article.when)
    return " · ".join(filter(None, [article.key, shown(article.title or ""), when])), article.key
