"""How Discord is reached again after it was out of reach, and what the operator hears of that."""

import asyncio
import logging
from collections.abc import Callable

import discord
from discord.backoff import ExponentialBackoff

log = logging.getLogger(__name__)
LONGEST_PAUSE = 60.0  # seconds between two tries; with discord.py's own it is a quarter of an hour after some hours
_TRIES = ("Attempting a reconnect", "Failed to connect for shard_id")
LONG = 30.0  # seconds without a connection after which the operator is told


class Backoff(ExponentialBackoff[bool]):
    """discord.py's pauses between two tries to connect, but a minute at most."""

    def delay(self) -> float:
        """The seconds until the next try."""
        return min(super().delay(), LONGEST_PAUSE)


def try_often() -> None:
    """Let discord.py try to connect at least once a minute, and say why it could not in a line, not in fifty."""
    for module in (discord.client, discord.shard):
        module.ExponentialBackoff = Backoff  # type: ignore[attr-defined]
        logging.getLogger(module.__name__).addFilter(_in_a_line)


def _in_a_line(record: logging.LogRecord) -> bool:
    if not (record.exc_info and record.msg.startswith(_TRIES)):
        return True
    log.warning("Discord cannot be reached (%s). %s", record.exc_info[1], record.getMessage())
    return False


class Reach:
    """Whether Discord is within reach; `report` tells the operator once it is, is not for long, and is again."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._known = self._there = False
        self._alarm: asyncio.TimerHandle | None = None

    def found(self, client: discord.Client) -> None:
        """Discord answers."""
        self.close()
        if not self._there:
            servers = f"{len(client.guilds)} server{'s' * (len(client.guilds) != 1)}"
            self._report(f"Herald is {'back ' * self._known}on Discord as {client.user}, in {servers}.")
        self._known = self._there = True

    def lost(self) -> None:
        """Discord answers no more."""
        if self._there and not self._alarm:
            self._alarm = asyncio.get_running_loop().call_later(LONG, self._miss)

    def close(self) -> None:
        """Wait for nothing any more."""
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None

    def _miss(self) -> None:
        self._there, self._alarm = False, None
        self._report(f"Discord has been out of reach for {LONG:.0f} s. Herald keeps trying and says when it is back.")
