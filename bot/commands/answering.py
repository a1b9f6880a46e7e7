"""Commands about answers."""

from bot.commands.context import Context, Declared
from bot.commands.parts import REVISION, after_act, topic_buttons
from bot.core.chat import Button, Command, Kind, Param, Reply, Role
from bot.core.errors import UserError
from bot.services import answers

STAFF = Role.ASSISTANT
_TOPIC = Param("topic", Kind.TOPIC)

ANSWER = Command("answer", (_TOPIC, Param("text", Kind.LONG, low=1, high=4000), REVISION), STAFF)


def answer(context: Context, topic: int, text: str, rev: int | None) -> Reply:
    """Publish an answer."""
    try:
        done, version, event = answers.answer(context.work, topic, text, rev)
    except UserError as error:
        raise _with_text(context, error, topic, text) from None
    key = "answer.done" if version == 1 else "answer.corrected_done"
    return Reply(context.say(key, n=topic), buttons=after_act(context, done.n, event))


def _with_text(context: Context, error: UserError, n: int, text: str) -> UserError:
    if error.key != "handled":
        return error
    topic = error.fields["topic"]
    args = {"topic": str(n), "text": text, "rev": str(topic.revision)}
    label = context.say("button.correct_anyway" if topic.answered else "button.answer_anyway")
    key = "answered_first" if topic.answered else "handled_text"
    buttons = (*topic_buttons(context.say, [topic]), Button(label, "answer", args))
    return UserError(key, buttons=buttons, text=text, state=topic.state, **error.fields)


DECLARED = (Declared(ANSWER, answer),)
