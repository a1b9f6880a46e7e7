"""Commands of members about questions and topics."""

from collections.abc import Iterable, Sequence

from bot.commands import answer_parts
from bot.commands.answer_parts import Beside
from bot.commands.context import Context, Declared
from bot.commands.parts import (
    after_minutes,
    listed_line,
    page_buttons,
    page_note,
    put_off,
    refuse_rest,
    said_blocked,
    state_name,
    tie_buttons,
    too_button,
    topic_buttons,
    voters,
)
from bot.core.chat import Button, Command, Form, Kind, Param, Reply, filled
from bot.core.errors import UserError
from bot.core.model import OPEN, Question, State, Tie, Topic
from bot.core.text import shown
from bot.services import asking, following, schedule, searching, topics

SHORTEST, LONGEST = 5, 2000
FEW = 2
YES = ("yes",)
_TIES = {"asked": (Tie.ASKED,), "followed": (Tie.TOO, Tie.FOLLOW), "any": tuple(Tie)}

ASK = Command(
    "ask",
    (
        Param("text", Kind.LONG, low=SHORTEST, high=LONGEST),
        Param("article", Kind.ARTICLE, required=False, named=True),
        Param("anonymous", Kind.CHOICE, required=False, choices=YES, named=True),
        Param("different", Kind.CHOICE, required=False, choices=YES, hidden=True),
        Param("event", Kind.NUMBER, required=False, hidden=True),
    ),
)
TOPICS = Command(
    "topics",
    (
        Param("state", Kind.CHOICE, required=False, choices=tuple(State)),
        Param("unanswered", Kind.CHOICE, required=False, choices=YES),
        Param("article", Kind.ARTICLE, required=False),
        Param("mine", Kind.CHOICE, required=False, choices=tuple(_TIES), named=True),
        Param("page", Kind.NUMBER, required=False, named=True),
        Param("words", Kind.TEXT, required=False, high=200),
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


def ask(
    context: Context, text: str, article: str | None, anonymous: str | None, different: str | None, event: int | None
) -> Reply:
    """File a question, or show what was asked already."""
    args = filled(text=text, article=article, anonymous=anonymous)
    try:
        about = schedule.find(context.work, article).key if article else None
        asked = asking.Asking(text, about, bool(anonymous))
        outcome = asking.ask(context.work, asked, different=bool(different), instead=event)
    except UserError as error:
        raise _refused(context, error, args | filled(different=different)) from None
    return _outcome(context, outcome, args)


def _outcome(context: Context, outcome: asking.Outcome, args: dict[str, str]) -> Reply:
    match outcome:
        case asking.Filed(topic):
            return _filed(context, topic, anonymous="anonymous" in args)
        case asking.Known(topic):
            known = context.say("ask.known", n=topic.n, state=state_name(context.say, topic.state))
            return Reply(known, buttons=topic_buttons([topic]))
        case asking.Edited(topic, was, event):
            return _repeated(context, topic, was, {**args, "different": "yes", "event": str(event)})
    return _alike(context, outcome, args)


def _filed(context: Context, topic: Topic, *, anonymous: bool) -> Reply:
    say, coming = context.say, schedule.next_article(context.work)
    before = say("ask.before", when=say.window(coming.when)) if coming and not coming.overdue else ""
    unseen = say("ask.unseen") if anonymous else ""
    lines = [say("ask.filed", n=topic.n, title=topic.title), before, unseen, say("ask.next")]
    buttons = (*topic_buttons([topic]), *_own_buttons(context, topic))
    return Reply("\n".join(filter(None, lines)), buttons=buttons)


def _repeated(context: Context, topic: Topic, was: str, args: dict[str, str]) -> Reply:
    say = context.say
    text = say("ask.edited", n=topic.n, was=shown(was), text=shown(args["text"]))
    back = {"action": "edit", "topic": str(topic.n), "text": was}
    buttons = (Button(say("button.different"), "ask", args), Button(say("button.old_words"), "my-questions", back))
    return Reply(text, buttons=buttons)


def _alike(context: Context, alike: Sequence[asking.Alike], args: dict[str, str]) -> Reply:
    say = context.say
    lines = "\n".join(_alike_line(context, each) for each in alike)
    buttons = [button for each in alike for button in _alike_buttons(context, each, args["text"])]
    others = any(button.command == "me-too" for button in buttons)
    ways_on = say("ask.ways_on" if others else "ask.ways_on_mine")
    buttons.append(Button(say("button.different"), "ask", {**args, "different": "yes"}))
    return Reply("\n\n".join([say("ask.alike"), lines, ways_on]), buttons=tuple(buttons))


def _alike_line(context: Context, one: asking.Alike) -> str:
    line = listed_line(context.say, one.topic, one.tie)
    return line + "\n" + context.say("ask.answer", text=one.found.answer) if one.found.answer else line


def _alike_buttons(context: Context, one: asking.Alike, text: str) -> Iterable[Button]:
    say, n = context.say, one.topic.n
    if one.topic.state in (State.ANSWERED, State.COVERED):
        yield Button(say("button.answers_it", n=n), "topic", {"topic": str(n)})
    if one.tie not in (Tie.ASKED, Tie.TOO):
        yield too_button(say, one.topic, numbered=True)
    if one.mine:
        replaced = {"action": "edit", "topic": str(n), "text": text}
        yield Button(say("button.replace", n=n), "my-questions", replaced)


def _refused(context: Context, error: UserError, args: dict[str, str]) -> UserError:
    """The error with everything that was written, and the ways on."""
    if error.key == "no_article":
        return UserError(error.key, form=Form("ask", ("article",), args), **error.fields)
    if error.key == "blocked":
        return said_blocked(context, error, args["text"])
    fields = {**error.fields, "text": args["text"]}
    if error.key == "too_fast":
        fields["wait"] = after_minutes(context.say, fields["wait"])
    mine = Button(context.say("my-questions.title"), "my-questions")
    return UserError(error.key, form=Form("ask", ("text",), args), buttons=(mine,), **fields)


def listed(
    context: Context,
    state: str | None,
    unanswered: str | None,
    article: str | None,
    mine: str | None,
    page: int | None,
    words: str | None,
) -> Reply:
    """The topics: those that hold the words, newest first."""
    say = context.say
    if words and not page and words.isdecimal():
        page, words = int(words), None
    args = filled(state=state, unanswered=unanswered, article=article, mine=mine, words=words)
    filters = _filters(context, args)
    title = _list_title(context, args)
    found = searching.listed(context.work, filters, page or 1)
    if not found.total:
        return _nothing(context, title, args)
    ties = searching.ties(context.work, found.items)
    lines = [listed_line(say, topic, ties.get(topic.n)) for topic in found.items]
    few = [topic for topic in found.items if topic.n not in ties and topic.state in OPEN and found.total <= FEW]
    too = [too_button(say, topic, numbered=True) for topic in few]
    buttons = (*topic_buttons(found.items), *too, *page_buttons(say, found, "topics", **args))
    return Reply("\n".join([*lines, "", page_note(say, found)]), title=title, buttons=buttons)


def _filters(context: Context, args: dict[str, str]) -> searching.Filters:
    states = [State(args["state"])] if "state" in args else None
    article = schedule.find(context.work, args["article"]).key if "article" in args else None
    ties = _TIES.get(args.get("mine", ""))
    return searching.Filters(args.get("words", ""), states, article, ties, "unanswered" in args)


def _list_title(context: Context, args: dict[str, str]) -> str:
    say = context.say
    parts = [say(f"{name}.{args[name]}") for name in ("state", "unanswered", "mine") if name in args]
    parts += [args["article"]] if "article" in args else []
    parts += [say("topics.words", words=shown(args["words"]))] if "words" in args else []
    return say("topics.title_of", state=" · ".join(parts)) if parts else say("topics.title")


def _nothing(context: Context, title: str, args: dict[str, str]) -> Reply:
    say, words = context.say, args.get("words", "")
    ask = Button(say("button.ask"), "ask", {"text": words} if len(words) >= SHORTEST else {})
    if not args:
        return Reply(say("topics.none"), title=title, buttons=(ask,))
    return Reply(say("topics.nothing_found"), title=title, buttons=(Button(say("button.topics"), "topics"), ask))


def card(context: Context, topic: int) -> Reply:
    """All about one topic."""
    found = topics.card(context.work, topic)
    tie = following.tie_of(context.work, found.topic.n)
    beside = Beside.of(context, found.topic)
    standing, *parts = card_parts(context, found, beside)
    moved = context.say("topic.merged", n=topic, into=found.topic.n) if topic != found.topic.n else ""
    asked = voters(context.say, found.topic, tie)
    text = "\n\n".join(filter(None, [moved, f"{standing}\n{asked}", *parts]))
    buttons = tuple(_card_buttons(context, found, beside, tie))
    return Reply(text, title=f"#{found.topic.n} {shown(found.topic.title)}", buttons=buttons)


def card_parts(context: Context, found: topics.Card, beside: Beside) -> Iterable[str]:
    """A topic's state, wordings and answers, a paragraph each."""
    yield standing(context, found.topic)
    for question in found.questions:
        yield _worded(context, question)
    for answer in found.answers:
        yield answer_parts.answered(context, answer)
    yield from answer_parts.beside(context, beside)


def standing(context: Context, topic: Topic) -> str:
    """Where a topic stands, and why."""
    say = context.say
    key = f"topic.is_{topic.state}"
    article = topic.article or ""
    return put_off(context, topic) or say(key, article=article, reason=shown(topic.reason or ""), n=topic.n)


def _worded(context: Context, question: Question) -> str:
    about = "\n" + context.say("topic.about_article", article=question.about) if question.about else ""
    if question.name is None:
        day = context.work.day(question.at).isoformat()
        return context.say("topic.question_anonymous", day=day, text=shown(question.text)) + about
    at = context.say.stamp(question.at, context.work.course.zone)
    linked = context.work.staff and question.source.startswith("https://")
    where = "\n" + context.say("topic.source", url=question.source) if linked else ""
    return context.say("topic.question", name=shown(question.name), at=at, text=shown(question.text)) + about + where


def _card_buttons(context: Context, found: topics.Card, beside: Beside, tie: Tie | None) -> Iterable[Button]:
    topic = found.topic
    if context.work.staff:
        yield from staff_buttons(context, beside)
    elif not found.mine:
        yield from tie_buttons(context.say, topic, tie)
    if found.mine:
        yield from _own_buttons(context, topic)
    if not context.work.staff:
        yield from answer_parts.member_buttons(context, beside, mine=bool(found.mine))


def _own_buttons(context: Context, topic: Topic) -> tuple[Button, ...]:
    if not topic.editable:
        return ()
    of = {"topic": str(topic.n)}
    edit = Button(context.say("button.edit"), "my-questions", {"action": "edit", **of})
    return edit, Button(context.say("button.withdraw"), "my-questions", {"action": "withdraw", **of})


def staff_buttons(context: Context, beside: Beside) -> Iterable[Button]:
    """What staff can do with a topic, made for the revision that they see."""
    topic = beside.topic
    say, of = context.say, {"topic": str(topic.n), "rev": str(topic.revision)}
    yield Button(say("button.correct" if topic.answered else "button.answer"), "answer", of)
    if topic.state in OPEN:
        for state in ("candidate", "planned", "declined"):
            if state != topic.state:
                yield Button(say(f"button.{state}"), "decide", {**of, "state": state})
    if put_off(context, topic):
        yield Button(say("button.take_up"), "decide", {**of, "state": "reopened"})
    if topic.state not in OPEN:
        yield Button(say("button.reopened"), "decide", {**of, "state": "reopened"})
    yield from answer_parts.staff_buttons(context, beside)


def my_questions(context: Context, action: str | None, topic: int | None, text: str | None, page: int | None) -> Reply:
    """What I asked and how it stands; edit or withdraw one."""
    if action and topic is None:
        raise UserError("which_question", form=Form("my-questions", ("topic",), {"action": action}))
    if action != "edit":
        refuse_rest("my-questions", text)
    if action == "edit" and topic is not None:
        return _edit(context, topic, text)
    if action == "withdraw" and topic is not None:
        return _withdraw(context, topic)
    return card(context, topic) if topic is not None else _mine(context, page or 1)


def _edit(context: Context, n: int, text: str | None) -> Reply:
    if text is None:
        topics.get(context.work, n)
        mine = topics.own(context.work, n)
        args = {"action": "edit", "topic": str(n), "text": mine.text if mine else ""}
        raise UserError("missing", command="my-questions", form=Form("my-questions", ("text",), args))
    topic, _, _ = topics.edit(context.work, n, text)
    return Reply(context.say("my-questions.edited", n=n), buttons=topic_buttons([topic]))


def _withdraw(context: Context, n: int) -> Reply:
    asked = topics.withdraw(context.work, n)
    text = shown(asked.text)
    args = {"text": text, "different": "yes"} | ({"anonymous": "yes"} if asked.person is None else {})
    again = Button(context.say("button.ask_again"), "ask", args)
    return Reply(context.say("my-questions.withdrawn", n=n, text=text), buttons=(again,))


def _mine(context: Context, number: int) -> Reply:
    say, found = context.say, topics.mine(context.work, number)
    title = say("my-questions.title")
    if not found.total:
        return Reply(say("my-questions.none"), title=title, buttons=(Button(say("button.ask"), "ask"),))
    news = topics.news(context.work, found)
    lines = [_own_line(context, topic, new=topic.n in news) for topic in found.items]
    buttons = (*topic_buttons(found.items), *page_buttons(say, found, "my-questions"))
    return Reply("\n".join([*lines, "", page_note(say, found)]), title=title, buttons=buttons)


def _own_line(context: Context, topic: Topic, *, new: bool) -> str:
    line = context.say("my-questions.item", n=topic.n, title=shown(topic.title))
    if new:
        line += " · " + context.say("my-questions.new")
    return line + "\n  " + standing(context, topic)


DECLARED = (Declared(ASK, ask), Declared(TOPICS, listed), Declared(TOPIC, card), Declared(MY_QUESTIONS, my_questions))
