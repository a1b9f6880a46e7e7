"""The instructor's look at an announcement before and after: exactly as it is read, to me only, now."""

from collections.abc import Iterable

from bot.commands.context import Context, Declared
from bot.core.chat import Button, Command, Form, Kind, Param, Reply, Role, filled
from bot.core.errors import UserError
from bot.core.model import Certainty
from bot.services import announcing
from bot.services.announcing import Preview
from bot.words.ledger import place, places
from bot.words.notices import copyable, render_for

ANNOUNCE = Command(
    "announce",
    (
        Param("article", Kind.ARTICLE, required=False),
        Param("action", Kind.CHOICE, required=False, choices=("me", "now", "copy", "outcome")),
    ),
    Role.INSTRUCTOR,
)


def announce(context: Context, article: str | None, action: str | None) -> Reply:
    """Show an announcement as everybody will see it, send it to me alone, or let it go."""
    if action == "now":
        return _now(context, article)
    if action == "outcome":
        return _outcome(context, article)
    if action == "me":
        found = announcing.to_me(context.work, article)
        return Reply(context.say("announce.me"), buttons=tuple(_buttons(context, found, "me")))
    found = announcing.preview(context.work, article)
    if action == "copy":
        return Reply(copyable(render_for(context.work.course, found.notice)))
    said = render_for(context.work.course, found.notice)
    head = context.say("announce.made" if found.rows else "announce.preview", to=_whither(context, found))
    text = "\n\n".join([head, said.text])
    named = places(context.say, found.targets)
    return Reply(text, title=said.title, url=said.url, buttons=tuple(_buttons(context, found)), places=named)


def _now(context: Context, article: str | None) -> Reply:
    found = announcing.preview(context.work, article)
    if found.article.certainty is not Certainty.PUBLISHED:
        # What is not out is published, which is one thing with its announcement.
        raise UserError("not_out", key=found.article.key, form=_publish(found))
    announcing.now(context.work, article)
    see = Button(context.say("button.deliveries"), "deliveries")
    return Reply(context.say("announce.now", article=found.article.key), buttons=(see,))


def _outcome(context: Context, article: str | None) -> Reply:
    found, day = announcing.what_came(context.work, article)
    said, to = render_for(context.work.course, found.notice), _whither(context, found)
    key = "announce.outcome_made" if found.rows else "announce.outcome"
    text = "\n\n".join([context.say(key, day=context.say.day(day), to=to), said.text])
    write = Button(context.say("button.feedback"), "schedule", {"article": found.article.key})
    named = places(context.say, found.targets)
    return Reply(text, title=said.title, buttons=() if found.rows else (write,), places=named)


def _whither(context: Context, found: Preview) -> str:
    return context.say("comma").join(place(context.say, target) for target in found.targets)


def _publish(found: Preview) -> Form:
    article = found.article
    return Form("publish", ("url",), filled(article=article.key, url=article.url, title=article.title))


def _buttons(context: Context, found: Preview, but: str = "") -> Iterable[Button]:
    say, of = context.say, {"article": found.article.key}
    if but != "me":
        yield Button(say("button.me"), "announce", {**of, "action": "me"})
    if found.article.certainty is not Certainty.PUBLISHED:
        yield Button(say("button.publish"), "publish", dict(_publish(found).args))
    elif found.held or not found.rows:
        yield Button(say("button.now"), "announce", {**of, "action": "now"})
    yield Button(say("button.copy"), "announce", {**of, "action": "copy"})
    if found.article.certainty is Certainty.PUBLISHED and context.work.course.around.outcome is not None:
        yield Button(say("button.outcome"), "announce", {**of, "action": "outcome"})
    yield Button(say("button.change"), "schedule", of)


DECLARED = (Declared(ANNOUNCE, announce),)
