"""A form as a modal, and what was filled in."""

from collections.abc import Iterator, Mapping
from typing import Any

import discord
from discord import ui

from bot.core.chat import Command, Form, Kind, Param
from bot.core.text import shorten, shown
from bot.platforms.discord.plain import escaped
from bot.words import Words

PARTS = 5
LONGEST = 4000
LABEL = 45
EXPLAINED = 1000
ABANDONED = 900.0  # seconds after which discord.py forgets it; what is sent later is still read


class Modal(ui.Modal):
    """Five fields of a form at most; what is sent is read from the interaction, so a restart between does no harm."""


def modal(form: Form, command: Command, custom_id: str, explained: str, say: Words) -> Modal:
    """The modal that asks for a form's first fields, `explained` above them where there is room."""
    made = Modal(title=_title(command, say), custom_id=custom_id, timeout=ABANDONED)
    if explained and len(form.fields) < PARTS:
        made.add_item(ui.TextDisplay(escaped(shorten(explained, EXPLAINED))))
    for name in form.fields[:PARTS]:
        param = command.param(name)
        text = shorten(shown(say(f"param.{name}")), LABEL)
        made.add_item(ui.Label(text=text, component=_input(param, form.args.get(name, ""), say)))
    return made


def too_long(form: Form) -> list[str]:
    """What was written for the fields of a modal and is longer than one holds."""
    values = (form.args.get(name, "") for name in form.fields[:PARTS])
    return [value for value in values if len(value) > LONGEST]


def _title(command: Command, say: Words) -> str:
    about = say(f"{command.name}.about")
    return about if len(about) <= LABEL else shorten(f"/{say(f'{command.name}.name')}", LABEL)


def _input(param: Param, value: str, say: Words) -> "ui.Select[Any] | ui.TextInput[Any]":
    if param.kind is Kind.CHOICE:
        names = ((choice, shorten(say(f"{param.name}.{choice}"), 100)) for choice in param.choices)
        options = [discord.SelectOption(label=name, value=key, default=key == value) for key, name in names]
        return ui.Select(custom_id=param.name, options=options, required=param.required)
    # What is longer than a field holds is not begun with: half a text would be taken for the whole.
    start = value if len(value) <= LONGEST else ""
    lines = param.kind is Kind.LONG or (param.kind is Kind.TEXT and not 0 < param.high <= 100)
    return ui.TextInput(
        custom_id=param.name,
        style=discord.TextStyle.paragraph if lines else discord.TextStyle.short,
        required=param.required,
        default=start or None,
        min_length=param.low if param.required and param.low and (not start or len(start) >= param.low) else None,
        max_length=min(LONGEST, max(_most(param), len(start))),
    )


def _most(param: Param) -> int:
    return param.high if param.high and param.kind in (Kind.TEXT, Kind.LONG, Kind.WORD) else LONGEST


def filled(data: Mapping[str, Any]) -> dict[str, str]:
    """What a sent modal holds, by the names of its fields."""
    return dict(_filled(data.get("components", ())))


def _filled(parts: Any) -> Iterator[tuple[str, str]]:
    for part in parts:
        inner = [part["component"]] if "component" in part else part.get("components", ())
        for one in inner:
            value = one.get("value") if "value" in one else "".join(one.get("values", ())[:1])
            yield one["custom_id"], value or ""
