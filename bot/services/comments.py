"""Comments of a saved page filed as questions: whoever wrote them, once, however often the page is read."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

from sqlalchemy import Connection

from bot.core.chat import Role
from bot.core.model import Comment, Course, Question, State, Topic
from bot.core.text import received, title_of
from bot.services.topics import digest
from bot.store import answers, people, topics

SOURCE = "comment"
AUTHOR, EDITOR = ("comment:author", "作者"), ("comment:editor", "编辑")


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of one comment: filed `new`, `known` already or `none` because it asks nothing."""

    comment: Comment
    question: bool
    filed: Literal["new", "known", "none"]
    topic: int | None


def file_comments(
    tx: Connection, course: Course, comments: Iterable[tuple[Comment, bool]], now: datetime, *, dry: bool = False
) -> list[Filed]:
    """File each comment that is a question, in the page's order; with `dry` only say what would be done.

    A comment is known when the same person said the same, white space apart: the picture or the name or the second of
    it tells the person. An author's reply becomes the published answer, an editor's is kept beside it, and what a later
    copy lacks is not lost.
    """
    dreamt: list[Comment] = []
    done = []
    for comment, question in comments:
        if not question:
            done.append(Filed(comment, False, "none", None))
            continue
        known = _known(tx, course, comment)
        if dry:
            again = known is not None or any(_same_comment(course, comment, other) for other in dreamt)
            dreamt.append(comment)
            done.append(Filed(comment, True, "known" if again else "new", known.topic if known else None))
            continue
        n = known.topic if known else _file(tx, course, comment)
        _keep_replies(tx, course, n, comment, now)
        done.append(Filed(comment, True, "known" if known else "new", n))
    return done


def _known(tx: Connection, course: Course, comment: Comment) -> Question | None:
    said = topics.same_words(tx, course.key, digest(received(comment.text)))
    ours = [question for question in said if question.person.startswith(f"{SOURCE}:")]
    return next((question for question in ours if _same_person(course, comment, question)), None)


def _same_person(course: Course, comment: Comment, question: Question) -> bool:
    if question.person == _person(comment):
        return True
    same_time = _moment(course, comment) == question.at
    if not isinstance(comment.at, datetime):
        same_time = comment.at == question.at.astimezone(course.zone).date()
    same_name = received(comment.name) == question.name
    # With a picture on both sides another picture is another person, unless the very second is the same: a rename.
    pictured = bool(comment.avatar) and not question.person.startswith(f"{SOURCE}:name-")
    return same_time if pictured else same_name or (same_time and isinstance(comment.at, datetime))


def _same_comment(course: Course, one: Comment, other: Comment) -> bool:
    return digest(one.text) == digest(other.text) and _person(one) == _person(other)


def _file(tx: Connection, course: Course, comment: Comment) -> int:
    at, text = _moment(course, comment), received(comment.text)
    who = people.meet(tx, _person(comment), received(comment.name), Role.MEMBER, at)
    n = topics.file(tx, course.key, title_of(text), at)
    topics.word(tx, course.key, n, who.key, text, digest(text), at, SOURCE, State.NEW)
    return n


def _keep_replies(tx: Connection, course: Course, n: int, comment: Comment, now: datetime) -> None:
    standing = answers.of_topic(tx, course.key, n)
    for by, (key, name), editor in (("author", AUTHOR, False), ("editor", EDITOR, True)):
        said = [received(reply.text) for reply in comment.replies if reply.by == by and reply.text]
        kept = [answer.text for answer in standing if answer.editor is editor]
        new = [text for text in said if not any(text in old for old in kept)]
        if not new:
            continue
        people.meet(tx, key, name, Role.MEMBER, now)
        text = "\n\n".join(([kept[-1]] if kept else []) + new)
        answers.add(tx, course.key, n, key, text, _moment(course, comment), editor=editor)
        topic = topics.get(tx, course.key, n, lock=True)
        if topic and not editor:
            _mark_answered(tx, course, topic, key, _moment(course, comment))


def _mark_answered(tx: Connection, course: Course, topic: Topic, who: str, at: datetime) -> None:
    topics.set_state(tx, course.key, topic, State.ANSWERED, topic.article, None)
    topics.sign(tx, course.key, topic.n, who, at)


def _person(comment: Comment) -> str:
    """Who wrote it: the picture is a person's own, a name may be several people's."""
    if comment.avatar:
        return f"{SOURCE}:{_short(comment.avatar)}"
    return f"{SOURCE}:name-{_short(comment.name)}"


def _short(text: str) -> str:
    return hashlib.sha256(received(text).encode()).hexdigest()[:16]


def _moment(course: Course, comment: Comment) -> datetime:
    """When it was written; noon in the course's zone where only the day is known."""
    if isinstance(comment.at, datetime):
        return comment.at.astimezone(UTC)
    return _noon(comment.at, course).astimezone(UTC)


def _noon(day: date, course: Course) -> datetime:
    return datetime.combine(day, time(12), course.zone)


def summary(files: int, filed: Sequence[Filed]) -> dict[str, int]:
    """How many files, comments, questions, new and known ones."""
    kinds = [each.filed for each in filed]
    asked = sum(each.question for each in filed)
    return {
        "files": files,
        "comments": len(filed),
        "questions": asked,
        "new": kinds.count("new"),
        "known": kinds.count("known"),
    }
