"""A small course with an honest handler over a real database, served for real."""

import os
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, BrowserContext, Error, Page, async_playwright, expect

from bot.core.chat import Button, Call, Command, Form, Kind, Notice, Param, Reply, Role
from bot.core.errors import UserError
from bot.core.model import Course, Rhythm
from bot.services import local
from bot.services.ledger import GROUP
from bot.store import deliveries, messages
from bot.store.database import Database, sqlite_url
from bot.store.standing import key_of
from bot.web.chat import create_app
from bot.web.serve import LOOPBACK, serve
from bot.web.site import Identity, Site
from bot.words import LOCALES, words_in
from tests.support import PATIENCE

TEXT = Param("text", Kind.LONG, low=10, high=2000)
COMMANDS = (
    Command("next-article", writes=False),
    Command("ask", (TEXT, Param("lecture", Kind.NUMBER, required=False))),
    Command(
        "topics",
        (
            Param(
                "state", Kind.CHOICE, required=False, choices=("new", "candidate", "planned", "answered", "declined")
            ),
            Param("query", Kind.TEXT, required=False),
            Param("page", Kind.NUMBER, required=False, hidden=True),
        ),
        writes=False,
    ),
    Command("topic", (Param("topic", Kind.TOPIC),), writes=False),
    Command("language", (Param("language", Kind.CHOICE, choices=LOCALES),)),
    Command("help", writes=False),
    Command("answer", (Param("topic", Kind.TOPIC), TEXT), role=Role.ASSISTANT),
    Command("announce", (TEXT, Param("to", Kind.CHOICE, choices=("group", "followers"))), role=Role.INSTRUCTOR),
)

# Stand-ins, read only where the catalogs have no such words.
ENGLISH = {
    "next-article.name": "next-article",
    "next-article.about": "When the next article comes and what it takes up",
    "ask.name": "ask",
    "ask.about": "Put a question to the group",
    "ask.example": "/ask Why does the kernel copy the page twice?",
    "topics.name": "topics",
    "topics.about": "What the group wants to know",
    "topic.name": "topic",
    "topic.about": "One topic by its number",
    "language.name": "language",
    "language.about": "The language I speak with you",
    "help.name": "help",
    "help.about": "What you can do here",
    "answer.name": "answer",
    "answer.about": "Answer a topic; everyone who asked is told",
    "announce.name": "announce",
    "announce.about": "Say something to everybody",
    "param.text": "text",
    "param.lecture": "lecture",
    "param.state": "state",
    "param.query": "search",
    "param.page": "page",
    "param.topic": "topic",
    "param.language": "language",
    "param.to": "to",
    "state.new": "new",
    "state.candidate": "candidate",
    "state.planned": "planned",
    "state.answered": "answered",
    "state.declined": "declined",
    "language.zh-CN": "中文",
    "language.en": "English",
    "to.group": "the group",
    "to.followers": "those who follow",
}
CHINESE = ENGLISH | {
    "next-article.name": "下一篇",
    "next-article.about": "下一篇文章什么时候来、会写什么",
    "ask.name": "提问",
    "ask.about": "提一个问题，大家都能跟进",
    "ask.example": "/提问 为什么内核要把页面拷贝两次？",
    "topics.name": "话题",
    "topics.about": "大家都想知道什么",
    "topic.name": "话题详情",
    "topic.about": "按编号看一个话题",
    "language.name": "语言",
    "language.about": "换一种语言和我说话",
    "help.name": "帮助",
    "help.about": "看看这里能做什么",
    "answer.name": "回答",
    "answer.about": "回答一个话题，提问的人都会收到",
    "announce.name": "公告",
    "announce.about": "给所有人发一条公告",
    "param.text": "内容",
    "param.lecture": "讲次",
    "param.state": "状态",
    "param.query": "关键词",
    "param.page": "页",
    "param.topic": "话题",
    "param.language": "语言",
    "param.to": "发给",
    "state.new": "待审",
    "state.candidate": "候选",
    "state.planned": "已排期",
    "state.answered": "已回答",
    "state.declined": "未采纳",
    "to.group": "全群",
    "to.followers": "关注者",
}


@pytest.fixture(autouse=True, scope="session")
def _stand_ins() -> Iterator[None]:
    for locale, words in (("en", ENGLISH), ("zh-CN", CHINESE)):
        catalog = words_in(locale)._catalog
        catalog.update({key: (text,) for key, text in words.items() if key not in catalog})
    yield
    words_in.cache_clear()


PEOPLE = (
    Identity("local:instructor", "陈老师", Role.INSTRUCTOR),
    Identity("local:assistant", "小林", Role.ASSISTANT),
    Identity("local:xiaowang", "小王"),
    Identity("local:ann", "Ann"),
)
COURSE = Course(
    "os",
    "操作系统原理 · 读书会",
    ZoneInfo("Asia/Shanghai"),
    "zh-CN",
    Rhythm("2022-Q2"),
    staff={"local:instructor": Role.INSTRUCTOR, "local:assistant": Role.ASSISTANT},
    card=("group:local",),
)


