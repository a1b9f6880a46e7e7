"""The plan as iCalendar (RFC 5545) and what is out as Atom (RFC 4287), in the course's language."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from bot.core.model import Article, Course, Revised
from bot.core.text import shown
from bot.words import Words, words_in

OCTETS = 75
# By how an article stands; all else is tentative.
STATUS = {"confirmed": "CONFIRMED", "published": "CONFIRMED", "skipped": "CANCELLED"}


def icalendar(course: Course, articles: Iterable[Revised]) -> str:
    """The articles as events: a confirmed one at its time, any other over its days; they take up nobody's time."""
    say, name = words_in(course.locale), _text(course.title)
    head = ["VERSION:2.0", "PRODID:-//Herald//Herald//EN", f"NAME:{name}", f"X-WR-CALNAME:{name}"]
    lines = ["BEGIN:VCALENDAR", *head, "REFRESH-INTERVAL;VALUE=DURATION:PT1H"]
    for revised in articles:
        lines += ["BEGIN:VEVENT", *_event(course, revised, say), "END:VEVENT"]
    return "".join(f"{_folded(line)}\r\n" for line in (*lines, "END:VCALENDAR"))


def _event(course: Course, revised: Revised, say: Words) -> Iterator[str]:
    article, changed = revised.article, _stamp(revised.changed)
    url = article.url or course.url
    yield f"UID:{_id(course, article.key)}"
    yield f"SEQUENCE:{revised.revision}"
    yield f"DTSTAMP:{changed}"
    yield f"LAST-MODIFIED:{changed}"
    yield from _time(article)
    yield f"SUMMARY:{_text(_summary(course, article, say))}"
    yield f"DESCRIPTION:{_text(_description(course, article, say))}"
    if url:
        yield f"URL:{shown(url)}"
    yield f"STATUS:{STATUS.get(article.standing, 'TENTATIVE')}"
    yield "TRANSP:TRANSPARENT"


def _time(article: Article) -> Iterator[str]:
    if article.confirmed:
        yield f"DTSTART:{_stamp(article.confirmed)}"
    else:
        yield f"DTSTART;VALUE=DATE:{article.when.first:%Y%m%d}"
        # The day after the last; the last day that there is has none.
        if article.when.last < date.max:
            yield f"DTEND;VALUE=DATE:{article.when.last + timedelta(1):%Y%m%d}"


def _summary(course: Course, article: Article, say: Words) -> str:
    key, title = f"calendar.{article.standing}", _named(course, article)
    return say(key, title=title) if say.has(key) else title


def _description(course: Course, article: Article, say: Words) -> str:
    was, window = say.window(article.slipped or article.when), say.window(article.when)
    at = say.moment(article.confirmed, course.zone) if article.confirmed else ""
    when = say(f"when.{article.standing}", was=was, window=window, at=at)
    return "\n\n".join(filter(None, [when, article.summary, article.url]))


def _text(text: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", shown(text)).replace("\n", "\\n")


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _folded(line: str) -> str:
    """The line in pieces of at most 75 octets, each after the first behind a space; no character is cut."""
    pieces, size = [""], 0
    for char in line:
        size += len(char.encode())
        if size > OCTETS:
            pieces.append(" ")
            size = 1 + len(char.encode())
        pieces[-1] += char
    return "\r\n".join(pieces)


def atom(course: Course, articles: Sequence[Revised]) -> str:
    """The articles, which are out, as entries in their order; the course itself is their author."""
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": course.locale})
    updated = max((revised.changed for revised in articles), default=datetime.fromtimestamp(0, UTC))
    _add(feed, id=f"urn:uuid:{_id(course)}", title=course.title, updated=updated.astimezone(course.zone).isoformat())
    _add(SubElement(feed, "author"), name=course.title)
    _link(feed, course.url)
    for revised in articles:
        _entry(SubElement(feed, "entry"), course, revised)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(feed, "unicode") + "\n"


def _entry(entry: Element, course: Course, revised: Revised) -> None:
    article = revised.article
    out = datetime.combine(article.when.first, time(), course.zone)
    _add(entry, id=f"urn:uuid:{_id(course, article.key)}", title=_named(course, article), published=out.isoformat())
    _add(entry, updated=revised.changed.astimezone(course.zone).isoformat())
    _link(entry, article.url)
    # What has no link to read on needs a content.
    _add(entry, **{"summary" if article.url else "content": article.summary or ""})


def _add(parent: Element, **texts: str) -> None:
    for tag, text in texts.items():
        SubElement(parent, tag).text = shown(text)


def _link(parent: Element, url: str | None) -> None:
    if url:
        SubElement(parent, "link", rel="alternate", href=shown(url))


def _named(course: Course, article: Article) -> str:
    return " ".join(shown(article.title or f"{course.title} · {article.key}").split())


def _id(course: Course, *key: str) -> str:
    return str(uuid5(NAMESPACE_URL, ":".join(("herald", course.key, *key))))
