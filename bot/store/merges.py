"""Merged topics: a link from one to another, so that taking it back restores exactly what was."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, bindparam, select

from bot.store import numbers, topics
from bot.store.prepared import Prepared, among
from bot.store.schema import topic

_HERE, _IT = topic.c.course == bindparam("of"), topic.c.n == bindparam("number")
_SAME = Prepared(select(topic.c.n, topic.c.merged_into).where(_HERE, topic.c.root == bindparam("its")))
_LINK = Prepared(
    topic.update().where(_HERE, _IT).values(merged_into=bindparam("to"), revision=topic.c.revision + 1, posted=False)
)
_MOVE = Prepared(topic.update().where(_HERE, among(topic.c.n, "numbers")))
_STANDS = Prepared(select(topic.c.state, topic.c.wordings).where(_HERE, _IT))


def merge(tx: Connection, course: str, n: int, into: int) -> None:
    """Put topic `n`, which stands for itself, and all that is merged into it under `into`, which may be merged too."""
    root = topics.root(tx, course, into) or into
    _list(tx, course, n, -1)
    _link(tx, course, n, into)
    _move(tx, course, _under(tx, course, n), root)
    topics.recount(tx, course, root)


def split(tx: Connection, course: str, n: int) -> None:
    """Let topic `n`, which is merged into another, stand for itself again, with all that was merged into it."""
    was = topics.root(tx, course, n) or n
    _link(tx, course, n, None)
    _move(tx, course, _under(tx, course, n), n)
    topics.recount(tx, course, was)
    # As it was listed then; whatever was withdrawn since is counted after.
    _list(tx, course, n, 1)
    topics.recount(tx, course, n)


def into(tx: Connection, course: str, n: int) -> list[int]:
    """The numbers of all that is merged into topic `n`, in order."""
    return [each for each in _under(tx, course, n) if each != n]


def _under(tx: Connection, course: str, n: int) -> list[int]:
    """Topic `n` and all that was merged into it, and into that."""
    same = _SAME.all(tx, {"of": course, "its": topics.root(tx, course, n)})
    linked = {row.n: row.merged_into for row in same}
    return [each for each in sorted(linked) if n in _upward(linked, each)]


def _upward(linked: Mapping[int, int | None], n: int) -> Iterator[int]:
    """A topic, what it was merged into, what that was merged into, and so on."""
    step: int | None = n
    while step is not None:
        yield step
        step = linked.get(step)


def _link(tx: Connection, course: str, n: int, to: int | None) -> None:
    _LINK.run(tx, {"of": course, "number": n, "to": to})


def _move(tx: Connection, course: str, ns: list[int], root: int) -> None:
    _MOVE.run(tx, {"of": course, "numbers": ns, "root": root})


def _list(tx: Connection, course: str, n: int, by: int) -> None:
    row = _STANDS.one(tx, {"of": course, "number": n})
    if row.wordings:
        numbers.add(tx, course, f"topics.{row.state}", by)
