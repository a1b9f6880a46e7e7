"""The page in a browser, on a desk and on a phone."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from bot.core.chat import Call, File, Reply
from bot.words import words_in

from .conftest import PHONE, Bench, OpenTab, running, set_offline

LONG = "Why does the kernel copy the page twice?"
ZH, EN = words_in("zh-CN"), words_in("en")
TEXT, LOG = "#text", "#log"


@pytest.fixture
def visit(bench: Bench, open_tab: OpenTab) -> OpenTab:
    """Open the chat as somebody."""
    return lambda who="", *args, **options: open_tab(f"{bench.url}/?as={who}" if who else bench.url, *args, **options)


async def fits(page: Page) -> bool:
    """Whether nothing stands out at the side; a phone shows what is too wide smaller, in a wider `innerWidth`."""
    return bool(
        await page.evaluate(
            "document.documentElement.scrollWidth <= screen.width && "
            "[...document.querySelectorAll('main, main *, header *, form *')].every((node) => "
            "node.getBoundingClientRect().right <= screen.width + 1 || getComputedStyle(node).position === 'absolute')"
        )
    )


async def enlarge(page: Page) -> None:
    """Make all that is written twice as large."""
    await page.evaluate("document.documentElement.style.fontSize = '200%'")


async def held(page: Page, address: str) -> asyncio.Event:
    """Keep one request waiting until the event is set."""
    free = asyncio.Event()

    async def hold(route: Route) -> None:
        await free.wait()
        await route.continue_()

    await page.route(address, hold, times=1)
    return free


async def test_one_picks_who_to_be_the_banner_says_that_anyone_can_and_one_types_before_the_scripts_have_come(
    visit: OpenTab,
) -> None:
    page = await visit()
    await page.get_by_role("link", name="小王").click()
    await expect(page.locator("#me")).to_contain_text("小王")
    await expect(page.locator(".banner")).to_have_text(ZH("web.banner"))
    await page.click("#me")
    await page.get_by_label(ZH("web.pick_other")).fill("新同学")
    scripts = await held(page, "**/chat.js")
    await page.keyboard.press("Enter")
    await expect(page.locator("#me")).to_contain_text("新同学")
    await expect(page.locator("#state")).to_have_text(ZH("web.connecting"))
    await page.locator(TEXT).fill("大家好")
    await page.locator("#send").click()
    scripts.set()
    await expect(page.locator("#state")).to_have_text(ZH("web.online"))
    await expect(page.locator(TEXT)).to_have_value("大家好")
    await expect(page.get_by_role("heading", name=ZH("web.hello", name="新同学"))).to_be_visible()


async def test_a_refused_name_comes_back_with_a_sentence(visit: OpenTab) -> None:
    page = await visit(allowed="422", color_scheme="light", **PHONE)
    await page.get_by_label(ZH("web.pick_other")).fill(" instructor")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("instructor")
    await expect(page.get_by_label(ZH("web.pick_other"))).to_have_value(" instructor")
    await enlarge(page)
    assert await fits(page)


async def test_menu_and_form_work_by_keyboard_alone(bench: Bench, visit: OpenTab) -> None:
    page = await visit("ann", "en")
    await expect(page.locator(TEXT)).to_be_focused()
    await page.keyboard.type("/")
    options = page.get_by_role("option")
    await expect(options).to_have_count(6)
    await expect(page.locator(".dock > [role=status]")).to_have_text(EN("web.menu_found", n=6))
    await page.keyboard.press("End")
    await expect(options.last).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Home")
    await page.keyboard.type("as")
    await expect(options).to_have_count(1)
    await expect(page.get_by_role("option", selected=True)).to_contain_text("/ask")
    selected = await page.get_by_role("option", selected=True).get_attribute("id")
    assert await page.locator(TEXT).get_attribute("aria-activedescendant") == selected
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_have_accessible_description(EN("ask.about"))
    await expect(page.locator(".dock > [role=status]")).to_be_empty()
    await expect(page.locator("#field-text")).to_be_focused()
    await page.keyboard.type("short")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#field-text-wrong")).to_have_text(EN("web.form_low", n=5, low=10, more=5))
    await page.keyboard.type(f" {LONG}")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("log")).to_contain_text("Filed as #1")
    await expect(page.locator(TEXT)).to_be_focused()
    assert [call.args for call in bench.acted] == [{"text": f"short {LONG}"}]


async def test_who_hears_the_page_hears_what_is_wrong_with_a_choice(visit: OpenTab) -> None:
    page = await visit("instructor", "en")
    await page.locator(TEXT).fill("/announce")
    await page.keyboard.press("Enter")
    await page.get_by_role("dialog").get_by_label("text").fill(LONG)
    await page.locator("#sheet-send").click()
    choice = page.get_by_role("radiogroup")
    await expect(choice).to_have_accessible_description(re.compile(EN("web.form_missing", name="to")))
    await expect(choice).to_have_attribute("aria-required", "true")
    await expect(choice).to_have_attribute("aria-invalid", "true")
    await page.emulate_media(forced_colors="active")
    await choice.get_by_role("radio").last.check()
    await expect(choice.locator(":checked + span")).to_have_css("outline-style", "solid")
    await page.emulate_media(forced_colors="null")


async def test_a_form_can_be_filled_in_also_where_nothing_is_needed(bench: Bench, visit: OpenTab) -> None:
    page = await visit("ann", "en")
    await page.locator(TEXT).fill("/topics ")
    await page.get_by_role("option").filter(has_text=EN("web.menu_fill")).click()
    await expect(page.get_by_role("combobox")).to_have_attribute("aria-describedby", re.compile("field-state-wrong"))
    assert bench.acted == []


async def test_a_slash_of_full_width_and_a_chinese_name_open_the_menu_and_options_follow(visit: OpenTab) -> None:
    page = await visit("ann")
    await page.locator(TEXT).fill("、")
    await expect(page.locator(TEXT)).to_have_value("/")
    await page.locator(TEXT).fill("／话题")
    await expect(page.get_by_role("option").first).to_contain_text("/话题")
    await page.keyboard.press("Tab")
    await page.get_by_role("option", name=re.compile("^状态：")).nth(1).click()
    await page.locator(TEXT).fill("/话题 为什么")
    await expect(page.get_by_role("option")).to_have_count(0)
    await page.locator(TEXT).fill("/话题 状态：")
    await expect(page.get_by_role("option")).to_have_count(5)
    await page.keyboard.type("已")
    await expect(page.get_by_role("option")).to_have_text("状态：已回答")
    await page.keyboard.press("Tab")
    await expect(page.locator(TEXT)).to_have_value("/话题 状态：已回答 ")
    await page.keyboard.press("Enter")
    await expect(page.locator(".mine .bubble")).to_have_text(re.compile("^/话题 状态："))


async def test_what_is_typed_stays_when_the_menu_closes_and_when_its_button_opens_it(visit: OpenTab) -> None:
    page = await visit("ann")
    await page.locator(TEXT).fill("/help")
    await page.keyboard.press("Escape")
    await expect(page.locator("#menu")).to_be_hidden()
    await expect(page.locator(TEXT)).to_have_value("/help")
    await page.locator(TEXT).fill(LONG)
    menu = page.get_by_role("button", name=ZH("web.menu"))
    await menu.click()
    await page.get_by_role("option").filter(has_text="/提问").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(TEXT)).to_have_value(LONG)
    await menu.click()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await expect(page.locator(TEXT)).to_have_value(f"/提问 {LONG}")


async def test_a_command_that_only_does_what_was_typed_is_offered_and_not_run_by_enter(visit: OpenTab) -> None:
    page = await visit("ann")
    await page.locator(TEXT).fill("/什么时候")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator(".mine .bubble")).to_have_text("/什么时候")


async def test_enter_that_ends_a_composition_sends_nothing(bench: Bench, visit: OpenTab) -> None:
    page = await visit("ann")
    session = await page.context.new_cdp_session(page)
    await session.send("Input.imeSetComposition", {"text": "shijian", "selectionStart": 7, "selectionEnd": 7})
    enter = {"windowsVirtualKeyCode": 229, "key": "Process", "code": "Enter"}
    await session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    await page.evaluate(
        "for (const sign of [{isComposing: true, keyCode: 13}, {isComposing: false, keyCode: 229}])"
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, ...sign}))"
    )
    await session.send("Input.insertText", {"text": "时间"})
    await expect(page.locator(TEXT)).to_have_value("时间")
    await expect(page.locator(".mine")).to_have_count(0)
    await page.keyboard.press("Shift+Enter")
    await expect(page.locator(TEXT)).to_have_value("时间\n")
    await page.keyboard.press("Enter")
    await expect(page.locator(".mine .bubble")).to_have_text("时间")
    assert bench.acted == []


async def test_two_tabs_are_two_people_and_an_announcement_reaches_both_at_once(visit: OpenTab) -> None:
    teacher, ann = await visit("instructor"), await visit("ann")
    await teacher.locator(TEXT).fill("/announce")
    await teacher.keyboard.press("Enter")
    await teacher.get_by_label("内容").fill("第 18 篇来了 <b>不是标记</b> https://example.org/18。再看“https://exam…”")
    await teacher.get_by_role("radio", name="全群").check()
    await teacher.keyboard.press("Enter")
    for page in (teacher, ann):
        await expect(page.locator(".notice .bubble")).to_contain_text("<b>不是标记</b>")
    await expect(ann.locator(".notice a")).to_have_count(1)
    await expect(ann.locator(".notice a")).to_have_attribute("href", "https://example.org/18")
    await expect(ann.locator(".notice a")).to_have_attribute("rel", "noopener noreferrer")
    await expect(ann.locator(".mine")).to_have_count(0)


async def test_another_tab_of_the_same_person_shows_each_message_once(visit: OpenTab) -> None:
    one, two = await visit("ann"), await visit("ann")
    for n in range(3):
        await one.locator(TEXT).fill(f"/ask {LONG} {n}")
        await one.keyboard.press("Enter")
    for page in (one, two):
        await expect(page.locator(".entry[data-seq]")).to_have_count(3)
        await expect(page.locator(".pending")).to_have_count(0)
    await one.reload()
    await expect(one.locator(".entry[data-seq]")).to_have_count(3)


async def test_more_tabs_than_a_browser_opens_connections_are_all_live(bench: Bench, visit: OpenTab) -> None:
    pages = [await visit(f"tab{n}") for n in range(7)]
    await bench.announce("to all of them")
    for page in pages:
        await expect(page.locator(".notice")).to_have_count(1)
    await pages[-1].locator(TEXT).fill("/help")
    await pages[-1].keyboard.press("Enter")
    await expect(pages[-1].locator(".mine")).to_have_count(1)


async def test_what_could_not_be_sent_is_kept_and_goes_out_once_by_a_press_or_in_time_by_itself(
    bench: Bench, visit: OpenTab
) -> None:
    page = await visit(allowed="ERR_", timezone_id="Asia/Shanghai")  # a window of its own: a clock
    await page.clock.install()
    await page.goto(f"{bench.url}/?as=ann")
    await expect(page.locator("#welcome")).to_be_visible()
    await page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=10))
    await set_offline(page, True)
    await page.locator(TEXT).fill(f"/ask {LONG}")
    await page.keyboard.press("Enter")
    await expect(page.locator(".failed .bubble")).to_have_text(f"/ask {LONG}")
    await expect(page.get_by_role("alert")).to_have_text(ZH("web.failed_offline"))
    await set_offline(page, False)
    await page.get_by_role("button", name=ZH("web.retry")).click()
    await expect(page.locator("#scroller")).to_be_focused()
    await expect(page.locator(".entry[data-seq]")).to_have_count(1)
    await expect(page.locator(".failed")).to_have_count(0)
    assert len(bench.acted) == 1
    await page.route("**/call", lambda route: route.abort(), times=2)
    await page.locator(TEXT).fill("/topics")
    await page.keyboard.press("Enter")
    retry = page.get_by_role("button", name=ZH("web.retry"))
    await retry.focus()
    async with page.expect_event("requestfailed"):
        await page.clock.fast_forward("00:02")
    await expect(retry).to_be_focused()
    await page.clock.fast_forward("00:04")
    await page.clock.resume()
    await expect(page.locator(".entry[data-seq]")).to_have_count(2)
    await expect(page.locator("#scroller")).to_be_focused()
    assert [call.command for call in bench.acted] == ["ask", "topics"]


async def test_what_is_typed_second_is_done_second(bench: Bench, visit: OpenTab) -> None:
    page = await visit("ann")
    slow = await held(page, "**/call")
    for line in (f"/ask {LONG}", "/topics"):
        await page.locator(TEXT).fill(line)
        await page.keyboard.press("Enter")
    await expect(page.locator(".pending")).to_have_count(2)
    slow.set()
    await expect(page.locator(".entry[data-seq]")).to_have_count(2)
    assert [call.command for call in bench.acted] == ["ask", "topics"]


async def test_a_form_that_cannot_be_sent_keeps_its_text_and_so_does_one_that_is_closed(
    bench: Bench, visit: OpenTab
) -> None:
    page = await visit("ann", allowed="ERR_INTERNET_DISCONNECTED")
    await page.get_by_role("button", name=ZH("ask.name"), exact=True).click()
    await page.locator("#field-text").fill(LONG)
    await page.keyboard.press("Escape")
    await page.reload()
    await page.get_by_role("button", name=ZH("ask.name"), exact=True).click()
    await expect(page.locator("#field-text")).to_have_value(LONG)
    await set_offline(page, True)
    await page.locator("#sheet-send").click()
    await expect(page.locator("#sheet-wrong")).to_have_text(f"{ZH('web.form_offline')} {ZH('web.form_failed')}")
    await expect(page.locator("#field-text")).to_have_value(LONG)
    await set_offline(page, False)
    await page.get_by_role("button", name=ZH("web.form_again")).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(bench.acted) == 1
    await page.locator(TEXT).fill("/ask")
    await page.keyboard.press("Enter")
    await expect(page.locator("#field-text")).to_have_value("")


@pytest.mark.parametrize(("locale", "end"), [("en", "here is your text."), ("zh-CN", "原文还给你。")])
async def test_what_was_typed_in_a_line_stands_in_the_form_that_it_opens_and_not_under_it_as_well(
    visit: OpenTab, locale: str, end: str
) -> None:
    page = await visit("ann", locale)
    await page.locator(TEXT).fill("/ask Why?")
    await page.keyboard.press("Enter")
    await expect(page.locator("#field-text")).to_have_value("Why?")
    await expect(page.locator("#sheet-wrong")).to_have_text(re.compile(f"{re.escape(end)}$"))


async def test_what_a_form_holds_is_not_given_back_under_it_as_well(
    bench: Bench, visit: OpenTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(call: Call, zh: bool) -> Reply:
        given = {
            "said": "Not now." if call.args["text"] == LONG else "Never.",
            "text": f"{LONG}\n{call.args['lecture']}",
        }
        return Reply(EN("error.your_text", **given), error="too_fast")

    monkeypatch.setattr(bench, "_act", refuse)
    page = await visit("ann", "en")
    field, wrong, send = (page.locator(name) for name in ("#field-text", "#sheet-wrong", "#sheet-send"))
    await page.get_by_role("button", name=EN("ask.name"), exact=True).click()
    await field.fill(LONG)
    await expect(page.locator("#field-lecture")).to_have_accessible_name(f"lecture {EN('web.form_optional')}")
    await page.locator("#field-lecture").fill("7")
    await send.click()
    await expect(wrong).to_have_text("Not now.\nHere is your text, nothing is lost.")
    await expect(field).to_have_value(LONG)
    await field.fill(f"{LONG} And when?")
    await send.click()
    await expect(wrong).to_have_text(f"Never.\nHere is your text, nothing is lost:\n{LONG}")


async def test_a_restarted_bot_is_found_again_and_what_was_missed_comes(
    file: Path, port: int, open_tab: OpenTab
) -> None:
    async with running(file, port) as first:
        page = await open_tab(f"{first.url}/?as=ann", allowed="ERR_")
        await expect(page.locator("#welcome")).to_be_visible()
        await first.stop()
        await expect(page.locator("#state")).to_have_text(ZH("web.connecting"))
        await first.announce("while it was away")
    async with running(file, port):
        await expect(page.locator(".notice")).to_contain_text("while it was away")
        await expect(page.locator("#state")).to_have_text(ZH("web.online"))


async def test_a_page_left_open_over_night_says_that_it_hears_nothing_and_what_was_yesterday(
    bench: Bench, visit: OpenTab
) -> None:
    page = await visit(timezone_id="Asia/Shanghai")  # a window of its own, for all in one have one clock
    await page.clock.install()
    await page.goto(f"{bench.url}/?as=ann")
    await bench.announce("in the evening")
    await expect(page.locator(".day")).to_have_text(ZH("web.today"))
    stream = await held(page, "**/events?*")
    await page.clock.fast_forward("24:00:00")
    await page.clock.fast_forward("00:02")
    await expect(page.locator("#state")).to_have_text(ZH("web.connecting"))
    stream.set()
    await bench.announce("as it comes back")
    await expect(page.locator(".notice")).to_have_count(2)
    await expect(page.locator("#state")).to_have_text(ZH("web.online"))
    await expect(page.locator(".day")).to_have_text(ZH("web.yesterday"))


async def test_older_messages_come_on_scrolling_up_without_a_jump(bench: Bench, visit: OpenTab) -> None:
    await bench.announce(*(f"message {n:02}" for n in range(70)))
    page = await visit("ann")
    await expect(page.locator(".entry")).to_have_count(50)
    await expect(page.get_by_text("message 69")).to_be_in_viewport()
    await page.evaluate("document.getElementById('scroller').scrollTop = 100")
    await expect(page.locator(".entry")).to_have_count(70)
    await expect(page.get_by_text("message 20")).to_be_in_viewport()
    await bench.announce("the newest")
    await expect(page.locator("#pill")).to_contain_text(ZH("web.new_messages", n=1))
    await page.locator("#pill").click()
    await expect(page.get_by_text("the newest")).to_be_in_viewport()
    await expect(page.locator("#pill")).to_be_hidden()


async def test_a_chosen_language_changes_the_page_and_another_tab_when_a_word_composed_there_is_whole(
    visit: OpenTab,
) -> None:
    page, other = await visit("ann"), await visit("ann")
    session = await other.context.new_cdp_session(other)
    await session.send("Input.imeSetComposition", {"text": "shijian", "selectionStart": 7, "selectionEnd": 7})
    await page.locator(TEXT).fill("/language en")
    await page.keyboard.press("Enter")
    await expect(page.locator("#text")).to_have_attribute("placeholder", EN("web.placeholder"))
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(other.locator(".mine")).to_have_count(1)
    await session.send("Input.insertText", {"text": "时间"})
    await expect(other.locator("html")).to_have_attribute("lang", "en")
    await expect(other.locator(TEXT)).to_have_value("时间")


@pytest.mark.parametrize(("locale", "scheme"), [("zh-CN", "light"), ("en", "dark")])
async def test_a_phone_shows_long_things_without_sideways_scrolling(
    bench: Bench, visit: OpenTab, tmp_path: Path, locale: str, scheme: str
) -> None:
    page = await visit("一个名字特别特别长的同学，一共三十个字用来看看会不会溢", locale, color_scheme=scheme, **PHONE)
    await page.locator(TEXT).fill("/ask " + "x" * 300 + " https://example.org/" + "y" * 200 + "内核" * 100)
    await page.keyboard.press("Enter")
    await expect(page.locator(".theirs")).to_have_count(1)
    await bench.announce("W" * 120)
    await expect(page.locator(".notice")).to_have_count(1)
    assert await fits(page)
    await page.get_by_role("button", name=words_in(locale)("web.menu")).tap()
    await expect(page.get_by_role("listbox")).to_be_visible()
    assert await fits(page)
    await page.get_by_role("option").nth(1).tap()
    await expect(page.get_by_role("dialog")).to_be_visible()
    small = await page.evaluate(
        "[...document.querySelectorAll('button, .chip, input, textarea, a.chip')].filter((node) => node.offsetParent)"
        ".filter((node) => node.getBoundingClientRect().height < 43.5).map((node) => node.outerHTML)"
    )
    assert small == []
    assert await fits(page)
    picture = tmp_path / "phone.png"
    await page.screenshot(path=picture)
    await enlarge(page)
    assert await fits(page)
    await page.locator("#field-text").focus()
    await page.keyboard.type("!")
    await expect(page.locator("#field-text")).to_be_in_viewport(ratio=0.2)
    dark = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(16, 19, 21)") is (scheme == "dark")
    assert picture.stat().st_size > 5000


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_file_can_be_looked_into_and_saved_on_a_phone(bench: Bench, visit: OpenTab, scheme: str) -> None:
    text = "# 提纲\n" + "很长的一行" * 60 + "x" * 400 + "\n- #1"
    await bench.keep("ann", Reply("Here it is.", file=File("2026-Q4.md", text)))
    page = await visit("ann", color_scheme=scheme, **PHONE)
    await expect(page.locator("pre")).to_be_hidden()
    await page.get_by_text(ZH("web.file_open")).tap()
    await expect(page.locator("pre")).to_have_text(text)
    assert await fits(page)
    async with page.expect_download() as started:
        await page.get_by_role("link", name=ZH("web.file_save", name="2026-Q4.md")).tap()
    saved = await started.value
    assert saved.suggested_filename == "2026-Q4.md"
    assert (await saved.path()).read_text("utf-8") == text


async def test_the_card_is_one_line_above_the_chat_that_a_key_opens_on_a_phone_too(
    bench: Bench, visit: OpenTab
) -> None:
    page = await visit("ann", "en", color_scheme="dark", **PHONE)
    card = page.locator("#card")
    await expect(card).to_be_hidden()
    await bench.pin("Expected in December.\n\n• #1 Why is it so slow? · 3 people ask")
    await expect(card.locator("small")).to_have_text("Expected in December.")
    await expect(card.locator("li")).to_be_hidden()
    await card.locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(card.locator("li")).to_have_text("#1 Why is it so slow? · 3 people ask")
    await bench.pin("Expected in December.\n\n• #1 Why is it so slow?\n  Answered.\n• #2 And now?\n\nThat is all.")
    await expect(card.locator("li")).to_have_text(["#1 Why is it so slow?Answered.", "#2 And now?"])
    await expect(card.locator("p")).to_have_text("That is all.")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await bench.pin("Confirmed.")
    await expect(card.locator("small")).to_have_text("Confirmed.")
    await expect(card.locator("li")).to_have_count(0)
