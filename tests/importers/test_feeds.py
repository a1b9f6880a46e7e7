"""Feeds and saved lists of articles: what they say, and what is no whole one."""

import json
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import canonical
from bot.importers.feeds import LARGEST, NotAFeed, read_feed

REAL = Path(__file__).parents[3] / "shared" / "data" / "column-api"
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>T</title><link>https://a.example</link>
<item><title>One &amp; only</title><link>https://www.a.example/1/?utm_source=rss&amp;id=7#top</link>
<guid isPermaLink="false">one</guid><pubDate>Fri, 22 Apr 2022 16:00:00 GMT</pubDate></item>
<item><title>二</title><link>https://a.example/2</link></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>urn:1</id><title>One</title>
<link href="https://a.example/1"/><updated>2022-04-22T16:00:00Z</updated></entry></feed>"""
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "items": [{"id": "1", "url": "https://a.example/1", "title": "One", "date_published": "2022-04-22T16:00:00Z"}],
}
COLUMN = {
    "error": [],
    "code": 0,
    "data": {"list": [{"id": 67888, "article_title": "开篇", "article_ctime": 1542013200}]},
}


def test_rss_is_read_with_its_dates_and_links() -> None:
    one, two = read_feed(RSS.encode())
    assert (one.title, one.keys) == ("One & only", ("id:one", "url:a.example/1?id=7"))
    assert one.at == datetime(2022, 4, 22, 16, tzinfo=UTC)
    assert (two.title, two.keys, two.at) == ("二", ("url:a.example/2",), None)


@pytest.mark.parametrize("body", [ATOM, json.dumps(JSON_FEED)])
def test_atom_and_json_feeds_say_the_same(body: str) -> None:
    [entry] = read_feed(body.encode())
    assert (entry.title, entry.url) == ("One", "https://a.example/1")
    assert entry.at == datetime(2022, 4, 22, 16, tzinfo=UTC)
    assert "url:a.example/1" in entry.keys


def test_an_entry_without_a_link_has_none_unless_its_id_is_one() -> None:
    without = ATOM.replace('<link href="https://a.example/1"/>', "")
    [entry] = read_feed(without.encode())
    assert (entry.url, entry.keys) == (None, ("id:urn:1",))
    [entry] = read_feed(without.replace("urn:1", "https://a.example/1").encode())
    assert (entry.url, entry.keys) == ("https://a.example/1", ("url:a.example/1",))


def test_the_sites_own_list_names_its_articles_by_their_id() -> None:
    [entry] = read_feed(json.dumps(COLUMN).encode())
    assert entry.keys == ("id:67888", "url:time.geekbang.org/column/article/67888")
    assert (entry.title, entry.url) == ("开篇", "https://time.geekbang.org/column/article/67888")
    assert entry.at == datetime(2018, 11, 12, 9, tzinfo=UTC)


def test_an_entry_that_stands_twice_is_one() -> None:
    items = JSON_FEED["items"]
    assert isinstance(items, list)
    assert len(read_feed(json.dumps({**JSON_FEED, "items": items * 3}).encode())) == 1


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b"", "not_a_feed"),
        (b"/etc/passwd", "not_a_feed"),
        (b"https://a.example/feed", "not_a_feed"),
        (b"<html><body>Please sign in</body></html>", "not_a_feed"),
        (b'{"code": -1, "error": {"msg": "no"}, "data": []}', "not_a_feed"),
        (b"[1, 2]", "not_a_feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": {}}', "not_a_feed"),
        (json.dumps(COLUMN).encode()[:-20], "cut_off"),
        (RSS.encode()[:-30], "cut_off"),
        (RSS.encode()[:300], "cut_off"),
        (ATOM.encode()[:-4], "cut_off"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]>' + RSS.encode(), "not_a_feed"),
        (b" " * (LARGEST + 1), "too_large"),
    ],
)
def test_what_is_none_or_not_whole_is_refused(body: bytes, key: str) -> None:
    with pytest.raises(NotAFeed) as caught:
        read_feed(body)
    assert caught.value.key == key


def test_an_empty_feed_is_a_feed() -> None:
    assert read_feed(b'<rss version="2.0"><channel><title>T</title></channel></rss>') == ()


@pytest.mark.parametrize("odd", [{"id": None}, {"id": 7, "date_published": "soon"}, {"url": "http://[::1"}, {}, 5])
def test_odd_items_do_no_harm(odd: object) -> None:
    body = json.dumps({**JSON_FEED, "items": [odd, {"id": "1", "title": "One"}]}).encode()
    assert read_feed(body)[-1].title == "One"


@pytest.mark.parametrize(
    "odd", [{"id": "a\ud800\0"}, {"id": "1", "title": "a\ud800\0"}, {"id": "1", "url": "https://a.example/\ud800\0"}]
)
def test_what_no_database_can_hold_is_not_in_an_entry(odd: object) -> None:
    [entry] = read_feed(json.dumps({**JSON_FEED, "items": [odd]}).encode())
    for text in (*entry.keys, entry.title, entry.url or ""):
        assert "\0" not in text
        assert text.encode().decode() == text


@pytest.mark.parametrize("link", ["javascript:alert(1)", "/articles/1", "//a.example/1", "file:///etc/passwd"])
def test_a_link_that_leads_nowhere_on_the_web_is_none(link: str) -> None:
    body = {**JSON_FEED, "items": [{"id": "1", "title": "One", "url": link}]}
    for entry in (
        *read_feed(json.dumps(body).encode()),
        *read_feed(ATOM.replace("https://a.example/1", link).encode()),
    ):
        assert (entry.title, entry.url) == ("One", None)


RELATIVE_RSS = RSS.replace("https://www.a.example/1/", "/1").replace("https://a.example/2", "../2")


def test_a_relative_link_leads_from_the_feeds_own_address() -> None:
    base = "https://a.example/blog/feed.xml"
    items = [{"id": "one", "url": "/1?id=7"}, {"id": "two", "url": "//a.example/2"}]
    for body in (RELATIVE_RSS, json.dumps({**JSON_FEED, "items": items})):
        one, two = read_feed(body.encode(), base)
        assert one.keys == ("id:one", "url:a.example/1?id=7")
        assert two.url == "https://a.example/2"
    based = ATOM.replace("<feed", '<feed xml:base="posts/"').replace("https://a.example/1", "1")
    [entry] = read_feed(based.encode(), base)
    assert entry.url == "https://a.example/blog/posts/1"


@pytest.mark.parametrize("said", ["<guid>/1</guid><link>/1</link>", "<link>/1</link><guid>/1</guid>"])
def test_a_relative_link_is_one_also_where_the_id_is_the_same(said: str) -> None:
    body = f'<rss version="2.0"><channel><item>{said}</item></channel></rss>'
    assert [entry.url for entry in read_feed(body.encode(), "https://a.example/feed")] == ["https://a.example/1"]


def test_an_id_is_no_relative_link() -> None:
    without = ATOM.replace('<link href="https://a.example/1"/>', "").replace("urn:1", "1")
    [entry] = read_feed(without.encode(), "https://a.example/feed")
    assert (entry.url, entry.keys) == (None, ("id:1",))


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "\tJavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd"]
)
@pytest.mark.parametrize("xml_base", ["", "javascript:", "data:text/html,"])
def test_no_address_makes_a_link_of_what_is_none(link: str, xml_base: str) -> None:
    body = {**JSON_FEED, "items": [{"id": "1", "title": "One", "url": link}]}
    based = ATOM.replace("<feed", f'<feed xml:base="{xml_base}"').replace("https://a.example/1", link)
    for text in (json.dumps(body), based):
        [entry] = read_feed(text.encode(), "https://a.example/feed")
        assert (entry.title, entry.url) == ("One", None)


@given(st.text(), st.text())
def test_whatever_stands_for_a_link_leads_to_the_web_or_nowhere(base: str, link: str) -> None:
    body = {**JSON_FEED, "items": [{"id": "1", "url": link}]}
    [entry] = read_feed(json.dumps(body).encode(), base)
    assert entry.url is None or entry.url.lower().startswith(("http://", "https://"))


def test_endless_titles_and_ids_are_bounded_and_told_apart() -> None:
    items = [
        {"id": end + "x" * 9_000, "url": "https://a.example/" + "y" * 9_000 + end, "title": "z" * 9_000} for end in "ab"
    ]
    one, two = read_feed(json.dumps({**JSON_FEED, "items": items}).encode())
    assert not set(one.keys) & set(two.keys)
    assert all(len(key) <= 500 for key in (*one.keys, *two.keys))
    assert len(one.title) == 200


def test_a_title_that_is_written_as_html_is_read_as_its_words() -> None:
    body = ATOM.replace(
        "<title>One</title>", '<title type="html">&lt;b&gt;a &amp;lt; b&lt;/b&gt; &amp;#8211; c</title>'
    )
    assert read_feed(body.encode())[0].title == "a < b \u2013 c"


@pytest.mark.parametrize("end", ["<!-- -->" * 40 + "<", "<!--" * 100_000, "</" + " " * 400_000, "</rss><!--" * 20_000])
def test_no_end_of_a_feed_holds_everybody_up(end: str) -> None:
    began = process_time()
    assert len(read_feed(RSS.encode() + end.encode())) == 2
    assert process_time() - began < 5


@given(st.integers(0, len(RSS.encode())))
def test_however_it_is_cut_it_is_whole_or_refused(at: int) -> None:
    try:
        assert len(read_feed(RSS.encode()[:at])) == 2
    except NotAFeed:
        assert at < len(RSS.encode())


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/x?id=1",
        "https://www.a.example/x/?id=1&utm_medium=y",
        "https://A.example/x?fbclid=1&id=1#comments",
    ],
)
def test_addresses_of_one_page_are_one(url: str) -> None:
    assert canonical(url) == "a.example/x?id=1"


@pytest.mark.skipif(not REAL.exists(), reason="the samples of the site's lists are not here")
def test_a_real_list_is_read_whole() -> None:
    entries = read_feed((REAL / "column_articles.sample.json").read_bytes())
    assert len(entries) == len({entry.keys for entry in entries}) == 49
    ids = [int(entry.keys[0].removeprefix("id:")) for entry in entries]
    assert ids != sorted(ids)
    [one] = read_feed((REAL / "rsshub_column_feed.synthetic.xml").read_bytes())
    assert one.title == "难点解析｜eBPF开发环境搭建及内核编译详解"


@pytest.mark.parametrize("said", ["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>'])
def test_a_chinese_feed_that_hides_its_charset_is_read(said: str) -> None:
    chinese = said + ATOM.replace("One", "难点解析")
    assert [entry.title for entry in read_feed(chinese.encode("gb18030"))] == ["难点解析"]


def test_a_broken_character_breaks_no_other() -> None:
    body = RSS.encode().replace(b"One &amp; only", b"One \xff only")
    assert [entry.title for entry in read_feed(body)] == ["One \ufffd only", "二"]


@pytest.mark.parametrize("charset", ["gb2312", "utf-16", "utf-8-sig"])
def test_a_charset_that_is_said_is_believed(charset: str) -> None:
    said = RSS.replace("UTF-8", charset.removesuffix("-sig"))
    assert read_feed(said.encode(charset)) == read_feed(RSS.encode())
