"""The terminal: a line in, the reply out, for people and for pipes."""

import asyncio
import json
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from bot.core.chat import Call, Command, Form, Handler, Kind, Param, Reply, Role
from bot.core.errors import UserError
from bot.core.text import plain, read_line, shown, write_line
from bot.words import grammar, names, words_in
from bot.words.notices import not_a_command


@dataclass
class Console:
    """One person's conversation in `locale`; `pending` is the form that the next plain line goes on filling."""

    person: str
    name: str
    role: Role
    course: str
    commands: tuple[Command, ...]
    handle: Handler
    explain: Callable[[UserError, str], Reply]
    clock: Callable[[], datetime]
    locale: str
    pending: Form | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._grammar = grammar(self.commands)
        self._by_name = {command.name: command for command in self.commands}

    async def answer(self, line: str) -> Reply:
        """The reply to one line."""
        pending, self.pending = self.pending, None
        try:
            if pending and line[:1] not in "/／":
                name, field = pending.command, pending.fields[0]
                args = {**pending.args, field: self._grammar.meant(name, field, line)}
                if rest := self._required(name, pending.fields[1:]):
                    return self._asked_for(Form(name, rest, args), Reply(""))
            elif found := read_line(line, self._grammar):
                name, args = found[0].name, found[1]
            else:
                return not_a_command(line, words_in(self.locale))
        except UserError as error:
            return self.explain(error, self.locale)
        call = Call(name, args, self.person, self.name, uuid4().hex, self.clock(), self.role, self.locale, self.course)
        reply = await self.handle(call)
        self.locale = reply.locale or self.locale
        return self._asked_for(reply.form, reply) if reply.form else reply

    def _asked_for(self, form: Form, reply: Reply) -> Reply:
        self.pending = form
        hint = self._hint(self._by_name[form.command].param(form.fields[0]))
        return replace(reply, text="\n\n".join(filter(None, [reply.text, hint])), form=form)

    def _required(self, command: str, fields: Iterable[str]) -> tuple[str, ...]:
        """What is still asked for line by line; what may stay empty is written with its name, as in "title:Maps"."""
        return tuple(field for field in fields if self._by_name[command].param(field).required)

    def _hint(self, param: Param) -> str:
        say = words_in(self.locale)
        if param.choices:
            choices = say("comma").join(say(f"{param.name}.{each}") for each in param.choices)
            return say("hint.choose", choices=choices)
        key = "hint.topic" if param.kind in (Kind.TOPIC, Kind.TOPICS) else "hint.send"
        return say(key, field=say(f"param.{param.name}"))

    def as_text(self, reply: Reply) -> str:
        """A reply for people: its text, its file, and a line to type for each button."""
        file = ["", f"{reply.file.name}:", shown(reply.file.text), ""] if reply.file else []
        lines = [f"  {shown(f'[{label}] {line}')}" for label, line in self._buttons(reply)]
        return "\n".join([shown(plain(reply)), *file, *lines])

    def as_json(self, reply: Reply) -> str:
        """A reply as one line of JSON."""
        buttons = [{"label": label, "line": line} for label, line in self._buttons(reply)]
        data: dict[str, Any] = {
            "text": reply.text,
            "title": reply.title,
            "url": reply.url,
            "buttons": buttons,
            "private": reply.private,
        }
        if reply.file:
            data["file"] = asdict(reply.file)
        return json.dumps(data, ensure_ascii=False)

    def _buttons(self, reply: Reply) -> Iterable[tuple[str, str]]:
        table = names(self.commands, self.locale)
        for button in reply.buttons:
            yield button.label, write_line(self._by_name[button.command], button.args, table)


async def typed_lines() -> AsyncIterator[str]:
    """The lines of standard input, without holding up the loop or the end of the program."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[bytes]()

    def read() -> None:
        left = b""
        # Not through sys.stdin: its lock, held by a thread that waits for a line, makes Python abort at its end.
        while typed := os.read(sys.stdin.fileno(), 65536):
            *whole, left = (left + typed).split(b"\n")
            for line in whole:
                loop.call_soon_threadsafe(lines.put_nowait, line + b"\n")
        for line in (left + b"\n", b""):
            loop.call_soon_threadsafe(lines.put_nowait, line)

    def listen() -> None:
        with suppress(RuntimeError):  # the loop was closed meanwhile
            read()

    # A daemon, because nothing can end a thread that waits for a terminal.
    threading.Thread(target=listen, daemon=True).start()
    while line := await lines.get():
        if text := line.decode("utf-8-sig", "replace").strip():
            yield text
