"""Taking back what staff did."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.chat import Notice, Role
from bot.core.errors import UserError
from bot.core.model import UNTOLD, State, Topic
from bot.services import answers as given
from bot.services import (
    attention,
    blocking,
    carrying,
    drafts,
    filing,
    hearing,
    ledger,
    merging,
    outlet,
    reviewing,
    schedule,
    topics,
)
from bot.services.work import Work
from bot.store import articles, events, reviews
from bot.store import topics as stored

VERBS = (
    "decide",
    *given.VERBS,
    "merge",
    "split",
    "file",
    "carry",
    "schedule",
    "publish",
    *blocking.VERBS,
    "delivery",
    "feed",
    "pause",
)
TOPIC_VERBS = ("decide", *given.VERBS, "merge", "split", "cover", "carry")
# What changes no state stands beside the rest, each with what may come on top of it.
BESIDE = {
    "draft": ("draft", "discard", "answer"),
    "discard": ("draft", "discard", "answer"),
    "thank": (),
    "check": (),
    "retitle": ("retitle",),
}


@dataclass(frozen=True, slots=True)
class Back:
    """One thing taken back: what had been done to what ("article:2026-Q4"), a topic as it is now; `into` of a merge."""

    verb: str
    subject: str
    topic: Topic | None = None
    into: int | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, in the order in which it was done, and why the rest of the step was not."""

    done: tuple[Back, ...]
    left: tuple[UserError, ...]


def undo(work: Work, id_: int | None) -> Undone:
    """Take back the person's last step or the one named, as far as nothing was done on top, and tell who was told.

    UserError where there is none, it is another's, it is undone already or something was done on top of all of it.
    """
    first = _found(work, id_)
    done: list[Back] = []
    left: list[UserError] = []
    for each in events.in_step(work.tx, work.course.key, first):
        try:
            done.append(_take_back(work, each))
        except UserError as error:
            left.append(error)
    if not done:
        raise left[0]
    _tell_carried(work, first, done)
    if not left:
        ledger.unsay(work, first.person, first.at)
    return Undone(tuple(reversed(done)), tuple(left))


def _tell_carried(work: Work, first: events.Event, done: list[Back]) -> None:
    """Tell of all that is back with its article in one message."""
    if first.verb == "carry":
        moved = [each.topic for each in reversed(done) if each.topic]
        carrying.tell(work, moved, f"undo:{first.id}", first.after["article"], first.before["article"])


def _take_back(work: Work, done: events.Event) -> Back:
    kind, _, key = done.subject.partition(":")
    if done.verb == "file":
        filing.take_back(work, done)
    elif kind == "topic":
        _restore_topic(work, done, int(key))
    elif kind == "block":
        blocking.restore(work, done)
    elif kind == "delivery":
        attention.put_back(work, done)
    elif kind == "entry":
        outlet.put_back(work, done)
    elif kind == "plan":
        schedule.put_pause(work, done.before["paused"])
    else:
        _restore_article(work, done, key)
    events.mark_undone(work.tx, done.id)
    if kind != "topic":
        return Back(done.verb, done.subject)
    into = done.after.get("into") or done.before.get("into")
    return Back(done.verb, done.subject, stored.get(work.tx, work.course.key, int(key)), into)


def _found(work: Work, id_: int | None) -> events.Event:
    if id_ is None:
        last = events.last_by(work.tx, work.course.key, work.person.key, (*VERBS, *BESIDE))
        id_ = last.id if last else 0
    # Locked: of two who undo the same at once the second is told so.
    done = events.get(work.tx, work.course.key, id_, lock=True)
    if done is None or done.verb not in (*VERBS, *BESIDE):
        raise UserError("nothing_to_undo")
    if done.undone:
        raise UserError("undone_already")
    if done.person != work.person.key and work.role < Role.INSTRUCTOR:
        raise UserError("not_your_act", name=done.name)
    return done


