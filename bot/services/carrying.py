"""Topics that an article did not take up, moved on to the next one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.core.chat import Notice
from bot.core.errors import UserError
from bot.core.model import Article, Certainty, State, Topic
from bot.services import ledger, schedule, topics
from bot.services.when import is_review
from bot.services.work import Work
from bot.store import events, hearing, reports

CLOSED = (Certainty.PUBLISHED, Certainty.SKIPPED)


@dataclass(frozen=True, slots=True)
class Carried:
    """The topics that were moved to article `to`, those that stay, and the event that undoes it."""

    to: Article
    topics: tuple[Topic, ...]
    kept: tuple[Topic, ...]
    event: int


def carry(work: Work, typed: str, to: str | None, keep: Collection[int] = ()) -> Carried:
    """Move what is still planned for an article to another, by default the next; everybody concerned is told once.

    UserError where nothing is to be moved or one of `keep` is not planned for it.
    """
    was = schedule.find(work, typed)
    target = _target(work, was, to)
    planned = topics.taken_up(work, was.key, lock=True)
    if strangers := sorted(set(keep) - {topic.n for topic in planned}):
        raise UserError("keep_not_planned", n=strangers[0], key=was.key)
    moved = tuple(topic for topic in planned if topic.n not in keep)
    if not moved:
        raise UserError("nothing_to_carry", key=was.key)
    first: int | None = None
    for topic in moved:
        event = topics.move(work, topic, State.PLANNED, target.key, None, "carry", first)
        first = first or event
    tell(work, moved, f"carry:{first}", was.key, target.key)
    return Carried(target, moved, tuple(topic for topic in planned if topic.n in keep), first or 0)


def tell(work: Work, moved: Sequence[Topic], once: str, left: str, article: str) -> None:
    """Tell everybody who wants to hear of one of the topics, in one message, that they moved."""
    heard: dict[str, tuple[Topic, ...]] = {}
    for topic in moved:
        for person in chain(*hearing.listeners(work.tx, work.course.key, topic.n)):
            if person != work.person.key:
                heard[person] = (*heard.get(person, ()), topic)
    for group in dict.fromkeys(heard.values()):
        fields = {"left": left, "article": article, "topics": [[topic.n, topic.title] for topic in group]}
        key = f"{once}:{'+'.join(str(topic.n) for topic in group)}"
        ledger.announce(work, key, Notice("topics.carried", fields), [one for one in heard if heard[one] == group])


def take_back(work: Work, done: events.Event) -> schedule.Standing:
    """How a topic stood before it moved; UserError where the article that it was planned for is out."""
    left = done.before["article"]
    if schedule.is_out(work, left):
        raise UserError("article_closed", key=left, certainty=Certainty.PUBLISHED)
    return State.PLANNED, left, None


def left_behind(work: Work) -> dict[str, int]:
    """How many topics are planned for articles that are out or skipped, by article."""
    closed = {article.key for article in schedule.spoken(work) if article.certainty in CLOSED}
    return {key: n for key, n in reports.planned(work.tx, work.course.key).items() if key in closed}


def _target(work: Work, was: Article, to: str | None) -> Article:
    if to:
        target = schedule.open_article(work, to)
        if target.key == was.key:
            raise UserError("carry_to_itself", key=was.key)
        return target
    coming = [each for each in schedule.coming(work, schedule.PLANNED) if each.certainty is not Certainty.SKIPPED]
    keys = [each.key for each in coming]
    after = coming[keys.index(was.key) + 1 :] if was.key in keys else coming
    # A review looks back on the year: it takes up questions only where somebody says so.
    quarters = [each for each in after if not is_review(each.key)]
    if not quarters:
        raise UserError("nothing_planned")
    return quarters[0]
