"""The ledger's page over the real program: what is on it, and that its buttons do what the command does."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from bot.core.errors import Unreachable
from tests.pages import Pages, pages
from tests.platform import ROOM, Recorder, with_a_room, worker
from tests.support import World, opened_world

WECHAT = "group:wechat:study"


@pytest.fixture
def kind() -> str:
    """The page knows nothing of databases."""
    return "sqlite"


@asynccontextmanager
async def published(url: str) -> AsyncIterator[tuple[World, Recorder, Pages]]:
    """An article was announced: in the chat, not in the room, where nobody is let in, and in WeChat by hand."""
    async with opened_world(url, with_a_room(ROOM, WECHAT)) as world, pages(world) as browser:
        wire = Recorder()
        await world.instructor()("/publish 2026-Q4 https://example.org/29 Debugging <eBPF>")
        world.clock.wait(seconds=21)
        wire.faults.append(Unreachable("unworded", key="no permission"))
        await worker(world, wire).drain()
        yield world, wire, browser


async def press(browser: Pages, who: str, **fields: str) -> tuple[int, str]:
    """Send a form of the page; its answer."""
    data = {"as": who, "id": uuid4().hex, **fields}
    headers = {"Accept-Language": "en", "Accept": "text/html"}
    async with browser.session.post("/deliveries", data=data, headers=headers) as response:
        return response.status, await response.text()


def forms(page: str) -> dict[str, str]:
    """The deliveries that have a button for each act, by the act."""
    found = re.findall(r'name="delivery" value="(\d+)"><input type="hidden" name="action" value="(\w+)"', page)
    return {act: n for n, act in found}


async def test_each_row_says_where_when_and_what_is_wrong(url: str) -> None:
    async with published(url) as (_, _, browser):
        page = await browser.get("/deliveries", "instructor")
        open_, done = page.split('id="done-title"')
        for said in ("wire:room", "failed", "The platform refused it (no permission).", "wechat:study", "by hand"):
            assert said in open_
        assert "2026-11-20 17:00" in open_
        assert "新文章：Debugging &lt;eBPF&gt;\n\nDebugging" in open_
        assert ("this chat" in done, "arrived" in done, "<form" in done) == (True, True, False)
        assert "Times are in Beijing time." in page


async def test_its_buttons_send_again_note_and_leave_and_can_be_undone(url: str) -> None:
    async with published(url) as (world, wire, browser):
        failed = forms(await browser.get("/deliveries", "instructor"))
        status, page = await press(browser, "instructor", delivery=failed["retry"], action="retry")
        assert (status, "It goes out to wire:room now." in page) == (200, True)
        await worker(world, wire).drain()
        assert len(wire.texts(ROOM)) == 1
        by_hand = forms(await browser.get("/deliveries", "instructor"))
        assert set(by_hand) == {"posted", "drop"}
        _, page = await press(browser, "instructor", delivery=by_hand["posted"], action="posted")
        assert "Nothing is waiting and nothing failed." in page
        [event] = re.findall(r'name="event" value="(\d+)"', page)
        _, page = await press(browser, "instructor", event=event)
        assert forms(page) == by_hand
        _, page = await press(browser, "instructor", delivery=by_hand["drop"], action="drop")
        _, page = await press(browser, "instructor", delivery=by_hand["drop"], action="drop")
        assert 'class="result refused"' in page


@pytest.mark.parametrize("who", ["assistant", "lin"])
async def test_nobody_but_the_instructor_sees_or_does_anything_as_with_the_command(url: str, who: str) -> None:
    async with published(url) as (world, _, browser):
        other = world.assistant() if who == "assistant" else world.member(who)
        assert (await other("/deliveries")).error == "not_allowed"
        assert (await world.instructor()("/deliveries")).error is None
        assert "looked after by the instructor" in await browser.get("/deliveries", who)
        act = forms(await browser.get("/deliveries", "instructor"))["drop"]
        status, page = await press(browser, who, delivery=act, action="drop")
        assert (status, "For the instructor only" in page) == (403, True)
        assert forms(await browser.get("/deliveries", "instructor"))["drop"] == act
