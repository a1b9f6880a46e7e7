"""The plan as a calendar and what is out as a feed: what a subscriber's program reads in them."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Article, Certainty, Course, Revised, Window
from bot.core.text import received, shown
from bot.importers.feeds import read_feed
from bot.services import syndication
from bot.services.work import HERALD
from bot.words.syndication import atom, icalendar
from tests.pages import Pages, pages
from tests.support import START, World, course, once

BERLIN = ZoneInfo("Europe/Berlin")
DECEMBER = Window(date(2026, 12, 1), date(2026, 12, 31))
SLOT = Article("2026-Q4", DECEMBER, Certainty.WINDOW)
OUT = Article("2026-Q4", Window(date(2026, 12, 24), date(2026, 12, 24)), Certainty.PUBLISHED, title="Maps")
EVENT = """BEGIN:VEVENT
UID:8b0b1e2c
SEQUENCE:2
DTSTAMP:20261120T090000Z
LAST-MODIFIED:20261120T090000Z
DTSTART;VALUE=DATE:20261201
DTEND;VALUE=DATE:20270101
SUMMARY:Loops\\, maps\\; and \\\\ (window)
DESCRIPTION:Expected: December 2026. The date is not fixed yet.\\n\\nWhat a l
 oop may do.\\nAnd what not.\\n\\nhttps://example.org/29?a=1\\,2
