"""Errors in words: what happened, what to do, and what the person wrote."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.commands.parts import after_minutes, state_name
from bot.core.chat import Button, Reply
from bot.core.errors import UserError
from bot.core.model import State, Topic
from bot.words import Words


def explain(error: UserError, say: Words) -> Reply:
    """The reply that an error becomes."""
    fields = {name: _WORDED[name](say, value) if name in _WORDED else value for name, value in error.fields.items()}
    if "choices" in fields:
        chosen = (say(f"{error.fields['param']}.{choice}") for choice in fields["choices"])
        fields["choices"] = say("comma").join(chosen)
    buttons = error.buttons or tuple(_ways_on(error, say))
    if error.key == "missing" and error.form:
        return Reply(_wanted(error, say), form=error.form, buttons=buttons)
    text = say(f"error.{error.key}", **fields)
    return Reply(text, buttons=buttons, form=error.form, error=error.key, times=error.times)


def _wanted(error: UserError, say: Words) -> str:
    command = error.fields["command"]
    key = f"{command}.form"
    return say(key) if say.has(key) else say("error.missing", about=say(f"{command}.about"))


def _ways_on(error: UserError, say: Words) -> Iterable[Button]:
    if error.key in ("unknown_command", "mistyped_command", "too_much"):
        yield Button(say("button.help"), "help")
    topic = error.fields.get("topic")
    if isinstance(topic, Topic):
        yield Button(say("button.topic", n=topic.n), "topic", {"topic": str(topic.n)})
    if error.key == "no_topic":
        yield Button(say("button.topics"), "topics")


_WORDED: Mapping[str, Callable[[Words, Any], str]] = {
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
