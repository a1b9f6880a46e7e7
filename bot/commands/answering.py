"""Commands of staff about answers: draft, publish, correct, take back."""

from bot.commands.answer_parts import draft_buttons
from bot.commands.context import Context, Declared
from bot.commands.filing import for_the_group
from bot.commands.parts import REVISION, TOPIC, after_act, in_the_way, refuse_rest, topic_buttons
from bot.core.chat import Button, Command, Form, Kind, Param, Reply, Role, filled
from bot.core.errors import UserError
from bot.core.model import LONGEST_ANSWER, Answer, AnswerKind, Topic
from bot.core.text import shorten, shown
from bot.services import answers, canned, drafts, topics

HOLDS = Param("holds", Kind.TEXT, required=False, high=100, named=True)
VERSION = Param("version", Kind.NUMBER, required=False, hidden=True)
# The topic that was seen to stand for the one that a draft or proposal was written for.
INTO = Param("into", Kind.TOPIC, required=False, hidden=True)
NAMED, OFFERED, LABEL = 10, 3, 24

ANSWER = Command(
    "answer",
    (
        TOPIC,
        Param("text", Kind.LONG, required=False, low=1, high=LONGEST_ANSWER),
        HOLDS,
        Param("draft", Kind.CHOICE, required=False, choices=("yes", "publish", "discard"), named=True),
        Param("canned", Kind.WORD, required=False, named=True),
        VERSION,
        INTO,
        REVISION,
    ),
    Role.ASSISTANT,
)
UNANSWER = Command("unanswer", (TOPIC, Param("reason", Kind.TEXT, required=False, high=500), REVISION), Role.ASSISTANT)


def answer(
    context: Context,
    topic: int,
    text: str | None,
    holds: str | None,
    draft: str | None,
    canned: str | None,
    version: int | None,
    into: int | None,
    rev: int | None,
) -> Reply:
    """Publish an answer, or do with a draft what `draft` says; without a text, ask for it."""
    if draft in ("publish", "discard"):
        refuse_rest("answer", text)
    if draft == "publish":
        return _publish_draft(context, topic, version, holds, into, rev)
    if draft == "discard":
        return _discard(context, topic, version)
    given = {"holds": holds or "", "draft": draft or "", "version": str(version or "")}
    if canned:
        return _canned(context, topic, canned, text, given, rev)
    if text is None:
        return _begin(context, topic, given, rev)
    if draft == "yes":
        return _save(context, topic, text, holds)
    return _publish(context, topic, text, given, rev)


def _publish(context: Context, n: int, text: str, given: dict[str, str], rev: int | None) -> Reply:
    version = int(given["version"]) if given["version"] else None
    try:
        done = drafts.answer(context.work, n, text, given["holds"] or None, rev, version)
    except UserError as error:
        raise _with_text(context, error, {"text": text, **given}) from None
    return _published(context, done)


def _published(context: Context, done: answers.Published) -> Reply:
    return published(context, done, "answer.corrected_done" if done.was.answered else "answer.done")


def published(context: Context, done: answers.Published, key: str) -> Reply:
    """What staff are told whose answer is out, in the words of `key` and with what is left to do."""
    n = done.topic.n
    found = drafts.of_topic(context.work, n).drafts
    stays = [context.say("draft.stays", n=each.topic, name=shown(each.name)) for each in found]
    left = [context.say("answer.unplanned", article=done.left)] if done.left else []
    elsewhere, file = for_the_group(context, done.topic, corrected=done.was.answered)
    text = "\n".join([context.say(key, n=n), *left, *stays, *elsewhere])
    return Reply(text, buttons=(*after_act(context, n, done.event), *_plan_again(context, done)), file=file)


def _plan_again(context: Context, done: answers.Published) -> tuple[Button, ...]:
    if done.left is None:
        return ()
    of = {"topic": str(done.topic.n), "rev": str(done.topic.revision)}
    label = context.say("button.plan_again", article=done.left)
    return (Button(label, "decide", {**of, "state": "planned", "article": done.left}),)


def _with_text(context: Context, error: UserError, given: dict[str, str]) -> UserError:
    if error.key != "handled":
        return error
    topic = error.fields["topic"]
    args = {"topic": str(topic.n), **filled(**given), "rev": str(topic.revision)}
    label = context.say("button.correct_anyway" if topic.answered else "button.answer_anyway")
    key = "answered_first" if topic.answered else "handled_text"
    key = key if topic.n == error.fields["n"] else "merged_text"
    buttons = (*topic_buttons([topic]), Button(label, "answer", args))
    fields = {**error.fields, "state": topic.state, "into": topic.n, "text": given["text"]}
    return UserError(key, buttons=buttons, **fields)


