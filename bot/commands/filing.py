"""What staff file for others: a paste is gone through one by one."""

import re
from collections.abc import Iterable
from dataclasses import replace

from bot.commands.context import Context, Declared
from bot.commands.parts import state_name, undo_button
from bot.core.chat import Button, Command, File, Form, Kind, Param, Reply, Role, filled
from bot.core.errors import UserError
from bot.core.model import Pasted, Topic
from bot.core.text import shorten, shown, title_of
from bot.importers.pasted import read_pasted
from bot.importers.questions import is_question
from bot.importers.section import is_section, lines_of
from bot.services import answers, filing, similar
from bot.words import words_in
from bot.words.notices import card_button

LONGEST = 20_000
LISTED, EXCERPT = 15, 1200
ACTIONS = ("file", "too", "skip", "all", "others")

FILE = Command(
    "file",
    (
        Param("text", Kind.LONG, required=False, low=1, high=LONGEST),
        Param("name", Kind.WORD, required=False, high=32, named=True),
        Param("source", Kind.CHOICE, required=False, choices=filing.SOURCES, named=True),
        Param("action", Kind.CHOICE, required=False, choices=ACTIONS, hidden=True),
        Param("paste", Kind.NUMBER, required=False, hidden=True),
        Param("item", Kind.NUMBER, required=False, hidden=True),
        Param("topic", Kind.TOPIC, required=False, hidden=True),
        Param("person", Kind.WORD, required=False, high=64, hidden=True),
        Param("url", Kind.URL, required=False, hidden=True),
    ),
    Role.ASSISTANT,
)

_NAMED_LAST = re.compile(r"(?P<text>[^\n]*\S)\s+(?:name|名字)[:：]\s*(?P<name>[^\s:：]{1,32})", re.IGNORECASE)


def file(
    context: Context,
    text: str | None,
    name: str | None,
    source: str | None,
    action: str | None,
    paste: int | None,
    item: int | None,
    topic: int | None,
    person: str | None,
    url: str | None,
) -> Reply:
    """File what others asked elsewhere: a paste to go through, or one question of `name`, by `person` at `url`."""
    if paste is not None:
        return _gone_on(context, filing.get(context.work, paste), action or "", item or 0, topic)
    if text is None:
        raise UserError("missing", command="file", form=Form("file", ("text",), filled(name=name, source=source)))
    last = _NAMED_LAST.fullmatch(text)
    if name or last:
        asked = text if name or not last else last["text"]
        named = shown(name or (last["name"] if last else ""))
        return _one(context, url or source or "group", Pasted(named, asked, context.work.now, person=person))
    return _pasted(context, source or ("comments" if is_section(lines_of(text)) else "group"), text)


def for_the_group(context: Context, topic: Topic, *, corrected: bool) -> tuple[list[str], File | None]:
    """What is said of the askers of an answered topic whom Herald does not reach, and what to copy to where they are.

    Nothing where it reaches all of them.
    """
    names = [f"@{shown(name)}" for name in filing.asked_elsewhere(context.work, topic.n)]
    answer = answers.published(context.work, topic.n)
    if not (names and answer):
        return [], None
    say = words_in(context.work.course.locale)
    key = "file.corrected_for_the_group" if corrected else "file.for_the_group"
    lines = [say(key, names=" ".join(names), title=shown(topic.title), text=shorten(shown(answer.text), EXCERPT))]
    if answer.holds:
        lines.append(say("answer.holds", holds=shown(answer.holds)))
    return [context.say.count("file.to_copy", len(names))], File(f"answer-{topic.n}.txt", "\n".join(lines))


def _one(context: Context, source: str, said: Pasted) -> Reply:
    say = context.say
    like = similar.likely(context.work.tx, context.work.course, said.text, 1)
    n, event = filing.file_one(context.work, source, said)
    if event is None:
        return Reply(say("file.known", n=n, name=said.name), buttons=(card_button(n),))
    told = [say("file.filed_for", n=n, name=said.name, title=title_of(said.text)), *_likeness(context, like)]
    return Reply("\n".join(told), buttons=(card_button(n), undo_button(context.say, event)))


def _pasted(context: Context, source: str, text: str) -> Reply:
    work = context.work
    unnamed = words_in(work.course.locale)("file.unnamed")
    read = read_pasted(text, work.course.zone, work.now)
    if not read:
        raise UserError("nothing_pasted", text=text, form=Form("file", ("text",), {"text": text}))
    said = [(replace(each, name=shown(each.name) or unnamed), is_question(each.text)) for each in read]
    paste = filing.keep(work, source, said)
    title = context.say.count("file.title", len(said), questions=paste.questions)
    asked = paste.questions > 0
    left = paste.left(question=asked)
    lines = "\n".join(_lines(context, paste, paste.group(question=asked)))
    return replace(_next(context, paste, left[0] if left else None, [lines]), title=title)


