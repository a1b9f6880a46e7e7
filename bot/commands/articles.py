"""Commands about the plan: what comes, what came, and for the instructor to change it."""

import re
from dataclasses import replace
from datetime import datetime

from bot.commands.briefing import left_behind
from bot.commands.context import Context, Declared
from bot.commands.parts import (
    name_of,
    page_buttons,
    page_note,
    refuse_rest,
    times,
    topic_buttons,
    topic_line,
    undo_button,
    when,
)
from bot.core.chat import Button, Command, Form, Kind, Param, Reply, Role, filled
from bot.core.errors import UserError
from bot.core.model import Article, Certainty, Change
from bot.services import announcing, pages, plan, schedule, topics
from bot.services.ledger import GRACE

NEXT = Command("next-article", writes=False)
ARTICLES = Command("articles", (Param("page", Kind.NUMBER, required=False),), writes=False)
SCHEDULE = Command(
    "schedule",
    (
        Param("article", Kind.ARTICLE),
        Param("when", Kind.TEXT, required=False, high=100),
        Param("title", Kind.TEXT, required=False, high=200, named=True),
        Param("summary", Kind.TEXT, required=False, high=1000, named=True),
        Param("url", Kind.URL, required=False, named=True),
        Param("feedback", Kind.TEXT, required=False, high=1000, named=True),
    ),
    Role.INSTRUCTOR,
)
PUBLISH = Command(
    "publish",
    (Param("article", Kind.ARTICLE), Param("url", Kind.URL), Param("title", Kind.TEXT, required=False, high=200)),
    Role.INSTRUCTOR,
)

_SKIP = re.compile(r"skip(ped)?|跳过|不出了?", re.IGNORECASE)
_LATE = re.compile(r"late|slip(ped)?|delayed|推迟|延期|跳票", re.IGNORECASE)
_PAUSE = re.compile(r"pause|暂停", re.IGNORECASE)
_RESUME = re.compile(r"resume|继续", re.IGNORECASE)
_RESET = re.compile(r"reset|clear|恢复|重置", re.IGNORECASE)


def next_article(context: Context) -> Reply:
    """When the next article comes, how sure that is, and what it will be about."""
    say, outlook = context.say, schedule.outlook(context.work)
    if outlook.next is None:
        return Reply(say("next-article.none", last=_last(context, outlook.last)))
    article = outlook.next
    planned = topics.taken_up(context.work, article.key)
    lines = [when(context, article), article.summary or (say("next-article.no_subject") if not article.title else "")]
    if planned:
        lines.append("\n".join([say("next-article.topics"), *(topic_line(say, topic) for topic in planned)]))
    else:
        lines.append(say("next-article.no_topics"))
    lines.append(_last(context, outlook.last))
    if outlook.paused:
        lines.append(say("next-article.paused"))
    if outlook.overdue:
        lines.append(say.count("next-article.overdue", outlook.overdue))
    title = say("next-article.title", title=_titled(article))
    buttons = (*topic_buttons(planned[:5]), Button(say("button.ask"), "ask"))
    text = "\n\n".join(filter(None, lines))
    return Reply(text, title=title, url=article.url, buttons=buttons, times=times(context, article))


def _titled(article: Article) -> str:
    return f"{article.key} · {name_of(article)}" if article.title else article.key


def _last(context: Context, last: Article | None) -> str:
    if last is None:
        return context.say("next-article.first")
    return context.say("next-article.last", title=name_of(last), day=context.say.window(last.when))


def articles(context: Context, page: int | None) -> Reply:
    """What is out, newest first."""
    archive = schedule.archive(context.work)
    if not archive:
        return Reply(context.say("articles.none"))
    shown = pages.page(page or 1, len(archive), lambda at, size: archive[at : at + size])
    items = [_archived(context, article) for article in shown.items]
    text = "\n\n".join([*items, page_note(context.say, shown)])
    return Reply(text, title=context.say("articles.title"), buttons=page_buttons(context.say, shown, "articles"))