@dataclass
class Bench:
    """One running chat: its address, its database's file and what the handler did."""

    database: Database
    file: Path
    url: str = ""
    port: int = 0
    done: dict[str, Reply] = field(default_factory=dict)
    acted: list[Call] = field(default_factory=list)
    locales: dict[str, str] = field(default_factory=dict)
    broken: bool = False
    stop: Callable[[], Awaitable[None]] = field(init=False)

    async def handle(self, call: Call) -> Reply:
        """The same id does nothing twice, staff commands are for staff, a missing text asks for a form."""
        if self.broken:
            raise RuntimeError("the disk is on fire")
        if known := self.done.get(call.id):
            return known
        command = next(command for command in COMMANDS if command.name == call.command)
        locale = self.locales.get(call.person) or call.locale or COURSE.locale
        zh = locale == "zh-CN"
        if call.role < command.role:
            return Reply("只有讲师和助教能用这个命令。" if zh else "Only staff can do this.", error="not_allowed")
        missing = [param.name for param in command.params if param.required and not call.args.get(param.name)]
        if missing:
            return Reply(
                "还差一点内容。" if zh else "Something is missing.", form=Form(call.command, tuple(missing), call.args)
            )
        text = call.args.get("text", "")
        if text and len(text) < TEXT.low:
            said = words_in(locale)("error.too_short", length=len(text), low=TEXT.low, text=text)
            return Reply(said, error="too_short", form=Form(call.command, ("text",), call.args))
        self.acted.append(call)
        self.done[call.id] = await self._act(call, zh)
        return self.done[call.id]

    async def _act(self, call: Call, zh: bool) -> Reply:
        if call.command == "language":
            self.locales[call.person] = call.args["language"]
            return Reply("好的，之后用中文。" if call.args["language"] == "zh-CN" else "English from now on.")
        if call.command == "announce":
            await self.announce(call.args["text"])
            return Reply("已发布。" if zh else "Announced.")
        if call.command == "next-article":
            return Reply(
                "预计 12 月 20 日至 31 日之间，时间还没最终确定。\n\n会写到的话题：\n• #12 为什么 fork 之后要写时复制\n"
                "• #31 io_uring 和 epoll 怎么选\n\n往期见 https://example.org/articles（含讲义）。",
                title="下一篇：2026 年第四季度",
                url="https://example.org/plan",
                buttons=(Button("看候选话题", "topics", {"state": "candidate"}), Button("我也要提问", "ask")),
                private=False,
            )
        shown = "\n".join(f"{name}: {value}" for name, value in call.args.items())
        title = "已收录 #1" if zh else "Filed as #1"
        buttons = (Button("查看 #1" if zh else "See #1", "topic", {"topic": "1"}),)
        return Reply(shown or "…", title=title if call.command == "ask" else None, buttons=buttons)

    async def announce(self, *texts: str) -> list[int]:
        """The numbers of public messages, by a connection of its own as another process would write them."""
        async with Database(sqlite_url(self.file)) as other:
            add = partial(messages.append, course="os", at=datetime.now(UTC), person=None)
            notices = [Notice("announced", {"text": text}) for text in texts]
            return await other.write(lambda tx: [add(tx, body=notice) for notice in notices])

    async def pin(self, text: str) -> None:
        """A card above the chat, by a connection of its own."""
        notice, key = Notice("announced", {"text": text}), key_of("card", GROUP)
        async with Database(sqlite_url(self.file)) as other:
            await other.write(partial(deliveries.announce, course="os", key=key, notice=notice, at=datetime.now(UTC)))
            await other.write(partial(deliveries.reword, course="os", key=key, notice=notice))

    async def keep(self, name: str, reply: Reply) -> int:
        """The number of a message for one person."""
        kept = partial(local.record, course="os", at=datetime.now(UTC), person=f"local:{name}", line="/x", reply=reply)
        return await self.database.write(kept)

    async def locale_for(self, person: str) -> str | None:
        """What the person chose."""
        return self.locales.get(person)

    async def log(self, person: str) -> list[str | None]:
        """The lines that a person sees."""
        found = await self.database.read(
            lambda tx: messages.after(tx, course="os", person=person, seq=0, limit=1000),
        )
        return [message.line for message in found]


def explain(error: UserError, locale: str) -> Reply:
    """An error as the commands would word it."""
    return Reply(f"{error.key}: {error.fields}", title="出错了" if locale == "zh-CN" else "Error", error=error.key)


def render(notice: Notice, locale: str) -> Reply:
    """A notice as the words would have it."""
    title = "公告" if locale == "zh-CN" else "Announcement"
    return Reply(notice.fields["text"], title=title, url=notice.url, private=False)


