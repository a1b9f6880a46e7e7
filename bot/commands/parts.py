"""Pieces of replies that several commands share."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from bot.commands.context import Context
from bot.core.chat import Button, Kind, Param
from bot.core.errors import UserError
from bot.core.model import OPEN, Article, Page, State, Tie, Topic
from bot.core.text import shown
from bot.services import topics as filed
from bot.words import Words
from bot.words.notices import card_button

T = TypeVar("T")
TOPIC = Param("topic", Kind.TOPIC)
# The revision of a topic that a button was made for.
REVISION = Param("rev", Kind.NUMBER, required=False, hidden=True)


def state_name(say: Words, state: State) -> str:
    """What a state is called."""
    return say(f"state.{state}")


def numbers(say: Words, topics: Iterable[Topic]) -> str:
    """Topics by their numbers: "#3, #5"."""
    return say("comma").join(f"#{topic.n}" for topic in topics)


def local_day(context: Context, at: datetime) -> str:
    """The day of a moment in the course's zone."""
    return context.say.day(context.work.day(at))


def put_off(context: Context, topic: Topic) -> str | None:
    """What a topic's review waits for, where it does."""
    if not topic.hold or topic.hold_until is None or topic.hold_until <= context.work.now:
        return None
    return context.say(f"topic.held_{topic.hold}", day=local_day(context, topic.hold_until))


def topic_line(say: Words, topic: Topic) -> str:
    """A topic on one line."""
    return say("topics.item", n=topic.n, title=shown(topic.title), state=state_name(say, topic.state))


def listed_line(say: Words, topic: Topic, tie: Tie | None) -> str:
    """A topic on one line, with how many ask it and what the reader did."""
    return f"{topic_line(say, topic)} · {voters(say, topic, tie)}"


def voters(say: Words, topic: Topic, tie: Tie | None) -> str:
    """How many persons ask it, and what the reader did; never who."""
    count = say.count("topics.voters", topic.voters)
    mark = say(f"tie.{tie}") if tie else ""
    return f"{count} · {mark}" if mark else count


def tie_buttons(say: Words, topic: Topic, tie: Tie | None) -> Iterable[Button]:
    """Me too and follow, or their opposites, for somebody who did not ask it."""
    of = {"topic": str(topic.n)}
    if tie is Tie.TOO:
        yield Button(say("button.not_me"), "me-too", {**of, "off": "yes"})
        return
    if topic.state in OPEN:
        yield too_button(say, topic)
    if tie is Tie.FOLLOW:
        yield Button(say("button.unfollow"), "follow", {**of, "off": "yes"})
    else:
        yield Button(say("button.follow"), "follow", of)


def too_button(say: Words, topic: Topic, *, numbered: bool = False) -> Button:
    """Me too, with the topic's number where there are several."""
    label = say("button.too_n", n=topic.n) if numbered else say("button.too")
    return Button(label, "me-too", {"topic": str(topic.n)})


def after_minutes(say: Words, wait: timedelta) -> str:
    """How long to wait, in whole minutes, at least one."""
    return say.count("time.minutes", max(1, math.ceil(wait / timedelta(minutes=1))))


def topic_buttons(topics: Iterable[Topic]) -> tuple[Button, ...]:
    """A button for each topic's card."""
    return tuple(card_button(topic.n) for topic in topics)


def undo_button(say: Words, event: int) -> Button:
    """Take back what was just done."""
    return Button(say("button.undo"), "undo", {"event": str(event)})


def page_buttons(say: Words, page: Page[T], command: str, **args: str) -> tuple[Button, ...]:
    """Back and on, where there is something."""
    turns = ((say("button.previous"), page.number - 1), (say("button.more"), page.number + 1))
    return tuple(Button(label, command, {**args, "page": str(to)}) for label, to in turns if 1 <= to <= page.pages)


def page_note(say: Words, page: Page[T]) -> str:
    """ "page 2 of 7", and how many there are."""
    return say.count("page.note", page.total, number=page.number, pages=page.pages)


def name_of(article: Article) -> str:
    """An article's title, or its key while it has none."""
    return shown(article.title) if article.title else article.key


def when(context: Context, article: Article) -> str:
    """When an article comes and how sure that is."""
    say = context.say
    at = _counted(context, article.confirmed) if article.confirmed else ""
    was, window = say.window(article.slipped or article.when), say.window(article.when)
    return say(f"when.{article.standing}", was=was, window=window, at=at)


def times(context: Context, article: Article) -> dict[str, int]:
    """What `when` says of a confirmed time, for `Reply.times`."""
    at = None if article.overdue else article.confirmed
    return {_counted(context, at): int(at.timestamp())} if at else {}


def _counted(context: Context, at: datetime) -> str:
    say, zone = context.say, context.work.course.zone
    return say("when.counted", moment=say.moment(at, zone), days=days_to(context, at))


def days_to(context: Context, at: datetime) -> str:
    """ "in 12 days", "today"."""
    say, work = context.say, context.work
    days = (work.day(at) - work.day(work.now)).days
    return say("when.today") if days == 0 else say.count("when.in_days" if days > 0 else "when.days_ago", abs(days))


def after_act(context: Context, n: int, event: int) -> tuple[Button, ...]:
    """What staff want next: take it back, see it, go on with the review."""
    say, left = context.say, filed.waiting(context.work)
    go_on = (Button(say.count("button.go_on", left), "review"),) if left else ()
    return (undo_button(say, event), card_button(n), *go_on)


def refuse_rest(command: str, *written: str | None) -> None:
    """UserError where something was written that the command does nothing with here."""
    for text in filter(None, written):
        raise UserError("too_much", rest=shown(text), command=command)


def first_named(error: UserError) -> UserError:
    """Who was first, and how the topic stands since: decided on, or put together with another."""
    if error.key != "handled":
        return error
    topic = error.fields["topic"]
    key = "decided_first" if topic.n == error.fields["n"] else "merged_first"
    return UserError(key, **error.fields, into=topic.n, state=topic.state)


def in_the_way(
    context: Context, error: UserError, command: str, args: dict[str, str], seen: str = "topic"
) -> UserError:
    """An error that names who was first, with a button to do it all the same; its value `seen` is the topic then."""
    if error.key != "handled":
        return error
    named, topic = first_named(error), error.fields["topic"]
    args = {**args, seen: str(topic.n), "rev": str(topic.revision)}
    buttons = (*topic_buttons([topic]), Button(context.say("button.anyway"), command, args))
    return UserError(named.key, buttons=buttons, **named.fields)


def said_blocked(context: Context, error: UserError, text: str) -> UserError:
    """What somebody is told who is blocked, with what they wrote."""
    until = error.fields["until"]
    end = context.say.moment(until, context.work.course.zone) if until else ""
    key, times = ("blocked", {end: int(until.timestamp())}) if until else ("blocked_for_good", {})
    return UserError(key, times=times, **(error.fields | {"until": end, "text": text}))
