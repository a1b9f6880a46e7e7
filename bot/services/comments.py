"""Comments of a saved page filed as questions: whoever wrote them, once, however often the page is read."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Literal

from sqlalchemy import Connection

from bot.core.chat import Role
from bot.core.model import AnswerKind, Comment, Course, Person, State
from bot.core.text import received, title_of
from bot.services import hearing, similar
from bot.services.ledger import COMMENT
from bot.services.topics import digest, standing_for
from bot.services.work import Work
from bot.store import answers, people, topics

SOURCE = "comment"
NAMED = f"{COMMENT}name-"
AUTHOR, EDITOR = (f"{COMMENT}author", "作者"), (f"{COMMENT}editor", "编辑")
REPLIERS = (("author", AUTHOR, AnswerKind.PUBLISHED), ("editor", EDITOR, AnswerKind.EDITOR))


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of one comment: filed `new`, `known` already or `none` because it asks nothing."""

    comment: Comment
    question: bool
    filed: Literal["new", "known", "none"]
    topic: int | None


@dataclass(slots=True)
class _Entry:
    """A question that is filed, or will be when `topic` is None, and the comments that say it."""

    person: str
    name: str
    at: datetime
    topic: int | None
    copies: list[Comment]


def file_comments(
    tx: Connection, course: Course, comments: Sequence[tuple[Comment, bool]], now: datetime, *, dry: bool = False
) -> list[Filed]:
    """File each comment that is a question, in the page's order; with `dry` only say what would be done.

    A comment is known when the same person said the same, white space apart: the picture tells the person, or the name
    or the second where a copy has no picture. An author's reply becomes the published answer, an editor's is kept
    beside it, and what a later copy lacks is not lost.
    """
    entries = _stored(tx, course, [comment for comment, question in comments if question])
    new: list[_Entry] = []
    done: list[tuple[Comment, _Entry | None, bool]] = []
    for comment, question in comments:
        entry = _find(course, comment, entries) if question else None
        known = entry is not None
        if question and entry is None:
            entry = _Entry(_person(comment), received(comment.name), _moment(course, comment), None, [])
            entries[_digest(comment)].append(entry)
            new.append(entry)
        if entry:
            entry.copies.append(comment)
        done.append((comment, entry, known))
    if not dry:
        stored = [entry for each in entries.values() for entry in each if entry.topic is not None]
        _file(tx, course, new, now)
        _keep_replies(tx, course, stored, now)
    return [_filed(*each) for each in done]


def _filed(comment: Comment, entry: _Entry | None, known: bool) -> Filed:
    if entry is None:
        return Filed(comment, False, "none", None)
    return Filed(comment, True, "known" if known else "new", entry.topic)


def _stored(tx: Connection, course: Course, comments: Sequence[Comment]) -> dict[str, list[_Entry]]:
    """What is filed already with the words of these comments, by digest."""
    entries: dict[str, list[_Entry]] = {_digest(comment): [] for comment in comments}
    for said in topics.same_words(tx, course.key, list(entries)):
        if said.person and said.person.startswith(COMMENT):
            entries[said.digest].append(_Entry(said.person, said.name or "", said.at, said.topic, []))
    return entries


def _find(course: Course, comment: Comment, entries: Mapping[str, Sequence[_Entry]]) -> _Entry | None:
    return next((entry for entry in entries[_digest(comment)] if _same_person(course, comment, entry)), None)


def _same_person(course: Course, comment: Comment, entry: _Entry) -> bool:
    if entry.person == _person(comment):
        return True
    if isinstance(comment.at, datetime):
        same_time = comment.at == entry.at
    else:
        same_time = comment.at == entry.at.astimezone(course.zone).date()
    same_name = received(comment.name) == entry.name
    # With a picture on both sides another picture is another person, who may have the same name and the same to say.
    if comment.avatar and not entry.person.startswith(NAMED):
        return same_name and same_time
    return same_name or (same_time and isinstance(comment.at, datetime))


