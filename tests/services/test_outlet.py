"""Is it out? A new article is offered or announced, once, whatever the place where it appears does."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Entry, Feed, Rhythm
from bot.importers.feeds import read_feed
from bot.services.outlet import Found
from bot.store.database import sqlite_url
from bot.web.serve import serve
from tests.support import START, World, course, opened_world

FEED = Feed("https://feed.example.org/rss")


def entry(n: int, **more: object) -> Entry:
    keys = (f"id:{n}", f"url:a.example/{n}")
    return replace(Entry(keys, f"{n} | Title", f"https://a.example/{n}", START - timedelta(days=100 - n)), **more)  # type: ignore[arg-type]


OLD = tuple(entry(n) for n in range(5))


@asynccontextmanager
async def watching(url: str, *, auto: bool = False) -> AsyncIterator[World]:
    """An installation that has looked once."""
    async with opened_world(url, course("ebpf", feed=replace(FEED, auto=auto))) as world:
        first = await look(world, *OLD)
        assert (first.first, first.total, first.new) == (True, 5, ())
        yield world


async def look(world: World, *entries: Entry, dry: bool = False) -> Found:
    return await world.herald.check_feed(world.herald.course, entries, world.clock(), dry=dry)


@pytest.fixture
def kind() -> str:
    """Locking aside these rules are no database's own."""
    return "sqlite"


async def test_the_first_look_keeps_all_and_announces_nothing(url: str) -> None:
    async with watching(url, auto=True) as world:
        assert await world.group() == []
        assert await world.instructor().heard() == []
        assert (await look(world, *OLD)).new == ()


async def test_an_empty_answer_is_no_first_look(url: str) -> None:
    async with opened_world(url, course("ebpf", feed=replace(FEED, auto=True))) as world:
        assert not (await look(world)).first
        assert (await look(world, *OLD)).first
        assert await world.group() == []


async def test_a_new_one_is_offered_and_announced_by_a_press(url: str) -> None:
    async with watching(url) as world:
        boss = world.instructor()
        assert (await look(world, *OLD, entry(9))).new == (entry(9),)
        assert await world.group() == []
        [asked] = await boss.heard()
        assert "This appeared and is not announced: 9 | Title\nIs it 2026-Q4?" in asked.text
        boss.last = asked
        assert "is announced" in (await boss.press("Announce it now")).text
        [said] = await world.group()
        assert (said.title, said.url) == ("New article: 9 | Title", "https://a.example/9")
        assert (await look(world, *OLD, entry(9))).new == ()
        assert "There is nothing new to confirm" in (await boss("/feed")).text
        assert len(await boss.heard()) == 1


async def test_one_that_is_not_ours_is_remembered_and_that_can_be_undone(url: str) -> None:
    async with watching(url) as world:
        boss = world.instructor()
        await look(world, *OLD, entry(9))
        boss.last = (await boss.heard())[0]
        assert "is not ours" in (await boss.press("Not ours")).text
        assert "There is nothing new to confirm" in (await boss("/feed")).text
        assert (await look(world, *OLD, entry(9))).new == ()
        await boss("/undo")
        assert "9 | Title" in (await boss("/feed")).text
        assert (await boss("/feed not-ours entry:999")).error == "no_entry"
        assert "9 | Title" in (await boss("/feed not-ours")).text


async def test_several_new_ones_are_one_message_and_gone_through_one_by_one(url: str) -> None:
    async with watching(url, auto=True) as world:
        boss = world.instructor()
        await look(world, *OLD, entry(9), entry(10), entry(11))
        assert await world.group() == []
        [asked] = await boss.heard()
        assert asked.text == "3 articles appeared and are not announced:\n• 9 | Title\n• 10 | Title\n• 11 | Title"
        boss.last = asked
        assert "The first: 9 | Title" in (await boss.press("Go through them (3)")).text
        await boss.press("Not ours")
        assert "The first: 10 | Title" in (await boss.press("Go through them (2)")).text


async def test_where_the_course_says_so_it_is_announced_at_once(url: str) -> None:
    async with watching(url, auto=True) as world:
        await world.instructor()("/schedule 2026-Q4 title:Maps in depth")
        assert (await look(world, *OLD, entry(98))).new == (entry(98),)
        [said] = await world.group()
        assert (said.title, said.url) == ("New article: Maps in depth", "https://a.example/98")
        assert (await world.member("lin")("/next-article")).title == "Next article: 2026-review"
        assert await world.instructor().heard() == []


@pytest.mark.parametrize("odd", ["old", "paused"])
async def test_what_is_strange_is_asked_about_and_not_announced(url: str, odd: str) -> None:
    async with watching(url, auto=True) as world:
        if odd == "paused":
            await world.instructor()("/schedule pause")
        await look(world, *OLD, entry(98, at=START - timedelta(days=400) if odd == "old" else START))
        assert await world.group() == []
        assert len(await world.instructor().heard()) == 1


async def test_what_was_announced_by_hand_is_no_news(url: str) -> None:
    async with watching(url, auto=True) as world:
        await world.instructor()("/publish 2026-Q4 https://www.a.example/98/?utm_source=chat")
        assert (await look(world, *OLD, entry(98))).new == ()
        assert len(await world.group()) == 1
        assert await world.instructor().heard() == []


