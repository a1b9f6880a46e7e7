"""One walk over every command: named, described, with an example, in both languages, within every platform's limits."""

import inspect
import re

import pytest

from bot.commands.catalog import declared
from bot.commands.context import Declared
from bot.core.chat import Kind, Role
from bot.core.text import read_line, write_line
from bot.words import LOCALES, grammar, names, words_in

ALL = declared()
COMMANDS = tuple(each.command for each in ALL)
every_command = pytest.mark.parametrize("each", ALL, ids=lambda each: each.command.name)
every_language = pytest.mark.parametrize("locale", LOCALES)

DISCORD_NAME = re.compile(r"[-_'\w]{1,32}")


@every_command
@every_language
def test_a_command_is_named_and_described_within_discords_limits(each: Declared, locale: str) -> None:
    say, command = words_in(locale), each.command
    assert DISCORD_NAME.fullmatch(say(f"{command.name}.name"))
    assert say(f"{command.name}.name") == say(f"{command.name}.name").lower()
    assert 1 <= len(say(f"{command.name}.about")) <= 100
    for param in command.params:
        assert DISCORD_NAME.fullmatch(say(f"param.{param.name}"))
        assert param.hidden or 1 <= len(say(f"param.{param.name}.about")) <= 100
        assert len(param.choices) <= 25
        for choice in param.choices:
            assert 1 <= len(say(f"{param.name}.{choice}")) <= 100
    assert len(command.params) <= 25


@every_command
@every_language
def test_an_example_is_a_line_that_asks_for_its_command(each: Declared, locale: str) -> None:
    found = read_line(words_in(locale)(f"{each.command.name}.example"), grammar(COMMANDS))
    assert found is not None
    command, values = found
    assert command == each.command
    assert {p.name for p in command.params if p.required} <= set(values)


@every_language
def test_names_are_unique(locale: str) -> None:
    called = [words_in(locale)(f"{command.name}.name") for command in COMMANDS]
    assert len(set(called)) == len(called)
    for command in COMMANDS:
        options = [words_in(locale)(f"param.{param.name}") for param in command.params]
        assert len(set(options)) == len(options)


@every_command
def test_the_function_takes_exactly_what_is_declared(each: Declared) -> None:
    takes = list(inspect.signature(each.run).parameters.values())[1:]
    assert [taken.name for taken in takes] == [param.name for param in each.command.params]


@every_command
@every_language
def test_a_missing_value_is_asked_for_in_words(each: Declared, locale: str) -> None:
    if any(param.required for param in each.command.params) and each.command.name != "language":
        assert words_in(locale)(f"{each.command.name}.form")


def test_required_options_come_before_optional_ones() -> None:
    for command in COMMANDS:
        required = [param.required for param in command.params]
        assert required == sorted(required, reverse=True), command.name


def test_only_the_last_text_of_a_line_takes_the_rest() -> None:
    for command in COMMANDS:
        long = [param for param in command.params if param.kind is Kind.LONG]
        assert len(long) <= 1, command.name


def test_staff_commands_are_staffs() -> None:
    of = {role: {command.name for command in COMMANDS if command.role is role} for role in Role}
    answering = {"answer", "unanswer", "endorse", "check"}
    reviewing = {"review", "decide", "merge", "split", "retitle", "undo"}
    assert of[Role.ASSISTANT] == {*reviewing, *answering, "block", "file"}
    assert of[Role.INSTRUCTOR] == {"schedule", "publish", "announce", "deliveries", "feed", "brief", "carry"}


@every_language
def test_every_choice_can_be_typed_in_the_readers_language(locale: str) -> None:
    table, known = names(COMMANDS, locale), grammar(COMMANDS)
    for command in COMMANDS:
        for param in command.params:
            for choice in param.choices:
                line = write_line(command, {param.name: choice}, table)
                assert read_line(line, known) == (command, {param.name: choice})
