"""What buttons stand for that does not fit into them, and what a platform was told of already."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.services.work import Store
from bot.store import buttons, numbers

KEPT = timedelta(days=60)


class Kept:
    """Keeps both in the database; the same values get the same key."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def remember(self, args: Mapping[str, str]) -> str:
        """Keep a button's values and return their key."""
        written = json.dumps(dict(args), sort_keys=True, ensure_ascii=False)
        key = hashlib.sha256(written.encode()).hexdigest()[:24]
        await self._store.write(partial(buttons.remember, key=key, args=args, now=self._now()))
        return key

    async def recall(self, key: str) -> Mapping[str, str] | None:
        """The values kept under a key, None where there are none."""
        return await self._store.read(partial(buttons.recall, key=key))

    async def told(self, guild: int) -> int:
        """The fingerprint of the commands that a guild was told of last, 0 where it was told of none."""
        return await self._store.read(partial(numbers.get, course="", name=_name(guild)))

    async def tell(self, guild: int, fingerprint: int) -> None:
        """Keep the fingerprint of the commands that a guild was just told of."""
        await self._store.write(partial(numbers.put, course="", name=_name(guild), value=fingerprint))

    async def greeted(self, guild: int) -> bool:
        """Whether a guild was greeted."""
        return _greeted(guild) in await self._store.read(lambda tx: numbers.all_of(tx, ""))

    async def greet(self, guild: int) -> None:
        """Keep that a guild was just greeted."""
        await self._store.write(lambda tx: numbers.add(tx, "", _greeted(guild)))


def tick(tx: Connection, now: datetime) -> None:
    """Forget the buttons that nobody was shown for `KEPT`: what they hold may be words that were never filed."""
    buttons.forget(tx, now - KEPT)


def _name(guild: int) -> str:
    return f"discord.{guild}"


def _greeted(guild: int) -> str:
    return f"{_name(guild)}.greeted"
