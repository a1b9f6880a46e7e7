"""Taking back what staff did."""

from dataclasses import replace
from datetime import datetime

from bot.core.chat import Notice, Role
from bot.core.errors import UserError
from bot.core.model import State, Topic
from bot.services import answers as given
from bot.services import blocking, carrying, drafts, filing, ledger, schedule, topics
from bot.services.work import Work
from bot.store import articles, events
from bot.store import topics as stored

VERBS = ("decide", *given.VERBS, "file", "carry", "schedule", "publish", *blocking.VERBS)
TOPIC_VERBS = ("decide", *given.VERBS, "cover", "carry")
# What changes no state stands beside the rest, each with what may come on top of it.
BESIDE = {"draft": ("draft", "discard", "answer"), "discard": ("draft", "discard", "answer"), "thank": (), "check": ()}


def undo(work: Work, id_: int | None) -> events.Event:
    """Take back the person's last act or the one named, and tell those who had been told.

    UserError where there is none, it is another's, it is undone already or something was done on top of it.
    """
    done = _found(work, id_)
    kind, _, key = done.subject.partition(":")
    if done.verb == "file":
        filing.take_back(work, done)
    elif kind == "topic":
        _restore_topic(work, done, int(key))
    elif kind == "block":
        blocking.restore(work, done)
    else:
        _restore_article(work, done, key)
    events.mark_undone(work.tx, done.id)
    return done


def _found(work: Work, id_: int | None) -> events.Event:
    if id_ is None:
        done = events.last_by(work.tx, work.course.key, work.person.key, (*VERBS, *BESIDE))
    else:
        done = events.get(work.tx, work.course.key, id_)
    if done is None or done.verb not in (*VERBS, *BESIDE):
        raise UserError("nothing_to_undo")
    if done.undone:
        raise UserError("undone_already")
    if done.person != work.person.key and work.role < Role.INSTRUCTOR:
        raise UserError("not_your_act", name=done.name)
    return done


def _restore_topic(work: Work, done: events.Event, n: int) -> None:
    now = topics.get(work, n, lock=True)
    _be_last(work, done, f"#{n}")
    if done.verb in drafts.VERBS:
        drafts.take_back(work, done)
    if done.verb in BESIDE:
        return
    _put_back(work, now, done)
    if done.verb in given.VERBS:
        given.take_back(work, now, done)
        return
    was = State(done.before["state"])
    if done.verb == "carry":
        carrying.tell(work, [now], f"undo:{done.id}", done.after["article"], done.before["article"])
    elif now.state is not State.CANDIDATE:
        topics.tell_followers(work, now, "topic.taken_back", f"undo:{done.id}", state=was, told=now.state)


def _restore_article(work: Work, done: events.Event, key: str) -> None:
    articles.lock(work.tx, work.course.key, key)
    _be_last(work, done, key)
    _restore_change(work, done, key)
    for n in done.before["topics"]:
        topic = topics.get(work, n, lock=True)
        cover = events.last_on(work.tx, work.course.key, f"topic:{n}", TOPIC_VERBS)
        if cover and cover.verb == "cover":
            _put_back(work, topic, cover)
            events.mark_undone(work.tx, cover.id)
            topics.tell_followers(work, topic, "topic.taken_back", f"undo:{done.id}", state="planned", told="covered")
    if done.verb == "publish":
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


def _put_back(work: Work, now: Topic, done: events.Event) -> None:
    before = done.before
    stored.set_state(work.tx, work.course.key, now, State(before["state"]), before["article"], before["reason"])
    at = datetime.fromisoformat(before["decided_at"]) if before["decided_at"] else None
    stored.sign(work.tx, work.course.key, now.n, before["decided_by"], at)
