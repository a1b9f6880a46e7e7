"""Errors in words: what happened, what to do, and what the person wrote."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.commands.parts import after_minutes, state_name
from bot.core.chat import Button, Command, Kind, Reply
from bot.core.errors import UserError
from bot.core.model import State, Topic
from bot.core.text import TITLE, received, shown
from bot.words import Words

_TEXTS = (Kind.TEXT, Kind.LONG, Kind.URL)
# What one press or line leaves open is asked for; nobody did anything wrong.
_ASKED = ("which_question", "needs_reason", "needs_question", "needs_day", "nothing_said")


def explain(error: UserError, say: Words) -> Reply:
    """The reply that an error becomes."""
    fields = {name: _WORDED[name](say, value) if name in _WORDED else value for name, value in error.fields.items()}
    if "choices" in fields:
        chosen = (say(f"{error.fields['param']}.{choice}") for choice in fields["choices"])
        fields["choices"] = say("comma").join(chosen)
    buttons = error.buttons or tuple(_ways_on(error, say))
    if error.key == "missing":
        return Reply(say(f"{error.fields['command']}.form"), form=error.form, buttons=buttons)
    text = say(f"error.{error.key}", **fields)
    wrong = None if error.key in _ASKED else error.key
    return Reply(text, buttons=buttons, form=error.form, error=wrong, times=error.times)


def given_back(reply: Reply, command: Command, args: Mapping[str, str], say: Words) -> Reply:
    """The reply to what was refused, with all that was written for it: in its form, else below its words."""
    lost = {name: text for name, text in _written(command, args).items() if shown(text) not in shown(reply.text)}
    if reply.form and reply.form.command == command.name:
        return replace(reply, form=replace(reply.form, args=lost | dict(reply.form.args)))
    held = {value for button in reply.buttons for value in button.args.values()}
    texts = [shown(text) for text in lost.values() if text not in held]
    return replace(reply, text=say("error.your_text", said=reply.text, text="\n".join(texts))) if texts else reply


def _written(command: Command, args: Mapping[str, str]) -> dict[str, str]:
    """The texts among a command's values; a short one, or one to search by, is typed again soon."""
    texts = [param for param in command.params if command.writes and param.kind in _TEXTS]
    kept = [param.name for param in texts if not 0 < param.high < TITLE]
    return {name: received(args[name]).strip() for name in kept if args.get(name)}


def _ways_on(error: UserError, say: Words) -> Iterable[Button]:
    if error.key in ("unknown_command", "mistyped_command"):
        yield Button(say("button.help"), "help")
    if error.key == "too_much":
        yield Button(say("button.help"), "help", {"command": say(f"{error.fields['command']}.name")})
    topic = error.fields.get("topic")
    if isinstance(topic, Topic):
        yield Button(say("button.topic", n=topic.n), "topic", {"topic": str(topic.n)})
        if error.key == "answer_stands":
            yield Button(say("button.unanswer"), "unanswer", {"topic": str(topic.n), "rev": str(topic.revision)})
    if error.key == "no_topic":
        yield Button(say("button.topics"), "topics")


_WORDED: Mapping[str, Callable[[Words, Any], str]] = {
    "near": lambda say, value: say("comma").join(value),
    "numbers": lambda say, value: say("comma").join(f"#{n}" for n in value),
    "name": lambda say, value: value or say("gone.name"),
    "ago": lambda say, value: say.ago(value),
    "left": lambda say, value: after_minutes(say, value),
    "state": lambda say, value: state_name(say, State(value)),
    "command": lambda say, value: say(f"{value}.name"),
    "meant": lambda say, value: say(f"{value}.name"),
    "role": lambda say, value: say(f"role.{value}"),
    "certainty": lambda say, value: say(f"certainty.{value}"),
    "param": lambda say, value: say(f"param.{value}"),
    "standing": lambda say, value: say(f"delivery.{value}"),
}