def _restore_topic(work: Work, done: events.Event, n: int) -> None:
    stored.get(work.tx, work.course.key, n, lock=True)
    _be_last(work, done, f"#{n}")
    once = f"undo:{done.id}"
    if done.verb in drafts.VERBS:
        drafts.take_back(work, done)
    if done.verb == "merge":
        merging.part(work, n, once)
    elif done.verb == "split":
        merging.rejoin(work, n, done.before["into"], once)
    elif done.verb == "retitle":
        merging.take_back_title(work, n, done)
    elif done.verb not in BESIDE:
        _restore_state(work, done, topics.get(work, n))


def _restore_state(work: Work, done: events.Event, now: Topic) -> None:
    back = (carrying.take_back if done.verb == "carry" else schedule.standing_before)(work, done)
    _put_back(work, now, done, *back)
    if done.verb in given.VERBS:
        given.take_back(work, now, done, back[0])
    elif done.verb != "carry":
        _tell_back(work, done, now, *back)


def _tell_back(
    work: Work, done: events.Event, now: Topic, state: State, article: str | None, reason: str | None
) -> None:
    """Tell those who were told: of a hold only whoever was asked for details was."""
    once = f"undo:{done.id}"
    if done.after.get("hold") == reviewing.DETAILS:
        notice = Notice("topic.no_details", {"n": now.n, "title": now.title})
        ledger.announce(work, f"topic:{now.n}:{once}", notice, reviewing.askers(work, now.n))
    elif {state, now.state} <= {*UNTOLD}:
        return
    elif state is now.state:
        hearing.tell(work, now, f"topic.{state}", once, article=article, reason=reason)
    else:
        hearing.tell(work, now, "topic.taken_back", once, state=state, told=now.state)


def _restore_article(work: Work, done: events.Event, key: str) -> None:
    articles.lock(work.tx, work.course.key, key)
    _be_last(work, done, key)
    was = schedule.find(work, key)
    _restore_change(work, done, key)
    schedule.tell_correction(work, was, f"undo:{done.id}")
    for n in done.before["topics"]:
        # Itself: all that was asked there may be withdrawn by now, and that keeps nothing else from being undone.
        topic = stored.get(work.tx, work.course.key, n, lock=True)
        cover = events.last_on(work.tx, work.course.key, f"topic:{n}", ("cover",))
        if topic and cover and (topic.state, topic.article) == (State.COVERED, key):
            _put_back(work, topic, cover, State.PLANNED, key, None)
            events.mark_undone(work.tx, cover.id)
            hearing.tell(work, topic, "topic.taken_back", f"undo:{done.id}", state="planned", told="covered")
    if done.verb == "schedule":
        schedule.tell_slip(work, was, f"undo:{done.id}")
    else:
        title = done.after["change"].get("title") or key
        notice = Notice("article.retracted", {"key": key, "title": title})
        ledger.announce(work, f"undo:{done.id}", notice, work.course.channels)


def _restore_change(work: Work, done: events.Event, key: str) -> None:
    change = articles.change_from_data(done.before["change"])
    articles.save(work.tx, work.course.key, key, change)
    if done.verb == "publish" and schedule.is_due(work, key):
        # Its time is over and it has its link: the clock would announce it once more. It waits for a new date.
        articles.save(work.tx, work.course.key, key, replace(change, late=True))


def _be_last(work: Work, done: events.Event, n: str) -> None:
    """UserError where something was done to the same subject after it and stands."""
    verbs = BESIDE.get(done.verb, ("schedule", "publish", *TOPIC_VERBS))
    last = events.last_on(work.tx, work.course.key, done.subject, verbs)
    if last and last.id != done.id:
        raise UserError("changed_since", name=last.name, ago=work.now - last.at, n=n)


def _put_back(
    work: Work, now: Topic, done: events.Event, state: State, article: str | None, reason: str | None
) -> None:
    before = done.before
    stored.set_state(work.tx, work.course.key, now, state, article, reason)
    stored.sign(work.tx, work.course.key, now.n, before["decided_by"], _time(before["decided_at"]))
    reviews.hold(work.tx, work.course.key, now.n, before.get("hold"), _time(before.get("hold_until")))


def _time(at: str | None) -> datetime | None:
    return datetime.fromisoformat(at) if at else None
