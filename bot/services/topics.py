"""Questions and the topics that they are filed under."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from bot.core.errors import UserError
from bot.core.model import OPEN, UNTOLD, Answer, Course, Page, Question, State, Topic
from bot.core.text import title_of
from bot.services import hearing, similar
from bot.services.pages import page
from bot.services.work import Work
from bot.store import answers, events, merges, numbers, reviews, topics

JUST_NOW = timedelta(minutes=10)
NEWS = ("answer", "unanswer", "decide", "merge", "split", "cover", "carry")


@dataclass(frozen=True, slots=True)
class Card:
    """A topic with every wording and every answer that stands; `mine` are the ids of the reader's own wordings."""

    topic: Topic
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    mine: frozenset[int] = frozenset()


def digest(text: str) -> str:
    """What two questions share that differ in white space only."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()[:32]


def file(work: Work, text: str, *, about: str | None = None, anonymous: bool = False) -> Topic:
    """Open a topic for a question, about an article if that is given."""
    asked = topics.Asked(
        title_of(text), work.person.key, text, digest(text), work.now, "ask", anonymous=anonymous, about=about
    )
    [n] = topics.file(work.tx, work.course.key, [asked])
    similar.index_new(work.tx, work.course, n, asked.title, text)
    return Topic(n, asked.title, State.NEW, work.now, followers=1, voters=1)


def any_filed(tx: Connection, course: Course) -> bool:
    """Whether anything was ever asked in the course."""
    return numbers.get(tx, course.key, "topic") > 0


def get(work: Work, n: int, *, lock: bool = False) -> Topic:
    """The topic that stands for that number; UserError where there is none or all that was asked is withdrawn."""
    found = standing_for(work, n, lock=lock)
    if not found.wordings:
        raise UserError("no_topic", n=n)
    return found


def standing_for(work: Work, n: int, *, lock: bool = False) -> Topic:
    """The topic that stands for that number, also where nothing is asked any more; UserError where there is none."""
    found = topics.get(work.tx, work.course.key, topics.root(work.tx, work.course.key, n) or n, lock=lock)
    if found is None:
        raise UserError("no_topic", n=n)
    # It may have been merged while this waited for it.
    return standing_for(work, n, lock=lock) if found.merged_into else found


def card(work: Work, n: int) -> Card:
    """The topic with all that was asked and answered; UserError where there is none."""
    topic = get(work, n)
    asked = tuple(topics.questions(work.tx, work.course.key, topic.n, work.course.zone))
    mine = frozenset(each.id for each in topics.own(work.tx, work.course.key, topic.n, work.person.key))
    ns = [topic.n, *merges.into(work.tx, work.course.key, topic.n)]
    given = answers.of_topics(work.tx, work.course.key, ns)
    return Card(topic, asked, tuple(each for n in ns for each in given[n]), mine)


def mine(work: Work, number: int) -> Page[Topic]:
    """One page of what the person asked, newest first."""
    total = topics.count_asked_by(work.tx, work.course.key, work.person.key)
    return page(number, total, partial(topics.asked_by, work.tx, work.course.key, work.person.key))


def news(work: Work, shown: Page[Topic]) -> set[int]:
    """Those of one's topics on a page to which others did something since one last looked.

    To look is to see the first page; the further ones tell what was new then.
    """
    last = events.last_by(work.tx, work.course.key, work.person.key, ("look",))
    since = last.id if last else 0
    if shown.number == 1:
        events.add(work.tx, work.course.key, work.now, work.person.key, "look", "questions", {"since": since}, {})
        if last:
            events.forget(work.tx, last.id)
    elif last:
        since = last.before["since"]
    ns = [topic.n for topic in shown.items]
    return events.touched(work.tx, work.course.key, ns, NEWS, work.person.key, since)


def open_of(work: Work) -> int:
    """How many of the person's questions still wait."""
    return topics.count_asked_by(work.tx, work.course.key, work.person.key, OPEN)


def waiting(work: Work) -> int:
    """How many topics wait for review and are not put off."""
    new = topics.counts(work.tx, work.course.key)[State.NEW]
    return new - reviews.count_held(work.tx, work.course.key, work.now) if new else 0


def taken_up(work: Work, article: str, state: State = State.PLANNED, *, lock: bool = False) -> list[Topic]:
    """The topics that an article is to answer, or answered; with `lock` nobody else changes them meanwhile."""
    return topics.for_article(work.tx, work.course.key, article, state, lock=lock)


def edit(work: Work, n: int, text: str) -> tuple[Topic, str, int]:
    """Change the person's own words until they are answered; the topic, the old words and the event.

    UserError after that or where they asked nothing there.
    """
    topic, asked = _own(work, n)
    topics.reword(work.tx, work.course.key, asked.id, text, digest(text))
    before = {"question": asked.id, "text": asked.text, "title": topic.title}
    called = _called_after(work, topic, asked)
    for filed in called:
        topics.retitle(work.tx, work.course.key, filed, title_of(text), was=title_of(asked.text))
    similar.index(work.tx, work.course, *called)
    if topic.hold:
        reviews.hold(work.tx, work.course.key, topic.n, None, None)
    event = note(work, "edit", n, before, {"text": text})
    return get(work, n), asked.text, event


def _called_after(work: Work, topic: Topic, asked: Question) -> set[int]:
    """The topics that may be called after words that are gone: not the one over all where others there begin so too."""
    left = topics.questions(work.tx, work.course.key, topic.n)
    others = any(title_of(each.text) == title_of(asked.text) for each in left)
    return {asked.topic} if others else {asked.topic, topic.n}


