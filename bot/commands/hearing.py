"""Commands about what one hears unasked, and what is said under a reply because one could not be reached."""

from dataclasses import replace

from bot.commands.context import Context, Declared
from bot.core.chat import Button, Call, Command, Form, Kind, Param, Reply
from bot.core.errors import UserError
from bot.core.text import plain, shorten
from bot.services import hearing, presence, topics
from bot.words.notices import render

MOST, LONGEST = 5, 200

NOTIFY = Command(
    "notify",
    (
        Param("hear", Kind.CHOICE, required=False, choices=("on", "off")),
        Param("topic", Kind.TOPIC, required=False),
        Param("digest", Kind.CHOICE, required=False, choices=hearing.DIGESTS),
    ),
)


def notify(context: Context, hear: str | None, topic: int | None, digest: str | None) -> Reply:
    """What I hear unasked; of everything or of one topic, and how often the digest comes."""
    if digest:
        hearing.set_digest(context.work, digest)
    if topic is not None:
        return _of_topic(context, topic, hear)
    if hear:
        hearing.set_quiet(context.work, quiet=hear == "off")
    return _settings(context)


def _of_topic(context: Context, n: int, hear: str | None) -> Reply:
    if hear is None:
        raise UserError("missing", command="notify", form=Form("notify", ("hear",), {"topic": str(n)}))
    topic = topics.get(context.work, n, lock=True)
    (hearing.hear if hear == "on" else hearing.hush)(context.work, topic)
    other = "off" if hear == "on" else "on"
    back = Button(context.say(f"button.topic_{other}"), "notify", {"hear": other, "topic": str(n)})
    return Reply(context.say(f"notify.topic_{hear}", n=n), buttons=(back,))


def _settings(context: Context) -> Reply:
    say, heard = context.say, hearing.of(context.work)
    lines = [say("notify.off") if heard.quiet else say.count("notify.on", len(heard.topics))]
    if heard.hushed:
        lines.append(say("notify.hushed", topics=say("comma").join(f"#{n}" for n in heard.hushed)))
    if context.work.staff:
        lines.append(say("notify.digest", digest=say(f"digest.{heard.digest}")))
    buttons, mention = tuple(_switches(context, heard)), context.work.course.mention
    return Reply("\n".join(lines), title=say("notify.title"), buttons=buttons, mention=mention)


def _switches(context: Context, heard: hearing.Hearing) -> list[Button]:
    say, other = context.say, "on" if heard.quiet else "off"
    switches = [Button(say(f"button.hear_{other}"), "notify", {"hear": other})]
    if context.work.staff:
        others = (each for each in hearing.DIGESTS if each != heard.digest)
        switches += (Button(say(f"button.digest_{each}"), "notify", {"digest": each}) for each in others)
    return switches


def with_news(context: Context, reply: Reply, call: Call) -> Reply:
    """The reply, and under it once what the person could not be told when it happened."""
    missed, say = presence.catch_up(context.work, call), context.say
    if not missed:
        return reply
    said = (render(each, say, context.work.course.zone) for each in missed[:MOST])
    lines = [f"• {shorten(plain(each).splitlines()[0].rstrip(':：'), LONGEST)}" for each in said]
    if (more := len(missed) - MOST) > 0:
        lines.append(say.count("missed.more", more))
    return replace(reply, text="\n".join([reply.text, "", say("missed.title"), *lines]))


DECLARED = (Declared(NOTIFY, notify),)
