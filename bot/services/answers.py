"""Answers: published once, corrected by a further version."""

from bot.core.chat import Notice
from bot.core.errors import UserError
from bot.core.model import State, Topic
from bot.services import ledger, topics
from bot.services.work import Work
from bot.store import answers


def answer(work: Work, n: int, text: str, seen: int | None) -> tuple[Topic, int, int]:
    """Publish an answer where the course is read, tell everyone who asked, and return topic, version and event.

    `seen` is the revision that the person acts on: who knows of an answer corrects it, who does not is told of it.
    """
    was = topics.get(work, n, lock=True)
    if was.answered:
        _may_correct(work, was, text, seen)
    else:
        topics.give_way(work, was, seen)
    version = answers.add(work.tx, work.course.key, n, work.person.key, text, work.now)
    event = topics.move(work, was, State.ANSWERED, was.article, None, "answer", version=version)
    kind = "answer.corrected" if was.answered else "answer.published"
    fields = {"n": n, "title": was.title, "text": text, "name": work.person.name}
    once = f"answer:{n}:{version}"
    ledger.announce(work, once, Notice(kind, fields), work.course.channels)
    topics.tell_followers(work, was, "topic.corrected" if was.answered else "topic.answered", once, text=text)
    return topics.get(work, n), version, event


def _may_correct(work: Work, was: Topic, text: str, seen: int | None) -> None:
    standing = topics.card(work, was.n).answers[-1]
    if standing.text == text:
        raise UserError("no_change", n=was.n, state=State.ANSWERED)
    if seen != was.revision and was.decided_by != work.person.key:
        ago = work.now - (was.decided_at or standing.at)
        raise UserError("handled", n=was.n, name=standing.name, ago=ago, topic=was)
