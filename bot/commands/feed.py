"""The instructor's look at what appeared where the articles appear."""

import json

from bot.commands.context import Context, Declared
from bot.commands.parts import days_to, undo_button
from bot.core.chat import Button, Command, Kind, Param, Reply, Role, filled
from bot.services import outlet
from bot.words.notices import trouble

FEED = Command(
    "feed",
    (
        Param("action", Kind.CHOICE, required=False, choices=("not-ours",)),
        Param("entry", Kind.NUMBER, required=False, hidden=True),
    ),
    Role.INSTRUCTOR,
)


def feed(context: Context, action: str | None, entry: int | None) -> Reply:
    """What is new there and waits for a word, one at a time; and whether it can be read."""
    say = context.say
    if action and entry is not None:
        done, event = outlet.not_ours(context.work, entry)
        undo = undo_button(say, event)
        return Reply(say("feed.not_ours", title=done.title), buttons=(undo, *_more(context)))
    waits = outlet.waiting(context.work)
    if not waits:
        return Reply("\n\n".join([say("feed.nothing"), _standing(context)]), title=say("feed.title"))
    first, slot = waits[0], outlet.slot_of(context.work, waits[0])
    args = filled(article=slot.key if slot else None, title=first.title, url=first.url)
    buttons = (
        Button(say("button.publish"), "publish", args),
        Button(say("button.not_ours"), "feed", {"action": "not-ours", "entry": str(first.id)}),
    )
    text = say.count("feed.waits", len(waits), title=first.title)
    which = say("feed.which", article=slot.key) if slot else ""
    text = "\n".join(filter(None, [text, which]))
    return Reply("\n\n".join([text, _standing(context)]), title=say("feed.title"), url=first.url, buttons=buttons)


def _more(context: Context) -> tuple[Button, ...]:
    left = len(outlet.waiting(context.work))
    return (Button(context.say("button.feed", n=left), "feed"),) if left else ()


def _standing(context: Context) -> str:
    """When it was read last, and what is wrong since."""
    say, found = context.say, outlet.standing(context.work)
    if found is None or found.read_at is None:
        return say("feed.never")
    read = say("feed.read", days=days_to(context, found.read_at))
    return f"{read} {trouble(say, *json.loads(found.problem))}" if found.problem else read


DECLARED = (Declared(FEED, feed),)
