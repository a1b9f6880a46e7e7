"""What is said unasked, worded: a notice -> a reply in the reader's language."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo
from typing import Any

from bot.core.chat import Button, Notice, Reply, filled
from bot.core.model import Course, Window
from bot.core.text import shorten, shown
from bot.words import Words, words_in
from bot.words.ledger import place, places

EXCERPT = 300
DIGEST = ("drafts", "failed", "due", "waiting")
NAMES, NAME = 5, 30
# What staff are offered first about a delivery that needs them.
_ACTS = {"failed": ("retry", "posted"), "unsure": ("posted", "retry"), "held": ("retry", "drop")}
COPY = 1000  # WeChat takes 2,000 characters, and nobody reads so many


def render(notice: Notice, say: Words, zone: tzinfo) -> Reply:
    """The notice in words; times in the course's zone. KeyError for a kind that has no words."""
    fields = _worded(notice, say, zone)
    usual = _to_person if notice.kind.startswith("topic.") else _plainly
    reply = _RENDERERS.get(notice.kind, usual)(notice, say, fields)
    at = notice.fields.get("at")
    return replace(reply, times={fields["at"]: _seconds(datetime.fromisoformat(at))}) if at else reply


def render_for(course: Course, notice: Notice) -> Reply:
    """The notice as the course's places read it, in its language and zone."""
    return render(notice, words_in(course.locale), course.zone)


def render_all(notices: Sequence[Notice], since: datetime | None, say: Words, zone: tzinfo) -> Reply:
    """One notice in words, or several that are late in one message; `since` is when it should have been said."""
    replies = [render(notice, say, zone) for notice in notices]
    note = _late(since, say, zone) if since else Reply("")
    times = {phrase: seconds for each in (*replies, note) for phrase, seconds in each.times.items()}
    if len(replies) == 1:
        return replace(replies[0], text="\n\n".join(filter(None, [replies[0].text, note.text])), times=times)
    named = {phrase: target for each in replies for phrase, target in each.places.items()}
    text = "\n\n".join([*("• " + _in_short(reply) for reply in replies), note.text])
    private = any(reply.private for reply in replies)
    title = say.count("delivery.several", len(replies))
    return Reply(text.strip(), title=title, private=private, times=times, places=named)


def _late(since: datetime, say: Words, zone: tzinfo) -> Reply:
    at = say.moment(since, zone)
    return Reply(say("delivery.late", at=at), times={at: _seconds(since)})


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _in_short(reply: Reply) -> str:
    said = reply.title or shorten(reply.text, EXCERPT)
    return "\n".join(filter(None, [said, reply.url]))


def copyable(reply: Reply) -> str:
    """A reply as plain text to be pasted elsewhere, at most `COPY` characters, its link on a line of its own."""
    head = shown(reply.title or "")
    link = f"\n\n{reply.url}" if reply.url else ""
    text = _cut(shown(reply.text), max(COPY - len(head) - len(link) - 2, 1))
    return "\n\n".join(filter(None, [head, text])) + link


def _cut(text: str, room: int) -> str:
    """The text in so many characters: its longest paragraphs give way, so that a link in one of its own stays whole."""
    parts = text.split("\n\n")
    longest = room
    while longest > 1 and sum(min(len(part), longest) + 2 for part in parts) - 2 > room:
        longest -= 1
    return shorten("\n\n".join(shorten(part, longest) for part in parts), room)


def card_button(n: int) -> Button:
    """What shows a topic's card."""
    return Button(f"#{n}", "topic", {"topic": str(n)})


def not_a_command(line: str, say: Words) -> Reply:
    """What somebody is told who typed a line that asks for nothing; what they wrote is one press from being asked."""
    buttons = (Button(say("hint.ask_this"), "ask", {"text": line}), Button(say("button.help"), "help"))
    return Reply(say("hint.not_a_command"), buttons=buttons)


def _worded(notice: Notice, say: Words, zone: tzinfo) -> dict[str, Any]:
    fields = {name: shown(value) if isinstance(value, str) else value for name, value in notice.fields.items()}
    if fields.get("name") == "":
        fields["name"] = say("gone.answerer")
    if "key" in fields:
        fields["title"] = fields.get("title") or fields["key"]
    for name in ("was", "when", "late"):
        if fields.get(name):
            fields[name] = say.window(Window(*(date.fromisoformat(day) for day in fields[name])))
    for name in ("day", "closes"):
        if fields.get(name):
            fields[name] = say.day(date.fromisoformat(fields[name]))
    for name in ("state", "told", "was_state"):
        if fields.get(name):
            fields[name] = say(f"state.{fields[name]}")
    if "at" in fields:
        fields["at"] = say.moment(datetime.fromisoformat(fields["at"]), zone)
    return fields


