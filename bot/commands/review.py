"""Commands of staff about topics: review, decide, undo."""

from bot.commands import answer_parts
from bot.commands.blocking import decline_button
from bot.commands.context import Context, Declared
from bot.commands.parts import REVISION, after_act, state_name, topic_buttons
from bot.commands.questions import card_parts, staff_buttons
from bot.core.chat import Button, Command, Form, Kind, Param, Reply, Role
from bot.core.errors import UserError
from bot.core.model import State
from bot.core.text import shown
from bot.services import schedule, topics, undo

STAFF = Role.ASSISTANT
_TOPIC = Param("topic", Kind.TOPIC)
_STATES = {
    "candidate": State.CANDIDATE,
    "planned": State.PLANNED,
    "declined": State.DECLINED,
    "reopened": State.NEW,
}

REVIEW = Command("review", (Param("after", Kind.NUMBER, required=False, hidden=True),), STAFF, writes=False)
DECIDE = Command(
    "decide",
    (
        _TOPIC,
        Param("state", Kind.CHOICE, choices=tuple(_STATES)),
        Param("article", Kind.ARTICLE, required=False),
        Param("reason", Kind.TEXT, required=False, high=500),
        REVISION,
    ),
    STAFF,
)
UNDO = Command("undo", (Param("event", Kind.NUMBER, required=False),), STAFF)


def review(context: Context, after: int | None) -> Reply:
    """The oldest topic that waits, with what can be done with it."""
    say = context.say
    found = topics.review(context.work, after or 0)
    if found is None:
        waiting = topics.waiting(context.work)
        again = (Button(say("button.from_start"), "review"),) if waiting else ()
        left, cards = answer_parts.left_behind(context)
        lines = [say("review.end" if waiting else "review.done"), *left]
        return Reply("\n".join(lines), buttons=(*again, *cards))
    topic = found.card.topic
    progress = say("review.progress", position=found.position, total=found.total)
    buttons = [*staff_buttons(context, topic)]
    if found.position < found.total:
        buttons.append(Button(say("button.next"), "review", {"after": str(topic.n)}))
    text = "\n\n".join([progress, *card_parts(context, found.card)])
    return Reply(text, title=f"#{topic.n} {shown(topic.title)}", buttons=tuple(buttons))


def decide(context: Context, topic: int, state: str, article: str | None, reason: str | None, rev: int | None) -> Reply:
    """Move a topic into another state."""
    say, to = context.say, _STATES[state]
    if to is State.PLANNED:
        article, reason = schedule.open_article(context.work, article).key, None
    elif to is State.DECLINED:
        reason, article = reason or _missing_reason(topic, state, article, rev), None
    else:
        article = reason = None
    try:
        done, event = topics.decide(context.work, topic, to, article, reason, rev)
    except UserError as error:
        raise _with_override(context, error, topic, state, article, reason) from None
    text = say(f"decide.{state}", n=topic, article=article or "", reason=reason or "", title=shown(done.title))
    block = (decline_button(context, topic, reason),) if to is State.DECLINED and reason else ()
    return Reply(text, buttons=(*after_act(context, topic, event), *block))


def _missing_reason(topic: int, state: str, article: str | None, rev: int | None) -> str:
    args = {"topic": str(topic), "state": state, "reason": article or ""}
    if rev is not None:
        args["rev"] = str(rev)
    raise UserError("needs_reason", form=Form("decide", ("reason",), args))


def _with_override(
    context: Context, error: UserError, n: int, state: str, article: str | None, reason: str | None
) -> UserError:
    if error.key != "handled":
        return error
    topic = error.fields["topic"]
    args = {"topic": str(n), "state": state, "rev": str(topic.revision)}
    args |= {name: value for name, value in (("article", article), ("reason", reason)) if value}
    anyway = Button(context.say("button.anyway"), "decide", args)
    fields = error.fields | {"state": topic.state}
    return UserError("decided_first", buttons=(*topic_buttons(context.say, [topic]), anyway), **fields)


def take_back(context: Context, event: int | None) -> Reply:
    """Undo what I did last, or what a button names."""
    say = context.say
    done = undo.undo(context.work, event)
    kind, _, key = done.subject.partition(":")
    if kind == "block":
        return Reply(say(f"undo.{done.verb}", n=key), buttons=(Button(say("button.blocks"), "block"),))
    if done.verb in ("file", "carry"):
        return Reply(say(f"undo.{done.verb}", n=key))
    if kind == "topic":
        topic = topics.get(context.work, int(key))
        words = f"undo.{done.verb}"
        text = say(words if say.has(words) else "undo.topic", n=topic.n, state=state_name(say, topic.state))
        return Reply(text, buttons=topic_buttons(say, [topic]))
    return Reply(say(f"undo.{done.verb}", article=key), buttons=(Button(say("button.next_article"), "next-article"),))


DECLARED = (
    Declared(REVIEW, review),
    Declared(DECIDE, decide),
    Declared(UNDO, take_back),
)
