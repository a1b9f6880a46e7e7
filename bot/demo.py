"""Invented questions for the first run, so that every command has something to show."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.commands.dispatch import Dispatcher
from bot.core.chat import Call, Role
from bot.core.model import Course
from bot.services import topics

MEMBERS = ("小林", "阿哲", "Mia", "老周", "子涵")
INSTRUCTOR, ASSISTANT = ("instructor", "讲师"), ("assistant", "助教")

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


def seed(tx: Connection, dispatcher: Dispatcher, course: Course, now: datetime) -> bool:
    """File the invented questions, two of them answered, where the course has none; whether it did."""
    if topics.any_filed(tx, course):
        return False
    begun = now - timedelta(days=len(_ASKED))
    for number, (name, text) in enumerate(_ASKED, 1):
        at = begun + timedelta(days=number - 1, minutes=37 * number)
        _do(tx, dispatcher, course, "ask", {"text": text}, (name, name, Role.MEMBER), at)
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
