"""What is offered for a value that is still being typed, in words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from sqlalchemy import Connection

from bot.commands.parts import topic_line
from bot.core.chat import Call, Command, Kind, Role
from bot.core.model import OPEN, Article, Course, Topic
from bot.core.text import shown
from bot.services import offers, presence
from bot.services.work import Store, Work
from bot.words import Words, locale_of, words_in

COUNT = 25
_ABOUT_OPEN = ("answer", "decide")
_SEVERAL = re.compile(r"(?:[#＃]?\d+[\s,，、]+)*")


class Suggester:
    """Offers (label, value) for a parameter that is a topic or an article."""

    def __init__(self, store: Store, courses: Mapping[str, Course], commands: Iterable[Command]) -> None:
        self._store = store
        self._courses = courses
        self._kinds = {(command.name, param.name): param.kind for command in commands for param in command.params}

    async def suggest(self, call: Call, param: str) -> Sequence[tuple[str, str]]:
        """What fits what `call` has of `param` so far, the likeliest first; nothing for other parameters."""
        course = self._courses.get(call.course or next(iter(self._courses)))
        kind = self._kinds.get((call.command, param))
        if course is None or kind not in (Kind.TOPIC, Kind.TOPICS, Kind.ARTICLE):
            return ()
        return await self._store.read(partial(_suggest, course, call, kind, call.args.get(param, "")))


def _suggest(course: Course, call: Call, kind: Kind, typed: str, tx: Connection) -> list[tuple[str, str]]:
    person = presence.known(tx, call)
    say = words_in(locale_of(person.locale, call.locale, course.locale))
    work = Work(tx, course, person, call.role, call.at)
    if kind is Kind.ARTICLE:
        return [_article(say, each) for each in offers.articles_like(work, typed, COUNT)]
    if call.command == "my-questions":
        return [_topic(say, each) for each in offers.own_topics_like(work, typed, COUNT)]
    states = OPEN if call.command in _ABOUT_OPEN and call.role > Role.MEMBER else ()
    match = _SEVERAL.match(typed)
    before = match.group() if match and kind is Kind.TOPICS else ""
    found = offers.topics_like(work, typed.removeprefix(before), COUNT, states)
    given = set(re.findall(r"\d+", before))
    labelled = (_topic(say, each) for each in found if str(each.n) not in given)
    return [(before + label, before + value) for label, value in labelled]


def _topic(say: Words, topic: Topic) -> tuple[str, str]:
    return topic_line(say, topic).removeprefix("• "), str(topic.n)


def _article(say: Words, article: Article) -> tuple[str, str]:
    when = say.window(article.when)
    return " · ".join(filter(None, [article.key, shown(article.title or ""), when])), article.key
