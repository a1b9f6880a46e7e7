"""What Discord refuses although its specification allows it."""

from datetime import datetime
from typing import Any

from tests.discord.faults import EMPTY, INVALID, Refused
from tests.discord.state import V2, Data, walk


def check_message(body: Data) -> None:
    """Refuse a message that Discord would."""
    parts = list(walk(body.get("components") or []))
    text = "".join(part.get("content") or "" for part in parts if part["type"] == 10)
    if (body.get("flags") or 0) & V2:
        _must(not body.get("content") and not body.get("embeds"), "no content beside components")
        _must(len(parts) <= 40, f"{len(parts)} components")
        _must(len(text) <= 4000, f"{len(text)} characters of text")
        _must(bool(parts), "no components")
        _must(all(part["content"].strip() for part in parts if part["type"] == 10), "a text without a word")
    elif not (body.get("content") or body.get("embeds") or body.get("attachments") or parts):
        raise Refused(*EMPTY)
    _must(len(body.get("content") or "") <= 2000, "content over 2000")
    _files(body, parts)
    _ids(parts)
    _buttons(parts)


def pings_by_its_words(body: Any) -> bool:
    """Whether a message, new or changed, leaves it to its words whom it pings; a modal pings nobody."""
    told = body if isinstance(body, dict) else {}
    said = told.get("message") or told.get("data") or told
    if not said.get("components") or told.get("type") == 9:
        return False
    allowed = said.get("allowed_mentions") or {}
    return allowed.get("parse") != [] or not set(allowed) <= {"parse", "roles"}


def check_modal(body: Data) -> None:
    """Refuse a modal that Discord would."""
    _must(1 <= len(body["components"]) <= 5, "1 to 5 parts")
    parts = list(walk(body["components"]))
    _ids(parts)
    for part in parts:
        value, most = part.get("value") or "", part.get("max_length") or 4000
        _must(len(value) <= most, f"a value of {len(value)} where {most} fit")
        _must(not value or len(value) >= (part.get("min_length") or 0), "a value shorter than it may be")


def check_commands(commands: list[Data]) -> None:
    """Refuse commands that Discord would."""
    names = [(command.get("type", 1), command["name"]) for command in commands]
    _must(len(set(names)) == len(names), "two commands of one name")
    for command in commands:
        options = command.get("options") or []
        required = [option.get("required", False) for option in options]
        _must(required == sorted(required, reverse=True), "a required option after an optional one")
        _must(len({option["name"] for option in options}) == len(options), "two options of one name")
        if command.get("type", 1) == 1:
            for name in [command["name"], *command.get("name_localizations", {}).values()]:
                _must(name == name.lower() and " " not in name, f"the name {name}")


def check_event(body: Data, now: datetime) -> None:
    """Refuse a scheduled event that Discord would."""
    start, end = (datetime.fromisoformat(body[name]) for name in ("scheduled_start_time", "scheduled_end_time"))
    _must(now < start < end, "an event in the past or without an end")


def _files(body: Data, parts: list[Data]) -> None:
    named = {f"attachment://{each['filename']}" for each in body.get("attachments") or ()}
    shown = {part["file"]["url"] for part in parts if part["type"] == 13}
    _must(shown <= named, "a file that is not attached")
    if (body.get("flags") or 0) & V2:
        _must(named <= shown, "an attachment that is not shown")


def _buttons(parts: list[Data]) -> None:
    _must(all(1 <= len(part["components"]) <= 5 for part in parts if part["type"] == 1), "1 to 5 buttons a row")
    _must(all(1 <= len(part.get("label") or "") <= 80 for part in parts if part["type"] == 2), "a label of 1 to 80")


def _ids(parts: list[Data]) -> None:
    custom = [part["custom_id"] for part in parts if part.get("custom_id")]
    _must(len(set(custom)) == len(custom), "one custom_id twice")
    _must(all(len(one) <= 100 for one in custom), "a custom_id over 100")


def _must(good: bool, what: str) -> None:
    if not good:
        raise Refused(INVALID[0], INVALID[1], f"Invalid Form Body: {what}")