def _begin(context: Context, n: int, given: dict[str, str], rev: int | None) -> Reply:
    """The form, begun with the draft or, for a correction, with the answer that stands."""
    say, topic = context.say, topics.get(context.work, n)
    if not given["draft"]:
        topic = _still_mine(context, n, rev)
        n = topic.n
    draft = drafts.standing(context.work, n)
    start = draft or answers.published(context.work, topic.n)
    lines = [say("answer.form_draft" if given["draft"] else "answer.form")]
    if start:
        lines.append(say("answer.from_draft" if draft else "answer.from_standing", name=shown(start.name)))
        given = _started(start, given)
    return _form(context, n, topic, given, lines)


def _still_mine(context: Context, n: int, rev: int | None) -> Topic:
    """The topic to answer; UserError where a button was made before somebody else acted on it or merged it."""
    try:
        topic = topics.current(context.work, n, rev)
        if rev is not None:
            answers.give_way(context.work, topic, rev)
    except UserError as error:
        raise in_the_way(context, error, "answer", {}) from None
    return topic


def _started(start: Answer, given: dict[str, str]) -> dict[str, str]:
    version = str(start.version) if start.kind is AnswerKind.DRAFT else ""
    return {**given, "text": start.text, "holds": given["holds"] or start.holds or "", "version": version}


def _form(context: Context, n: int, topic: Topic, given: dict[str, str], lines: list[str]) -> Reply:
    say, ready = context.say, context.work.course.canned
    of = {"topic": str(n), "rev": str(topic.revision)}
    if ready:
        named = [say("answer.canned_item", key=each.key, title=shown(each.title)) for each in ready[:NAMED]]
        lines.append(say("answer.canned", keys=say("comma").join([*named, *["…"] * (len(ready) > NAMED)])))
    buttons = [Button(shorten(each.title, LABEL), "answer", {**of, "canned": each.key}) for each in ready[:OFFERED]]
    if not given["draft"]:
        buttons.insert(0, Button(say("button.draft_instead"), "answer", {"topic": str(n), "draft": "yes"}))
    form = Form("answer", ("text",), {**of, **filled(**given)})
    lines.insert(0, say("answer.to", n=topic.n, title=shown(topic.title)))
    return Reply("\n".join(lines), form=form, buttons=tuple(buttons))


def _canned(context: Context, n: int, key: str, text: str | None, given: dict[str, str], rev: int | None) -> Reply:
    topic, ready = _still_mine(context, n, rev), canned.find(context.work, key)
    given = {**given, "text": "\n\n".join(filter(None, [ready.text, text]))}
    return _form(context, topic.n, topic, given, [context.say("answer.form_canned", title=shown(ready.title))])


def _save(context: Context, n: int, text: str, holds: str | None) -> Reply:
    say = context.say
    before, event = drafts.save(context.work, n, text, holds)
    topic, draft = topics.get(context.work, n), drafts.standing(context.work, n)
    lines = [say("draft.saved", n=topic.n)]
    if before and before.person != context.work.person.key:
        lines.append(say("draft.replaced", name=shown(before.name)))
    mine = tuple(draft_buttons(context, draft, topic)) if draft else ()
    return Reply("\n".join(lines), buttons=(*mine, *after_act(context, topic.n, event)))


def _discard(context: Context, n: int, version: int | None) -> Reply:
    draft, event = drafts.discard(context.work, n, version)
    text = context.say("draft.discarded", n=n, text=shown(draft.text))
    return Reply(text, buttons=after_act(context, n, event))


def _publish_draft(
    context: Context, n: int, version: int | None, holds: str | None, into: int | None, rev: int | None
) -> Reply:
    try:
        return _published(context, drafts.publish(context.work, n, version, holds, rev, into))
    except UserError as error:
        args = filled(topic=str(n), draft="publish", version=str(version or ""), holds=holds)
        raise in_the_way(context, error, "answer", args, "into") from None


def unanswer(context: Context, topic: int, reason: str | None, rev: int | None) -> Reply:
    """Take the answer back."""
    try:
        now, event = answers.unanswer(context.work, topic, reason, rev)
    except UserError as error:
        raise in_the_way(context, error, "unanswer", filled(reason=reason)) from None
    state = context.say(f"state.{now.state}")
    return Reply(context.say("unanswer.done", n=now.n, state=state), buttons=after_act(context, now.n, event))


DECLARED = (Declared(ANSWER, answer), Declared(UNANSWER, unanswer))
