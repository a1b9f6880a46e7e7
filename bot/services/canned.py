"""Ready-made answers to begin with."""

from difflib import get_close_matches

from bot.core.errors import UserError
from bot.core.model import Canned
from bot.core.text import fold
from bot.services.work import Work


def find(work: Work, key: str) -> Canned:
    """The one of that key, however it is capitalised; UserError that names the near ones."""
    ready = {fold(each.key): each for each in work.course.canned}
    if found := ready.get(fold(key)):
        return found
    if not ready:
        raise UserError("no_canned_at_all")
    near = get_close_matches(fold(key), list(ready), n=3, cutoff=0.4) or list(ready)[:5]
    raise UserError("no_canned", typed=key, near=[ready[one].key for one in near])
