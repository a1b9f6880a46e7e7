"""One person's accounts linked: a code from the one, typed into the other."""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.errors import UserError
from bot.core.model import Person
from bot.services import credits
from bot.services.work import Work
from bot.store import events, linking, people

# Without those that are taken for one another: 0 and O, 1, I and L.
SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
LENGTH = 8
VALID = timedelta(minutes=10)
WRONG, TRIES = "link.wrong", 5


@dataclass(frozen=True, slots=True)
class Joining:
    """What becomes another's: so many questions and topics heard of become `main`'s."""

    main: Person
    questions: int
    topics: int


def begin(work: Work) -> tuple[str, datetime]:
    """A code for the person, in the place of the one they had, and until when it is good."""
    code, until = "".join(secrets.choice(SIGNS) for _ in range(LENGTH)), work.now + VALID
    linking.put(work.tx, code, work.person.key, until)
    return code, until


def look(work: Work, typed: str) -> Joining | None:
    """What a code would join; None where it is nobody's, which is written down.

    UserError for the person's own code, one that is too old, and after too many wrong ones.
    """
    _not_too_often(work)
    found = linking.get(work.tx, _folded(typed))
    main = people.known(work.tx, found.person) if found else None
    if found is None or main is None:
        events.add(work.tx, work.course.key, work.now, work.person.key, WRONG, "link", {}, {})
        return None
    if main.key == work.person.key:
        raise UserError("own_code")
    if found.until <= work.now:
        raise UserError("old_code")
    return Joining(main, *linking.belongings(work.tx, work.person.key))


def join(work: Work, typed: str) -> Joining | None:
    """Make the person's account, and all that is theirs, that of whose code it is; None and UserError as `look`.

    The main account's word on being named holds.
    """
    joining = look(work, typed)
    if joining:
        linking.used(work.tx, _folded(typed))
        if not credits.agreed(work, joining.main.key):
            credits.withdraw(work)
        linking.join(work.tx, work.person.key, joining.main.key)
    return joining


def _not_too_often(work: Work) -> None:
    tried = linking.tries(work.tx, work.person.key, WRONG, work.now - VALID)
    if len(tried) >= TRIES:
        raise UserError("too_many_codes", left=tried[-TRIES] + VALID - work.now)


def _folded(typed: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", typed).upper() if sign in SIGNS)
