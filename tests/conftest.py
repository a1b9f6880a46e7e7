"""How the tests are spread over processes; what they are given is in `fixtures`."""

import gc
import pickle
import re
from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

REPORT = "pickled"


def pytest_configure(config: pytest.Config) -> None:
    """Import what tests need only where they run: the process that hands them out starts the others sooner."""
    if config.getoption("dist") == "no":
        gc.disable()
        config.pluginmanager.import_plugin("tests.fixtures")


# What takes long to start, and the tests that need it.
COSTLY = {
    "the process that forks commands": r"test_(migrate|kills|processes)\.py",
    "PostgreSQL": r"\[postgresql",
    "browser": r"web/test_(browser|desk|main_job|deliveries)\.py",
    "the model of [semantic]": r"test_(recall|anonymous|similar_command)\.py|test_meaning_",
}


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Runs all tests that need the same costly thing in one process, and every other file where there is time."""

    def _split_scope(self, nodeid: str) -> str:
        return next((thing for thing, tests in COSTLY.items() if re.search(tests, nodeid)), nodeid.split("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Begin with the costly ones; pytest-xdist 3.8 does not see marks of groups with this pytest."""
    return Together(config, log)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays to the end, all that is imported by now, and run it seldom."""
    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Any:
    """Send what a test came to as one piece: what pytest-xdist sends takes long where it is nested."""
    report = yield
    return {REPORT: pickle.dumps(report)}


@pytest.hookimpl(wrapper=True)
def pytest_report_from_serializable(data: dict[str, Any]) -> Any:
    """Take it apart."""
    data.update(pickle.loads(data.pop(REPORT)))
    return (yield)
