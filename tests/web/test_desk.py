"""The desk in a browser and without one, over the real program."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import expect

from bot.core.chat import Role
from bot.store.database import sqlite_url
from bot.web.chat import create_app
from bot.web.serve import serve
from bot.web.site import Identity
from bot.words import words_in
from tests.support import Talk, World, opened_world
from tests.web.conftest import PHONE, OpenTab
from tests.web.test_browser import enlarge, fits

PEOPLE = (
    Identity("local:instructor", "讲师", Role.INSTRUCTOR),
    Identity("local:assistant", "助教", Role.ASSISTANT),
    Identity("local:lin", "lin"),
)
ASKED = (
    "Why does the verifier reject my loop? It has an end, I am quite sure of it.",
    "ring buffer 满了会怎样？",
    "Which license may programs have?",
)


@dataclass
class Served:
    """A served world in which lin asked three questions."""

    world: World
    url: str
    lin: Talk
    staff: Talk


@pytest_asyncio.fixture
async def served(file: Path, port: int) -> AsyncIterator[Served]:
    async with opened_world(sqlite_url(file)) as world:
        lin = world.member("lin")
        for text in ASKED:
            await lin(f"/ask different:yes {text}")
        async with serve(create_app(world.herald.site(PEOPLE, demo=True), world.clock), port):
            yield Served(world, f"http://127.0.0.1:{port}", lin, world.assistant())


async def get(served: Served, who: str = "assistant", **query: str) -> tuple[int, str]:
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    async with (
        ClientSession(headers=headers) as session,
        session.get(f"{served.url}/desk", params={"as": who, **query}) as response,
    ):
        return response.status, await response.text()


async def post(served: Served, *fields: tuple[str, str], who: str = "assistant") -> tuple[int, str]:
    headers = {"Accept": "text/html", "Accept-Language": "en", "Origin": served.url}
    data = [("as", who), ("id", "11111111-0000"), *fields]
    async with (
        ClientSession(headers=headers) as session,
        session.post(f"{served.url}/desk", data=data) as response,
    ):
        return response.status, await response.text()


def listed(page: str) -> list[int]:
    """The numbers of the topics that a page shows."""
    return [int(n) for n in re.findall(r'name="topic" value="(\d+)"', page)]


async def test_what_waits_and_the_candidates_are_listed_and_filtered_by_words(served: Served) -> None:
    await served.staff("/decide 2 candidate")
    await served.staff("/decide 3 later 2026-12-24")
    status, page = await get(served)
    assert status == 200
    assert listed(page) == [1, 2]
    assert "It has an end, I am quite sure of it." in page
    assert "1 more waits for details or a later day." in page
    assert listed((await get(served, q="ring 满了"))[1]) == [2]
    assert listed((await get(served, q="sure VERIFIER"))[1]) == [1]
    assert listed((await get(served, q="100%_"))[1]) == []
    assert listed((await get(served, q="ring loop"))[1]) == []


async def test_the_wordings_of_what_is_merged_are_searched_and_shown(served: Served) -> None:
    await served.staff("/merge 3 1")
    await served.staff.press("Merge")
    _, page = await get(served, q="license")
    assert listed(page) == [1]
    assert "Which license may programs have?" in page


@pytest.mark.parametrize("who", ["lin", "somebody"])
async def test_members_have_no_desk(served: Served, who: str) -> None:
    status, page = await get(served, who)
    assert (status, "For staff only" in page) == (403, True)
    status, _ = await post(served, ("topic", "1"), ("rev-1", "0"), ("deed", "candidate"), who=who)
    assert status == 403
    assert listed((await get(served))[1]) == [1, 2, 3]


async def test_the_same_post_acts_once_and_one_without_a_choice_not_at_all(served: Served) -> None:
    fields = [
        ("topic", "1"),
        ("rev-1", "0"),
        ("topic", "3"),
        ("rev-3", "0"),
        ("deed", "declined"),
        ("reason", "<b>no</b>"),
    ]
    for _ in range(2):
        status, page = await post(served, *fields)
        assert status == 200
        assert "Declined: #1, #3. Those who asked are told why: &lt;b&gt;no&lt;/b&gt;" in page
    assert len(await served.lin.heard()) == 2
    assert "No topic is chosen" in (await post(served, ("deed", "candidate")))[1]
    _, page = await post(served, ("topic", "2"))
    assert 'value="2" checked' in page
    assert listed(page) == [2]


@pytest.mark.parametrize(
    "fields",
    [
        [("topic", "2"), ("deed", "answered")],
        [("topic", "2"), ("deed", "candidate"), ("id", "x")],
        [("event", "x" * 70000)],
    ],
)
async def test_a_post_that_no_page_makes_is_refused(served: Served, fields: list[tuple[str, str]]) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "en", "Origin": served.url}
    data = dict([("as", "assistant"), ("id", "11111111-0000"), *fields])
    async with ClientSession(headers=headers) as session:
        async with session.post(f"{served.url}/desk", data=data) as response:
            assert response.status in (400, 413)
        async with session.post(f"{served.url}/desk", json=data) as response:
            assert response.status == 400
        async with session.post(
            f"{served.url}/desk", data=data, headers={"Origin": "https://evil.example"}
        ) as response:
            assert response.status == 403
    assert listed((await get(served))[1]) == [1, 2, 3]


async def test_what_another_did_since_the_page_came_is_not_overridden(served: Served) -> None:
    await served.world.instructor()("/decide 2 candidate")
    served.world.clock.wait(hours=2)
    fields = [
        ("topic", "1"),
        ("rev-1", "0"),
        ("topic", "2"),
        ("rev-2", "0"),
        ("deed", "planned"),
        ("article", "2026-Q4"),
    ]
    _, page = await post(served, *fields)
    assert "Planned for 2026-Q4: #1." in page
    assert "#2 was handled by instructor 2 hours ago and is “candidate” now." in page


async def test_what_is_refused_stays_filled_in(served: Served) -> None:
    when = ("when", "2020-01-01")
    _, page = await post(
        served, ("topic", "2"), ("rev-2", "0"), ("deed", "later"), when, ("reason", "so & so"), ("q", "ring")
    )
    assert "“2020-01-01” is past" in page
    assert 'value="2" checked' in page
    assert 'value="2020-01-01"' in page
    assert "so &amp; so</textarea>" in page
    assert listed(page) == [2]


async def test_staff_go_from_the_chat_to_the_desk_decide_on_two_and_undo_it(served: Served, open_tab: OpenTab) -> None:
    say = words_in("en")
    page = await open_tab(f"{served.url}/?as=lin", "en")
    await expect(page.get_by_role("link", name=say("web.desk"))).to_have_count(0)
    await page.goto(f"{served.url}/?as=instructor")
    await page.get_by_role("link", name=say("web.desk")).click()
    await page.get_by_role("button", name=say("web.desk_every")).click()
    await expect(page.get_by_text(say("web.desk_chosen", n=3))).to_be_visible()
    await page.get_by_label("#2").uncheck()
    await expect(page.get_by_text(say("web.desk_chosen", n=2))).to_be_visible()
    await page.get_by_text(say("web.desk_plan"), exact=True).click()
    await page.get_by_label(say("web.desk_article")).select_option("2026-review")
    await page.get_by_role("button", name=say("web.desk_plan_now"), exact=True).click()
    await expect(page.get_by_role("status").first).to_contain_text("Planned for 2026-review: #1, #3.")
    await expect(page.locator("input[name=topic]")).to_have_count(1)
    assert len(await served.lin.heard()) == 2
    await page.get_by_role("button", name=say("button.undo")).click()
    await expect(page.locator("input[name=topic]")).to_have_count(3)
    await page.get_by_role("link", name=say("web.deliveries")).click()
    await expect(page.get_by_role("heading", name=say("web.deliveries_open"))).to_be_visible()


async def test_the_desk_works_by_keyboard_alone(served: Served, open_tab: OpenTab) -> None:
    say = words_in("zh-CN")
    page = await open_tab(f"{served.url}/desk?as=assistant")
    await page.get_by_label("#1").focus()
    await page.keyboard.press("Space")
    # Enter decides nothing by itself.
    await page.keyboard.press("Enter")
    await expect(page.locator("#result")).to_have_count(0)
    await page.locator("summary", has_text=say("web.desk_decline")).focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#reason")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#reason")).to_be_hidden()
    await page.keyboard.press("Enter")
    await expect(page.locator("#reason")).to_be_focused()
    await page.keyboard.type("超出课程范围")
    # Filtering loses nothing.
    await page.get_by_role("searchbox").fill("loop")
    await page.keyboard.press("Enter")
    await expect(page.locator("input[name=topic]")).to_have_count(1)
    await expect(page.get_by_label("#1")).to_be_checked()
    await expect(page.get_by_text(say("web.desk_chosen", n=1))).to_be_visible()
    await page.locator("summary", has_text=say("web.desk_decline")).focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#reason")).to_be_focused()
    await expect(page.locator("#reason")).to_have_value("超出课程范围")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#result")).to_contain_text("#1 不采纳，理由会告诉问过的人：超出课程范围")
    await expect(page.locator("#result")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#result")).to_contain_text("已撤销，#1 恢复为“待审”")


@pytest.mark.parametrize(("locale", "scheme"), [("zh-CN", "light"), ("en", "dark")])
async def test_a_phone_shows_the_desk_without_sideways_scrolling(
    served: Served, open_tab: OpenTab, locale: str, scheme: str
) -> None:
    await served.lin("/ask different:yes " + "x" * 300 + " https://example.org/" + "y" * 200 + "内核" * 100)
    page = await open_tab(f"{served.url}/?as=instructor", locale, color_scheme=scheme, **PHONE)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.goto(f"{served.url}/desk?as=instructor")
    await page.locator(".group summary").last.tap()
    assert await fits(page)
    for deed in await page.locator(".deeds summary").all():
        before = await page.evaluate("scrollY")
        await deed.tap()
        assert await fits(page)
        assert await page.evaluate("scrollY") == before
    small = await page.evaluate(
        "[...document.querySelectorAll('button, a.plain, summary, .group label, select, textarea, input[name=q]')]"
        ".filter((node) => node.offsetParent && !node.matches('.sr'))"
        ".filter((node) => node.getBoundingClientRect().height < 43.5).map((node) => node.outerHTML)"
    )
    assert small == []
    dark = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(16, 19, 21)") is (scheme == "dark")
    await enlarge(page)
    assert await fits(page)
    await served.world.instructor()("/publish 2026-Q4 https://example.org/29 " + "x" * 150)
    await page.get_by_role("link", name=words_in(locale)("web.deliveries")).tap()
    await page.locator(".delivery summary").first.tap()
    assert await fits(page)
    await enlarge(page)
    assert await fits(page)
