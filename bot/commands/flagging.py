"""Commands about answers that may be true no more."""

from bot.commands.context import Context, Declared
from bot.commands.parts import TOPIC, after_act, topic_buttons
from bot.core.chat import Button, Command, Kind, Param, Reply, Role
from bot.services import freshness

FLAG = Command(
    "flag",
    (
        TOPIC,
        Param("note", Kind.TEXT, required=False, high=500),
        Param("action", Kind.CHOICE, required=False, choices=("withdraw",), named=True),
    ),
)
CHECK = Command("check", (TOPIC,), Role.ASSISTANT)


def flag(context: Context, topic: int, note: str | None, action: str | None) -> Reply:
    """Say that an answer is no longer true, or that it is after all."""
    say = context.say
    if action == "withdraw":
        found = freshness.unflag(context.work, topic)
        return Reply(say("flag.withdrawn", n=found.n), buttons=topic_buttons([found]))
    found, new = freshness.flag(context.work, topic, note)
    back = Button(say("button.unflag"), "flag", {"topic": str(found.n), "action": "withdraw"})
    return Reply(say("flag.done" if new else "flag.again", n=found.n), buttons=(*topic_buttons([found]), back))


def check(context: Context, topic: int) -> Reply:
    """Say that an answer is still true."""
    found, event = freshness.check(context.work, topic)
    return Reply(context.say("check.done", n=found.n), buttons=after_act(context, found.n, event))


DECLARED = (Declared(FLAG, flag),)
DECLARED_STAFF = (Declared(CHECK, check),)
