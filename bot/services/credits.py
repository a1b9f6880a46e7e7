"""Naming those who asked: only who asked themselves and openly, and only with their consent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.core.chat import Notice
from bot.services import ledger
from bot.services.work import Work
from bot.store import credits, events, numbers, people

# By topic, in the order in which they asked: an account and what it was called then.
Credits = Mapping[str, Sequence[Sequence[str]]]
LOCK = "credits"


def of(work: Work, ns: Sequence[int]) -> Credits:
    """Who may be named for these topics; nobody withdraws their consent until the transaction ends."""
    numbers.add(work.tx, "", LOCK, 0)
    found: dict[str, list[list[str]]] = {}
    for asker in credits.askers(work.tx, work.course.key, ns):
        if asker.agreed:
            found.setdefault(str(asker.n), []).append([asker.person, asker.name])
    return found


def to_ask(work: Work, n: int) -> set[str]:
    """Who asked a topic and might be named for it, but has neither agreed nor declined."""
    asked = credits.askers(work.tx, work.course.key, [n])
    may = {each.person for each in asked if not each.agreed and not each.person.startswith(ledger.COMMENT)}
    return may - credits.declined(work.tx, may)


def agreed(work: Work, who: str) -> bool:
    """Whether a person may be named."""
    return credits.agreed(work.tx, who)


def agree(work: Work) -> None:
    """Name the person in what is announced from now on."""
    credits.agree(work.tx, work.person.key, True)


def decline(work: Work) -> None:
    """Name the person no more, as `withdraw`, and ask them no more."""
    credits.decline(work.tx, work.person.key, work.now)
    withdraw(work)


def withdraw(work: Work) -> None:
    """Name the person no more: not in what is announced from now on, nor in what stands where that can be changed."""
    if not agreed(work, work.person.key):
        return
    serial = numbers.add(work.tx, "", LOCK)
    credits.agree(work.tx, work.person.key, False)
    own = people.accounts(work.tx, work.person.key)
    for course, key, notice in credits.naming(work.tx, own):
        there, without = replace(work, course=replace(work.course, key=course)), _without(notice, own)
        ledger.reword(there, key, without)
        if _stands(there, key):
            ledger.correct(there, key, f"credit:{key}:{serial}", without, None)


def _stands(work: Work, key: str) -> bool:
    """Whether what was announced under a key is an article that was not called unpublished since."""
    event = key.rpartition(":")[2]
    done = events.get(work.tx, work.course.key, int(event)) if event.isdecimal() else None
    return key.startswith("article:") and not (done and done.undone)


def _without(notice: Notice, own: Collection[str]) -> Notice:
    credited: Credits = notice.fields["credits"]
    left = {n: [each for each in named if each[0] not in own] for n, named in credited.items()}
    fields: dict[str, Any] = {**notice.fields, "credits": left}
    return replace(notice, fields=fields)
