"""Merged topics: a link from one to another, so that taking it back restores exactly what was."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, select

from bot.store import follows, numbers, topics
from bot.store.schema import topic


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


def together(tx: Connection, course: str, n: int, into: int) -> Mapping[str, int]:
    """How many would hear of two topics together, `followers`, and vote, `voters`: each person once."""
    return follows.counts(tx, course, n, into)


def _under(tx: Connection, course: str, n: int) -> list[int]:
    """Topic `n` and all that was merged into it, and into that."""
    same = select(topic.c.n, topic.c.merged_into).where(topic.c.course == course)
    linked = {row.n: row.merged_into for row in tx.execute(same.where(topic.c.root == topics.root(tx, course, n)))}
    return [each for each in sorted(linked) if n in _upward(linked, each)]


def _upward(linked: Mapping[int, int | None], n: int) -> Iterator[int]:
    """A topic, what it was merged into, what that was merged into, and so on."""
    step: int | None = n
    while step is not None:
        yield step
        step = linked.get(step)


def _link(tx: Connection, course: str, n: int, to: int | None) -> None:
    linked = {"merged_into": to, "revision": topic.c.revision + 1, "posted": False}
    tx.execute(topic.update().where(topic.c.course == course, topic.c.n == n).values(**linked))


def _move(tx: Connection, course: str, ns: list[int], root: int) -> None:
    tx.execute(topic.update().where(topic.c.course == course, topic.c.n.in_(ns)).values(root=root))


def _list(tx: Connection, course: str, n: int, by: int) -> None:
    row = tx.execute(select(topic.c.state, topic.c.wordings).where(topic.c.course == course, topic.c.n == n)).one()
    if row.wordings:
        numbers.add(tx, course, f"topics.{row.state}", by)
