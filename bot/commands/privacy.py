"""Commands about oneself: one's accounts, what is kept of one, to take away and to delete."""

from bot.commands.context import Context, Declared
from bot.core.chat import Button, Command, File, Kind, Param, Reply
from bot.core.text import shown
from bot.services import credits, linking, privacy

LINK = Command(
    "link",
    (
        Param("code", Kind.TEXT, required=False, high=40),
        Param("sure", Kind.CHOICE, required=False, choices=("yes",), hidden=True),
    ),
)
PRIVACY = Command(
    "privacy",
    (
        Param("action", Kind.CHOICE, required=False, choices=("export", "delete", "credit", "no-credit")),
        Param("way", Kind.CHOICE, required=False, choices=("everything", "keep"), hidden=True),
    ),
)
# What is counted under other names already.
_NOT_SHOWN = ("settings",)


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


def about_me(context: Context, action: str | None, way: str | None) -> Reply:
    """What is kept of me, as a file to take away, or gone; and whether I may be named."""
    if action == "export":
        return _export(context)
    if action == "delete":
        return _delete(context, way) if way else _sure(context)
    if action:
        return _credit(context, agrees=action == "credit")
    say, kept = context.say, privacy.kept(context.work)
    lines = [say(f"privacy.{kind}", n=n) for kind, n in kept.counts.items() if n and kind not in _NOT_SHOWN]
    agreed = credits.agreed(context.work, context.work.person.key)
    credit = say("privacy.credit" if agreed else "privacy.no-credit", name=shown(context.work.person.name))
    text = "\n".join([say("privacy.kept"), *(f"• {line}" for line in lines), "", credit, "", say("privacy.who")])
    buttons = [_button(context, each) for each in ("no-credit" if agreed else "credit", "export", "delete")]
    return Reply(text, title=say("privacy.title"), buttons=tuple(buttons))


def _credit(context: Context, *, agrees: bool) -> Reply:
    declined = "uncredited" if credits.agreed(context.work, context.work.person.key) else "declined"
    (credits.agree if agrees else credits.decline)(context.work)
    key, other = ("credited", "no-credit") if agrees else (declined, "credit")
    text = context.say(f"privacy.{key}", name=shown(context.work.person.name))
    return Reply(text, buttons=(_button(context, other),))


def _export(context: Context) -> Reply:
    file = File("herald.json", privacy.export(context.work))
    return Reply(context.say("privacy.exported"), file=file, buttons=(_button(context, "delete"),))


def _sure(context: Context) -> Reply:
    say, kept = context.say, privacy.kept(context.work)
    parts = [say("privacy.sure"), say("privacy.sure_everything"), say("privacy.sure_keep")]
    if kept.answers:
        parts.append(say.count("privacy.sure_answers", kept.answers))
    if (accounts := kept.counts["accounts"]) > 1:
        parts.append(say("privacy.sure_accounts", n=accounts))
    buttons = (
        Button(say(f"button.{way}"), "privacy", {"action": "delete", "way": way}) for way in ("everything", "keep")
    )
    return Reply("\n\n".join(parts), title=say("privacy.delete_title"), buttons=(*buttons, _button(context, "export")))


def _delete(context: Context, way: str) -> Reply:
    privacy.delete(context.work, keep=way == "keep")
    return Reply(context.say(f"privacy.deleted_{way}"), kept=False)


def _button(context: Context, action: str) -> Button:
    return Button(context.say(f"button.{action}"), "privacy", {"action": action})


DECLARED = (Declared(PRIVACY, about_me), Declared(LINK, link))
