"""A brief as one Markdown file, in which nothing that people wrote can format or end anything."""

from collections.abc import Iterable, Iterator

from bot.commands.context import Context
from bot.commands.parts import days_to, name_of, state_name, when
from bot.core.markdown import inline, link, quoted
from bot.core.model import Answer, AnswerKind, Article, Certainty, Question, Topic
from bot.services.brief import Brief, Slot, Year
from bot.services.filing import SOURCES
from bot.services.similar import Similar
from bot.services.topics import Card


def report(context: Context, brief: Brief) -> str:
    """The whole file."""
    say, article = context.say, brief.article
    named = inline(article.title) if article.title else say("brief.untitled")
    parts = [f"# {article.key} · {named}", *_situation(context, article)]
    if brief.year:
        parts += _year(context, brief.year)
    parts += _section(say("brief.planned"), (part for card in brief.planned for part in _planned(context, card)))
    parts += _section(say("brief.related"), _list(_related(context, each) for each in brief.related))
    parts += _section(say("brief.earlier"), _list(_earlier(context, each) for each in brief.earlier))
    parts += _section(say("brief.leading"), _list(_leading(context, each) for each in brief.leading))
    parts += [f"## {say('brief.outline')}", *_outline(context, brief)]
    return "\n\n".join(parts) + "\n"


def _situation(context: Context, article: Article) -> Iterator[str]:
    say, work = context.say, context.work
    yield say("brief.as_of", course=inline(work.course.title), at=say.moment(work.now, work.course.zone))
    lines = [say("brief.when", when=when(context, article))]
    if article.url:
        lines.append(say("brief.link", link=link(article.url, article.url)))
    if article.summary:
        lines.append(say("brief.summary", summary=inline(article.summary)))
    yield "\n".join(f"- {line}" for line in lines)


def _section(heading: str, parts: Iterable[str]) -> list[str]:
    """A heading with what stands under it; nothing where there is nothing."""
    found = list(parts)
    return [f"## {heading}", *found] if found else []


def _list(lines: Iterable[str]) -> list[str]:
    found = "\n".join(f"- {line}" for line in lines)
    return [found] if found else []


def _planned(context: Context, card: Card) -> Iterator[str]:
    topic = card.topic
    yield f"### #{topic.n} {inline(topic.title)}"
    yield _standing(context, topic)
    for question in card.questions:
        yield _asked(context, question) + "\n\n" + quoted(question.text)
    for answer in card.answers:
        if answer.kind in (AnswerKind.PUBLISHED, AnswerKind.EDITOR):
            yield _answered(context, answer) + "\n\n" + quoted(answer.text)


def _standing(context: Context, topic: Topic) -> str:
    say, work = context.say, context.work
    votes = say.count("brief.votes", topic.voters)
    # By the day only: to the minute it could tell who asked anonymously.
    fields = {"state": state_name(say, topic.state), "votes": votes, "day": work.day(topic.created).isoformat()}
    return say("brief.standing", age=days_to(context, topic.created), **fields)


def _asked(context: Context, question: Question) -> str:
    say = context.say
    day = context.work.day(question.at).isoformat()
    name = inline(question.name) if question.name else say("brief.anonymous")
    source = say(f"source.{question.source}") if question.source in SOURCES else ""
    return say("brief.asked", name=f"**{name}**", day=say("comma").join(filter(None, (day, source))))


def _answered(context: Context, answer: Answer) -> str:
    key = "brief.editor" if answer.kind is AnswerKind.EDITOR else "brief.answered"
    return context.say(key, name=f"**{inline(answer.name) or context.say('gone.answerer')}**")


def _related(context: Context, each: Similar) -> str:
    line = f"#{each.topic} {inline(each.title)}"
    return context.say("brief.answer", topic=line, text=inline(each.answer)) if each.answer else line


def _earlier(context: Context, article: Article) -> str:
    name = link(article.title or article.key, article.url) if article.url else inline(name_of(article))
    return context.say("brief.out", title=name, day=context.say.window(article.when), key=article.key)


def _leading(context: Context, topic: Topic) -> str:
    return f"#{topic.n} {inline(topic.title)} · {_standing(context, topic)}"


def _outline(context: Context, brief: Brief) -> Iterator[str]:
    say, course = context.say, context.work.course
    yield f"### {say('brief.opening')}"
    yield "…"
    if brief.year:
        yield f"### {say('brief.looking_back')}"
        yield "…"
    yield f"### {say('brief.questions')}"
    yield from _list(f"#{card.topic.n} {inline(card.topic.title)}" for card in brief.planned) or ["…"]
    yield f"### {say('brief.closing')}"
    links = (("brief.survey", course.survey), ("brief.group", course.group))
    yield "\n".join(f"- {say(key, link=link(url, url) if url else '…')}" for key, url in links)


def _year(context: Context, year: Year) -> Iterator[str]:
    say, counts = context.say, year.counts
    yield f"## {say('brief.year', year=year.year)}"
    out = sum(each.article.certainty is Certainty.PUBLISHED for each in year.slots)
    yield say("brief.articles", promised=len(year.slots), out=out)
    yield from _list(_slot(context, each) for each in year.slots)
    lines = [
        say("brief.count_asked", questions=counts.questions, persons=counts.persons, anonymous=counts.anonymous),
        say("brief.count_done", answered=year.answered, covered=counts.covered, declined=counts.declined),
        say("brief.median", days=f"{year.days:g}") if year.days is not None else say("brief.no_median"),
    ]
    yield from _list(lines)
    yield from _under(say("brief.year_leading"), _list(_leading(context, each) for each in year.leading))
    left = _list(_leading(context, each) for each in year.open)
    yield from _under(say("brief.year_open", count=year.open_total), left)


def _under(heading: str, parts: list[str]) -> list[str]:
    return [f"### {heading}", *parts] if parts else []


def _slot(context: Context, slot: Slot) -> str:
    say, article = context.say, slot.article
    title = f"{article.key} {inline(article.title)}" if article.title else article.key
    promised = say.window(slot.promised) if slot.promised else say("brief.extra")
    line = say("brief.slot", title=title, promised=promised, when=when(context, article))
    return line + (say.count("brief.late", slot.late) if slot.late else "")