# The shell has no windows to draw: the same browser at half the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
FOUND = [shutil.which(name) for name in NAMES]
EXECUTABLE = os.environ.get("CHROMIUM") or next((path for path in FOUND if path), None)
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-gpu-rasterization",
    "--disable-extensions",
    "--disable-component-extensions-with-background-pages",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # As few processes as it can do with: starting one takes longer than drawing a page.
    "--renderer-process-limit=1",
    "--in-process-gpu",
    "--window-size=1280,720",
)


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests of a process."""
    if EXECUTABLE is None:
        pytest.skip("no chromium or chrome is installed")
    expect.set_options(timeout=PATIENCE * 1000)
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=EXECUTABLE, args=list(ARGS))
        yield found
        await found.close()


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """Where all tests serve their pages, so that the browser has the scripts; held, not listened on."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((LOOPBACK, 0))
        yield held.getsockname()[1]


@pytest_asyncio.fixture(scope="session")
async def windows(browser: Browser, port: int) -> "Windows":
    """Those of one browser."""
    return Windows(browser, f"http://{LOOPBACK}:{port}")


class Windows:
    """Windows and tabs that stay from test to test, since each takes as long to open as to load a page in."""

    def __init__(self, browser: Browser, origin: str) -> None:
        self._browser = browser
        self._origin = origin
        self._windows: dict[str, BrowserContext] = {}
        self._used: set[Page] = set()
        self._wrong: list[str] = []

    async def tab(self, **options: Any) -> Page:
        """An empty tab in the window that has these options."""
        # What a browser shows by itself is named as well, so that who asks for it shares that window.
        options = {"color_scheme": "light", **options}
        window = self._windows.get(str(options))
        if window is None:
            # To pretend that a window has another size takes as long again.
            pretended = {"no_viewport": "viewport" not in options, "reduced_motion": "reduce", **options}
            window = self._windows[str(options)] = await self._browser.new_context(**pretended)
        page = next((page for page in window.pages if page not in self._used), None) or await self._new(window)
        self._used.add(page)
        return page

    async def _new(self, window: BrowserContext) -> Page:
        page, own = await window.new_page(), f"{self._origin}/"
        page.on("pageerror", lambda error: self._wrong.append(str(error)))
        page.on("request", lambda made: None if made.url.startswith((own, "about:")) else self._wrong.append(made.url))
        page.on("console", lambda said: self._wrong.append(said.text) if said.type in ("error", "warning") else None)
        return page

    async def clear(self) -> list[str]:
        """Empty the tabs and forget what was typed there; what their pages complained of or asked of other hosts."""
        wrong = list(self._wrong)
        for page in self._used:
            await page.context.set_offline(False)
            try:
                await page.evaluate("sessionStorage.clear()")
                await page.goto("about:blank")
            except Error:  # a test that failed may leave a tab that cannot be emptied
                await page.close()
        self._used.clear()
        self._wrong.clear()
        return wrong


async def set_offline(page: Page, offline: bool) -> None:
    """Take the network from a page's window or give it back, and wait: the browser says so before all of it knows."""
    await page.context.set_offline(offline)
    asked = "fetch('/', {method: 'HEAD', cache: 'no-store'}).then(() => false, () => true)"
    await page.wait_for_function(f"offline => {asked}.then(failed => failed === offline)", arg=offline)


PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
OpenTab = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture
async def open_tab(windows: Windows) -> AsyncIterator[OpenTab]:
    """Open an address in an empty tab; what a page complains of and is not `allowed` fails the test."""
    known: set[str] = set()

    async def open_(url: str, locale: str = "zh-CN", allowed: str = "", **options: Any) -> Page:
        known.update([allowed] if allowed else [])
        page = await windows.tab(locale=locale, **options)
        await page.goto(url)
        return page

    yield open_
    assert [text for text in await windows.clear() if not any(part in text for part in known)] == []


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Path:
    """An empty database of the newest version."""
    return Path(shutil.copy(sqlite_template, tmp_path / "herald.db"))


@asynccontextmanager
async def running(file: Path, port: int) -> AsyncIterator[Bench]:
    """A chat over a database."""
    async with Database(sqlite_url(file)) as database:
        bench = Bench(database, file)
        site = Site(lambda: COURSE, COMMANDS, bench.handle, database, PEOPLE, True, explain, render, bench.locale_for)
        async with AsyncExitStack() as stack:
            taken = await stack.enter_async_context(serve(create_app(site, lambda: datetime.now(UTC)), port))
            bench.port, bench.url, bench.stop = taken, f"http://{LOOPBACK}:{taken}", stack.aclose
            yield bench


@pytest_asyncio.fixture
async def bench(file: Path, port: int) -> AsyncIterator[Bench]:
    """A running chat."""
    async with running(file, port) as found:
        yield found


@pytest_asyncio.fixture
async def client(bench: Bench) -> AsyncIterator[ClientSession]:
    """A client that says it is the page."""
    async with ClientSession(bench.url, headers={"Origin": bench.url}) as session:
        yield session
