"""Answers that are not published yet: staff's drafts, one a topic, and members' proposals, one a member a topic."""

from dataclasses import dataclass

from bot.core.errors import UserError
from bot.core.model import Answer, AnswerKind, Topic
from bot.services import answers, blocking, hearing, topics
from bot.services.answers import Published, Said
from bot.services.work import Work
from bot.store import answers as stored
from bot.store import events

MOST_PROPOSALS = 5
VERBS = ("draft", "discard", "thank")
LISTED = 20


@dataclass(frozen=True, slots=True)
class Unpublished:
    """What stands under a topic and is not public: for staff all of it, for a member their own proposals."""

    drafts: tuple[Answer, ...]
    proposals: tuple[Answer, ...]


def of_topic(work: Work, n: int) -> Unpublished:
    """What the person may see of what is not published under topic `n` and all that is merged into it."""
    found = stored.under(work.tx, work.course.key, n, [AnswerKind.DRAFT, AnswerKind.SUGGESTED])
    seen = [each for each in found if work.staff or _is_own_proposal(work, each)]
    drafts = tuple(each for each in seen if each.kind is AnswerKind.DRAFT)
    return Unpublished(drafts, tuple(each for each in seen if each.kind is AnswerKind.SUGGESTED))


def _is_own_proposal(work: Work, each: Answer) -> bool:
    return each.kind is AnswerKind.SUGGESTED and each.person == work.person.key


def waiting(work: Work) -> list[Answer]:
    """The drafts and proposals of the course that stand, oldest topic first, at most `LISTED`."""
    return stored.waiting(work.tx, work.course.key, LISTED)


def answer(work: Work, n: int, text: str, holds: str | None, seen: int | None, version: int | None = None) -> Published:
    """Publish an answer of the person's own; their draft, or the one of that version, is used up by it."""
    was = topics.current(work, n, seen)
    draft = standing(work, was.n)
    used = draft if draft and (draft.version == version or draft.person == work.person.key) else None
    return answers.publish(work, was, Said(text, holds, work.person.key, work.person.name, used), seen)


def save(work: Work, n: int, text: str, holds: str | None) -> tuple[Answer | None, int]:
    """Keep a draft in place of the one that stood there: that one, and the event that undoes it."""
    was = topics.get(work, n, lock=True)
    before = standing(work, was.n)
    if before:
        stored.withdraw(work.tx, work.course.key, before.topic, before.version)
    kept = (text, work.now, AnswerKind.DRAFT, holds)
    version = stored.add(work.tx, work.course.key, was.n, work.person.key, *kept)
    return before, _note(work, "draft", was.n, before, [was.n, version])


def discard(work: Work, n: int, version: int | None) -> tuple[Answer, int]:
    """Throw the draft away: it, and the event that undoes it."""
    was = topics.get(work, n, lock=True)
    draft = _same_draft(work, n, version)
    stored.withdraw(work.tx, work.course.key, draft.topic, draft.version)
    return draft, _note(work, "discard", was.n, draft, None)


def publish(
    work: Work, n: int, version: int | None, holds: str | None, seen: int | None, into: int | None = None
) -> Published:
    """Publish the draft in its author's name, as an answer to `into` where that was seen to stand for its topic."""
    was = _answered(work, n, seen, into)
    draft = _same_draft(work, n, version)
    said = Said(draft.text, holds or draft.holds, draft.person, draft.name, draft)
    return answers.publish(work, was, said, seen)


def standing(work: Work, n: int) -> Answer | None:
    """The draft that stands under a topic."""
    return next(iter(stored.under(work.tx, work.course.key, n, [AnswerKind.DRAFT])), None)


def _answered(work: Work, n: int, seen: int | None, into: int | None) -> Topic:
    """The topic that stands for `n`, locked; UserError where that is another than was seen."""
    was = topics.get(work, n, lock=True)
    return was if was.n == into else topics.current(work, n, seen)


def _same_draft(work: Work, n: int, version: int | None) -> Answer:
    # A button names the topic that its draft is of; who types a number means the topic that stands for it.
    draft = standing(work, topics.get(work, n).n if version is None else n)
    if draft is None:
        raise UserError("no_draft", n=n)
    if version not in (None, draft.version):
        raise UserError("draft_changed", n=n, name=draft.name, ago=work.now - draft.at)
    return draft


def propose(work: Work, n: int, text: str) -> tuple[Topic, Answer | None]:
    """Keep a member's proposal in place of the one that they had there: the topic and that one.

    UserError where they are blocked or `MOST_PROPOSALS` of theirs wait elsewhere.
    """
    blocking.check(work)
    topic = topics.get(work, n, lock=True)
    before = own_proposal(work, topic.n)
    others = {*stored.proposed_by(work.tx, work.course.key, work.person.key)} - {before.topic if before else None}
    if len(others) >= MOST_PROPOSALS:
        raise UserError("many_proposals", most=MOST_PROPOSALS, numbers=sorted(others))
    if before:
        stored.withdraw(work.tx, work.course.key, before.topic, before.version)
    stored.add(work.tx, work.course.key, topic.n, work.person.key, text, work.now, AnswerKind.SUGGESTED)
    return topic, before


def own_proposal(work: Work, n: int) -> Answer | None:
    """The person's own proposal that stands under a topic."""
    found = stored.under(work.tx, work.course.key, n, [AnswerKind.SUGGESTED])
    return next((each for each in found if each.person == work.person.key), None)


def withdraw_proposal(work: Work, n: int) -> Answer:
    """Take the person's own proposal back; UserError where they have none there."""
    proposal = own_proposal(work, topics.get(work, n, lock=True).n)
    if proposal is None:
        raise UserError("no_proposal_of_yours", n=n)
    stored.withdraw(work.tx, work.course.key, proposal.topic, proposal.version)
    return proposal


def endorse(
    work: Work, n: int, version: int, holds: str | None, seen: int | None, into: int | None = None
) -> Published:
    """Publish a member's proposal in their name and the person's, as `publish`; UserError where it stands no more."""
    was = _answered(work, n, seen, into)
    proposal = _proposal(work, n, version)
    return answers.publish(work, was, Said(proposal.text, holds, proposal.person, proposal.name, proposal), seen)


def thank(work: Work, n: int, version: int) -> tuple[Answer, int]:
    """Decline a proposal and tell its author, with thanks: it, and the event that undoes it."""
    was = topics.get(work, n, lock=True)
    proposal = _proposal(work, n, version)
    stored.withdraw(work.tx, work.course.key, proposal.topic, proposal.version)
    event = _note(work, "thank", was.n, proposal, None)
    hearing.tell_one(work, was, "topic.proposal_declined", f"thanks:{event}", proposal.person, text=proposal.text)
    return proposal, event


def _proposal(work: Work, n: int, version: int) -> Answer:
    found = stored.standing(work.tx, work.course.key, [n], [AnswerKind.SUGGESTED])
    proposal = next((each for each in found if each.version == version), None)
    if proposal is None:
        raise UserError("no_proposal", n=n, topic=topics.get(work, n))
    return proposal


def _note(work: Work, verb: str, n: int, gone: Answer | None, kept: list[int] | None) -> int:
    before = {"source": [gone.topic, gone.version] if gone else None}
    subject = (work.person.key, verb, f"topic:{n}")
    return events.add(work.tx, work.course.key, work.now, *subject, before, {"source": kept})


def take_back(work: Work, done: events.Event) -> None:
    """Undo what was done to a draft or proposal."""
    if kept := done.after["source"]:
        stored.withdraw(work.tx, work.course.key, *kept)
    answers.put_back(work, done.before["source"])
