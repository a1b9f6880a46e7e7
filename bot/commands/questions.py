"""Commands of members about questions and topics."""

from collections.abc import Iterable

from bot.commands.context import Context, Declared
from bot.commands.parts import page_buttons, page_note, state_name, topic_buttons, topic_line
from bot.core.chat import Button, Command, Form, Kind, Param, Reply
from bot.core.errors import UserError
from bot.core.model import OPEN, Answer, Question, State, Topic
from bot.core.text import shown
from bot.services import schedule, topics
from bot.services.ledger import COMMENT

SHORTEST, LONGEST = 5, 2000

ASK = Command("ask", (Param("text", Kind.LONG, low=SHORTEST, high=LONGEST),))
TOPICS = Command(
    "topics",
    (
        Param("state", Kind.CHOICE, required=False, choices=tuple(State)),
        Param("page", Kind.NUMBER, required=False),
    ),
    writes=False,
)
TOPIC = Command("topic", (Param("topic", Kind.TOPIC),), writes=False)
MY_QUESTIONS = Command(
    "my-questions",
    (
        Param("action", Kind.CHOICE, required=False, choices=("edit", "withdraw")),
        Param("topic", Kind.TOPIC, required=False),
        Param("text", Kind.LONG, required=False, low=SHORTEST, high=LONGEST),
        Param("page", Kind.NUMBER, required=False, named=True),
    ),
)


def ask(context: Context, text: str) -> Reply:
    """File a question."""
    say = context.say
    topic, new = topics.ask(context.work, text)
    if not new:
        known = say("ask.known", n=topic.n, state=state_name(say, topic.state))
        return Reply(known, buttons=topic_buttons(say, [topic]))
    coming = schedule.outlook(context.work).next
    before = say("ask.before", article=coming.key, when=say.window(coming.when)) if coming else ""
    text = "\n".join(filter(None, [say("ask.filed", n=topic.n, title=topic.title), before, say("ask.next")]))
    return Reply(text, buttons=(*topic_buttons(say, [topic]), *_own_buttons(context, topic)))


def listed(context: Context, state: str | None, page: int | None) -> Reply:
    """The topics, newest first."""
    say = context.say
    found = topics.listed(context.work, State(state) if state else None, page or 1)
    title = say("topics.title_of", state=state_name(say, State(state))) if state else say("topics.title")
    if not found.total:
        return Reply(say("topics.none"), title=title, buttons=(Button(say("button.ask"), "ask"),))
    lines = [topic_line(say, topic) for topic in found.items]
    args = {"state": state} if state else {}
    buttons = (*topic_buttons(say, found.items), *page_buttons(say, found, "topics", **args))
    return Reply("\n".join([*lines, "", page_note(say, found)]), title=title, buttons=buttons)


def card(context: Context, topic: int) -> Reply:
    """All about one topic."""
    found = topics.card(context.work, topic)
    text = "\n\n".join(card_parts(context, found))
    buttons = tuple(_card_buttons(context, found))
    return Reply(text, title=f"#{topic} {shown(found.topic.title)}", buttons=buttons)


def card_parts(context: Context, found: topics.Card) -> Iterable[str]:
    """A topic's state, wordings and answers, a paragraph each."""
    yield standing(context, found.topic)
    for question in found.questions:
        yield _worded(context, question)
    for answer in found.answers:
        yield _answered(context, answer)


def standing(context: Context, topic: Topic) -> str:
    """Where a topic stands, and why."""
    say = context.say
    key = f"topic.is_{topic.state}"
    article = topic.article or ""
    return say(key, article=article, reason=shown(topic.reason or ""), n=topic.n)


def _worded(context: Context, question: Question) -> str:
    if question.name is None:
        day = question.at.astimezone(context.work.course.zone).date().isoformat()
        return context.say("topic.question_anonymous", day=day, text=shown(question.text))
    at = context.say.stamp(question.at, context.work.course.zone)
    return context.say("topic.question", name=shown(question.name), at=at, text=shown(question.text))


def _answered(context: Context, answer: Answer) -> str:
    name, text = shown(answer.name), shown(answer.text)
    if answer.person.startswith(COMMENT):
        # A saved page does not tell when a reply was written.
        return context.say("topic.reply", name=name, text=text)
    return context.say("topic.answer", name=name, text=text, at=context.say.stamp(answer.at, context.work.course.zone))


def _card_buttons(context: Context, found: topics.Card) -> Iterable[Button]:
    topic = found.topic
    if context.work.staff:
        yield from staff_buttons(context, topic)
    if found.mine:
        yield from _own_buttons(context, topic)


def _own_buttons(context: Context, topic: Topic) -> tuple[Button, ...]:
    if topic.state not in OPEN:
        return ()
    of = {"topic": str(topic.n)}
    edit = Button(context.say("button.edit"), "my-questions", {"action": "edit", **of})
    return edit, Button(context.say("button.withdraw"), "my-questions", {"action": "withdraw", **of})


def staff_buttons(context: Context, topic: Topic) -> Iterable[Button]:
    """What staff can do with a topic, made for the revision that they see."""
    say, of = context.say, {"topic": str(topic.n), "rev": str(topic.revision)}
    yield Button(say("button.correct" if topic.answered else "button.answer"), "answer", of)
    if topic.state in OPEN:
        for state in ("candidate", "planned", "declined"):
            if state != topic.state:
                yield Button(say(f"button.{state}"), "decide", {**of, "state": state})
    else:
        yield Button(say("button.reopened"), "decide", {**of, "state": "reopened"})


def my_questions(context: Context, action: str | None, topic: int | None, text: str | None, page: int | None) -> Reply:
    """What I asked and how it stands; edit or withdraw one."""
    if action and topic is None:
        raise UserError("which_question", form=Form("my-questions", ("topic",), {"action": action}))
    if action == "edit" and topic is not None:
        return _edit(context, topic, text)
    if action == "withdraw" and topic is not None:
        return _withdraw(context, topic)
    return card(context, topic) if topic is not None else _mine(context, page or 1)


def _edit(context: Context, n: int, text: str | None) -> Reply:
    if text is None:
        card = topics.card(context.work, n)
        mine = [question for question in card.questions if question.id in card.mine]
        args = {"action": "edit", "topic": str(n), "text": mine[0].text if mine else ""}
        raise UserError("missing", command="my-questions", form=Form("my-questions", ("text",), args))
    topic = topics.edit(context.work, n, text)
    return Reply(context.say("my-questions.edited", n=n), buttons=topic_buttons(context.say, [topic]))


def _withdraw(context: Context, n: int) -> Reply:
    text = topics.withdraw(context.work, n)
    return Reply(context.say("my-questions.withdrawn", n=n, text=text))


def _mine(context: Context, number: int) -> Reply:
    say, found = context.say, topics.mine(context.work, number)
    title = say("my-questions.title")
    if not found.total:
        return Reply(say("my-questions.none"), title=title, buttons=(Button(say("button.ask"), "ask"),))
    lines = [topic_line(say, topic) + "\n" + standing(context, topic) for topic in found.items]
    buttons = (*topic_buttons(say, found.items), *page_buttons(say, found, "my-questions"))
    return Reply("\n\n".join([*lines, page_note(say, found)]), title=title, buttons=buttons)


DECLARED = (Declared(ASK, ask), Declared(TOPICS, listed), Declared(TOPIC, card), Declared(MY_QUESTIONS, my_questions))
