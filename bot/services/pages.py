"""Long lists a page at a time."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.core.model import Page

T = TypeVar("T")
PER_PAGE = 5


def page(number: int, total: int, fetch: Callable[[int, int], Sequence[T]]) -> Page[T]:
    """Page `number` of `total` items, the nearest there is; `fetch` gets offset and limit."""
    pages = max(1, -(-total // PER_PAGE))
    number = min(max(number, 1), pages)
    return Page(tuple(fetch((number - 1) * PER_PAGE, PER_PAGE)), number, pages, total)
