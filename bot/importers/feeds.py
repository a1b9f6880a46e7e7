"""A feed or a saved listing of articles -> entries: RSS, Atom, JSON Feed, and the JSON of the course site's list."""

import html
import io
import json
import re
from calendar import timegm
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urljoin
from xml.sax import SAXParseException

from bot.core.model import Entry
from bot.core.text import canonical, received, shorten, shown
from bot.importers.charset import characters

LARGEST = 5 * 1024 * 1024
ARTICLE = "https://time.geekbang.org/column/article/"
TITLE, KEY = 200, 500
_WEB = re.compile(r"https?://", re.IGNORECASE)
_OTHER_CHARSET = re.compile(rb"\xff\xfe|\xfe\xff|.{0,3}\0|<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8)", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_END = re.compile(rb"</\s*(?:\w+:)?(\w+)\s*>")

_Said = tuple[object, object, object, datetime | None]  # an entry's id, link, title and time


class NotAFeed(Exception):
    """Why these bytes are no whole listing of articles; `key` names the words for it."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read_feed(body: bytes, base: str = "") -> tuple[Entry, ...]:
    """The entries of a listing in its order, each once; NotAFeed where it is none, cut off or over 5 MB.

    `base` is the listing's own address, from which relative links lead.
    """
    if len(body) > LARGEST:
        raise NotAFeed("too_large")
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not _OTHER_CHARSET.match(text):
        text = characters(text).encode()
    said = _json(text) if text[:1] in (b"{", b"[") else _xml(text)
    found = [_entry(base, *each) for each in said]
    by_key = {entry.keys: entry for entry in found if entry.keys}
    return tuple(by_key.values())


def _entry(base: str, id_: object, url: object, title: object, at: datetime | None) -> Entry:
    link = _absolute(base, _text(url)) if url else ""
    named = _text(id_)
    is_link = _WEB.match(named)
    keys = [_key("url", canonical(named)) if is_link else _key("id", named)] if named else []
    keys += [_key("url", canonical(link))] if link else []
    words = " ".join(shown(_text(title)).split())
    if not keys and words:
        keys = [_key("title", words)]
    address = next((each for each in (link, named) if _WEB.match(each)), None)
    return Entry(tuple(dict.fromkeys(keys)), shorten(words or link or named, TITLE), address, at)


def _absolute(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def _text(value: object) -> str:
    return "" if value is None else received(str(value)).strip()


def _key(kind: str, text: str) -> str:
    """What an entry is known by; PostgreSQL has no index on more than some 2,000 bytes."""
    key = f"{kind}:{text}"
    return key if len(key) <= KEY else f"{kind}:{sha256(text.encode()).hexdigest()}"


def _json(text: bytes) -> Iterable[_Said]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise NotAFeed("cut_off") from None
    if isinstance(data, dict) and str(data.get("version", "")).startswith("https://jsonfeed.org/version/"):
        return _json_feed(data.get("items"))
    if isinstance(data, dict) and isinstance(inner := data.get("data"), dict) and isinstance(inner.get("list"), list):
        return _column(inner["list"])
    raise NotAFeed("not_a_feed")


def _json_feed(items: object) -> Iterator[_Said]:
    for item in _mappings(items):
        url = item.get("url") or item.get("external_url")
        yield item.get("id"), url, item.get("title"), _iso(item.get("date_published"))


def _column(items: object) -> Iterator[_Said]:
    """Ids and times do not ascend there: what is new is an id that was not there before."""
    for item in _mappings(items):
        if (id_ := item.get("id")) is not None:
            yield id_, f"{ARTICLE}{id_}", item.get("article_title"), _epoch(item.get("article_ctime"))


def _mappings(items: object) -> Iterator[Mapping[str, Any]]:
    if not isinstance(items, list):
        raise NotAFeed("not_a_feed")
    return (item for item in items if isinstance(item, dict))


def _iso(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _epoch(seconds: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _xml(text: bytes) -> Iterable[_Said]:
    import feedparser  # costs 0.1 s, so only where a feed is read

    if b"<!ENTITY" in text:
        raise NotAFeed("not_a_feed")
    # Given the feed's address it would take an id for a relative link too.
    # From bytes it would take a short text for a file's name or an address.
    feed = feedparser.parse(io.BytesIO(text), resolve_relative_uris=False, sanitize_html=False)
    if not feed.get("version"):
        raise NotAFeed("not_a_feed")
    # What is slightly wrong is read all the same; what has no end is not all there.
    if isinstance(feed.get("bozo_exception"), SAXParseException) and not _has_end(text):
        raise NotAFeed("cut_off")
    return [(each.get("id"), _link(each), _title(each), _published(each)) for each in feed.entries]


def _has_end(text: bytes) -> bool:
    """Whether the last thing that ends is the feed itself."""
    return [end.lower() for end in _END.findall(text)][-1:] in ([b"rss"], [b"feed"], [b"rdf"])


def _title(each: Mapping[str, Any]) -> str:
    title = str(each.get("title", ""))
    is_html = each.get("title_detail", {}).get("type") == "text/html"
    return html.unescape(_TAG.sub("", title)) if is_html else title


def _link(each: Mapping[str, Any]) -> str | None:
    """The entry's link; where there is none, the parser fills in the id."""
    link = each.get("link")
    said = any(link == other.get("href") for other in each.get("links", ()))
    return link if said or link != each.get("id") else None


def _published(each: Mapping[str, Any]) -> datetime | None:
    parsed = each.get("published_parsed") or each.get("updated_parsed")
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None