def _plainly(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    text = say(f"notice.{notice.kind}", **fields)
    key = f"notice.{notice.kind}.title"
    title = say(key, **fields) if say.has(key) else None
    return Reply(text, title=title, url=notice.url, buttons=_topic_button(say, fields), private=False)


def _to_person(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    if "text" in fields:
        fields["text"] = shorten(fields["text"], EXCERPT)
    _complete(say, fields)
    text = _as_asked(notice, say, fields) + _reason(say, fields) + _parts(say, fields)
    wish: tuple[Button, ...] = ()
    if fields.get("credit"):
        text += "\n" + say("notice.topic.planned.credit")
        wish = tuple(Button(say(f"button.{each}"), "privacy", {"action": each}) for each in ("credit", "no-credit"))
    return Reply(text, url=notice.url, buttons=(*wish, *_topic_button(say, fields), *_hush(say, fields)))


def _as_asked(notice: Notice, say: Words, fields: Mapping[str, Any]) -> str:
    """The words for whoever asked it, or for whoever only follows it."""
    return say(f"notice.{notice.kind}{'.followed' if fields.get('followed') else ''}", **fields)


def _ways_on(say: Words, *commands: str) -> tuple[Button, ...]:
    """A button for each of these commands, without any values."""
    return tuple(Button(say(f"button.{each.replace('-', '_')}"), each) for each in commands)


def _hush(say: Words, fields: Mapping[str, Any]) -> tuple[Button, ...]:
    """What ends unasked messages: those of this topic, and all."""
    of = {"hear": "off", "topic": str(fields["n"])}
    this = Button(say("button.topic_off"), "notify", of)
    return this, Button(say("button.hear_off"), "notify", {"hear": "off"})


def _answer(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    _complete(say, fields)
    if fields.get("endorser"):
        fields["name"] = say("notice.credit", **fields)
    said = _plainly(notice, say, fields)
    return replace(said, text=said.text + _reason(say, fields))


def _complete(say: Words, fields: dict[str, Any]) -> None:
    """Put under an answer's words for what they hold."""
    if fields.get("holds"):
        fields["text"] += "\n" + say("answer.holds", holds=fields["holds"])


def _reason(say: Words, fields: Mapping[str, Any]) -> str:
    return "\n" + say("notice.reason", reason=fields["reason"]) if fields.get("reason") and "state" in fields else ""


def _parts(say: Words, fields: Mapping[str, Any]) -> str:
    """By which other numbers a topic is known: of all that was merged into it."""
    numbers = say("comma").join(f"#{n}" for n in fields.get("parts", ()))
    return "\n" + say("notice.parts", numbers=numbers) if numbers else ""


def _freshness(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    lines = [say.count("notice.freshness.flagged", n, number=of, title=shown(t)) for of, t, n in fields["flagged"]]
    lines += [say("notice.freshness.old", n=n, title=shown(t), day=at[:10]) for n, t, at in fields["old"]]
    ns = [each[0] for each in (*fields["flagged"], *fields["old"])]
    buttons = tuple(map(card_button, ns))
    title = say("notice.freshness.title", quarter=fields["quarter"])
    return Reply("\n".join([say("notice.freshness"), *lines]), title=title, buttons=buttons)


def _details(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    edit = Button(say("button.edit_question"), "my-questions", {"action": "edit", "topic": str(fields["n"])})
    return Reply(say("notice.topic.details", **fields), buttons=(edit, *_topic_button(say, fields)))


def _gone(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    _, all_off = _hush(say, fields)
    text = _as_asked(notice, say, fields) + _parts(say, fields)
    return Reply(text, buttons=(*_ways_on(say, "ask"), all_off))


def _published(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    parts = [fields["summary"] or say("notice.article.published", **fields)]
    if fields["topics"]:
        answered = [f"• #{n} {shown(title)}{_asked_by(say, fields, n)}" for n, title in fields["topics"]]
        parts.append("\n".join([say("notice.article.published.topics"), *answered]))
    if fields["late"]:
        parts.append(say("notice.article.published.late", day=fields["late"]))
    parts += _survey(say, fields)
    title, buttons = say("notice.article.published.title", **fields), _ways_on(say, "next-article")
    return Reply("\n\n".join(parts), title=title, url=notice.url, buttons=buttons, private=False)


def _asked_by(say: Words, fields: Mapping[str, Any], n: int) -> str:
    credited = fields.get("credits", {}).get(str(n), ())
    names = [shorten(name, NAME) for _, each in credited if (name := shown(each))]
    listed, more = say("comma").join(names[:NAMES]), len(names) - NAMES
    if more > 0:
        return say("notice.article.asked_by_more", names=listed, n=more)
    return say("notice.article.asked_by", names=listed) if names else ""


def _survey(say: Words, fields: Mapping[str, Any]) -> list[str]:
    return [say("notice.article.published.survey", survey=fields["survey"])] if fields.get("survey") else []


def _corrected(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    text = "\n\n".join(filter(None, [say("notice.article.corrected", **fields), fields["summary"]]))
    return Reply(text, url=notice.url, private=False)


def _several(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    lines = ["\n".join(filter(None, ["• " + shown(a["title"] or a["key"]), a["url"]])) for a in fields["articles"]]
    text = "\n\n".join([*lines, say("notice.articles.published.late"), *_survey(say, fields)])
    title = say.count("notice.articles.published", len(lines))
    return Reply(text, title=title, buttons=_ways_on(say, "next-article"), private=False)


def _several_wait(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    listed = "\n".join("• " + shown(each["title"] or each["key"]) for each in fields["articles"])
    buttons = tuple(Button(each["key"], "announce", {"article": each["key"]}) for each in fields["articles"][:5])
    return Reply(say.count("notice.articles.waiting", len(fields["articles"])) + "\n" + listed, buttons=buttons)


def _moved(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    open_ = notice.kind == "article.slipped" and fields["was"] == fields["when"]
    text = say(f"notice.{notice.kind}_open" if open_ else f"notice.{notice.kind}", **fields)
    return Reply(text, buttons=_ways_on(say, "next-article"), private=False)


def _digest(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    parts = [say.count(f"notice.staff.digest.{part}", fields[part]) for part in DIGEST if fields[part]]
    parts += [f"• #{n} {shown(title)}" for n, title in fields["oldest"]]
    review = _ways_on(say, "review") if fields["waiting"] or fields["drafts"] else ()
    off = Button(say("button.digest_off"), "notify", {"digest": "off"})
    return Reply("\n".join(parts), title=say("notice.staff.digest.title"), buttons=(*review, off))


def _carried(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    moved = "\n".join(f"• #{n} {shown(title)}" for n, title in fields["topics"])
    buttons = tuple(Button(say("button.topic", n=n), "topic", {"topic": str(n)}) for n, _ in fields["topics"][:3])
    off = Button(say("button.hear_off"), "notify", {"hear": "off"})
    return Reply(say("notice.topics.carried", **(fields | {"topics": moved})), buttons=(*buttons, off))


def _to_instructor(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    args = filled(article=fields["key"], url=notice.url)
    buttons = (Button(say("button.publish"), "publish", args), Button(say("button.schedule"), "schedule", args))
    return Reply(say(f"notice.{notice.kind}", **fields), url=notice.url, buttons=buttons)


def _undelivered(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    """What staff are told of a delivery; `why` and `of` are an error's key and fields."""
    if "why" in fields:
        fields["why"] = why(say, fields["why"], fields["of"])
    fields["target"] = place(say, notice.fields["target"])
    of = {"delivery": str(fields["delivery"])}
    offered = _ACTS[notice.kind.removeprefix("delivery.")]
    acts = (Button(say(f"button.{act}"), "deliveries", {"action": act, **of}) for act in offered)
    named = places(say, [notice.fields["target"]])
    return Reply(say(f"notice.{notice.kind}", **fields), buttons=(*acts, *_ways_on(say, "deliveries")), places=named)


def _unfinished(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    return Reply(why(say, fields["why"], fields["of"]))


def _card(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    """The card; `certainty` is how sure the next article is, whose fields are missing where there is none."""
    if fields.get("gone"):
        return Reply(say("card.gone"), private=False, pinned=True, closed=True)
    leading = [f"• #{n} {shown(title)} · {say.count('topics.voters', voters)}" for n, title, voters in fields["topics"]]
    head = "\n".join(_next_article(notice, say, fields))
    asked = "\n".join([say("card.leading"), *leading]) if leading else say("card.no_topics")
    paused = say("next-article.paused") if fields["paused"] else ""
    cards = (card_button(n) for n, _, _ in fields["topics"])
    buttons = (*_ways_on(say, "ask", "topics"), *cards)
    text = "\n\n".join(filter(None, [head, asked, paused]))
    return Reply(text, _card_title(notice, say, fields), notice.url, buttons, private=False, pinned=True)


def _post(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    """A topic's thread; it is closed where nothing is left to say."""
    n, open_ = fields["n"], fields["open"]
    title = f"#{n}" if fields["withdrawn"] else f"#{n} {fields['title']}"
    _complete(say, fields)
    text = "\n\n".join(filter(None, [_standing(notice, say, fields), fields["text"]]))
    of = {"topic": str(n)}
    ties = (Button(say("button.too"), "me-too", of), Button(say("button.follow"), "follow", of)) if open_ else ()
    return Reply(text, title, buttons=(*ties, *_topic_button(say, fields)), private=False, closed=not open_)


def _standing(notice: Notice, say: Words, fields: Mapping[str, Any]) -> str:
    if fields.get("gone"):
        return say("post.gone", n=fields["n"])
    if fields["into"]:
        return say("topic.merged", n=fields["n"], into=fields["into"])
    if fields["withdrawn"]:
        return say("post.withdrawn")
    said = {"n": fields["n"], "article": fields["article"] or "", "reason": fields["reason"] or ""}
    return say(f"topic.is_{notice.fields['state']}", **said)


def _event(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    """A confirmed article in a calendar; it is closed where nothing is confirmed any more."""
    if not fields["open"]:
        return Reply(say("event.off", title=fields["title"]), private=False, closed=True)
    text = fields["summary"] or say("event.text", course=fields["course"])
    title = say("next-article.title", title=fields["title"])
    at = datetime.fromisoformat(notice.fields["at"])
    return Reply(text, title, notice.url, private=False, closed=False, at=at)


def _card_title(notice: Notice, say: Words, fields: dict[str, Any]) -> str:
    if "key" not in fields:
        return say("card.none")
    named = f"{fields['key']} · {fields['title']}" if notice.fields["title"] else fields["key"]
    return say("next-article.title", title=named)


def _next_article(notice: Notice, say: Words, fields: dict[str, Any]) -> Iterator[str]:
    """When it comes and how sure that is, without anything that is another tomorrow."""
    if "key" not in fields:
        return
    was, moved = fields.get("was", fields["when"]), notice.fields.get("was") not in (None, notice.fields["when"])
    if fields["certainty"] == "slipped" and not moved:
        yield say("when.slipped_open", was=was)
    elif fields["overdue"]:
        yield say("when.overdue", window=fields["when"])
    elif fields["certainty"] == "confirmed":
        yield say("card.confirmed", at=fields["at"])
    else:
        yield say("when.slipped" if moved else "when.window", was=was, window=fields["when"])
    if fields["summary"]:
        yield fields["summary"]


def why(say: Words, key: str, fields: Mapping[str, Any]) -> str:
    """An error of a platform in words."""
    try:
        return say(f"error.{key}", **{name: shown(str(value)) for name, value in fields.items()})
    except KeyError:
        return say("error.unworded", key=key)


def why_of(say: Words, error: str) -> str:
    """What the ledger keeps of an error, in words; what another version wrote as it is."""
    try:
        key, fields = json.loads(error)
    except ValueError:
        key, fields = error, {}
    return why(say, key, fields)


def _reminder(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    empty = "" if notice.fields["title"] else say("notice.around.reminder.empty")
    waiting = say.count("notice.around.reminder.waiting", fields["waiting"]) if fields["waiting"] else ""
    text = "\n".join(filter(None, [say.count("notice.around.reminder", fields["days"], **fields), empty, waiting]))
    change = Button(say("button.change"), "schedule", {"article": fields["key"]})
    return Reply(text, buttons=(change, *_ways_on(say, "review")))


def _questions(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    text = say.count("notice.around.questions", fields["days"], **fields)
    return Reply(text, buttons=_ways_on(say, "ask", "topics"), private=False)


def _month(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    month = say.month(date.fromisoformat(fields["month"]))
    lines = [say(f"notice.around.digest.{name}", n=fields[name]) for name in ("asked", "answered") if fields[name]]
    lines += [say("notice.around.digest.article", title=shown(title)) for title in fields["articles"]]
    title, buttons = say("notice.around.digest", month=month), _ways_on(say, "topics", "next-article")
    return Reply("\n".join(lines), title=title, buttons=buttons, private=False)


def _feedback(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    buttons = (
        Button(say("button.feedback"), "schedule", {"article": fields["key"]}),
        Button(say("button.outcome"), "announce", {"article": fields["key"], "action": "outcome"}),
    )
    return Reply(say("notice.around.feedback", **fields), buttons=buttons)


def _outcome(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    parts = [say("notice.around.outcome.feedback", text=fields["feedback"])] if fields["feedback"] else []
    parts += [_changed(say, *group) for group in fields["groups"]]
    text = "\n\n".join(parts) or say("notice.around.outcome.empty")
    return Reply(text, title=say("notice.around.outcome"), buttons=_ways_on(say, "topics", "ask"), private=False)


def _changed(say: Words, state: str, count: int, topics: Sequence[tuple[int, str, str | None]]) -> str:
    lines = [say(f"notice.around.outcome.{state}", n=count)]
    for n, title, of in topics:
        lines.append(f"• #{n} {shown(title)}" + (f" — {shorten(shown(of), EXCERPT)}" if of else ""))
    if (more := count - len(topics)) > 0:
        lines.append(say("notice.around.outcome.more", n=more))
    return "\n".join(lines)


def trouble(say: Words, key: str, fields: Mapping[str, Any]) -> str:
    """Why a feed cannot be read, in words."""
    return say(f"feed.problem.{key}", **fields)


def _appeared(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    first = fields["entries"][0]
    if fields["count"] > 1:
        listed = "\n".join(f"• {shown(entry['title'])}" for entry in fields["entries"])
        text = say.count("notice.feed.several", fields["count"])
        return Reply(f"{text}\n{listed}", buttons=(Button(say("button.feed", n=fields["count"]), "feed"),))
    args = filled(article=fields["article"], url=notice.url, title=first["title"])
    buttons = (
        Button(say("button.publish"), "publish", args),
        Button(say("button.not_ours"), "feed", {"action": "not-ours", "entry": str(first["id"])}),
    )
    which = say("feed.which", article=fields["article"]) if fields["article"] else ""
    text = "\n".join(filter(None, [say("notice.feed.new", title=shown(first["title"])), which]))
    return Reply(text, url=notice.url, buttons=buttons)


def _unread(notice: Notice, say: Words, fields: dict[str, Any]) -> Reply:
    said = trouble(say, fields["why"], fields["of"])
    return Reply(say("notice.feed.failing", url=fields["url"], why=said))


def _topic_button(say: Words, fields: Mapping[str, Any]) -> tuple[Button, ...]:
    n = fields.get("n")
    return (Button(say("button.topic", n=n), "topic", {"topic": str(n)}),) if n else ()


_RENDERERS: Mapping[str, Callable[[Notice, Words, dict[str, Any]], Reply]] = {
    "topic.details": _details,
    "topic.withdrawn": _gone,
    "article.published": _published,
    "card": _card,
    "topic.post": _post,
    "article.event": _event,
    "delivery.unfinished": _unfinished,
    "article.corrected": _corrected,
    "articles.published": _several,
    "articles.waiting": _several_wait,
    **{f"article.{how}": _moved for how in ("slipped", "skipped", "unslipped", "unskipped")},
    "topics.carried": _carried,
    "article.held": _to_instructor,
    "article.unlinked": _to_instructor,
    "staff.digest": _digest,
    "freshness": _freshness,
    **{f"answer.{event}": _answer for event in ("published", "corrected", "restored", "withdrawn")},
    "around.reminder": _reminder,
    "around.questions": _questions,
    "around.digest": _month,
    "around.feedback": _feedback,
    "around.outcome": _outcome,
    "feed.new": _appeared,
    "feed.failing": _unread,
    **{f"delivery.{state}": _undelivered for state in ("failed", "unsure", "held")},
}
