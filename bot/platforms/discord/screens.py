"""A reply as messages of Components V2, within every limit of Discord's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import discord
from discord import ui

from bot.core.chat import Button, Reply
from bot.core.text import plain, shorten, shown
from bot.platforms.discord.ids import Act, Verb, write_id
from bot.platforms.discord.plain import Instead, escaped, pieces
from bot.platforms.discord.roles import button_id, role_id
from bot.platforms.discord.setup import Memory
from bot.platforms.discord.tries import channel_of
from bot.words import Words

TEXT = 3500  # a message holds 4000 characters, the title among them
TITLE = 400
MESSAGES = 3
EXCERPT = 1500
BUTTONS = 24  # with their rows, the text and the box around it 35 of 40 components
IN_A_ROW = 3
FILE = "herald.txt"
_WRONG = discord.Colour(0xED4245)


@dataclass(frozen=True, slots=True)
class Screen:
    """One message: `title` and `text` are escaped, `buttons` are (label, custom_id), `attached` are (name, text).

    `mark` is a number that can be found again in the message, however it was read; `role` is called by it.
    """

    title: str = ""
    text: str = ""
    buttons: tuple[tuple[str, str], ...] = ()
    attached: tuple[tuple[str, str], ...] = ()
    mark: int | None = None
    wrong: bool = False
    role: int | None = None

    def view(self) -> ui.LayoutView:
        """The message's parts; what is pressed is known by its custom_id alone, so nothing of them is kept."""
        view = ui.LayoutView(timeout=None)
        if self.role:
            view.add_item(ui.TextDisplay(f"<@&{self.role}>"))
        view.add_item(self._box())
        for at in range(0, len(self.buttons), IN_A_ROW):
            row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
            for label, custom_id in self.buttons[at : at + IN_A_ROW]:
                row.add_item(ui.Button(label=label, custom_id=custom_id))
            view.add_item(row)
        view.stop()
        return view

    def pings(self) -> discord.AllowedMentions:
        """Whom it pings when it is sent: the role that it calls, and nobody else whatever its words are."""
        roles = [discord.Object(self.role)] if self.role else False
        return discord.AllowedMentions(everyone=False, users=False, roles=roles, replied_user=False)

    def files(self) -> list[discord.File]:
        """What is attached, to be read once."""
        return [discord.File(BytesIO(text.encode()), name) for name, text in self.attached]

    def _box(self) -> "ui.Container[ui.LayoutView]":
        colour = _WRONG if self.wrong else None
        box: ui.Container[ui.LayoutView] = ui.Container(id=self.mark, accent_colour=colour)
        if self.title:
            box.add_item(ui.TextDisplay(f"### {self.title}"))
        if self.text or not self.title:
            box.add_item(ui.TextDisplay(self.text or "…"))
        for name, _ in self.attached:
            box.add_item(ui.File(f"attachment://{name}"))
        return box


async def screens(reply: Reply, say: Words, memory: Memory, *, most: int = MESSAGES) -> list[Screen]:
    """The messages that a reply becomes; one that would take over `most` has its whole text in a file instead."""
    instead = _instead(reply, say)
    title = escaped(" ".join((reply.title or "").split()), instead)
    text = "\n".join(filter(None, [reply.text if len(title) <= TITLE else f"{reply.title}\n{reply.text}", reply.url]))
    title = title if len(title) <= TITLE else ""
    parts, attached = pieces(text, TEXT, instead) or [""], _attached(reply)
    if len(parts) > most:
        parts, attached = [_beginning(text, say)], (*attached, (FILE, shown(plain(reply))))
    rows = await _rows(reply, say, memory)
    made = [Screen(text=part) for part in parts[:-1]]
    made += [Screen(text=parts[-1], buttons=rows[0], attached=attached), *(Screen(buttons=more) for more in rows[1:])]
    first = made[0]
    made[0] = replace(first, title=title, wrong=reply.error is not None)
    return made


def _instead(reply: Reply, say: Words) -> Instead:
    times = {phrase: _time(seconds, say) for phrase, seconds in reply.times.items()}
    channels = {phrase: channel_of(target) for phrase, target in reply.places.items()}
    return times | {phrase: f"<#{id_}>" for phrase, id_ in channels.items() if id_}


def _time(seconds: int, say: Words) -> str:
    """A moment as Discord shows it to each reader in the zone of their own."""
    return say("discord.time", at=f"<t:{seconds}:F>", left=f"<t:{seconds}:R>")


def _attached(reply: Reply) -> tuple[tuple[str, str], ...]:
    # Discord changes other signs of a name, and the message would name a file that is not there.
    return ((re.sub(r"[^A-Za-z0-9._-]", "_", reply.file.name), reply.file.text),) if reply.file else ()


def _beginning(text: str, say: Words) -> str:
    return f"{pieces(text, EXCERPT)[0]}\n\n{escaped(say('discord.attached'))}"


async def _rows(reply: Reply, say: Words, memory: Memory) -> Sequence[tuple[tuple[str, str], ...]]:
    found: dict[str, str] = {}
    for button in reply.buttons:
        found.setdefault(await write_id(_act(button, reply.course), memory), _label(button.label))
    if reply.form:
        form = Act(Verb.OPEN, reply.form.command, reply.form.args, reply.form.fields, reply.course)
        found = {await write_id(form, memory): _label(say("discord.fill_in"))} | found
    if reply.mention and role_id(reply.mention):
        found[button_id(reply.mention)] = _label(say("discord.call_me"))
    pairs = [(label, custom_id) for custom_id, label in found.items()]
    return [tuple(pairs[at : at + BUTTONS]) for at in range(0, len(pairs), BUTTONS)] or [()]


def _act(button: Button, course: str | None) -> Act:
    return Act(Verb.RUN, button.command, button.args, course=course)


def _label(text: str) -> str:
    return shorten(shown(text) or "…", 80)
