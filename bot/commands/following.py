"""Commands of members who want to know what others asked."""

from collections.abc import Iterable

from bot.commands.answer_parts import answered
from bot.commands.context import Context, Declared
from bot.commands.parts import TOPIC, tie_buttons, topic_buttons
from bot.commands.questions import standing
from bot.core.chat import Command, Kind, Param, Reply
from bot.core.errors import UserError
from bot.core.model import OPEN, State, Tie, Topic
from bot.services import following, schedule, topics

_PARAMS = (
    TOPIC,
    Param("off", Kind.CHOICE, required=False, choices=("yes",)),
)
ME_TOO = Command("me-too", _PARAMS)
FOLLOW = Command("follow", _PARAMS)


def me_too(context: Context, topic: int, off: str | None) -> Reply:
    """Count me among those who ask this, or no more."""
    run = following.not_me if off else following.me_too
    tied = run(context.work, topic)
    if tied.now is Tie.ASKED:
        return _reply(context, tied, "me-too.own")
    if off:
        return _reply(context, tied, "me-too.off" if tied.was is Tie.TOO else "me-too.never")
    return _reply(context, tied, "me-too.already" if tied.was is Tie.TOO else "me-too.done", with_answer=True)


def follow(context: Context, topic: int, off: str | None) -> Reply:
    """Let me hear of a topic, or no more."""
    run = following.unfollow if off else following.follow
    tied = run(context.work, topic)
    if tied.now in (Tie.ASKED, Tie.TOO):
        return _reply(context, tied, f"follow.{tied.now}")
    if off:
        return _reply(context, tied, "follow.off" if tied.was else "follow.never")
    return _reply(context, tied, "follow.done", with_answer=True)


def _reply(context: Context, tied: following.Tied, key: str, *, with_answer: bool = False) -> Reply:
    say, topic = context.say, tied.topic
    said = say(key, n=topic.n, voters=say.count("topics.voters", topic.voters))
    known = with_answer and topic.state not in OPEN
    text = "\n\n".join([said, *(_known(context, topic) if known else ())])
    ties = tie_buttons(say, topic, tied.now) if tied.now is not Tie.ASKED else ()
    return Reply(text, url=_article(context, topic) if known else None, buttons=(*topic_buttons([topic]), *ties))


def _known(context: Context, topic: Topic) -> Iterable[str]:
    """What became of a topic already, with the answer."""
    yield standing(context, topic)
    for answer in topics.card(context.work, topic.n).answers:
        yield answered(context, answer)


def _article(context: Context, topic: Topic) -> str | None:
    if topic.state is not State.COVERED or not topic.article:
        return None
    try:
        return schedule.find(context.work, topic.article).url
    except UserError:
        # The plan no longer has it; the topic says where it was.
        return None


DECLARED = (Declared(ME_TOO, me_too), Declared(FOLLOW, follow))