async def test_the_link_of_the_plan_tells_which_article_it_is(url: str) -> None:
    async with watching(url) as world:
        boss = world.instructor()
        await boss("/schedule 2026-review url:https://a.example/98")
        await look(world, *OLD, entry(98))
        assert "Is it 2026-review?" in (await boss.heard())[0].text


async def test_without_a_next_article_nobody_is_asked_whether_it_is_that(url: str) -> None:
    ended = Rhythm("2026-Q3", last="2026-Q3", review=False)
    async with opened_world(url, course("ebpf", feed=FEED, rhythm=ended)) as world:
        boss = world.instructor()
        await look(world, *OLD)
        await look(world, *OLD, entry(98))
        [asked] = await boss.heard()
        assert asked.text == "This appeared and is not announced: 98 | Title"
        assert (await boss("/feed")).text.startswith("This appeared: 98 | Title\n\n")


async def test_a_look_without_consequence_changes_nothing(url: str) -> None:
    async with watching(url, auto=True) as world:
        for _ in range(2):
            assert (await look(world, *OLD, entry(98), dry=True)).new == (entry(98),)
        assert await world.group() == []


WHIMS = st.lists(
    st.sampled_from(["order", "dates", "titles", "tracking", "ids", "gap", "empty", "all", "new"]), max_size=12
)


@settings(max_examples=settings().max_examples // 4)
@given(whims=WHIMS, seed=st.integers(0, 999))
def test_none_is_announced_or_offered_twice(whims: Sequence[str], seed: int, sqlite_template: Path) -> None:
    async def play(url: str) -> None:
        random, there = Random(seed), list(OLD)
        async with watching(url, auto=True) as world:
            new = 0
            for whim in whims:
                world.clock.wait(days=1)
                if whim == "new":
                    new += 1
                    there.append(entry(100 + new, at=world.clock()))
                await look(world, *changed(there, whim, random))
            told = await world.group(), await world.instructor().heard()
            links = [said.url for each in told for said in each if said.url]
            assert len(links) == len(set(links))
            if "gap" not in whims and "empty" not in whims:
                assert len(links) == new

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(sqlite_url(Path(shutil.copy(sqlite_template, folder)))))


def changed(there: Sequence[Entry], whim: str, random: Random) -> list[Entry]:
    """What the place shows of what is there today."""
    shown = list(there)
    if whim == "order":
        random.shuffle(shown)
    if whim == "gap":
        del shown[random.randrange(len(shown))]
    more: dict[str, dict[str, object]] = {
        "dates": {"at": START + timedelta(days=random.randint(-999, 999))},
        "titles": {"title": "Another title"},
    }
    shown = [replace(each, **more.get(whim, {})) for each in shown]  # type: ignore[arg-type]
    if whim == "tracking":
        shown = [as_read(each, f"https://www.a.example/{each.keys[0][3:]}/?utm_source=x&spm=1") for each in shown]
    if whim == "ids":
        shown = [replace(each, keys=("id:another " + each.keys[0], each.keys[1])) for each in shown]
    return [] if whim == "empty" else shown


def as_read(each: Entry, link: str) -> Entry:
    """An entry as a feed gives it that has no ids."""
    item = {"url": link, "title": each.title, "date_published": each.at.isoformat() if each.at else None}
    body = {"version": "https://jsonfeed.org/version/1.1", "items": [item]}
    return read_feed(json.dumps(body).encode())[0]


# On a schedule


async def test_the_clock_looks_now_and_then_and_says_what_goes_on_failing(url: str) -> None:
    asked, answer = 0, web.Response

    async def handle(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return answer(status=503) if asked > 2 else web.json_response(listing(asked + 4))

    def listing(count: int) -> object:
        items = [{"id": str(n), "url": f"/{n}", "title": f"{n} | Title"} for n in range(count)]
        return {"version": "https://jsonfeed.org/version/1.1", "items": items}

    app = web.Application()
    app.router.add_get("/", handle)
    async with (
        serve(app, 0) as port,
        opened_world(url, course("ebpf", feed=Feed(f"http://127.0.0.1:{port}/", auto=True))) as world,
    ):
        for _ in range(3):
            await world.herald.look_out(world.clock.wait(minutes=4))
        assert asked == 1, "not more than every quarter of an hour"
        await world.herald.look_out(world.clock.wait(minutes=15))
        assert [said.url for said in await world.group()] == [f"http://127.0.0.1:{port}/5"]
        for _ in range(8):
            await world.herald.look_out(world.clock.wait(hours=5))
        [told] = await world.instructor().heard()
        assert "For over a day" in told.text
        assert "answered 503" in told.text
        assert "answered 503" in (await world.instructor()("/feed")).text


async def test_another_address_is_another_first_look(url: str) -> None:
    async with watching(url, auto=True):
        pass
    async with opened_world(url, course("ebpf", feed=Feed("http://127.0.0.1:1/", auto=True))) as world:
        await world.herald.look_out(world.clock())
        assert (await look(world, *OLD, entry(98))).first
        assert await world.group() == []
