"""Commands of staff about what waits: review, undo."""

from collections.abc import Iterable

from bot.commands import answer_parts
from bot.commands.answer_parts import Beside
from bot.commands.context import Context, Declared
from bot.commands.explain import explain
from bot.commands.parts import page_buttons, page_note, put_off, state_name, topic_buttons, voters
from bot.commands.questions import card_parts
from bot.core.chat import Button, Command, Kind, Param, Reply, Role
from bot.core.text import shown
from bot.services import reviewing, topics, undo
from bot.services.reviewing import Reviewed

MOST = 5

REVIEW = Command(
    "review",
    (
        Param("after", Kind.NUMBER, required=False, hidden=True),
        # A page of what is put off.
        Param("page", Kind.NUMBER, required=False, hidden=True),
    ),
    Role.ASSISTANT,
    writes=False,
)
UNDO = Command("undo", (Param("event", Kind.NUMBER, required=False),), Role.ASSISTANT)


def review(context: Context, after: int | None, page: int | None) -> Reply:
    """The oldest topic that waits, with what can be done with it and what looks like it."""
    if page is not None:
        return _held(context, page)
    say = context.say
    found = reviewing.review(context.work, after or 0)
    if found is None:
        return _over(context)
    topic = found.card.topic
    progress = say("review.progress", position=found.position, total=found.total)
    beside = Beside.of(context, topic)
    _, *parts = card_parts(context, found.card, beside)
    text = "\n\n".join([f"{progress} · {voters(say, topic, None)}", *parts, *_beside(context, found)])
    return Reply(text, title=f"#{topic.n} {shown(topic.title)}", buttons=tuple(_buttons(context, found, beside)))


def _beside(context: Context, found: Reviewed) -> Iterable[str]:
    say = context.say
    lines = [
        say("review.looks_like", n=each.topic, title=shown(each.title), state=state_name(say, each.state))
        for each in found.beside
    ]
    return ["\n".join(lines)] if lines else []


def _buttons(context: Context, found: Reviewed, beside: Beside) -> Iterable[Button]:
    say, topic = context.say, found.card.topic
    n, seen = str(topic.n), {"topic": str(topic.n), "rev": str(topic.revision)}
    yield Button(say("button.answer"), "answer", seen)
    for state in ("candidate", "planned"):
        yield Button(say(f"button.{state}"), "decide", {**seen, "state": state})
    for each in found.beside:
        yield Button(say("button.merge_into", n=each.topic), "merge", {"topic": n, "into": str(each.topic)})
    if not found.beside:
        yield Button(say("button.merge"), "merge", {"topic": n})
    for state in ("details", "declined", "later"):
        yield Button(say(f"button.{state}"), "decide", {**seen, "state": state})
    yield from answer_parts.staff_buttons(context, beside)
    if found.position < found.total:
        yield Button(say("button.next"), "review", {"after": n})


def _over(context: Context) -> Reply:
    """Nothing is left, or nothing after what was passed over; what is put off is told."""
    say, held = context.say, reviewing.count_held(context.work)
    waiting = topics.waiting(context.work)
    left, cards = answer_parts.left_behind(context)
    put_by = [say.count("review.held", held)] if held else []
    text = [say("review.end" if waiting else "review.done"), *put_by, *left]
    again = (Button(say("button.from_start"), "review"),) if waiting else ()
    show = (Button(say("button.held"), "review", {"page": "1"}),) if held else ()
    return Reply("\n".join(text), buttons=(*again, *show, *cards))


def _held(context: Context, number: int) -> Reply:
    say, found = context.say, reviewing.held(context.work, number)
    if not found.total:
        return _over(context)
    lines = [f"• #{each.n} {shown(each.title)}\n  {put_off(context, each)}" for each in found.items]
    buttons = (*topic_buttons(found.items), *page_buttons(say, found, "review"))
    return Reply("\n".join([*lines, "", page_note(say, found)]), title=say("review.held_title"), buttons=buttons)


def take_back(context: Context, event: int | None) -> Reply:
    """Undo the step that I did last, or what a button names."""
    say, found = context.say, undo.undo(context.work, event)
    lines = [_back(context, each) for each in found.done]
    if found.left:
        lines += [say("decide.left"), *(f"• {explain(error, say).text}" for error in found.left)]
    return Reply("\n".join(lines), buttons=tuple(_see(context, found)))


def _see(context: Context, found: undo.Undone) -> Iterable[Button]:
    say, kind = context.say, found.done[0].subject.partition(":")[0]
    yield from topic_buttons([each.topic for each in found.done[:MOST] if each.topic])
    if kind == "block":
        yield Button(say("button.blocks"), "block")
    elif kind == "article":
        yield Button(say("button.next_article"), "next-article")


def _back(context: Context, done: undo.Back) -> str:
    say, topic = context.say, done.topic
    if topic is None:
        key = done.subject.partition(":")[2]
        return say(f"undo.{done.verb}", article=key, n=key)
    key = f"undo.{done.verb}" if say.has(f"undo.{done.verb}") else "undo.topic"
    return say(key, n=topic.n, into=done.into, title=shown(topic.title), state=state_name(say, topic.state))


DECLARED = (Declared(REVIEW, review),)
DECLARED_LAST = (Declared(UNDO, take_back),)
