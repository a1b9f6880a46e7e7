"""Who may not ask in a course, without anybody learning who that is."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.errors import UserError
from bot.core.model import GONE
from bot.services.ledger import BEHALF, COMMENT
from bot.services.work import Work
from bot.store import blocks, events, people

VERBS = ("block", "unblock")


def block(work: Work, n: int, days: int | None, reason: str) -> tuple[blocks.Block, int]:
    """Let whoever asked topic `n` ask no more for so many days, None for good; the block and the event that undoes it.

    UserError as in `may_block`.
    """
    until = work.now + timedelta(days=days) if days else None
    digest = _digest(blocks.key(work.tx), n, may_block(work, n))
    one = blocks.Block(digest, n, reason, until, work.person.key, work.now, work.person.name)
    was = next((each for each in blocks.all_of(work.tx, work.course.key) if each.digest == digest), None)
    blocks.put(work.tx, work.course.key, one)
    return one, _note(work, "block", n, was, one)


def may_block(work: Work, n: int) -> str:
    """Who asked topic `n`: for a digest only.

    UserError where there is no such topic, it was filed for somebody who does not ask here, or they had themselves
    deleted.
    """
    asker = blocks.asker(work.tx, work.course.key, n)
    if asker is None:
        raise UserError("no_topic", n=n)
    if asker.startswith((BEHALF, COMMENT)):
        raise UserError("cannot_block", n=n)
    if asker == GONE:
        raise UserError("cannot_block_gone", n=n)
    return asker


def unblock(work: Work, n: int) -> int:
    """Let whoever was blocked because of topic `n` ask again; the event that undoes it. UserError where nobody was."""
    ended = [each for each in listed(work) if each.topic == n]
    if not ended:
        raise UserError("not_blocked", n=n)
    # More than one where their accounts were linked in between.
    for each in ended:
        blocks.remove(work.tx, work.course.key, each.digest)
    return _note(work, "unblock", n, ended[-1], None)


def listed(work: Work) -> list[blocks.Block]:
    """The blocks that hold now, oldest first."""
    return [each for each in blocks.all_of(work.tx, work.course.key) if each.until is None or each.until > work.now]


def check(work: Work) -> None:
    """UserError with reason and end where the member is blocked; of several blocks, of the one that ends last."""
    holding = [] if work.staff else listed(work)
    if not holding:
        return
    secret, accounts = blocks.key(work.tx), people.accounts(work.tx, work.person.key)
    mine = [one for one in holding if any(one.digest == _digest(secret, one.topic, who) for who in accounts)]
    if not mine:
        return
    last = max(mine, key=lambda one: one.until or datetime.max.replace(tzinfo=UTC))
    raise UserError("blocked", reason=last.reason, until=last.until)


def restore(work: Work, done: events.Event) -> None:
    """Put back what a block or its end replaced; UserError where something was done to it since."""
    last = events.last_on(work.tx, work.course.key, done.subject, VERBS)
    if last and last.id != done.id:
        raise UserError("changed_since", name=last.name, ago=work.now - last.at, n=f"#{done.subject[6:]}")
    was, now = _from_data(done.before), _from_data(done.after)
    if now and not was:
        blocks.remove(work.tx, work.course.key, now.digest)
    elif was:
        blocks.put(work.tx, work.course.key, was)


def _digest(secret: str, n: int, who: str) -> str:
    # The topic goes in as well: otherwise two blocks would tell that the same person asked both topics.
    return hmac.new(bytes.fromhex(secret), f"{n}\n{who}".encode(), hashlib.sha256).hexdigest()


def _note(work: Work, verb: str, n: int, before: blocks.Block | None, after: blocks.Block | None) -> int:
    given = (work.tx, work.course.key, work.now, work.person.key, verb, f"block:{n}")
    return events.add(*given, _to_data(before), _to_data(after))


def _to_data(one: blocks.Block | None) -> Mapping[str, Any]:
    return {key: v.isoformat() if isinstance(v, datetime) else v for key, v in asdict(one).items()} if one else {}


def _from_data(data: Mapping[str, Any]) -> blocks.Block | None:
    if not data:
        return None
    times = {key: datetime.fromisoformat(data[key]) if data[key] else None for key in ("until", "at")}
    return blocks.Block(**{**data, **times})