def _lines(context: Context, paste: filing.Paste, group: range) -> Iterable[str]:
    for at in group[:LISTED]:
        found = paste.candidates[at]
        known = context.say("file.is_known", n=found.topic) if found.done == "known" else ""
        line = context.say("file.line", at=at + 1, name=found.said.name, title=title_of(found.said.text))
        yield f"{line} {known}".rstrip()
    if len(group) > LISTED:
        yield context.say("file.more", count=len(group) - LISTED)


def _gone_on(context: Context, paste: filing.Paste, action: str, at: int, topic: int | None) -> Reply:
    """Do what was pressed, and show what comes next."""
    if action == "others":
        left = paste.left(question=False)
        return _next(context, paste, left[0] if left else None, [])
    if action == "all":
        return _all(context, paste)
    if not 0 <= at < len(paste.candidates):
        raise UserError("no_paste", days=filing.KEPT.days)
    was, event = paste.candidates[at], None
    if action == "skip":
        paste = paste if was.done else filing.skip(context.work, paste, at)
    else:
        paste, event = filing.file(context.work, paste, at, topic if action == "too" else None)
    told = _told(context, paste.candidates[at], new=not was.done)
    left = paste.left(question=was.question)
    following = next((each for each in left if each > at), left[0] if left else None)
    return _next(context, paste, following, [told], event)


def _told(context: Context, found: filing.Candidate, *, new: bool) -> str:
    key = found.done if new else "known"
    return context.say(f"file.{key}", n=found.topic or 0, name=found.said.name) if found.topic else ""


def _all(context: Context, paste: filing.Paste) -> Reply:
    paste, filed, event = filing.file_all(context.work, paste)
    numbers = context.say("comma").join(f"#{n}" for n in filed)
    told = context.say.count("file.filed_all", len(filed), numbers=numbers) if filed else ""
    return _next(context, paste, None, [told], event)


def _next(context: Context, paste: filing.Paste, at: int | None, before: list[str], event: int | None = None) -> Reply:
    """The candidate to decide on, after what was done; without one, how it ended."""
    undo = (undo_button(context.say, event),) if event else ()
    if at is None:
        buttons = (*undo, *_others(context, paste), *_review(context))
        return Reply("\n\n".join(filter(None, [*before, _end(context, paste)])), buttons=buttons)
    said = paste.candidates[at].said
    like = similar.likely(context.work.tx, context.work.course, said.text, 1)
    parts = [*before, _shown(context, paste, at), *_likeness(context, like)]
    buttons = (*_choices(context, paste, at, like), *undo)
    return Reply("\n\n".join(filter(None, parts)), buttons=buttons)


def _shown(context: Context, paste: filing.Paste, at: int) -> str:
    say, found = context.say, paste.candidates[at]
    group = paste.group(question=found.question)
    key = "file.at" if found.question else "file.at_other"
    stamp = say.stamp(found.said.at, context.work.course.zone)
    lines = [say(key, at=at - group.start + 1, total=len(group), name=found.said.name, when=stamp)]
    if found.said.quote:
        lines.append(say("file.quote", text=shorten(shown(found.said.quote), EXCERPT)))
    lines.append(shorten(shown(found.said.text), EXCERPT))
    lines += [say(f"file.reply_{reply.by}", text=shorten(shown(reply.text), EXCERPT)) for reply in found.said.replies]
    return "\n".join(lines)


def _likeness(context: Context, like: Iterable[similar.Similar]) -> list[str]:
    say = context.say
    return [say("file.like", n=each.topic, title=shown(each.title), state=state_name(say, each.state)) for each in like]


def _choices(context: Context, paste: filing.Paste, at: int, like: Iterable[similar.Similar]) -> Iterable[Button]:
    say, of = context.say, {"paste": str(paste.id), "item": str(at)}
    yield Button(say("button.file"), "file", {"action": "file", **of})
    if not paste.candidates[at].said.replies:
        for each in like:
            args = {"action": "too", **of, "topic": str(each.topic)}
            yield Button(say("button.file_too", n=each.topic), "file", args)
    yield Button(say("button.file_skip"), "file", {"action": "skip", **of})
    questions = paste.left(question=True)
    if paste.candidates[at].question and len(questions) > 1:
        yield Button(say("button.file_all", count=len(questions)), "file", {"action": "all", "paste": str(paste.id)})
    if paste.candidates[at].question:
        yield from _others(context, paste)


def _others(context: Context, paste: filing.Paste) -> tuple[Button, ...]:
    others = paste.left(question=False)
    label = context.say("button.file_others", count=len(others))
    return (Button(label, "file", {"action": "others", "paste": str(paste.id)}),) if others else ()


def _end(context: Context, paste: filing.Paste) -> str:
    done = [each.done for each in paste.candidates]
    counts = {key: done.count(key) for key in ("filed", "too", "skipped", "known")}
    return context.say("file.end", **counts)


def _review(context: Context) -> tuple[Button, ...]:
    return (Button(context.say("button.file_review"), "review"),)


DECLARED = (Declared(FILE, file),)
