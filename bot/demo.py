"""The local chat to try Herald in, with invented questions the first time so that there is something to see."""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

from aiohttp.web import Application
from sqlalchemy import Connection

from bot import clock
from bot.app import opened, regularly
from bot.commands.dispatch import Dispatcher
from bot.config import Folder
from bot.core.chat import Call, Role
from bot.core.errors import OperatorError
from bot.core.model import Course
from bot.services import topics
from bot.store import numbers
from bot.web.chat import create_app
from bot.web.serve import serve
from bot.web.site import Identity

MEMBERS = ("小林", "阿哲", "Mia", "老周", "子涵")
INSTRUCTOR, ASSISTANT = ("instructor", "讲师"), ("assistant", "助教")

# Why a port cannot be listened on, and what to do but choose another.
_CLOSED = {
    errno.EADDRINUSE: "is taken, perhaps by another demo. End that one",
    errno.EACCES: "is not open to this user. Start Herald as one to whom it is",
}
_WELCOME = """
{course}: http://127.0.0.1:{port}

打开上面的地址，先选自己是谁，然后试试 /下一篇、/提问、/话题；换成讲师再试 /审题、/回答 1、/发布。
Open it, pick who you are, then try /next-article, /ask and /topics; as the instructor /review, /answer 1 and /publish.
Ctrl-C 结束 / ends it.
"""

_ASKED = (
    ("小林", "验证器总说我的循环没有上界，内核 5.10 上应该怎么写才能通过？"),
    ("Mia", "Is there a way to share one map between an XDP program and a tracepoint program?"),
    ("老周", "CO-RE 编译出来的程序在没有 BTF 的老内核上还能用吗？"),
    ("阿哲", "bpf_probe_read_user 返回 -14，是地址错了还是缺页？怎么排查？"),
    ("子涵", "想看一篇讲 TC 和 XDP 怎么选的文章，最好带性能对比。"),
    ("小林", "用 Go 写的加载器，程序退出后怎么让 eBPF 程序继续留在内核里？"),
    ("Mia", "How do I unit-test an eBPF program without loading it into the kernel?"),
    ("老周", "容器里没有 CAP_BPF 权限，有没有安全的办法让同事只跑指定的跟踪脚本？"),
    ("阿哲", "尾调用最多 33 层，超过了会怎样？能不能用 bpf2bpf 代替？"),
    ("子涵", "ring buffer 和 perf buffer 什么时候会丢事件？丢了怎么知道？"),
    ("小林", "希望讲讲怎么在生产环境灰度上线一个 eBPF 程序。"),
    ("Mia", "Why does attaching a uprobe to a Go binary sometimes crash the process?"),
)
_ANSWERED = (
    (
        3,
        "可以，但要自己补上 BTF：用 pahole 从带调试信息的 vmlinux 生成，或从 BTFHub 找现成的，加载时用 btf_custom_path "
        "指过去。完全没有 BTF 的话，只能为每个内核版本单独编译。",
    ),
    (
        10,
        "缓冲区满了就会丢，消费得慢最常见。perf buffer 丢了会有 lost 计数；ring buffer 是 bpf_ringbuf_reserve "
        "返回 NULL，要自己记一个计数器。先把缓冲区调大，再看消费端有没有阻塞。",
    ),
)


async def run(url: str, folder: Folder, port: int, empty: bool) -> None:
    """Serve the chat on 127.0.0.1 until cancelled; OperatorError where the database is a real one or the port taken."""
    courses = folder.config.courses
    async with opened(url, courses) as herald:
        await herald.database.write(partial(_claim, courses))
        if not empty:
            job = partial(seed, dispatcher=herald.dispatcher, course=herald.course, now=clock.now())
            await herald.database.write(job)
        people = (
            Identity("local:instructor", INSTRUCTOR[1], Role.INSTRUCTOR),
            Identity("local:assistant", ASSISTANT[1], Role.ASSISTANT),
            *(Identity(f"local:{name}", name) for name in MEMBERS),
        )
        app = create_app(herald.site(people, demo=True), clock.now)
        async with _listening(app, port) as taken:
            print(_WELCOME.format(port=taken, course=herald.course.title), flush=True)
            await asyncio.gather(herald.keep(), regularly(partial(herald.follow, folder)))


@asynccontextmanager
async def _listening(app: Application, port: int) -> AsyncIterator[int]:
    try:
        async with serve(app, port) as taken:
            yield taken
    except OSError as error:
        if error.errno not in _CLOSED:
            raise
        raise OperatorError(
            f"Port {port} on 127.0.0.1 {_CLOSED[error.errno]} or choose another, such as any free one with --port 0."
        ) from error


def _claim(courses: tuple[Course, ...], tx: Connection) -> None:
    """Mark a new database as the demo's; refuse one with anything in it that is not."""
    if numbers.get(tx, "", "demo"):
        return
    if any(topics.any_filed(tx, course) for course in courses):
        raise OperatorError(
            "This database holds real questions, and the demo lets anyone be the instructor. "
            "Nothing was changed; give the demo a database of its own with --database or --data."
        )
    numbers.add(tx, "", "demo")


def seed(tx: Connection, dispatcher: Dispatcher, course: Course, now: datetime) -> bool:
    """File the invented questions, two of them answered, where the course has none; whether it did."""
    if topics.any_filed(tx, course):
        return False
    begun = now - timedelta(days=len(_ASKED))
    for number, (name, text) in enumerate(_ASKED, 1):
        at = begun + timedelta(days=number - 1, minutes=37 * number)
        _do(tx, dispatcher, course, "ask", {"text": text, "different": "yes"}, (name, name, Role.MEMBER), at)
    for n, text in _ANSWERED:
        at = now - timedelta(hours=20 - n)
        _do(tx, dispatcher, course, "answer", {"topic": str(n), "text": text}, (*INSTRUCTOR, Role.INSTRUCTOR), at)
    return True


def _do(
    tx: Connection,
    dispatcher: Dispatcher,
    course: Course,
    command: str,
    args: dict[str, str],
    who: tuple[str, str, Role],
    at: datetime,
) -> None:
    id_, name, role = who
    call = Call(command, args, f"local:{id_}", name, f"demo {at:%Y-%m-%d %H:%M}", at, role, course=course.key)
    dispatcher.within(tx, call)