def _file(tx: Connection, course: Course, new: Sequence[_Entry], now: datetime) -> None:
    """File what is new, a statement a table: a page has up to twenty comments, an archive thousands of pages."""
    if not new:
        return
    people.meet_many(tx, {entry.person: entry.name for entry in new} | dict((AUTHOR, EDITOR)), now)
    for entry, n in zip(new, topics.file(tx, course.key, [_asked(entry) for entry in new]), strict=True):
        entry.topic = n
    similar.index(tx, course, *(entry.topic for entry in new if entry.topic))
    answers.add_first(tx, course.key, [answer for entry in new for answer in _first_answers(entry)])


def _asked(entry: _Entry) -> topics.Asked:
    comment, text = entry.copies[0], received(entry.copies[0].text)
    asked = topics.Asked(title_of(text), entry.person, text, _digest(comment), entry.at, SOURCE)
    return replace(asked, state=State.ANSWERED, decided_by=AUTHOR[0]) if _said(entry, "author") else asked


def _first_answers(entry: _Entry) -> Iterator[tuple[int, str, str, datetime, AnswerKind]]:
    for by, (who, _), kind in REPLIERS:
        if entry.topic is not None and (said := _said(entry, by)):
            yield entry.topic, who, "\n\n".join(said), entry.at, kind


def _said(entry: _Entry, by: str) -> list[str]:
    """Everything that `by` replied, once."""
    replies = (reply for comment in entry.copies for reply in comment.replies)
    return list(dict.fromkeys(received(reply.text) for reply in replies if reply.by == by and reply.text))


def _keep_replies(tx: Connection, course: Course, stored: Sequence[_Entry], now: datetime) -> None:
    """Add what was replied since to questions that are filed already."""
    replied = {
        entry.topic: entry for entry in stored if entry.topic and _said(entry, "author") + _said(entry, "editor")
    }
    ever = answers.ever(tx, course.key, list(replied))
    for n, entry in replied.items():
        for by, who, kind in REPLIERS:
            if _unknown(entry, by, kind, ever[n]):
                _add(Work(tx, course, Person(*who), Role.INSTRUCTOR, now), n, entry, by, kind)


def _unknown(entry: _Entry, by: str, kind: AnswerKind, ever: Sequence[tuple[AnswerKind, str]]) -> list[str]:
    known = [text for was, text in ever if was is kind]
    return [text for text in _said(entry, by) if not any(text in old for old in known)]


def _add(work: Work, n: int, entry: _Entry, by: str, kind: AnswerKind) -> None:
    """Add to what stands under the topic what is new there; who else asks or follows it hears an answer."""
    tx, course = work.tx, work.course.key
    was = standing_for(work, n, lock=True)
    new = _unknown(entry, by, kind, answers.ever(tx, course, [was.n])[was.n])
    if not new:
        return
    people.meet_many(tx, {work.person.key: work.person.name}, work.now)
    standing = [each.text for each in answers.of_topics(tx, course, [was.n])[was.n] if each.kind is kind]
    text = "\n\n".join([*standing, *new])
    version = answers.add(tx, course, was.n, work.person.key, text, entry.at, kind)
    if kind is not AnswerKind.PUBLISHED:
        return
    if was.when_answered is not was.state:
        topics.set_state(tx, course, was, was.when_answered, was.article, None)
        topics.sign(tx, course, was.n, work.person.key, entry.at)
    told = "topic.corrected" if was.answered else "topic.answered"
    hearing.tell(work, was, told, f"answer:{was.n}:{version}", entry.person, text=text, holds=None)


def _digest(comment: Comment) -> str:
    return digest(received(comment.text))


def _person(comment: Comment) -> str:
    """Who wrote it: the picture is a person's own, a name may be several people's."""
    return f"{COMMENT}{_short(comment.avatar)}" if comment.avatar else f"{NAMED}{_short(comment.name)}"


def _short(text: str) -> str:
    return hashlib.sha256(received(text).encode()).hexdigest()[:16]


def _moment(course: Course, comment: Comment) -> datetime:
    """When it was written; noon in the course's zone where only the day is known."""
    if isinstance(comment.at, datetime):
        return comment.at.astimezone(UTC)
    return datetime.combine(comment.at, time(12), course.zone).astimezone(UTC)


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