def _archived(context: Context, article: Article) -> str:
    line = context.say("articles.item", title=name_of(article), day=context.say.window(article.when), key=article.key)
    return f"{line}\n{article.url}" if article.url else line


def change(
    context: Context,
    article: str,
    when: str | None,
    title: str | None,
    summary: str | None,
    url: str | None,
    feedback: str | None,
) -> Reply:
    """Say something of a slot of the plan, or pause and resume all of it."""
    if _PAUSE.fullmatch(article) or _RESUME.fullmatch(article):
        refuse_rest("schedule", when, title, summary, url, feedback)
        return _paused(context, on=bool(_PAUSE.fullmatch(article)))
    if when and _RESET.fullmatch(when):
        refuse_rest("schedule", title, summary, url, feedback)
        scheduled, event = schedule.forget(context.work, article)
        return _scheduled(context, scheduled, event)
    said = Change(title=title, summary=summary, url=url, feedback=feedback)
    if when:
        said = _dated(context, article, when, said)
    if said == Change():
        raise UserError("nothing_said", form=_to_fill_in(context, article))
    scheduled, event = schedule.schedule(context.work, article, said)
    return _scheduled(context, scheduled, event)


def _to_fill_in(context: Context, article: str) -> Form:
    found = schedule.find(context.work, article)
    if found.certainty is not Certainty.PUBLISHED:
        return Form("schedule", ("when", "title", "summary", "url"), {"article": article})
    args = filled(article=article, feedback=found.feedback)
    return Form("schedule", ("feedback", "title", "summary", "url"), args)


def _paused(context: Context, *, on: bool) -> Reply:
    event = schedule.pause(context.work, on)
    undo = undo_button(context.say, event)
    return Reply(context.say("schedule.paused" if on else "schedule.resumed"), buttons=(undo,))


def _dated(context: Context, article: str, typed: str, said: Change) -> Change:
    if _SKIP.fullmatch(typed):
        return replace(said, skipped=True)
    if _LATE.fullmatch(typed):
        return replace(said, late=True)
    slot = schedule.find(context.work, article)
    try:
        meant = plan.meant(typed, slot.when, context.work.course.zone)
    except ValueError as error:
        raise _not_a_date(article, typed, said) from error
    if isinstance(meant, datetime):
        return replace(said, confirmed=meant)
    return replace(said, window=meant)


def _not_a_date(article: str, typed: str, said: Change) -> UserError:
    written = filled(title=said.title, summary=said.summary, url=said.url, feedback=said.feedback)
    form = Form("schedule", ("when",), {"article": article, "when": typed, **written})
    return UserError("not_a_date", typed=typed, form=form)


def _scheduled(context: Context, article: Article, event: int) -> Reply:
    say = context.say
    text = say("schedule.done", article=_titled(article), when=when(context, article))
    if article.confirmed and not article.url:
        text += "\n" + say("schedule.no_url")
    undo = undo_button(say, event)
    buttons = (undo, *left_behind(context), Button(say("button.next_article"), "next-article"))
    return Reply(text, url=article.url, buttons=buttons, times=times(context, article))


def publish(context: Context, article: str, url: str, title: str | None) -> Reply:
    """Say that an article is out."""
    say = context.say
    out, covered, event = schedule.publish(context.work, article, url, title)
    text = say("publish.done", article=_titled(out))
    if covered:
        text += "\n" + say.count("publish.covered", len(covered))
    buttons = [undo_button(say, event)]
    if announcing.preview(context.work, out.key).held:
        text += "\n" + say("publish.grace", seconds=round(GRACE.total_seconds()))
        buttons.append(Button(say("button.now"), "announce", {"article": out.key, "action": "now"}))
    return Reply(text, url=out.url, buttons=(*buttons, *left_behind(context), *topic_buttons(covered[:5])))


DECLARED_MEMBER = (Declared(NEXT, next_article), Declared(ARTICLES, articles))
DECLARED_STAFF = (Declared(SCHEDULE, change), Declared(PUBLISH, publish))