def withdraw(work: Work, n: int) -> Question:
    """Take the person's own question back, and return it; UserError where that is not theirs or is answered."""
    topic, asked = _own(work, n)
    topics.withdraw(work.tx, work.course.key, topic.n, asked, work.person.key)
    similar.index(work.tx, work.course, asked.topic)
    event = note(work, "withdraw", n, {"question": asked.id, "text": asked.text}, {})
    tell_gone(work, topic.n, f"{event}")
    return asked


def tell_gone(work: Work, n: int, once: str) -> None:
    """Tell everyone who still hears of a topic where nothing is asked any more, once under `once`."""
    now = topics.get(work.tx, work.course.key, n)
    if now and not now.wordings:
        hearing.tell(work, now, "topic.withdrawn", f"withdrawn:{once}")


def own(work: Work, n: int) -> Question | None:
    """What the person asked as topic `n` itself, wherever that is merged; else what they asked first of all there."""
    root = topics.root(work.tx, work.course.key, n) or n
    asked = topics.own(work.tx, work.course.key, root, work.person.key)
    return next((each for each in asked if each.topic == n), next(iter(asked), None))


def _own(work: Work, n: int) -> tuple[Topic, Question]:
    topic = get(work, n, lock=True)
    asked = own(work, n)
    if asked is None:
        raise UserError("not_yours", n=n)
    if not topic.editable:
        raise UserError("closed_already", n=n, state=State.ANSWERED if topic.answered else topic.state)
    return topic, asked


def decide(
    work: Work,
    state: State,
    article: str | None,
    reason: str | None,
    n: int,
    seen: int | None,
    batch: int | None = None,
) -> tuple[Topic, int]:
    """Move a topic into a state; it as it is then, and the event that undoes it.

    `seen` is the revision that the person acts on, `batch` the first event of the step that this is part of. UserError
    where somebody else was first, nothing would change or what is answered would be declined.
    """
    was = acting_on(work, n, seen)
    if state is State.DECLINED:
        check_declinable(was)
    if (was.state, was.article, was.reason) == (state, article, reason) and not was.hold:
        raise UserError("no_change", n=was.n, state=state)
    event = move(work, was, state, article, reason, "decide", batch)
    if not {was.state, state} <= {*UNTOLD}:
        fields = {"was_state": was.state} if state is State.CANDIDATE else {"article": article, "reason": reason}
        hearing.tell(work, was, f"topic.{state}", f"{state}:{event}", **fields)
    return get(work, was.n), event


def check_declinable(topic: Topic) -> None:
    """UserError where an answer stands, which would say another thing than the reason."""
    if topic.answered:
        raise UserError("answer_stands", n=topic.n, topic=topic)


def acting_on(work: Work, n: int, seen: int | None) -> Topic:
    """The topic that a person acts on, locked; UserError that names who was first, where somebody else was."""
    topic = current(work, n, seen)
    if topic.n == n:
        give_way(work, topic, seen)
    return topic


def current(work: Work, n: int, seen: int | None) -> Topic:
    """The topic that stands for `n`, locked; UserError that names who merged it, where a button was made before that.

    Nobody acts in silence on another topic than they saw.
    """
    topic = get(work, n, lock=True)
    if topic.n == n:
        return topic
    merged = events.last_on(work.tx, work.course.key, f"topic:{n}", ("merge",))
    if merged and (seen is not None or (merged.person != work.person.key and work.now - merged.at < JUST_NOW)):
        raise UserError("handled", n=n, name=merged.name, ago=work.now - merged.at, topic=topic)
    return topic


def give_way(work: Work, topic: Topic, seen: int | None) -> None:
    """UserError that names who was first, where somebody else changed the topic and the person cannot have known.

    A button says which revision it was made for; what was typed does not, so there the last minutes count.
    """
    if topic.decided_by in (None, work.person.key) or topic.decided_at is None or seen == topic.revision:
        return
    ago = work.now - topic.decided_at
    if seen is not None or ago < JUST_NOW:
        raise UserError("handled", n=topic.n, name=topic.decided_name, ago=ago, topic=topic)


def move(
    work: Work,
    was: Topic,
    state: State,
    article: str | None,
    reason: str | None,
    verb: str,
    batch: int | None = None,
    **more: object,
) -> int:
    """Set a topic's state in the person's name and write down how to undo it; the event's id. Nothing holds it then."""
    topics.set_state(work.tx, work.course.key, was, state, article, reason)
    topics.sign(work.tx, work.course.key, was.n, work.person.key, work.now)
    if was.hold:
        reviews.hold(work.tx, work.course.key, was.n, None, None)
    after = {"state": state, "article": article, "reason": reason, **more}
    return note(work, verb, was.n, _snapshot(was), after, batch)


def _snapshot(topic: Topic) -> dict[str, object]:
    """What undo must put back of a topic."""
    kept: dict[str, object] = {"state": topic.state, "article": topic.article, "reason": topic.reason}
    times = {"decided_at": topic.decided_at, "hold_until": topic.hold_until}
    dated = {name: at.isoformat() if at else None for name, at in times.items()}
    return kept | {"decided_by": topic.decided_by, "hold": topic.hold, **dated}


def note(
    work: Work, verb: str, n: int, before: Mapping[str, object], after: Mapping[str, object], batch: int | None = None
) -> int:
    """Write down what the person did to a topic; the event's id."""
    return events.add(work.tx, work.course.key, work.now, work.person.key, verb, f"topic:{n}", before, after, batch)
