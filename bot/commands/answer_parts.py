"""What a topic's card says of answers, published and not, and the buttons beside them."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.commands.context import Context
from bot.core.chat import Button
from bot.core.model import OPEN, Answer, Topic
from bot.core.text import shorten, shown
from bot.services import drafts, freshness
from bot.services.drafts import Unpublished
from bot.services.freshness import Freshness
from bot.services.ledger import COMMENT
from bot.words.notices import card_button

NAME = 20
MOST = 3


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a topic's answers, as far as the reader may know: read once for its text and its buttons."""

    topic: Topic
    fresh: Freshness
    unpublished: Unpublished

    @classmethod
    def of(cls, context: Context, topic: Topic) -> "Beside":
        """What stands beside the answers of a topic now."""
        work = context.work
        return cls(topic, freshness.of_topic(work, topic), drafts.of_topic(work, topic.n))


def answered(context: Context, answer: Answer) -> str:
    """One published answer: who gave it when, its words, for what it holds."""
    return "\n".join(filter(None, [_headed(context, answer), _holds(context, answer)]))


def _headed(context: Context, answer: Answer) -> str:
    gone = context.say("gone.answerer" if answer.endorser is None else "gone.name")
    name, text = shown(answer.name) or gone, shown(answer.text)
    if answer.person.startswith(COMMENT):
        # A saved page does not tell when a reply was written.
        return context.say("topic.reply", name=name, text=text)
    by = "" if answer.endorser is None else "_endorsed"
    again = "_updated" if answer.updated else ""
    at = context.say.stamp(answer.at, context.work.course.zone)
    endorser = shown(answer.endorser or "") or context.say("gone.answerer")
    return context.say(f"topic.answer{by}{again}", name=name, text=text, at=at, endorser=endorser)


def _holds(context: Context, answer: Answer) -> str:
    return context.say("answer.holds", holds=shown(answer.holds)) if answer.holds else ""


def beside(context: Context, found: Beside) -> Iterable[str]:
    """How fresh the answers are, and what is not published of which the reader may know, a paragraph each."""
    yield from _fresh(context, found.fresh)
    for draft in found.unpublished.drafts:
        yield _unpublished(context, "draft.on_card", draft)
    for proposal in found.unpublished.proposals[:MOST]:
        mine = proposal.person == context.work.person.key
        yield _unpublished(context, "suggest.mine_on_card" if mine else "suggest.on_card", proposal)
    if more := len(found.unpublished.proposals[MOST:]):
        yield context.say.count("suggest.more", more)


def _fresh(context: Context, found: Freshness) -> Iterable[str]:
    say = context.say
    if found.checked:
        yield say("check.on_card", day=context.work.day(found.checked).isoformat())
    if found.flags:
        notes = (f"• {shown(note)}" for note in found.notes if context.work.staff)
        yield "\n".join([say.count("flag.on_card", found.flags), *notes])


def _unpublished(context: Context, key: str, answer: Answer) -> str:
    at = context.say.stamp(answer.at, context.work.course.zone)
    said = context.say(key, name=shown(answer.name), at=at, text=shown(answer.text))
    return "\n".join(filter(None, [said, _holds(context, answer)]))


def staff_buttons(context: Context, found: Beside) -> Iterable[Button]:
    """What staff can do with answers of a topic, made for the revision that they see."""
    say, topic = context.say, found.topic
    for draft in found.unpublished.drafts:
        yield from draft_buttons(context, draft, topic)
    for proposal in found.unpublished.proposals[:MOST]:
        of = _seen(proposal, topic)
        name = shorten(shown(proposal.name), NAME)
        yield Button(say("button.endorse", name=name), "endorse", of)
        yield Button(say("button.thank", name=name), "endorse", {**of, "action": "decline"})
    if found.fresh.flags:
        yield Button(say("button.check"), "check", {"topic": str(topic.n)})
    if topic.answered:
        yield Button(say("button.unanswer"), "unanswer", {"topic": str(topic.n), "rev": str(topic.revision)})


def draft_buttons(context: Context, draft: Answer, topic: Topic) -> Iterable[Button]:
    """Publish, edit or throw away a draft."""
    say, of = context.say, _seen(draft, topic)
    yield Button(say("button.draft_publish"), "answer", {**of, "draft": "publish"})
    yield Button(say("button.draft_edit"), "answer", {"topic": str(draft.topic), "draft": "yes"})
    yield Button(say("button.draft_discard"), "answer", {**of, "draft": "discard"})


def _seen(written: Answer, topic: Topic) -> dict[str, str]:
    """Which draft or proposal is meant, and which topic is seen to stand for its own."""
    into = {"into": str(topic.n)} if topic.n != written.topic else {}
    return {"topic": str(written.topic), "version": str(written.version), "rev": str(topic.revision), **into}


def member_buttons(context: Context, found: Beside, *, mine: bool) -> Iterable[Button]:
    """Propose an answer to what others asked, or say that one is no longer true; take either back."""
    say, topic = context.say, found.topic
    of = {"topic": str(topic.n)}
    if found.unpublished.proposals:
        yield Button(say("button.suggest_edit"), "suggest", of)
        yield Button(say("button.suggest_withdraw"), "suggest", {**of, "action": "withdraw"})
    elif topic.state in OPEN and not mine:
        yield Button(say("button.suggest"), "suggest", of)
    if freshness.may_be_flagged(topic):
        action = {"action": "withdraw"} if found.fresh.mine else {}
        yield Button(say("button.unflag" if found.fresh.mine else "button.flag"), "flag", {**of, **action})


def left_behind(context: Context) -> tuple[list[str], list[Button]]:
    """The drafts and proposals that wait anywhere, a line each, and their cards; for the end of a review."""
    found = drafts.waiting(context.work)
    lines = [context.say(f"review.left_{each.kind}", n=each.topic, name=shown(each.name)) for each in found]
    return lines, list(map(card_button, dict.fromkeys(each.topic for each in found)))
