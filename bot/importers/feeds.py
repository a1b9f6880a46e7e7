"""A feed or a saved listing of articles -> entries: RSS, Atom, JSON Feed, and the JSON of the course site's list."""

import io
import json
import re
from calendar import timegm
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax import SAXParseException

from bot.core.model import Entry
from bot.core.text import canonical, shown

LARGEST = 5 * 1024 * 1024
ARTICLE = "https://time.geekbang.org/column/article/"
_END = re.compile(rb"</\s*(\w+:)?(rss|feed|rdf)\s*>\s*(<!--.*-->\s*)*$", re.IGNORECASE | re.DOTALL)


class NotAFeed(Exception):
    """Why these bytes are no whole listing of articles; `key` names the words for it."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read_feed(body: bytes) -> tuple[Entry, ...]:
    """The entries of a listing in its order, each once; NotAFeed where it is none, cut off or over 5 MB."""
    if len(body) > LARGEST:
        raise NotAFeed("too_large")
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    found = _json(text) if text[:1] in (b"{", b"[") else _xml(text)
    by_key = {entry.keys: entry for entry in found if entry.keys}
    return tuple(by_key.values())


def _entry(id_: object, url: object, title: object, at: datetime | None) -> Entry:
    link = str(url).strip() if url else None
    named = str(id_).strip() if id_ is not None else ""
    is_link = re.match(r"https?://", named)
    keys = [f"url:{canonical(named)}" if is_link else f"id:{named}"] if named else []
    keys += [f"url:{canonical(link)}"] if link else []
    words = " ".join(shown(str(title or "")).split())
    if not keys and words:
        keys = [f"title:{words}"]
    return Entry(tuple(dict.fromkeys(keys)), words or link or named, link or (named if is_link else None), at)


def _json(text: bytes) -> Iterable[Entry]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise NotAFeed("cut_off") from None
    if isinstance(data, dict) and str(data.get("version", "")).startswith("https://jsonfeed.org/version/"):
        return list(_json_feed(data.get("items")))
    if isinstance(data, dict) and isinstance(inner := data.get("data"), dict) and isinstance(inner.get("list"), list):
        return list(_column(inner["list"]))
    raise NotAFeed("not_a_feed")


def _json_feed(items: object) -> Iterator[Entry]:
    for item in _mappings(items):
        url = item.get("url") or item.get("external_url")
        yield _entry(item.get("id"), url, item.get("title"), _iso(item.get("date_published")))


def _column(items: object) -> Iterator[Entry]:
    """Ids and times do not ascend there: what is new is an id that was not there before."""
    for item in _mappings(items):
        if (id_ := item.get("id")) is not None:
            yield _entry(id_, f"{ARTICLE}{id_}", item.get("article_title"), _epoch(item.get("article_ctime")))


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


def _xml(text: bytes) -> Iterable[Entry]:
    import feedparser  # costs 0.1 s, so only where a feed is read

    if b"<!ENTITY" in text:
        raise NotAFeed("not_a_feed")
    # From bytes it would take a short text for a file's name or an address.
    feed = feedparser.parse(io.BytesIO(text), resolve_relative_uris=False, sanitize_html=False)
    if not feed.get("version"):
        raise NotAFeed("not_a_feed")
    # What is slightly wrong is read all the same; what has no end is not all there.
    if isinstance(feed.get("bozo_exception"), SAXParseException) and not _END.search(text):
        raise NotAFeed("cut_off")
    return [_entry(each.get("id"), _link(each), each.get("title"), _published(each)) for each in feed.entries]


def _link(each: Mapping[str, Any]) -> str | None:
    """The entry's link; where there is none, the parser fills in the id."""
    link = each.get("link")
    return None if link == each.get("id") else link


def _published(each: Mapping[str, Any]) -> datetime | None:
    parsed = each.get("published_parsed") or each.get("updated_parsed")
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None
