"""Commands about oneself: one's accounts, what is kept of one, to take away and to delete."""

from bot.commands.context import Context, Declared
from bot.core.chat import Button, Command, Kind, Param, Reply
from bot.core.text import shown
from bot.services import linking

LINK = Command(
    "link",
    (
        Param("code", Kind.TEXT, required=False, high=40),
        Param("sure", Kind.CHOICE, required=False, choices=("yes",), hidden=True),
    ),
)


def link(context: Context, code: str | None, sure: str | None) -> Reply:
    """A code for another account, or what becomes of this one by the other's code."""
    if code is None:
        return _code(context)
    joining = (linking.join if sure else linking.look)(context.work, code)
    if joining is None:
        return Reply(context.say("error.wrong_code"), error="wrong_code")
    say, fields = context.say, {"name": shown(joining.main.name), "platform": _platform(context, joining.main.key)}
    if sure:
        return Reply(say("link.done", **fields), buttons=(Button(say("my-questions.title"), "my-questions"),))
    text = say("link.sure", **fields, questions=joining.questions, topics=joining.topics)
    return Reply(
        text, title=say("link.title"), buttons=(Button(say("button.link"), "link", {"code": code, "sure": "yes"}),)
    )


def _code(context: Context) -> Reply:
    code, _ = linking.begin(context.work)
    minutes = linking.VALID.seconds // 60
    return Reply(context.say("link.code", code=code, minutes=minutes), title=context.say("link.title"))


def _platform(context: Context, key: str) -> str:
    platform = key.partition(":")[0]
    return context.say(f"platform.{platform}") if context.say.has(f"platform.{platform}") else platform


DECLARED = (Declared(LINK, link),)
