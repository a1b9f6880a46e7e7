"""Answers: published, corrected by a further version, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.chat import Notice
from bot.core.errors import UserError
from bot.core.model import GONE, Answer, AnswerKind, State, Topic
from bot.services import hearing, ledger, schedule, topics
from bot.services.work import Work
from bot.store import answers, deliveries, events

VERBS = ("answer", "unanswer")
# What a topic stays whose answer is corrected: an article takes it up, or did.


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be published: the words of `person`, and the `source`, a draft or proposal, that they were until now.

    `holds` is for what or as of when it is true.
    """

    text: str
    holds: str | None
    person: str
    name: str
    source: Answer | None = None

    @property
    def proposed(self) -> bool:
        """Whether a member proposed it, who is then named beside who publishes it."""
        return self.source is not None and self.source.kind is AnswerKind.SUGGESTED


@dataclass(frozen=True, slots=True)
class Published:
    """The topic as it was and as it is then, and the event that undoes it."""

    was: Topic
    topic: Topic
    event: int

    @property
    def left(self) -> str | None:
        """The article that the topic is not planned for any more, because it is answered."""
        planned = self.was.state is State.PLANNED and self.topic.state is not State.PLANNED
        return self.was.article if planned else None


def published(work: Work, n: int) -> Answer | None:
    """The answer that stands under topic `n` itself."""
    found = answers.of_topics(work.tx, work.course.key, [n])[n]
    return next((each for each in found if each.kind is AnswerKind.PUBLISHED), None)


def publish(work: Work, was: Topic, said: Said, seen: int | None) -> Published:
    """Publish an answer where the course is read and tell everyone who asked; `was` is locked.

    `seen` is the revision that the person acts on: who knows of an answer corrects it, who does not is told of it.
    """
    give_way(work, was, seen)
    given = _given(work, was.n)
    if given and (given[-1].text, given[-1].holds) == (said.text, said.holds):
        raise UserError("no_change", n=was.n, state=State.ANSWERED)
    endorser = work.person.key if said.proposed else None
    kept = (said.text, work.now, AnswerKind.PUBLISHED, said.holds, endorser)
    version = answers.add(work.tx, work.course.key, was.n, said.person, *kept)
    if said.source:
        answers.withdraw(work.tx, work.course.key, said.source.topic, said.source.version)
    source = [said.source.topic, said.source.version] if said.source else None
    event = topics.move(work, was, was.when_answered, was.article, None, "answer", version=version, source=source)
    _tell(work, was, said, _once(was.n, version), given)
    return Published(was, topics.get(work, was.n), event)


def give_way(work: Work, was: Topic, seen: int | None) -> None:
    """UserError that names who was first, where somebody else acted and the person cannot have known."""
    if not was.answered:
        topics.give_way(work, was, seen)
    elif seen != was.revision and was.decided_by != work.person.key:
        ago = work.now - (was.decided_at or was.created)
        raise UserError("handled", n=was.n, name=was.decided_name, ago=ago, topic=was)


def _given(work: Work, n: int) -> list[Answer]:
    """The published answer that stands under a topic and before it all that it corrected."""
    return answers.standing(work.tx, work.course.key, [n], [AnswerKind.PUBLISHED])


def _once(n: int, version: int) -> str:
    return f"answer:{n}:{version}"


def _tell(work: Work, was: Topic, said: Said, once: str, given: Sequence[Answer]) -> None:
    what = "corrected" if was.answered else "published"
    endorser = work.person.name if said.proposed else None
    words = {"text": said.text, "holds": said.holds}
    fields = {"n": was.n, "title": was.title, "name": said.name, "endorser": endorser, **words}
    notice = Notice(f"answer.{what}", fields)
    # It is corrected where it was announced first: what corrected it since is said nowhere by itself.
    if not any(ledger.correct(work, _once(was.n, each.version), once, notice, notice) for each in given):
        ledger.announce(work, once, notice, work.course.channels)
    proposer = said.person if said.proposed else None
    if proposer:
        hearing.tell_one(work, was, "topic.endorsed", once, proposer, endorser=endorser, **words)
    kind = "topic.corrected" if was.answered else "topic.answered"
    hearing.tell(work, was, kind, once, proposer, **words)


