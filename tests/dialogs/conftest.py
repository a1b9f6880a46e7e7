"""Dialogs run over SQLite; `test_main_job` runs the whole job over both databases."""

import pytest


@pytest.fixture
def kind() -> str:
    """Which database."""
    return "sqlite"
