"""Questions filed by staff for others, who asked where Herald cannot hear them: a group's chat, a comment section."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.errors import UserError
from bot.core.model import AnswerKind, PageReply, Pasted, Question, State
from bot.core.text import title_of
from bot.services import similar, topics
from bot.services.answers import VERBS as ANSWERING
from bot.services.comments import AUTHOR, EDITOR, REPLIERS
from bot.services.ledger import BEHALF, COMMENT
from bot.services.work import Work
from bot.store import answers, events, follows, pastes, people
from bot.store import topics as stored

SOURCES = ("group", "comments", "other")
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one speaker said; `done` is "filed", "too", "known" or "skipped", and `topic` where it stands then."""

    said: Pasted
    question: bool
    done: str = ""
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class Paste:
    """What was pasted, the questions first; candidates are numbered from 0."""

    id: int
    source: str
    candidates: tuple[Candidate, ...]

    @property
    def questions(self) -> int:
        """How many of them are questions."""
        return sum(each.question for each in self.candidates)

    def group(self, *, question: bool) -> range:
        """The numbers of the questions, or of the others."""
        return range(self.questions) if question else range(self.questions, len(self.candidates))

    def left(self, *, question: bool) -> list[int]:
        """Those of them that nothing was done with yet."""
        return [at for at in self.group(question=question) if not self.candidates[at].done]


def keep(work: Work, source: str, said: Sequence[tuple[Pasted, bool]]) -> Paste:
    """Keep what was pasted, each with whether it is a question; what is filed already is known."""
    pastes.forget(work.tx, work.course.key, work.now - KEPT)
    asked = sorted((Candidate(each, question) for each, question in said), key=lambda each: not each.question)
    filed = stored.same_words(work.tx, work.course.key, [topics.digest(each.said.text) for each in asked])
    candidates = tuple(_with_known(work, source, each, filed) for each in asked)
    id_ = pastes.add(work.tx, work.course.key, work.person.key, work.now, source, list(map(_to_data, candidates)))
    return Paste(id_, source, candidates)


def get(work: Work, id_: int) -> Paste:
    """A paste as it stands, locked; UserError where it is not kept any more."""
    found = pastes.get(work.tx, work.course.key, id_)
    if found is None:
        raise UserError("no_paste", days=KEPT.days)
    return Paste(id_, found[0], tuple(map(_from_data, found[1])))


def file(work: Work, paste: Paste, at: int, into: int | None = None) -> tuple[Paste, int | None]:
    """File candidate `at` as a topic of its own or as one more voice of topic `into`; the event, None where it was."""
    return _file(work, paste, at, into, None)


def file_all(work: Work, paste: Paste) -> tuple[Paste, list[int], int | None]:
    """File every question that is left, in one step; their topics and the event that undoes all."""
    first: int | None = None
    filed: list[int] = []
    for at in paste.left(question=True):
        paste, event = _file(work, paste, at, None, first)
        if event:
            first = first or event
            filed.append(paste.candidates[at].topic or 0)
    return paste, filed, first


def skip(work: Work, paste: Paste, at: int) -> Paste:
    """Leave a candidate out."""
    return _marked(work, paste, at, "skipped", None)


def file_one(work: Work, source: str, said: Pasted) -> tuple[int, int | None]:
    """File one question at once; its topic and the event, None where it was filed before."""
    known = _with_known(work, source, Candidate(said, question=True), None)
    return (known.topic, None) if known.topic else _add(work, source, said, None, None)


def asked_elsewhere(work: Work, n: int) -> list[str]:
    """The names of those for whom staff filed a topic or a voice of it: somebody has to tell them by hand."""
    heard = follows.followers(work.tx, work.course.key, topics.get(work, n).n)
    known = (people.known(work.tx, who) for who in heard if who.startswith(BEHALF))
    return [person.name for person in known if person]


def take_back(work: Work, done: events.Event) -> None:
    """Withdraw what was filed; UserError where a topic of its own was handled since."""
    topic = topics.get(work, int(done.subject.removeprefix("topic:")), lock=True)
    later = events.last_on(work.tx, work.course.key, done.subject, ("decide", *ANSWERING, "cover", "carry"))
    if later and later.id > done.id and done.after["done"] == "filed":
        raise UserError("changed_since", name=later.name, ago=work.now - later.at, n=f"#{topic.n}")
    who, digest = _main(work, done.after["person"]), done.after["digest"]
    for asked in stored.own(work.tx, work.course.key, topic.n, who):
        if asked.digest == digest:
            stored.withdraw(work.tx, work.course.key, topic.n, asked, who)
            similar.index(work.tx, work.course, asked.topic)
    topics.tell_gone(work, topic.n, f"{done.id}")
    if "paste" in done.after and pastes.get(work.tx, work.course.key, done.after["paste"]):
        _marked(work, get(work, done.after["paste"]), done.after["item"], "", None)


