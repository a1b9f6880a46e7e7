"""How the tests are spread over processes; what they are given is in `fixtures`.

The processes are forked when all tests are collected: imports and collection are paid once, not in each process as
pytest-xdist pays them, and one process more costs next to nothing.
"""

import gc
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, pairwise
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from tests.postgres import PORT, Beside
from tests.processes import FORK, FORKING, Forking

SERVER = pytest.StashKey[Beside]()
# Where Linux keeps files in memory. All that a run of the tests writes is 300 MB.
MEMORY, ENOUGH = Path("/dev/shm"), 2**30

# What takes long to start, and the tests that need it.
COSTLY = {
    "browser": r"web/test_(browser|desk|main_job|deliveries)\.py",
    "the model of [semantic]": r"test_(recall|anonymous|similar_command)\.py|test_meaning_",
    "kills": r"test_(kills|processes)\.py",
    "migrations": r"test_migrate\.py",
    "much to live through": r"test_(linking|simcord)\.py",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where no number is given, the tests run in this process, one after the other."""
    parser.addoption("--workers", type=int, default=0, help="run the tests in so many processes")


def pytest_configure(config: pytest.Config) -> None:
    """Collect no garbage while there is little: nearly all that is imported stays; start what many processes share."""
    gc.disable()
    config.pluginmanager.import_plugin("tests.fixtures")
    many = bool(config.getoption("workers")) and not config.option.collectonly
    if many and _roomy():
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None
    config.stash[FORKING] = Forking(at_once=many)
    if many:
        config.stash[SERVER] = Beside()


def _roomy() -> bool:
    # Programs too have to run there: PostgreSQL is copied where its user cannot read the original.
    if not MEMORY.is_dir() or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(MEMORY).free > ENOUGH


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop it."""
    if server := config.stash.get(SERVER, None):
        server.stop()


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays to the end, all that is imported by now, and run it seldom."""
    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run all tests in forked processes, the costly ones first."""
    if session.testsfailed or session.config.option.collectonly:
        return None
    number = session.config.getoption("workers")
    if not number:
        return None
    session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # one folder for all
    session.config.stash[PORT] = session.config.stash[SERVER].port()
    work = Work(_groups(session.items))
    workers = dict(_fork(session, work) for _ in range(number))
    try:
        _report(session, workers)
    finally:
        work.stopped.set()
        for worker in workers.values():
            worker.join()
    return True


@dataclass
class Work:
    """Groups of tests, each of which is taken by one process."""

    groups: list[list[pytest.Item]]
    taken: "Synchronized[int]" = field(default_factory=lambda: FORK.Value("i", 0))
    stopped: Event = field(default_factory=FORK.Event)

    def __iter__(self) -> Iterator[pytest.Item]:
        """What is still to be run by whoever asks."""
        for number in iter(self._take, len(self.groups)):
            for item in self.groups[number]:
                if self.stopped.is_set():
                    return
                yield item

    def _take(self) -> int:
        with self.taken:
            number = self.taken.value
            self.taken.value = min(number + 1, len(self.groups))
        return number


def _groups(items: list[pytest.Item]) -> list[list[pytest.Item]]:
    groups: dict[str, list[pytest.Item]] = {thing: [] for thing in COSTLY}
    for item in items:
        thing = next((thing for thing, tests in COSTLY.items() if re.search(tests, item.nodeid)), str(item.path))
        groups.setdefault(thing, []).append(item)
    costly = [groups.pop(thing) for thing in COSTLY]
    # The small ones last: they end at about the same time.
    return costly + sorted(groups.values(), key=len, reverse=True)


def _fork(session: pytest.Session, work: Work) -> tuple[Connection, ForkProcess]:
    reports, sent = FORK.Pipe(duplex=False)
    worker = FORK.Process(target=_work, args=(session, work, sent))
    worker.start()
    sent.close()
    return reports, worker


def _work(session: pytest.Session, work: Work, reports: Connection) -> None:
    _capture_anew(session.config)
    session.config.pluginmanager.register(Reporter(reports))
    try:
        with suppress(KeyboardInterrupt):
            for item, following in pairwise(chain(work, (None,))):
                assert item
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    finally:
        session._setupstate.teardown_exact(None)


def _capture_anew(config: pytest.Config) -> None:
    """What is printed here goes into files of this process, and the dots are for the first one to print."""
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.stop_global_capturing()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    capture.start_global_capturing()
    capture.suspend_global_capture()


class Reporter:
    """Says which test begins, and what it came to when it is over."""

    def __init__(self, to: Connection) -> None:
        self._to = to
        self._reports: list[pytest.TestReport] = []

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say so."""
        self._to.send(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep it: what belongs to one test is printed together."""
        self._reports.append(report)

    def pytest_runtest_logfinish(self) -> None:
        """Send them."""
        self._to.send(self._reports)
        self._reports = []


def _report(session: pytest.Session, workers: dict[Connection, ForkProcess]) -> None:
    running = dict.fromkeys(workers, "nothing yet")
    while running:
        for ready in wait(list(running)):
            assert isinstance(ready, Connection)
            try:
                said = ready.recv()
            except EOFError:
                session.shouldfail = _ended(workers[ready], running.pop(ready))
            else:
                if isinstance(said, str):
                    running[ready] = said
                else:
                    _repeat(session.config, said)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)


def _ended(worker: ForkProcess, test: str) -> str | bool:
    worker.join()
    return bool(worker.exitcode) and f"a process ended with {worker.exitcode}; it ran {test}"


def _repeat(config: pytest.Config, reports: list[pytest.TestReport]) -> None:
    nodeid, location = reports[0].nodeid, reports[0].location
    config.hook.pytest_runtest_logstart(nodeid=nodeid, location=location)
    for report in reports:
        config.hook.pytest_runtest_logreport(report=report)
    config.hook.pytest_runtest_logfinish(nodeid=nodeid, location=location)