def unanswer(work: Work, n: int, why: str | None, seen: int | None) -> tuple[Topic, int]:
    """Take the standing answer back with all that it corrected; the topic as it is then, and the event that undoes it.

    Its state is what it was before the answer; where that is not known or has passed, it waits for review again.
    """
    was = topics.current(work, n, seen)
    given = _given(work, was.n)
    if not given:
        raise UserError("nothing_to_unanswer", n=was.n, state=was.state)
    topics.give_way(work, was, seen)
    versions = [each.version for each in given]
    _withdraw(work, was.n, versions)
    sources = _offer_again(work, was.n, versions)
    state, article, reason = _before(work, was)
    event = topics.move(work, was, state, article, reason, "unanswer", versions=versions, sources=sources)
    _tell_withdrawn(work, was, given[-1], f"unanswer:{event}", state, why)
    return topics.get(work, was.n), event


def _withdraw(work: Work, n: int, versions: Sequence[int], *, withdrawn: bool = True) -> None:
    for version in versions:
        answers.withdraw(work.tx, work.course.key, n, version, withdrawn=withdrawn)


def _offer_again(work: Work, n: int, versions: Sequence[int]) -> list[Sequence[int]]:
    """Let the drafts and proposals stand again that became these versions: the newest of each place."""
    given = events.all_on(work.tx, work.course.key, f"topic:{n}", ("answer",))
    sources = (each.after.get("source", ()) for each in given if each.after.get("version") in versions)
    return [source for source in sources if put_back(work, source)]


def _before(work: Work, was: Topic) -> schedule.Standing:
    if was.state is not State.ANSWERED:
        return was.state, was.article, was.reason
    for event in events.all_on(work.tx, work.course.key, f"topic:{was.n}", ("answer",)):
        if event.before["state"] != State.ANSWERED:
            return schedule.standing_before(work, event)
    return State.NEW, None, None


def _tell_withdrawn(work: Work, was: Topic, given: Answer, once: str, state: State, reason: str | None) -> None:
    fields = {"state": state, "reason": reason}
    notice = Notice("answer.withdrawn", {"n": was.n, "title": was.title, **fields})
    ledger.announce(work, once, notice, work.course.channels)
    proposer = given.person if given.endorser else None
    if proposer:
        hearing.tell_one(work, was, "topic.unanswered", once, proposer, followed=True, **fields)
    hearing.tell(work, was, "topic.unanswered", once, proposer, **fields)


def take_back(work: Work, now: Topic, done: events.Event, state: State) -> None:
    """Undo an answer, a correction or the taking back of one, and tell everyone who heard of it.

    `now` is the topic before that, `state` what it came back to.
    """
    version = done.after.get("version")
    if version is None:
        _withdraw(work, now.n, done.after["versions"], withdrawn=False)
        for topic, offered in done.after.get("sources", ()):
            answers.withdraw(work.tx, work.course.key, topic, offered)
    else:
        _withdraw(work, now.n, [version])
        put_back(work, done.after.get("source"))
    standing, once = published(work, now.n), f"undo:{done.id}"
    if standing is None:
        given = answers.one(work.tx, work.course.key, now.n, version) if version else None
        if given:
            _tell_withdrawn(work, now, given, once, state, None)
        return
    words = {"text": standing.text, "holds": standing.holds}
    fields = {"n": now.n, "title": now.title, "name": standing.name, "endorser": standing.endorser, **words}
    _reword_waiting(work, now.n, Notice("answer.corrected" if standing.updated else "answer.published", fields))
    ledger.announce(work, once, Notice("answer.restored", fields), work.course.channels)
    hearing.tell(work, now, "topic.restored", once, **words)


def _reword_waiting(work: Work, n: int, notice: Notice) -> None:
    """Let what was announced of an answer and waits say what stands, not what was corrected for a moment."""
    for each in _given(work, n):
        deliveries.reword(work.tx, work.course.key, _once(n, each.version), notice)


def put_back(work: Work, source: Sequence[int] | None) -> bool:
    """Let a draft or proposal stand again, unless its place is taken or its author was deleted; whether it does."""
    found = answers.one(work.tx, work.course.key, *source) if source else None
    if found is None or found.person == GONE:
        return False
    others = answers.standing(work.tx, work.course.key, [found.topic], [found.kind])
    if any(each.kind is AnswerKind.DRAFT or each.person == found.person for each in others):
        return False
    answers.withdraw(work.tx, work.course.key, found.topic, found.version, withdrawn=False)
    return True