URL:https://example.org/29?a=1,2
STATUS:TENTATIVE
TRANSP:TRANSPARENT
END:VEVENT
"""


def revised(article: Article, revision: int = 2, changed: datetime = START) -> Revised:
    return Revised(article, revision, changed)


def english(**more: object) -> Course:
    return course("ebpf", **{"locale": "en", **more})


def read(calendar: str) -> list[dict[str, str]]:
    """The events of a calendar, as RFC 5545 has them read."""
    assert calendar.endswith("END:VCALENDAR\r\n")
    assert "\n" not in calendar.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in calendar.split("\r\n"))
    events: list[dict[str, str]] = []
    for line in calendar.replace("\r\n ", "").split("\r\n")[:-1]:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif events:
            events[-1][name] = re.sub(r"\\(.)", lambda sign: "\n" if sign[1] == "n" else sign[1], value)
    return events


def one(of: Course, article: Article) -> dict[str, str]:
    [event] = read(icalendar(of, [revised(article)]))
    return event


def parsed(text: str) -> Any:
    found = feedparser.parse(text.encode(), sanitize_html=False)
    assert not found.bozo
    return found


# The calendar


def test_an_event_is_written_as_the_standard_says() -> None:
    title, summary = "Loops, maps; and \\", "What a loop may do.\nAnd what not."
    article = replace(SLOT, title=title, summary=summary, url="https://example.org/29?a=1,2")
    text = icalendar(english(), [revised(article)]).replace("\r\n", "\n")
    assert text[text.index("BEGIN:VEVENT") : text.index("END:VCALENDAR")] == re.sub(
        "8b0b1e2c", one(english(), SLOT)["UID"], EVENT
    )
    assert text.startswith("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:")


@pytest.mark.parametrize(
    ("zone", "typed", "written"),
    [
        (ZoneInfo("Asia/Shanghai"), "2027-01-01T00:30", "20261231T163000Z"),
        (BERLIN, "2026-10-24T10:00", "20261024T080000Z"),
        (BERLIN, "2026-10-26T10:00", "20261026T090000Z"),
    ],
)
def test_a_confirmed_article_is_at_its_moment_whatever_the_clocks_do(zone: ZoneInfo, typed: str, written: str) -> None:
    at = datetime.fromisoformat(typed).replace(tzinfo=zone)
    article = replace(
        SLOT, when=Window(at.date(), at.date()), certainty=Certainty.CONFIRMED, confirmed=at, title="Maps"
    )
    event = one(english(zone=zone), article)
    assert event["DTSTART"] == written
    assert (event["SUMMARY"], event["STATUS"]) == ("Maps", "CONFIRMED")
    assert not any(name.startswith(("DTSTART;", "DTEND")) for name in event)


@pytest.mark.parametrize(
    ("article", "status", "english_title", "chinese_title", "part"),
    [
        (SLOT, "TENTATIVE", "eBPF · 2026-Q4 (window)", "eBPF · 2026-Q4（大致时间）", "The date is not fixed yet"),
        (
            replace(
                SLOT, title="Maps", certainty=Certainty.SLIPPED, slipped=Window(date(2026, 10, 1), date(2026, 10, 31))
            ),
            "TENTATIVE",
            "Maps (late, window)",
            "Maps（已推迟，大致时间）",
            "promised for October 2026",
        ),
        (
            replace(SLOT, title="Maps", certainty=Certainty.SLIPPED, slipped=DECEMBER),
            "TENTATIVE",
            "Maps (late, no new date)",
            "Maps（已推迟，新时间未定）",
            "no new date yet",
        ),
        (
            replace(SLOT, title="Maps", certainty=Certainty.SKIPPED),
            "CANCELLED",
            "Maps (skipped)",
            "Maps（已跳过）",
            "Skip",
        ),
        (
            replace(SLOT, title="Maps", certainty=Certainty.CONFIRMED, confirmed=START, overdue=True),
            "TENTATIVE",
            "Maps (not out yet)",
            "Maps（到期未发）",
            "expected for December 2026 and is not out yet",
        ),
        (OUT, "CONFIRMED", "Maps", "Maps", "Published: December 24, 2026."),
    ],
)
def test_how_sure_it_is_stands_in_the_event(
    article: Article, status: str, english_title: str, chinese_title: str, part: str
) -> None:
    event = one(english(), article)
    assert (event["STATUS"], event["SUMMARY"]) == (status, english_title)
    assert part in event["DESCRIPTION"]
    assert one(course(), article)["SUMMARY"] == chinese_title


def test_the_last_day_that_there_is_needs_no_day_after_it() -> None:
    event = one(english(), replace(SLOT, when=Window(date.max, date.max)))
    assert event["DTSTART;VALUE=DATE"] == "99991231"


@given(st.text(), st.text("中文，；\\n\n 🐝a", max_size=200))
def test_whatever_somebody_wrote_is_read_back_from_short_lines(title: str, summary: str) -> None:
    title, summary = (received(text) for text in (title, summary))
    article = replace(OUT, title=title, summary=summary)
    named = " ".join(shown(title).split()) if title else "eBPF · 2026-Q4"
    event = one(english(), article)
    assert event["SUMMARY"] == named
    assert event["DESCRIPTION"] == shown(f"Published: December 24, 2026.\n\n{summary}")


# The feed


def test_the_feed_is_read_by_others_and_by_ourselves() -> None:
    newest = replace(
        OUT, title="循环 <b>&amp;]]> \x0b\ufffeend", summary="Bounded\nloops", url="https://example.org/29?a&b"
    )
    older = replace(OUT, key="bonus", when=Window(date(2025, 3, 1), date(2025, 3, 31)), title=None)
    text = atom(english(url="https://example.org"), [revised(newest), revised(older, 0)])
    feed = parsed(text)
    assert (feed.version, feed.feed.title, feed.feed.author) == ("atom10", "eBPF", "eBPF")
    first, second = feed.entries
    assert (first.title, first.summary, first.link) == (
        "循环 <b>&amp;]]> end",
        "Bounded\nloops",
        "https://example.org/29?a&b",
    )
    assert (first.published, first.updated) == ("2026-12-24T00:00:00+08:00", "2026-11-20T17:00:00+08:00")
    assert (second.title, second.published[:10]) == ("eBPF · bonus", "2025-03-01")
    entries = read_feed(text.encode())
    assert [(entry.title, entry.url) for entry in entries] == [
        ("循环 <b>&amp;]]> end", "https://example.org/29?a&b"),
        ("eBPF · bonus", None),
    ]
    assert entries[0].at == datetime(2026, 12, 23, 16, tzinfo=UTC)


def test_a_feed_of_nothing_is_a_feed() -> None:
    assert parsed(atom(english(), [])).feed.updated == "1970-01-01T08:00:00+08:00"


# Both, as they follow the plan


async def calendar(browser: Pages) -> dict[str, dict[str, str]]:
    """The events by their summary."""
    async with browser.session.get("/plan.ics") as response:
        return {event["SUMMARY"]: event for event in read((await response.read()).decode())}


async def test_a_subscriber_sees_each_change_of_the_plan_as_the_same_event(world: World) -> None:
    instructor = world.instructor()
    async with pages(world) as browser:
        before = (await calendar(browser))["eBPF · 2026-Q4（大致时间）"]
        assert (before["SEQUENCE"], before["DTSTAMP"]) == ("0", "20260630T160000Z")
        await instructor("/schedule 2026-Q4 2026-12-24 10:00 title:Loops")
        changed = (await calendar(browser))["Loops"]
        assert (changed["UID"], changed["DTSTART"], changed["SEQUENCE"]) == (before["UID"], "20261224T020000Z", "1")
        assert changed["DTSTAMP"] == "20261120T090000Z"
        await instructor("/undo")
        undone = (await calendar(browser))["eBPF · 2026-Q4（大致时间）"]
        assert (undone["UID"], undone["SEQUENCE"]) == (before["UID"], "2")
        await instructor("/schedule 2026-Q4 skip")
        assert (await calendar(browser))["eBPF · 2026-Q4（已跳过）"]["STATUS"] == "CANCELLED"
        await instructor("/schedule 2026-Q4 2026-12-24 10:00 title:Loops")
        confirmed = (await calendar(browser))["Loops"]
        world.clock.wait(days=40)
        late = (await calendar(browser))["Loops（到期未发）"]
        assert (late["UID"], late["DTSTART"], late["STATUS"]) == (before["UID"], confirmed["DTSTART"], "TENTATIVE")
        assert confirmed["LAST-MODIFIED"] < late["LAST-MODIFIED"] == "20261224T160000Z"
        assert "目前还没有发" in late["DESCRIPTION"]
        assert "is not out yet" in (await instructor("/next-article")).text


async def test_what_is_out_stands_in_the_feed_at_once_and_keeps_its_id(world: World) -> None:
    instructor = world.instructor()
    async with pages(world) as browser:
        await instructor("/publish 2026-Q4 https://example.org/29 Loops")
        [first, second] = parsed(await browser.get("/articles.atom", "lin")).entries
        assert (first.title, first.link, second.title) == ("Loops", "https://example.org/29", "Maps")
        assert (second.updated, second.published) == ("2026-09-20T00:00:00+08:00",) * 2
        world.clock.wait(days=1)
        await instructor("/schedule 2026-Q4 title:Bounded loops")
        feed = parsed(await browser.get("/articles.atom", "lin"))
        assert (feed.entries[0].title, feed.entries[0].id) == ("Bounded loops", first.id)
        assert feed.entries[0].published == first.published < feed.feed.updated == "2026-11-21T17:00:00+08:00"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("path", "type_"), [("/plan.ics", "text/calendar"), ("/articles.atom", "application/atom+xml")]
)
async def test_what_did_not_change_is_not_sent_again(world: World, path: str, type_: str) -> None:
    async with pages(world) as browser:
        assert f'<link rel="alternate" href="{path}" type="{type_}"' in await browser.get("/", "lin")
        async with browser.session.get(path) as response:
            assert response.headers["Content-Type"] == f"{type_}; charset=utf-8"
            tag = response.headers["ETag"]
        world.clock.wait(hours=1)
        async with browser.session.get(path, headers={"If-None-Match": tag}) as response:
            assert (response.status, await response.read()) == (304, b"")
        await world.instructor()("/schedule 2026-Q3 title:All maps")
        async with browser.session.get(path, headers={"If-None-Match": tag}) as response:
            assert response.status == 200


def test_the_calendar_goes_back_a_year_and_ahead_as_far_as_asked(url: str) -> None:
    def keys(of: Iterable[Revised]) -> list[str]:
        return [each.article.key for each in of]

    def look(days: int, count: int) -> list[str]:
        return keys(once(url, lambda tx: syndication.calendar(tx, course(), START + timedelta(days), count)))

    assert look(0, 2) == ["2026-Q3", "2026-Q4", "2026-review"]
    assert look(304, 1) == ["2026-Q3", "2027-Q3"]
    assert look(305, 1) == ["2027-Q3"]
    assert keys(once(url, lambda tx: syndication.archive(tx, course(), START + timedelta(days=305)))) == ["2026-Q3"]
    assert HERALD.name not in atom(course(), once(url, lambda tx: syndication.archive(tx, course(), START)))