def _file(work: Work, paste: Paste, at: int, into: int | None, batch: int | None) -> tuple[Paste, int | None]:
    found = _with_known(work, paste.source, paste.candidates[at], None)
    if found.done in ("filed", "too", "known"):
        return _marked(work, paste, at, found.done, found.topic), None
    n, event = _add(work, paste.source, found.said, into, batch, paste=paste.id, item=at)
    return _marked(work, paste, at, "filed" if into is None else "too", n), event


def _add(work: Work, source: str, said: Pasted, into: int | None, batch: int | None, **of: int) -> tuple[int, int]:
    """Let who said it ask it, as a topic of its own or as one more voice; the topic and the event, which keeps `of`."""
    who = _person(work, source, said)
    if people.known(work.tx, who) is None:
        people.meet_many(work.tx, {who: said.name}, work.now)
    asked = _asked(work, source, said, who)
    n = _as_topic(work, asked, said) if into is None else _as_voice(work, asked, into)
    similar.index(work.tx, work.course, n)
    after = {"done": "filed" if into is None else "too", "person": who, "digest": asked.digest, **of}
    return n, events.add(work.tx, work.course.key, work.now, work.person.key, "file", f"topic:{n}", {}, after, batch)


def _asked(work: Work, source: str, said: Pasted, who: str) -> stored.Asked:
    text = said.text
    asked = stored.Asked(title_of(text), who, text, topics.digest(text), said.at, source, filed_by=work.person.key)
    author = any(reply.by == "author" for reply in said.replies)
    return replace(asked, state=State.ANSWERED, decided_by=AUTHOR[0]) if author else asked


def _as_topic(work: Work, asked: stored.Asked, said: Pasted) -> int:
    if said.replies:
        people.meet_many(work.tx, dict((AUTHOR, EDITOR)), work.now)
    [n] = stored.file(work.tx, work.course.key, [asked])
    answers.add_first(work.tx, work.course.key, list(_answers(n, said)))
    return n


def _answers(n: int, said: Pasted) -> Iterator[tuple[int, str, str, datetime, AnswerKind]]:
    for by, (who, _), kind in REPLIERS:
        if text := "\n\n".join(reply.text for reply in said.replies if reply.by == by):
            yield n, who, text, said.at, kind


def _as_voice(work: Work, asked: stored.Asked, into: int) -> int:
    topic = topics.get(work, into, lock=True)
    stored.word(work.tx, work.course.key, topic.n, asked)
    return topic.n


def _with_known(work: Work, source: str, found: Candidate, filed: Sequence[Question] | None) -> Candidate:
    """The candidate, known where the same person said the same before, there or in a saved page."""
    if found.done in ("filed", "too", "known"):
        return found
    digest, who = topics.digest(found.said.text), _person(work, source, found.said)
    for each in stored.same_words(work.tx, work.course.key, [digest]) if filed is None else filed:
        page = (each.person or "").startswith((COMMENT, BEHALF)) and each.name == found.said.name
        if each.digest == digest and not each.withdrawn and (each.person == who or page):
            n = stored.root(work.tx, work.course.key, each.topic)
            return replace(found, done="known", topic=n)
    return found


def _person(work: Work, source: str, said: Pasted) -> str:
    if said.person:
        return _main(work, said.person)
    named = "\n".join((work.course.key, source, said.name))
    return BEHALF + hashlib.sha256(named.encode()).hexdigest()[:16]


def _main(work: Work, account: str) -> str:
    """The person whose account it is by now."""
    found = people.known(work.tx, account)
    return found.key if found else account


def _marked(work: Work, paste: Paste, at: int, done: str, topic: int | None) -> Paste:
    changed = replace(paste.candidates[at], done=done, topic=topic)
    paste = replace(paste, candidates=(*paste.candidates[:at], changed, *paste.candidates[at + 1 :]))
    pastes.save(work.tx, paste.id, list(map(_to_data, paste.candidates)))
    return paste


def _to_data(found: Candidate) -> dict[str, Any]:
    data = asdict(found)
    data["said"]["at"] = found.said.at.isoformat()
    return data


def _from_data(data: dict[str, Any]) -> Candidate:
    said = data["said"]
    replies = tuple(PageReply(**reply) for reply in said["replies"])
    at = datetime.fromisoformat(said["at"])
    return Candidate(Pasted(**(said | {"at": at, "replies": replies})), data["question"], data["done"], data["topic"])
