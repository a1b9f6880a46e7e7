"""Replies as the terminal shows them."""

import json
from dataclasses import replace

from bot.core.chat import Button, File, Reply
from bot.platforms.console import Console
from tests.support import World

REPLY = Reply("Here it is.", buttons=(Button("Help", "help"),))
FILE = File("2026-Q4.md", "# Plan\n\n- \u202eone")


def console(world: World) -> Console:
    return world.member("lin").console


async def test_a_file_stands_whole_after_the_text(world: World) -> None:
    said = console(world).as_text(replace(REPLY, file=FILE))
    assert said == "Here it is.\n\n2026-Q4.md:\n# Plan\n\n- one\n\n  [Help] /help"


async def test_only_a_reply_with_a_file_has_one_in_json(world: World) -> None:
    talk = console(world)
    assert "file" not in json.loads(talk.as_json(REPLY))
    said = json.loads(talk.as_json(replace(REPLY, file=FILE)))
    assert said["file"] == {"name": "2026-Q4.md", "text": FILE.text}


async def test_no_button_writes_into_the_terminal_what_it_reads_as_an_order(world: World) -> None:
    evil = Button("\x1b[31mGo\u202e", "ask", {"text": "Why\x1b]0;mine\x07 does it fail?"})
    assert console(world).as_text(replace(REPLY, buttons=(evil,))).splitlines()[1:] == [
        "  [[31mGo] /ask Why]0;mine does it fail?"
    ]
