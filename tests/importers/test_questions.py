from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.importers.questions import is_question

HERE = Path(__file__).parent


def labelled(name: str) -> list[tuple[bool, str]]:
    """The rows of a TSV file: 1 or 0, and an invented comment with `\\n` for its line breaks."""
    rows = (line.split("\t") for line in (HERE / name).read_text(encoding="utf-8").split("\n") if line)
    return [(label == "1", text.replace("\\n", "\n")) for label, text in rows]


@pytest.mark.parametrize("name", ["labelled.tsv", "held_out.tsv"])
def test_nine_of_ten_questions_are_found_and_nine_of_ten_found_are_questions(name: str) -> None:
    rows = labelled(name)
    found = [label for label, text in rows if is_question(text)]
    wanted = [text for label, text in rows if label]
    assert sum(found) / len(found) >= 0.9
    assert sum(found) / len(wanted) >= 0.9


@pytest.mark.parametrize(
    "text",
    [
        "请问这里为什么要加锁",
        "这个参数重启后还有效吗",
        "编译失败，undefined reference to `pthread_create'",
        "希望老师能讲讲连接池",
        "感谢老师，讲得很清楚！顺便问一下，缓存要预热吗",
        "这里公式是不是写错了？",
        "Why does the loader reject it",
    ],
)
def test_questions_calls_for_help_and_wishes_are_questions(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "老师好，打卡",
        "感谢老师，收获很大！",
        "思考题：为什么要分层？因为职责不同。",
        "笔记：先看指标，再看日志",
        "终于明白为什么要握手三次了",
        "谁说程序员不需要沟通？沟通才是最难的。",
        "错别字：“部属”应为“部署”",
        "之前一直报错，后来发现是少装了一个包",
        "取列表用 https://example.org/list?page=1 就行",
    ],
)
def test_thanks_notes_answers_and_rhetoric_are_no_questions(text: str) -> None:
    assert not is_question(text)


@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    assert is_question(text) in (True, False)


@pytest.mark.parametrize("piece", ["“", "问", "是", " ? ", "我 ", "`", "1. ", "请老师", "思考", "1.？\n", "a"])
def test_the_time_for_a_long_odd_text_stays_small(piece: str) -> None:
    start = perf_counter()
    is_question(piece * 4000)
    assert perf_counter() - start < 2
