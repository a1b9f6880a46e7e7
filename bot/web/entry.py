"""A message of the chat as the page shows it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.chat import Button, Command, Notice, Reply, reply_to_data
from bot.core.model import Message
from bot.core.text import show_line, shown
from bot.words import words_in

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    """In whose language messages are shown; `names` is `words.names` of it."""

    locale: str
    commands: Mapping[str, Command]
    names: Mapping[str, str]
    render: Callable[[Notice, str], Reply]


def entry(message: Message, reader: Reader) -> dict[str, Any]:
    """The message as JSON can hold it; `mine` is false for what everybody sees."""
    return {
        "seq": message.seq,
        "at": message.at.isoformat(),
        "mine": message.person is not None,
        "call": message.call,
        "line": shown(message.line) if message.line else None,
        "reply": _shown(message.reply or _rendered(message, reader), reader) | {"notice": message.notice is not None},
    }


def pinned(notice: Notice | None, reader: Reader) -> dict[str, Any] | None:
    """What stands above the chat as JSON can hold it."""
    return _shown(reader.render(notice, reader.locale), reader) if notice else None


def _rendered(message: Message, reader: Reader) -> Reply:
    try:
        if message.notice is None:
            raise ValueError("a message without a reply and without a notice")
        return reader.render(message.notice, reader.locale)
    except Exception:
        # One message that cannot be worded must not hide all the others.
        log.exception("message %s cannot be shown", message.seq)
        return Reply(words_in(reader.locale)("web.unreadable", seq=message.seq), private=False, error="unreadable")


def _shown(reply: Reply, reader: Reader) -> dict[str, Any]:
    data = reply_to_data(reply)
    if not (reply.url or "").startswith(("https://", "http://")):
        data["url"] = None
    data["buttons"] = [_button(button, reader) for button in reply.buttons]
    return data


def _button(button: Button, reader: Reader) -> dict[str, Any]:
    command = reader.commands.get(button.command)
    line = show_line(command, button.args, reader.names) if command else button.label
    return {"label": button.label, "command": button.command, "args": dict(button.args), "line": line}
