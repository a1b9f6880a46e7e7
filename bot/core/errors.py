"""Errors as data; the words for them are found in one place."""

from collections.abc import Mapping
from typing import Any

from bot.core.chat import Button, Form


class UserError(Exception):
    """The person can mend this: `error.KEY` in the catalogs words it with `fields`.

    A `form` gives back what they wrote, `buttons` are the ways on, `times` as those of a `Reply`.
    """

    def __init__(
        self,
        key: str,
        /,
        *,
        form: Form | None = None,
        buttons: tuple[Button, ...] = (),
        times: Mapping[str, int] | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(key, fields)
        self.key = key
        self.fields = fields
        self.form = form
        self.buttons = buttons
        self.times = times or {}


class OperatorError(Exception):
    """The operator can mend this; the message is the whole sentence: what, why and what to do."""


class Unreachable(Exception):
    """A target can never be reached as things are: it is gone, closed or not permitted.

    `error.KEY` in the catalogs words it with `fields`, for the staff who can mend it.
    """

    def __init__(self, key: str, /, **fields: Any) -> None:
        super().__init__(key, fields)
        self.key = key
        self.fields = fields


class Vanished(Unreachable):
    """What Herald said there is gone: somebody deleted it."""


class RetryLater(Exception):
    """Nothing was said and it may work later: after `seconds` where the platform says so, None where it does not."""

    def __init__(self, seconds: float | None = None) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Unsure(Exception):
    """Nobody can tell whether it was said: the platform's answer was lost."""
