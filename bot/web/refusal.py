"""A request that is not served, as data."""

from typing import Any


class Refused(Exception):
    """`web.error.KEY` in the catalogs words it with `fields`; `status` is HTTP's."""

    def __init__(self, status: int, key: str, **fields: Any) -> None:
        super().__init__(status, key, fields)
        self.status = status
        self.key = key
        self.fields = fields
