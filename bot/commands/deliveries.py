"""The instructor's look at what was said, what waits and what did not arrive."""

from collections.abc import Iterable

from bot.commands.context import Context, Declared
from bot.commands.parts import page_buttons, page_note, undo_button
from bot.core.chat import Button, Command, Kind, Param, Reply, Role
from bot.services import attention
from bot.services.attention import Item
from bot.words.ledger import act_name, counted, headline, places, whither
from bot.words.notices import copyable, render_for, why_of

ACTIONS = ("retry", "posted", "drop", "copy")
DELIVERIES = Command(
    "deliveries",
    (
        Param("delivery", Kind.NUMBER, required=False),
        Param("action", Kind.CHOICE, required=False, choices=ACTIONS),
        Param("page", Kind.NUMBER, required=False, named=True),
    ),
    Role.INSTRUCTOR,
)


def deliveries(context: Context, delivery: int | None, action: str | None, page: int | None) -> Reply:
    """What needs somebody; one delivery; or what was done with it."""
    if delivery is None:
        return _overview(context, page or 1)
    if action is None:
        return _card(context, attention.look(context.work, delivery))
    if action == "copy":
        return _copy(context, attention.look(context.work, delivery))
    done, event = attention.act(context.work, delivery, action)
    undo = undo_button(context.say, event)
    back = Button(context.say("button.deliveries"), "deliveries")
    text = context.say(f"deliveries.done.{action}", to=_whither(context, done))
    return Reply(text, buttons=(undo, back), places=places(context.say, [done.delivery.target]))


def _overview(context: Context, number: int) -> Reply:
    say, found = context.say, attention.overview(context.work, number)
    parts = ["\n".join(_line(context, item) for item in found.items.items) or say("deliveries.none")]
    if private := counted(say, found.private):
        parts.append(private)
    parts.append(say.count("deliveries.sent", found.sent))
    if found.items.total:
        parts.append(page_note(say, found.items))
    looks = [_button(context, item) for item in found.items.items]
    buttons = (*looks, *page_buttons(say, found.items, "deliveries"))
    named = places(say, (item.delivery.target for item in found.items.items))
    return Reply("\n\n".join(parts), title=say("deliveries.title"), buttons=buttons, places=named)


def _line(context: Context, item: Item) -> str:
    title = headline(render_for(context.work.course, item.delivery.notice))
    standing = context.say(f"delivery.{item.standing}")
    return context.say("deliveries.item", n=item.delivery.id, to=_whither(context, item), title=title, state=standing)


def _whither(context: Context, item: Item) -> str:
    return whither(context.say, item.delivery.target, item.persons)


def _button(context: Context, item: Item) -> Button:
    n = str(item.delivery.id)
    return Button(context.say("button.delivery", n=n), "deliveries", {"delivery": n})


def _card(context: Context, item: Item) -> Reply:
    say, row = context.say, item.delivery
    said = render_for(context.work.course, row.notice)
    head = say("deliveries.card", to=_whither(context, item), state=say(f"delivery.{item.standing}"))
    error = why_of(say, row.error) if row.error and item.standing == "failed" else ""
    text = "\n\n".join(filter(None, [head, error, say("deliveries.says"), said.title, said.text]))
    return Reply(text, url=said.url, buttons=tuple(_acts(context, item)), places=places(say, [row.target]))


def _acts(context: Context, item: Item) -> Iterable[Button]:
    of = {"delivery": str(item.delivery.id)}
    for act in (*item.acts, "copy"):
        yield Button(act_name(context.say, act, item.standing), "deliveries", {"action": act, **of})


def _copy(context: Context, item: Item) -> Reply:
    text = copyable(render_for(context.work.course, item.delivery.notice))
    args = {"action": "posted", "delivery": str(item.delivery.id)}
    posted = Button(context.say("button.posted"), "deliveries", args)
    return Reply(text, buttons=(posted,) if "posted" in item.acts else ())


DECLARED = (Declared(DELIVERIES, deliveries),)
