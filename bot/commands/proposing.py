"""Commands about answers that members propose, and what staff do with them."""

from bot.commands.answering import HOLDS, INTO, published
from bot.commands.context import Context, Declared
from bot.commands.parts import REVISION, TOPIC, after_act, in_the_way, refuse_rest, said_blocked, topic_buttons
from bot.core.chat import Button, Command, Form, Kind, Param, Reply, Role, filled
from bot.core.errors import UserError
from bot.core.model import LONGEST_ANSWER
from bot.core.text import shown
from bot.services import drafts, topics
from bot.words.notices import card_button

SUGGEST = Command(
    "suggest",
    (
        TOPIC,
        Param("text", Kind.LONG, required=False, low=1, high=LONGEST_ANSWER),
        Param("action", Kind.CHOICE, required=False, choices=("withdraw",), named=True),
    ),
)
ENDORSE = Command(
    "endorse",
    (
        TOPIC,
        Param("version", Kind.NUMBER),
        Param("holds", Kind.TEXT, required=False, high=HOLDS.high),
        Param("action", Kind.CHOICE, required=False, choices=("decline",), named=True),
        INTO,
        REVISION,
    ),
    Role.ASSISTANT,
)


def suggest(context: Context, topic: int, text: str | None, action: str | None) -> Reply:
    """Propose an answer to staff, or take one's proposal back."""
    if action == "withdraw":
        refuse_rest("suggest", text)
        return _withdraw(context, topic)
    if text is None:
        return _begin(context, topic)
    try:
        found, before = drafts.propose(context.work, topic, text)
    except UserError as error:
        raise _refused(context, error, text) from None
    key = "suggest.replaced" if before else "suggest.done"
    take_back = {"topic": str(found.n), "action": "withdraw"}
    back = Button(context.say("button.suggest_withdraw"), "suggest", take_back)
    return Reply(context.say(key, n=found.n), buttons=(*topic_buttons([found]), back))


def _begin(context: Context, n: int) -> Reply:
    own = drafts.own_proposal(context.work, topics.get(context.work, n).n)
    args = filled(topic=str(n), text=own.text if own else None)
    return Reply(context.say("suggest.form"), form=Form("suggest", ("text",), args))


def _refused(context: Context, error: UserError, text: str) -> UserError:
    """The error with what was written."""
    if error.key == "blocked":
        return said_blocked(context, error, text)
    if error.key != "many_proposals":
        return error
    buttons = tuple(map(card_button, error.fields["numbers"]))
    return UserError(error.key, buttons=buttons, **(error.fields | {"text": text}))


def _withdraw(context: Context, n: int) -> Reply:
    proposal = drafts.withdraw_proposal(context.work, n)
    return Reply(context.say("suggest.withdrawn", n=n, text=shown(proposal.text)))


def endorse(
    context: Context,
    topic: int,
    version: int,
    holds: str | None,
    action: str | None,
    into: int | None,
    rev: int | None,
) -> Reply:
    """Publish a member's proposal with both names, or decline it with thanks."""
    if action == "decline":
        return _thank(context, topic, version)
    try:
        done = drafts.endorse(context.work, topic, version, holds, rev, into)
    except UserError as error:
        args = filled(topic=str(topic), version=str(version), holds=holds)
        raise in_the_way(context, error, "endorse", args, "into") from None
    return published(context, done, "endorse.done")


def _thank(context: Context, n: int, version: int) -> Reply:
    proposal, event = drafts.thank(context.work, n, version)
    text = context.say("endorse.thanked", n=n, name=shown(proposal.name))
    return Reply(text, buttons=after_act(context, n, event))


DECLARED = (Declared(SUGGEST, suggest),)
DECLARED_STAFF = (Declared(ENDORSE, endorse),)
