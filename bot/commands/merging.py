"""Commands of staff that put topics together, take them apart and name them."""

from collections.abc import Iterable

from bot.commands.context import Context, Declared
from bot.commands.parts import REVISION, TOPIC, after_act, state_name, topic_buttons, topic_line
from bot.core.chat import Button, Command, Form, Kind, Param, Reply, Role
from bot.core.errors import UserError
from bot.core.model import Question, Topic
from bot.core.text import TITLE, shorten, shown
from bot.services import merging, topics

EXCERPT = 160
MOST = 5

MERGE = Command(
    "merge",
    (
        TOPIC,
        Param("into", Kind.TOPIC),
        REVISION,
        Param("into_rev", Kind.NUMBER, required=False, hidden=True),
    ),
    Role.ASSISTANT,
)
SPLIT = Command("split", (TOPIC,), Role.ASSISTANT)
RETITLE = Command("retitle", (TOPIC, Param("title", Kind.TEXT, low=2, high=TITLE)), Role.ASSISTANT)


def merge(context: Context, topic: int, into: int, rev: int | None, into_rev: int | None) -> Reply:
    """Show what a merge would make; with the revisions that were seen, do it."""
    try:
        if rev is None or into_rev is None:
            return _preview(context, merging.preview(context.work, topic, into))
        was, other, event = merging.merge(context.work, topic, into, (rev, into_rev))
    except UserError as error:
        raise _with_ways_on(context, error, topic, into) from None
    say = context.say
    name = Button(say("button.retitle"), "retitle", {"topic": str(other.n)})
    undo, see, *go_on = after_act(context, other.n, event)
    text = say("merge.done", n=was.n, into=other.n, title=shown(other.title))
    return Reply(text, buttons=(undo, see, name, *go_on))


def _preview(context: Context, found: merging.Preview) -> Reply:
    say, one, into = context.say, found.one.topic, found.into.topic
    wordings = one.wordings + into.wordings
    parts = [*_card(context, found.one), *_card(context, found.into)]
    parts.append(say.count("merge.together", found.voters, wordings=wordings))
    if found.told:
        parts.append(say.count("merge.told", found.told, into=into.n, state=state_name(say, into.state)))
    title = say("merge.title", n=one.n, into=into.n)
    return Reply("\n\n".join(parts), title=title, buttons=tuple(_preview_buttons(context, one, into)))


def _preview_buttons(context: Context, one: Topic, into: Topic) -> Iterable[Button]:
    seen = {"rev": str(one.revision), "into_rev": str(into.revision)}
    yield Button(context.say("button.merge_now"), "merge", {**_pair(one.n, into.n), **seen})
    if merging.settled(one) or not merging.settled(into):
        yield Button(context.say("button.other_way"), "merge", _pair(into.n, one.n))
    yield from topic_buttons((one, into))


def _card(context: Context, found: topics.Card) -> Iterable[str]:
    lines = [_worded(context, each) for each in found.questions[:MOST]]
    if more := found.questions[MOST:]:
        lines.append(context.say("merge.more", n=len(more)))
    yield "\n".join([topic_line(context.say, found.topic).removeprefix("• "), *lines])


def _worded(context: Context, question: Question) -> str:
    name = shown(question.name) if question.name else context.say("merge.somebody")
    return context.say("merge.wording", name=name, text=shorten(" ".join(shown(question.text).split()), EXCERPT))


def _pair(n: int, into: int) -> dict[str, str]:
    return {"topic": str(n), "into": str(into)}


def _with_ways_on(context: Context, error: UserError, n: int, into: int) -> UserError:
    """The error with what can be done instead."""
    say, fields = context.say, dict(error.fields)
    if error.key == "merge_itself":
        return UserError(error.key, form=Form("merge", ("into",), {"topic": str(n)}), **fields)
    if error.key == "merge_backwards":
        other = (Button(say("button.other_way"), "merge", _pair(fields["into"], fields["n"])),)
        return UserError(error.key, buttons=other, **fields)
    if error.key == "merged_already":
        root = fields["topic"].n
        apart = tuple(
            Button(say("button.split", n=each), "split", {"topic": str(each)}) for each in (n, into) if each != root
        )
        return UserError(error.key, buttons=(*topic_buttons([fields["topic"]]), *apart), **fields)
    if error.key == "handled":
        again = (Button(say("button.preview"), "merge", _pair(n, into)),)
        return UserError("merge_changed", buttons=again, **fields)
    return error


def split(context: Context, topic: int) -> Reply:
    """Let a merged topic stand for itself again."""
    say = context.say
    try:
        was, other, event = merging.split(context.work, topic)
    except UserError as error:
        raise _with_parts(context, error) from None
    fields = {"n": was.n, "into": other.n, "title": shown(was.title), "state": state_name(say, was.state)}
    undo, *rest = after_act(context, was.n, event)
    return Reply(say("split.done", **fields), buttons=(undo, *rest[:1], *topic_buttons([other]), *rest[1:]))


def _with_parts(context: Context, error: UserError) -> UserError:
    if error.key != "not_merged":
        return error
    parts = error.fields["parts"][:MOST]
    buttons = tuple(Button(context.say("button.split", n=n), "split", {"topic": str(n)}) for n in parts)
    return UserError("has_parts" if parts else error.key, buttons=buttons, **error.fields)


def retitle(context: Context, topic: int, title: str) -> Reply:
    """Give a topic a title in staff's words."""
    title = " ".join(shown(title).split())
    done, event = merging.retitle(context.work, topic, title)
    text = context.say("retitle.done", n=done.n, title=done.title)
    return Reply(text, buttons=after_act(context, done.n, event))


DECLARED = (Declared(MERGE, merge), Declared(SPLIT, split), Declared(RETITLE, retitle))
