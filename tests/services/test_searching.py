"""The list of topics over both databases: words, filters, merged topics, and what each of them finds."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from bot.core.chat import Role
from bot.core.errors import UserError
from bot.core.model import OPEN, Person, State, Tie
from bot.services import asking, blocking, following, topics
from bot.services.searching import Filters, listed
from bot.services.work import Work
from bot.store import blocks, merges, people
from bot.store import topics as stored
from bot.store.database import writer_engine
from tests.support import START, course

LIN, MIA = Person("local:lin", "lin"), Person("local:mia", "mia")
EBPF = course(terms=(("kernel", "内核"), ("verifier", "验证器"), ("tail call", "尾调用")))
TEXTS = (
    "低版本内核还能用吗？",
    "TC 和 XDP 怎么选？",
    "尾调用最多几层？",
    "Which kernel has a ring buffer?",
    "内存和核数有关系吗？",
    "bpf_probe_read_user 为什么失败？",
)


@pytest.fixture
def tx(url: str) -> Iterator[Connection]:
    """A transaction that is never committed, in which lin asked all of it."""
    engine = writer_engine(url)
    with engine.connect() as tx:
        for person in (LIN, MIA):
            people.meet(tx, person.key, person.name, START)
        for text in TEXTS:
            topics.file(work(tx), text)
        yield tx
    engine.dispose()


def work(tx: Connection, who: Person = LIN, role: Role = Role.MEMBER) -> Work:
    return Work(tx, EBPF, who, role, START)


def found(tx: Connection, words: str = "", who: Person = LIN, **filters: object) -> list[int]:
    return [each.n for each in listed(work(tx, who), Filters(words, **filters), 1).items]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "ns"),
    [
        ("内核", [1, 4]),
        ("kernel", [4, 1]),
        ("TC", [2]),
        ("tc", [2]),
        ("尾调用", [3]),
        ("tail call", [3]),
        ("核", [5, 1]),
        ("bpf_probe", [6]),
        ("probe", [6]),
        ("ring buffers", [4]),
        ("内核 XDP", [2, 4, 1]),
        ("内核 从没说过的词", [4, 1]),
        ("红烧肉", []),
        ("???", []),
        ("的", []),
    ],
)
def test_what_holds_the_words_is_found_newest_first(tx: Connection, words: str, ns: list[int]) -> None:
    assert sorted(found(tx, words)) == sorted(ns)
    if " " not in words:
        assert found(tx, words) == ns


def test_what_holds_more_of_the_words_comes_first(tx: Connection) -> None:
    topics.file(work(tx), "Which kernel?")
    assert found(tx, "kernel buffer")[0] == 4
    assert found(tx, "kernel") == [7, 4, 1]


def test_pages_count_what_is_found(tx: Connection) -> None:
    for n in range(9):
        topics.file(work(tx), f"内核 {n}")
    first = listed(work(tx), Filters("内核"), 1)
    last = listed(work(tx), Filters("内核"), 9)
    assert (first.number, first.pages, first.total, len(first.items)) == (1, 3, 11, 5)
    assert (last.number, len(last.items)) == (3, 1)
    assert listed(work(tx), Filters("内核", [State.DECLINED]), 1).pages == 1


def test_what_is_merged_is_found_by_its_words_as_what_stands_for_it(tx: Connection) -> None:
    merges.merge(tx, EBPF.key, 2, 3)
    assert found(tx, "XDP") == [3]
    assert found(tx) == [6, 5, 4, 3, 1]
    following.me_too(work(tx, MIA), 2)
    assert found(tx, who=MIA, ties=[Tie.TOO]) == [3]
    assert found(tx, ties=[Tie.ASKED]) == [6, 5, 4, 3, 1]


def test_an_article_is_found_by_what_is_planned_for_it_and_by_what_is_about_it(tx: Connection) -> None:
    topics.decide(work(tx, MIA, Role.ASSISTANT), State.PLANNED, "2026-Q4", None, 1, None)
    asking.ask(work(tx), asking.Asking("Will maps come back?", "2026-Q4"), different=True)
    assert found(tx, article="2026-Q4") == [7, 1]
    assert found(tx, article="2026-Q4", states=[State.PLANNED]) == [1]
    assert found(tx, "maps", article="2026-Q4", states=OPEN, ties=[Tie.ASKED]) == [7]
    topics.withdraw(work(tx), 7)
    assert found(tx, article="2026-Q4") == [1]
    assert found(tx, "maps") == []


def test_no_state_at_all_is_nothing(tx: Connection) -> None:
    assert found(tx, states=[]) == []


def test_another_course_has_nothing_of_it(tx: Connection) -> None:
    there = replace(work(tx), course=replace(EBPF, key="other"))
    assert listed(there, Filters("内核"), 1).total == 0
    assert listed(there, Filters(ties=list(Tie)), 1).total == 0


def test_blocks_and_limits_hold_on_both_databases(tx: Connection) -> None:
    staff = work(tx, MIA, Role.ASSISTANT)
    one, _ = blocking.block(staff, 1, 7, "spam")
    assert [each.topic for each in blocking.listed(staff)] == [1]
    assert blocks.key(tx) == blocks.key(tx)
    assert len(one.digest) == len(blocks.key(tx)) == 64
    with pytest.raises(UserError) as refused:
        asking.ask(work(tx), asking.Asking("Something else entirely?"))
    assert refused.value.fields == {"reason": "spam", "until": one.until}
    assert asking.ask(staff, asking.Asking("Something else entirely?"))
    blocking.block(staff, 1, None, "more spam")
    assert [(each.reason, each.until) for each in blocking.listed(staff)] == [("more spam", None)]
    blocking.unblock(staff, 1)
    blocking.check(work(tx))
    for n in range(9):
        filed = stored.Asked(f"T{n}", LIN.key, "T", f"{n}", START, "paste", State.ANSWERED, filed_by=MIA.key)
        stored.file(tx, EBPF.key, [filed])
    for n in range(4):
        asking.ask(work(tx), asking.Asking(f"Another {n}?"), different=True)
    with pytest.raises(UserError, match="too_fast"):
        asking.ask(work(tx), asking.Asking("One more?"), different=True)


def test_a_block_holds_for_the_other_accounts_of_the_same_person(tx: Connection) -> None:
    blocking.block(work(tx, MIA, Role.ASSISTANT), 1, None, "spam")
    other = Person("wechat:lin", "lin")
    people.meet(tx, other.key, other.name, START)
    blocking.check(work(tx, other))
    tx.exec_driver_sql("update person set main = 'wechat:lin' where key = 'local:lin'")
    with pytest.raises(UserError, match="blocked"):
        blocking.check(work(tx, other))
