"""The main job in a browser, over the real program: asked, reviewed, answered and published in two tabs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, expect

from bot.core.chat import Role
from bot.store.database import sqlite_url
from bot.web.chat import create_app
from bot.web.serve import serve
from bot.web.site import Identity
from tests.support import opened_world
from tests.web.conftest import PHONE, OpenTab


@pytest_asyncio.fixture
async def address(file: Path, port: int) -> AsyncIterator[str]:
    """Where the real program's chat listens."""
    async with opened_world(sqlite_url(file)) as world:
        people = (
            Identity("local:instructor", "讲师", Role.INSTRUCTOR),
            Identity("local:assistant", "助教", Role.ASSISTANT),
            Identity("local:小林", "小林"),
        )
        async with serve(create_app(world.herald.site(people, demo=True), world.clock), port):
            yield f"http://127.0.0.1:{port}"


async def type_line(page: Page, line: str) -> None:
    await page.locator("#text").fill(line)
    await page.keyboard.press("Enter")


async def test_ask_review_answer_and_publish_in_two_tabs(address: str, open_tab: OpenTab) -> None:
    member = await open_tab(f"{address}/?as=小林", **PHONE)
    staff = await open_tab(f"{address}/?as=instructor", "en")

    await type_line(member, "/提问 验证器为什么拒绝我的循环？")
    await expect(member.get_by_text("已收到，编号 #1")).to_be_visible()

    await type_line(staff, "/review")
    await expect(staff.get_by_text("Review: 1 of 1")).to_be_visible()
    await staff.get_by_role("button", name="Answer", exact=True).click()
    await staff.locator("dialog textarea").fill("因为它证明不了循环会结束。")
    await staff.locator("dialog").get_by_role("button", name="Send", exact=True).click()
    await expect(staff.get_by_text("Your answer to #1 is published")).to_be_visible()
    for page, title in ((member, "已回答：#1"), (staff, "Answered: #1")):
        await expect(page.locator(".notice").get_by_text(title)).to_be_visible()
    await expect(member.get_by_text("你问的 #1“验证器为什么拒绝我的循环？”有回答了")).to_be_visible()
    await expect(staff.get_by_text("有回答了")).to_have_count(0)

    await type_line(staff, "/publish 2026-Q4 https://example.org/29 Loops in depth")
    for page, title in ((member, "新文章：Loops in depth"), (staff, "New article: Loops in depth")):
        await expect(page.locator(".notice").get_by_text(title)).to_be_visible()

    await type_line(member, "/回答 1 我来当讲师")
    await expect(member.get_by_text("只有讲师和助教可以用")).to_be_visible()
    await member.reload()
    await expect(member.get_by_text("已收到，编号 #1")).to_be_visible()


async def test_what_a_button_still_needs_is_asked_for_in_words_and_not_as_a_mistake(
    address: str, open_tab: OpenTab
) -> None:
    page = await open_tab(f"{address}/?as=instructor", **PHONE)
    await type_line(page, "/提问 验证器为什么拒绝我的循环？")
    await type_line(page, "/审题")
    await page.get_by_role("button", name="不采纳", exact=True).click()
    form = page.locator("dialog")
    await expect(form.locator("#sheet-about")).to_have_text("理由会告诉问过的人：为什么不采纳？\n状态 不采纳")
    await expect(page.get_by_role("dialog")).to_have_accessible_name("处理 #1")
    await expect(form.locator("#sheet-wrong")).to_be_hidden()
    await expect(form.get_by_text("选填")).to_have_count(0)
    await form.get_by_role("button", name="提交", exact=True).click()
    await expect(form.locator("#field-reason-wrong")).to_have_text("“理由”还没填，缺了它提交不了，请补上。")
    await form.locator("#field-reason").fill("别的课讲过")
    await form.get_by_role("button", name="提交", exact=True).click()
    await expect(page.get_by_text("#1 不采纳，理由会告诉问过的人：别的课讲过")).to_be_visible()


async def test_who_answers_second_is_shown_the_button_that_publishes_the_text_all_the_same(
    address: str, open_tab: OpenTab
) -> None:
    first, second = await open_tab(f"{address}/?as=instructor"), await open_tab(f"{address}/?as=assistant")
    await type_line(first, "/提问 验证器为什么拒绝我的循环？")
    await type_line(second, "/审题")
    await second.get_by_role("button", name="回答", exact=True).click()
    await second.locator("#field-text").fill("循环没有上界。")
    await type_line(first, "/回答 1 因为它证明不了循环会结束。")
    await expect(first.get_by_text("#1 的回答已发布")).to_be_visible()
    await second.locator("#sheet-send").click()
    await expect(second.get_by_text("你的没有发布。原文还给你")).to_be_visible()
    await second.get_by_role("button", name="用我的更新回答").click()
    await expect(second.get_by_text("#1 的回答已更新")).to_be_visible()
