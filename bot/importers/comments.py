"""The comment section of a saved article page, read into plain records.

Three forms are known: the page's own HTML, a markdown article with the section as HTML at its end, and text that
somebody pasted by hand. Entries are found by their structure: the site's class names change with each build of it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.core.model import Comment, PageReply
from bot.importers.charset import characters

SHANGHAI = ZoneInfo("Asia/Shanghai")

_READ_END = re.compile(r"<!--\s*\[\[\[read_end\]\]\]\s*-->")
_COUNT = r"(?:精选|全部)留言\s*[（(]\s*\d+\s*[）)]"
_SECTION = re.compile(rf"<strong>\s*{_COUNT}\s*</strong>")
_PASTED_HEADING = re.compile(rf"{_COUNT}\s*\n")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?")
_REPLY = re.compile(r"(作者|编辑)回复\s*[:：]")
_BARE_CR = re.compile(r"\r(?!\n)")
# How files begin that are a page to look at but hold no markup that can be read.
_FORMATS = (
    (re.compile(r"%PDF-"), "a PDF"),
    (re.compile(r"PK\x03\x04.*word/", re.DOTALL), "a Word document"),
    (re.compile(r"PK\x03\x04"), "a ZIP archive"),
    (re.compile(r"bplist00|<\?xml[^>]*>\s*<!DOCTYPE plist"), "a web archive of Safari"),
    (re.compile(r"[\w-]+: (?s:.{0,2000}?)^content-type: multipart/", re.M | re.I), "a web archive (MHTML)"),
)
_INSTEAD = 'open the page in a browser and save it as "HTML only" (in Safari: "Page Source")'
# What begins or ends an element that may hold another of its kind.
_ALONE = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|p|li|d[dt]|option|t[dhr]"
_TAG = re.compile(rf"<(/?)(?!(?:{_ALONE})[\s/>])([a-z][^\s/>]*)")
# A browser builds no deeper ones; a parser's time grows with their square.
_DEEPEST = 512
_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLIERS: dict[str, Literal["author", "editor"]] = {"作者": "author", "编辑": "editor"}


class NotAPage(ValueError):
    """The file is no saved article page; the message says, for people, why."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page's title, if the file has one, and its comments in the page's order, repeated ones included.

    `unreadable` counts the entries of the list that were left out because they are cut off or have no valid time.
    """

    title: str | None
    comments: tuple[Comment, ...]
    unreadable: int = 0


def read_page(data: bytes | str, zone: tzinfo = SHANGHAI) -> Page:
    """Read a saved article page of any known form.

    `zone` is the zone of the page's times, which name none. CRLF counts as one line break; NULs are dropped.
    Raises NotAPage for a file that is no such page; a page without comments is a page.
    """
    text = _decode(data)
    _refuse_other_formats(text)
    if sections := list(_SECTION.finditer(text)):
        return _read_markdown(text, sections[-1].start(), zone)
    if _READ_END.search(text) or text.lstrip().startswith("<"):
        return _read_html(text, zone)
    return Page(None, tuple(_read_pasted(text, zone)))


def _decode(data: bytes | str) -> str:
    if isinstance(data, bytes):
        data = characters(data)
    text = data.removeprefix("\ufeff").replace("\0", "").replace("\r\n", "\n")
    return _SURROGATE.sub("\ufffd", text)


def _refuse_other_formats(text: str) -> None:
    text = text.lstrip()
    start = text[:64]
    if not start:
        raise NotAPage("the file is empty")
    if named := next((name for begins, name in _FORMATS if begins.match(text)), None):
        raise NotAPage(f"the file is {named}; {_INSTEAD}")
    if start.startswith(("<?xml", "<rss", "<feed")):
        raise NotAPage("the file is XML (a feed?), not a saved page")
    if start[0] in "{[" and _is_json(text):
        raise NotAPage("the file is JSON, not a saved page")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _parse(markup: str) -> LexborHTMLParser:
    _refuse_too_deep(markup)
    # An HTML parser turns a bare CR into a line feed, but not one that is written as a reference.
    return LexborHTMLParser(_BARE_CR.sub("&#13;", markup))


def _refuse_too_deep(markup: str) -> None:
    within: Counter[str] = Counter()
    deep = 0
    for end, name in _TAG.findall(markup.lower()):
        step = 1 if not end else -1 if within[name] else 0
        within[name] += step
        deep += step
        if deep > _DEEPEST:
            raise NotAPage(f"its tags stand over {_DEEPEST} deep in each other")


# --- the page's own HTML


def _read_html(text: str, zone: tzinfo) -> Page:
    tree = _parse(text)
    lists = [_children(ul, "li") for ul in reversed(tree.css("ul"))]
    for items in lists:
        entries = [_html_entry(item, zone) for item in items]
        if any(entries):
            return _page(_title(tree), entries)
    unreadable = sum(_name(_parts(item)) is not None for items in lists for item in items)
    if not unreadable and not _READ_END.search(text):
        raise NotAPage("it has neither a comment list nor the article's end marker")
    return Page(_title(tree), (), unreadable)


def _page(title: str | None, entries: list[Comment | None]) -> Page:
    comments = tuple(entry for entry in entries if entry)
    return Page(title, comments, unreadable=len(entries) - len(comments))


def _title(tree: LexborHTMLParser) -> str | None:
    first = next(tree.body.iter(), None) if tree.body else None
    return (first.attributes.get("title") or None) if first and first.tag == "audio" else None


def _html_entry(item: LexborNode, zone: tzinfo) -> Comment | None:
    """The comment in `<li><div><img><div> HEAD TEXT REPLIES FOOT </div></div>`, each part a div; None for any other."""
    frame = _only(_children(item, "div"))
    parts = _parts(item)
    name = _name(parts)
    at = _time(_text(parts[-1]), zone) if len(parts) >= 3 else None
    if frame is None or name is None or at is None:
        return None
    replies = tuple(_replies(p for part in parts[2:-1] for p in _children(part, "p")))
    return Comment(_text(name), _avatar(frame), _text(parts[1]).strip(), at, replies)


def _parts(item: LexborNode) -> list[LexborNode]:
    return _children(_only(_children(_only(_children(item, "div")), "div")), "div")


def _name(parts: list[LexborNode]) -> LexborNode | None:
    return _only(_children(parts[0], "span")) if parts else None


def _replies(paragraphs: Iterable[LexborNode]) -> Iterator[PageReply]:
    for text in (_text(paragraph).strip() for paragraph in paragraphs):
        head = _REPLY.match(text)
        yield PageReply(_REPLIERS[head[1]], text[head.end() :].strip()) if head else PageReply("author", text)


# --- the section at the end of a markdown article


def _read_markdown(text: str, start: int, zone: tzinfo) -> Page:
    # Only the section is HTML: a code sample of the article above it may open a tag that would swallow it.
    section = _parse(text[start:]).css_first("ul")
    items = _children(section, "li")
    head, audio, _ = text[:start].partition("</audio>")
    return _page(_title(_parse(head)) if audio else None, [_markdown_entry(item, zone) for item in items])


def _markdown_entry(item: LexborNode, zone: tzinfo) -> Comment | None:
    """The comment in `<li>[<img>]<span>NAME</span> COUNTS <p or div>TEXT</p>DATE</li>`; None for any other."""
    name = next(iter(_children(item, "span")), None)
    text = next((node for node in item.iter() if node.tag in ("p", "div")), None)
    last = item.last_child
    at = _time(last.text_content or "", zone) if last and last.tag == "-text" else None
    if name is None or text is None or at is None:
        return None
    return Comment(_text(name), _avatar(item), _text(text).strip(), at)


# --- pasted by hand


def _read_pasted(text: str, zone: tzinfo) -> Iterator[Comment]:
    block: list[str] = []
    found = False
    for line in _PASTED_HEADING.sub("", text, count=1).split("\n"):
        if (at := _time(line, zone)) is None:
            block.append(line)
        else:
            yield _pasted_entry(block, at)
            block, found = [], True
    if not found:
        raise NotAPage("it has no comment list, and no pasted comment that ends with its date")
    if "".join(block).strip():
        raise NotAPage("the last pasted comment does not end with its date")


def _pasted_entry(lines: list[str], at: datetime | date) -> Comment:
    name, _, rest = "\n".join(lines).strip().partition("\n")
    heads = list(re.finditer(rf"^[^\S\n]*{_REPLY.pattern}", rest, re.MULTILINE))
    if not re.match(r"[^\S\n]*\n", rest):
        raise NotAPage(f"what stands above {at:%Y-%m-%d} is no comment: no name, empty line and text")
    ends = [head.start() for head in heads[1:]] + [len(rest)]
    replies = tuple(
        PageReply(_REPLIERS[head[1]], rest[head.end() : end].strip()) for head, end in zip(heads, ends, strict=False)
    )
    return Comment(name.strip(), "", rest[: heads[0].start() if heads else None].strip(), at, replies)


# --- nodes


def _children(node: LexborNode | None, tag: str) -> list[LexborNode]:
    return [child for child in node.iter() if child.tag == tag] if node else []


def _only(nodes: list[LexborNode]) -> LexborNode | None:
    return nodes[0] if len(nodes) == 1 else None


def _avatar(node: LexborNode) -> str:
    image = next(iter(_children(node, "img")), None)
    return (image.attributes.get("src") or "") if image else ""


def _text(node: LexborNode) -> str:
    parts = ("\n" if part.tag == "br" else part.text_content or "" for part in node.traverse(include_text=True))
    return "".join(parts)


def _time(text: str, zone: tzinfo) -> datetime | date | None:
    if not (found := _TIME.fullmatch(text.strip())):
        return None
    try:
        at = datetime.fromisoformat(found[0]).replace(tzinfo=zone)
    except ValueError:
        return None
    if not date.min.year < at.year < date.max.year:  # such a time has no other zone's
        return None
    return at if found[2] else at.date()
