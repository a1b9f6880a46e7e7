"""The command line's streams: full, closed, of few characters, read by nobody; and its help on narrow terminals."""

from pathlib import Path

import pytest

from tests.processes import HERALD, Command, Herald

FULL = Path("/dev/full")


def ended(herald: Herald, streams: str, *argv: str) -> Command:
    """`herald …` once it is over, with other streams."""
    command = herald.program(f"import os, sys; {streams}; sys.argv = {['herald', *argv]!r}; {HERALD}")
    command.hang_up()
    command.ends()
    return command


@pytest.fixture
def plan(tmp_path: Path) -> tuple[str, ...]:
    """A command that says something Chinese."""
    return ("plan", "--data", str(tmp_path))


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("buffering", [1, -1])
def test_output_that_finds_no_room_is_said(herald: Herald, plan: tuple[str, ...], buffering: int) -> None:
    command = ended(herald, f"sys.stdout = open('/dev/full', 'w', {buffering})", *plan)
    assert command.ends() == 1
    assert command.complaint == (
        "The output cannot be written: the disk is full. Make room, or have it written elsewhere.\n"
    )


@pytest.mark.parametrize("buffering", [1, -1])
def test_where_nobody_reads_on_it_ends_without_a_word(herald: Herald, plan: tuple[str, ...], buffering: int) -> None:
    gone = f"gone, pipe = os.pipe(); os.close(gone); sys.stdout = open(pipe, 'w', {buffering})"
    command = ended(herald, gone, *plan)
    assert (command.ends(), command.complaint) == (1, "")


def test_a_terminal_of_few_characters_is_no_end(herald: Herald, plan: tuple[str, ...]) -> None:
    ascii_only = ended(herald, "sys.stdout.reconfigure(encoding='ascii')", *plan)
    assert (ascii_only.ends(), ascii_only.complaint) == (0, "")
    assert "预计" in ascii_only.said
    western = ended(herald, "sys.stdout.reconfigure(encoding='latin-1')", *plan)
    assert (western.ends(), western.complaint) == (0, "")
    assert r"\u9884\u8ba1" in western.said


def test_what_is_typed_in_another_encoding_is_no_end(herald: Herald, tmp_path: Path) -> None:
    typed = "file = os.open(sys.argv[0], os.O_RDONLY); os.dup2(file, 0)"
    (tmp_path / "typed").write_bytes(b"ring\xff\nmap\n")
    command = ended(
        herald, f"sys.argv = [{str(tmp_path / 'typed')!r}]; {typed}", "similar", "-", "--data", str(tmp_path)
    )
    assert (command.ends(), command.said, command.complaint) == (0, "-\n-\n", "")


def test_without_any_streams_it_ends_well(herald: Herald, tmp_path: Path) -> None:
    command = ended(herald, "sys.stdin = sys.stdout = sys.stderr = None; os.close(0)", "chat", "--data", str(tmp_path))
    assert command.ends() == 0


def test_the_help_is_whole_on_a_narrow_terminal(herald: Herald) -> None:
    help_ = herald.start("plan", "--help", COLUMNS="40")
    help_.hang_up()
    assert help_.ends() == 0
    assert "--database URL" in help_.said


def test_the_help_names_the_extra_in_full(herald: Herald) -> None:
    assert "herald-bot[semantic]" in herald.run("similar", "--help").said
