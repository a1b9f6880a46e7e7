"""Commands of staff against those who spoil it for others; who that is they do not learn."""

from datetime import datetime

from bot.commands.context import Context, Declared
from bot.commands.parts import page_buttons, page_note, undo_button
from bot.core.chat import Button, Command, Form, Kind, Param, Reply, Role, filled
from bot.core.errors import UserError
from bot.core.text import shown
from bot.services import blocking, pages

LONGEST = 3650
OFFERED = (7, 30)

BLOCK = Command(
    "block",
    (
        Param("topic", Kind.TOPIC, required=False),
        Param("days", Kind.NUMBER, required=False, low=1, high=LONGEST),
        Param("page", Kind.NUMBER, required=False, named=True),
        Param("off", Kind.CHOICE, required=False, choices=("yes",), named=True),
        Param("confirm", Kind.CHOICE, required=False, choices=("yes",), hidden=True),
        Param("reason", Kind.TEXT, required=False, high=500),
    ),
    Role.ASSISTANT,
)


def block(
    context: Context,
    topic: int | None,
    days: int | None,
    page: int | None,
    off: str | None,
    confirm: str | None,
    reason: str | None,
) -> Reply:
    """Let whoever asked a topic ask no more, or again; without a topic, who is blocked."""
    if topic is None:
        return _listed(context, page or 1)
    if off:
        return _unblocked(context, topic)
    if reason is None:
        args = filled(topic=str(topic), days=str(days or ""))
        raise UserError("missing", command="block", form=Form("block", ("reason",), args))
    if confirm:
        return _confirm(context, topic, reason)
    one, event = blocking.block(context.work, topic, days, reason)
    text = context.say("block.done", n=topic, reason=shown(reason), end=_end(context, one.until))
    return Reply(text, buttons=(undo_button(context.say, event), Button(context.say("button.blocks"), "block")))


def decline_button(context: Context, n: int, reason: str) -> Button:
    """Beside a topic that was just declined: block its asker as well, after a question."""
    return Button(context.say("button.block"), "block", {"topic": str(n), "confirm": "yes", "reason": reason})


def _confirm(context: Context, n: int, reason: str) -> Reply:
    say, of = context.say, {"topic": str(n), "reason": reason}
    blocking.may_block(context.work, n)
    offered = [Button(say.count("button.block_days", d), "block", {**of, "days": str(d)}) for d in OFFERED]
    buttons = (*offered, Button(say("button.block_for_good"), "block", of))
    return Reply(say("block.confirm", n=n, reason=shown(reason)), buttons=buttons)


def _unblocked(context: Context, n: int) -> Reply:
    event = blocking.unblock(context.work, n)
    return Reply(context.say("block.off", n=n), buttons=(undo_button(context.say, event),))


def _listed(context: Context, number: int) -> Reply:
    say, holding = context.say, blocking.listed(context.work)
    if not holding:
        return Reply(say("block.none"), title=say("block.title"))
    found = pages.page(number, len(holding), lambda offset, limit: holding[offset : offset + limit])
    lines = [
        say("block.item", n=one.topic, reason=shown(one.reason), end=_end(context, one.until), name=shown(one.name))
        for one in found.items
    ]
    off = [
        Button(say("button.unblock", n=one.topic), "block", {"topic": str(one.topic), "off": "yes"})
        for one in found.items
    ]
    text = "\n".join([*lines, "", page_note(say, found)])
    return Reply(text, title=say("block.title"), buttons=(*off, *page_buttons(say, found, "block")))


def _end(context: Context, until: datetime | None) -> str:
    say = context.say
    return say("block.until", at=say.stamp(until, context.work.course.zone)) if until else say("block.for_good")


DECLARED = (Declared(BLOCK, block),)
