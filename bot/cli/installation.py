"""`herald version`, `check` and `migrate`: what is here, and whether it is in order."""

from bot import __version__
from bot.cli.options import (
    DATA,
    FOLDER,
    ConfigOption,
    DatabaseOption,
    DataOption,
    url_of,
)
from bot.config import load
from bot.store.migrate import migrate as bring_up_to_date


def version() -> None:
    """Say which version this is."""
    print(f"herald {__version__}")


def check(config: ConfigOption = FOLDER) -> None:
    """Read the configuration and say all that is wrong with it."""
    courses = load(config).courses
    print(f"{config} is in order: {', '.join(course.key for course in courses)}.")


def migrate(data: DataOption = DATA, database: DatabaseOption = None) -> None:
    """Bring the database to the version of this program."""
    had, has = bring_up_to_date(url_of(data, database, "herald.db"))
    print(f"The database was {'empty' if had is None else f'of version {had}'} and is of version {has}.")
