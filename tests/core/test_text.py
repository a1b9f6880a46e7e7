"""Typed lines and commands, both ways; texts made safe."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.catalog import declared
from bot.core.chat import Button, Command, File, Form, Kind, Notice, Param, Reply, reply_from_data, reply_to_data
from bot.core.errors import UserError
from bot.core.text import read_line, received, shown, title_of, write_line
from bot.words import LOCALES, grammar, names

COMMANDS = tuple(each.command for each in declared())
KNOWN = grammar(COMMANDS)


def read(line: str) -> tuple[str, dict[str, str]] | None:
    found = read_line(line, KNOWN)
    return (found[0].name, found[1]) if found else None


@pytest.mark.parametrize(
    ("line", "command", "values"),
    [
        ("/ask why does it fail", "ask", {"text": "why does it fail"}),
        ("/提问 为什么会失败", "ask", {"text": "为什么会失败"}),
        ("／提问　为什么会失败", "ask", {"text": "为什么会失败"}),
        ("提问：为什么会失败", "ask", {"text": "为什么会失败"}),
        ("提问 为什么会失败", "ask", {"text": "为什么会失败"}),
        ("/ASK two\nlines", "ask", {"text": "two\nlines"}),
        ("/ask state: it says planned", "ask", {"text": "state: it says planned"}),
        ("/ask 时间:为什么是空的", "ask", {"text": "时间:为什么是空的"}),
        ("下一篇", "next-article", {}),
        ("help", "help", {}),
        ("/topics candidate", "topics", {"state": "candidate"}),
        ("/话题 候选", "topics", {"state": "candidate"}),
        ("/topics 2", "topics", {"words": "2"}),
        ("/topics candidate 33 tail calls", "topics", {"state": "candidate", "words": "33 tail calls"}),
        ("/话题 未回答 内核 状态:候选", "topics", {"unanswered": "yes", "words": "内核", "state": "candidate"}),
        ("/topics unanswered mine:any", "topics", {"unanswered": "yes", "mine": "any"}),
        ("/同问 3 取消", "me-too", {"topic": "3", "off": "yes"}),
        ("/ask why does it fail anonymous:yes", "ask", {"text": "why does it fail", "anonymous": "yes"}),
        (
            "/提问 为什么\n会失败 文章:2026-Q4 匿名：是",
            "ask",
            {"text": "为什么\n会失败", "article": "2026-Q4", "anonymous": "yes"},
        ),
        ("/ask anonymous:yes is it anonymous:yes", "ask", {"anonymous": "yes", "text": "is it anonymous:yes"}),
        ("/ask text:is it anonymous:yes", "ask", {"text": "is it anonymous:yes"}),
        ("/ask is it anonymous:maybe", "ask", {"text": "is it anonymous:maybe"}),
        ("/ask what is different:yes", "ask", {"text": "what is different:yes"}),
        ("/block 3 7 off topic", "block", {"topic": "3", "days": "7", "reason": "off topic"}),
        ("/topics state:planned page:2", "topics", {"state": "planned", "page": "2"}),
        ("/话题详情 #12", "topic", {"topic": "#12"}),
        ("/话题详情 ＃１２", "topic", {"topic": "＃１２"}),
        ("/decide 3 planned 2026-Q4", "decide", {"topic": "3", "state": "planned", "article": "2026-Q4"}),
        (
            "/decide 3 declined 2025 was enough",
            "decide",
            {"topic": "3", "state": "declined", "reason": "2025 was enough"},
        ),
        ("/decide 3 5 9 planned 2026-Q4", "decide", {"topic": "3 5 9", "state": "planned", "article": "2026-Q4"}),
        ("/decide #3,5, 9 candidate", "decide", {"topic": "#3,5, 9", "state": "candidate"}),
        ("/处理 3、5，#9 候选", "decide", {"topic": "3、5，#9", "state": "candidate"}),
        ("/decide topic:3 5 state:candidate", "decide", {"topic": "3 5", "state": "candidate"}),
        ("/处理 3 不采纳 超出范围", "decide", {"topic": "3", "state": "declined", "reason": "超出范围"}),
        ("/decide 3 declined 2 many", "decide", {"topic": "3", "state": "declined", "reason": "2 many"}),
        ("/answer 3 rev:2 because: it must", "answer", {"topic": "3", "rev": "2", "text": "because: it must"}),
        (
            '/schedule 2026-Q4 2026-12-24 10:00 title:"A title" url:https://e.example/1',
            "schedule",
            {"article": "2026-Q4", "when": "2026-12-24 10:00", "title": "A title", "url": "https://e.example/1"},
        ),
        ("/排期 2026-Q4 标题:怎么调试 验证器", "schedule", {"article": "2026-Q4", "title": "怎么调试 验证器"}),
        (
            "/publish 2026-Q4 https://e.example/29 How to debug",
            "publish",
            {"article": "2026-Q4", "url": "https://e.example/29", "title": "How to debug"},
        ),
    ],
)
def test_a_line_is_read_as_people_mean_it(line: str, command: str, values: dict[str, str]) -> None:
    assert read(line) == (command, values)


@pytest.mark.parametrize(
    "line", ["hello there", "ask me anything", "help me please", "为什么会失败", "12", "：", "note: x"]
)
def test_a_line_that_is_no_command_is_none(line: str) -> None:
    assert read(line) is None


def test_a_wrong_command_gets_the_nearest_name() -> None:
    with pytest.raises(UserError) as error:
        read("/topcs")
    assert error.value.fields == {"name": "topcs", "meant": "topics"}


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(UserError) as error:
        read("/survey please now")
    assert error.value.fields["rest"] == "please now"


plain = st.text(min_size=1, max_size=40).map(received).map(str.strip).filter(bool)
word = plain.map(lambda text: "".join(text.split())).filter(lambda text: text and not set('"“”') & set(text))


def value_of(param: Param) -> st.SearchStrategy[str]:
    return {
        Kind.TOPIC: st.integers(0, 10**8).map(str),
        Kind.TOPICS: st.lists(st.integers(0, 10**8).map(str), min_size=1, max_size=4).map(" ".join),
        Kind.NUMBER: st.integers(0, 10**8).map(str),
        Kind.ARTICLE: st.sampled_from(["2026-Q4", "2026-review", "2027-Q1"]),
        Kind.COMMAND: st.sampled_from(["ask", "/ask", "提问", "next-article", "asc"]),
        Kind.URL: st.sampled_from(["https://e.example/1", "http://e.example/a?b=c:d"]),
        Kind.CHOICE: st.sampled_from(param.choices or ("",)),
        Kind.LONG: plain,
        Kind.TEXT: st.sampled_from(["out of scope", "怎么调试", "https://e.example", "late", 'say "why"', "a: b"]),
        Kind.WORD: word,
    }[param.kind]


@st.composite
def calls(draw: st.DrawFn) -> tuple[Command, dict[str, str]]:
    command = draw(st.sampled_from(COMMANDS))
    chosen = [param for param in command.params if param.required or draw(st.booleans())]
    return command, {param.name: draw(value_of(param)) for param in chosen}


@given(calls(), st.sampled_from(LOCALES))
def test_whatever_a_button_holds_can_be_typed(call: tuple[Command, dict[str, str]], locale: str) -> None:
    command, values = call
    line = write_line(command, values, names(COMMANDS, locale))
    assert read_line(line, KNOWN) == (command, values)


@given(st.text(max_size=200))
def test_no_line_breaks_the_reader(line: str) -> None:
    try:
        read_line(line, KNOWN)
    except UserError as error:
        assert error.key in {"unknown_command", "mistyped_command", "too_much"}  # noqa: PT017  either outcome is right


def test_what_turns_the_text_around_it_is_not_shown() -> None:
    assert shown("a\u202eb\u2066c\u0007d\u200be\u061cf") == "abcdef"
    assert shown("👩\u200d💻 line\r\nnext\ttab") == "👩\u200d💻 line\nnext\ttab"


@given(st.text(max_size=300))
def test_a_title_is_one_short_line(text: str) -> None:
    title = title_of(text)
    assert len(title) <= 60
    assert "\n" not in title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("为什么？我试过了。", "为什么？"),
        ("Version 5.10 fails. Why?", "Version 5.10 fails."),
        ("\n\n第一行\n第二行", "第一行"),
        ("字" * 80, "字" * 59 + "…"),
    ],
)
def test_a_title_is_the_first_sentence(text: str, title: str) -> None:
    assert title_of(text) == title


@given(st.text(max_size=50))
def test_what_is_received_can_be_stored(text: str) -> None:
    kept = received(text + "\x00\ud800")
    assert "\x00" not in kept
    assert kept.encode("utf-8")


texts = st.text(max_size=20)
buttons = st.builds(Button, texts, texts, st.dictionaries(texts, texts, max_size=2))
forms = st.none() | st.builds(
    Form, texts, st.lists(texts, max_size=2).map(tuple), st.dictionaries(texts, texts, max_size=2)
)
replies = st.builds(
    Reply,
    texts,
    st.none() | texts,
    st.none() | texts,
    st.lists(buttons, max_size=3).map(tuple),
    forms,
    st.booleans(),
    st.none() | texts,
    st.none() | texts,
    st.none() | st.builds(File, texts, texts),
    times=st.dictionaries(texts, st.integers()),
    mention=st.none() | texts,
    pinned=st.booleans(),
    closed=st.none() | st.booleans(),
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
)


@given(replies)
def test_a_reply_survives_being_kept(reply: Reply) -> None:
    assert reply_from_data(reply_to_data(reply)) == reply
    assert Notice("kind", {}).url is None
