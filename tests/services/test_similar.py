"""Similar questions over both databases: found while they stand, gone when they do not."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert

from bot.core.chat import Role
from bot.core.model import Course, Person, State
from bot.core.tokens import tokenizer
from bot.services import semantic, similar, topics
from bot.services.work import Work
from bot.store import answers, people
from bot.store.database import Database, writer_engine
from bot.store.schema import posting, question, topic, wording
from tests.similar.pairs import loaded
from tests.support import START, course, rows

LIN = Person("local:lin", "lin")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)
EBPF = course(terms=(("kernel", "内核"), ("verifier", "验证器")))


@pytest.fixture
def tx(url: str) -> Iterator[Connection]:
    """A transaction that is never committed."""
    engine = writer_engine(url)
    with engine.connect() as tx:
        people.meet(tx, LIN.key, LIN.name, START)
        yield tx
    engine.dispose()


def work(tx: Connection, where: Course = EBPF) -> Work:
    return Work(tx, where, LIN, Role.MEMBER, START)


def ask(tx: Connection, *texts: str) -> list[int]:
    return [topics.file(work(tx), text).n for text in texts]


def found(tx: Connection, text: str, where: Course = EBPF) -> list[int]:
    return [each.topic for each in similar.similar(tx, where, text)]


def test_a_question_is_found_by_two_characters_two_letters_and_the_other_language(tx: Connection) -> None:
    first, second = ask(tx, "验证器不认我的循环", "Can TC see the packet before XDP?")
    assert found(tx, "循环") == found(tx, "verifier") == found(tx, "验证器") == [first]
    assert found(tx, "TC") == [second]
    assert found(tx, "红烧肉怎么做？") == found(tx, "？") == found(tx, "") == []


def test_five_at_most_and_the_best_first(tx: Connection) -> None:
    ask(tx, *(f"内核 {n} 上的循环怎么写？" for n in range(9)))
    best = similar.similar(tx, EBPF, "内核 7 上的循环怎么写？")
    assert [best[0].topic, len(best)] == [8, 5]
    assert [each.score for each in best] == sorted((each.score for each in best), reverse=True)
    assert best[0].score == pytest.approx(1.0)


@pytest.mark.parametrize("text", ["内核 7 上的循环怎么写？", "内核上的容器", "循环", "红烧肉"])
def test_what_is_likely_is_what_is_similar_without_the_less_like(tx: Connection, text: str) -> None:
    ask(
        tx,
        *(f"内核 {n} 上的循环怎么写？" for n in range(3)),
        "内核怎么编译？",
        "内核 7 上的循环怎么写才快？",
        "循环队列",
    )
    tx.execute(topic.update().where(topic.c.n == 1).values(root=5))
    every = similar.similar(tx, EBPF, text, limit=3, but=2)
    assert similar.likely(tx, EBPF, text, limit=3, but=2) == [each for each in every if each.likely]


def test_an_edited_question_is_found_by_its_new_words_only(tx: Connection) -> None:
    (n,) = ask(tx, "内核怎么编译？")
    topics.edit(work(tx), n, "容器需要什么权限？")
    assert (found(tx, "内核"), found(tx, "权限")) == ([], [n])


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_long_question_takes_no_more_statements_than_a_short_one(tx: Connection) -> None:
    run: list[str] = []
    ask(tx, "What else is there?")
    assert tx.connection.dbapi_connection
    tx.connection.dbapi_connection.set_trace_callback(run.append)
    counted = []
    for text in ("Why does it loop?", "Why do " + " ".join(f"word{n}" for n in range(80)) + " loop?"):
        ask(tx, text)
        counted.append(len(run))
        run.clear()
    assert counted[0] == counted[1]


def test_a_withdrawn_question_leaves_nothing_behind(tx: Connection) -> None:
    (n,) = ask(tx, "内核怎么编译？")
    topics.withdraw(work(tx), n)
    assert found(tx, "内核怎么编译？") == []
    assert rows(tx, posting) == 0


def test_every_wording_and_the_staffs_title_find_a_topic(tx: Connection) -> None:
    (n,) = ask(tx, "内核怎么编译？")
    row = {"course": "ebpf", "topic": n, "person": LIN.key, "digest": "", "at": START, "source": "ask"}
    tx.execute(insert(question).values(text="Which compiler flags are needed?", **row))
    tx.execute(topic.update().values(title="搭建环境"))
    similar.index(tx, EBPF, n)
    assert found(tx, "编译") == found(tx, "compiler flags") == found(tx, "搭建") == [n]


def test_an_answer_comes_along_with_its_first_lines_and_the_state(tx: Connection) -> None:
    first, second = ask(tx, "内核怎么编译？", "内核怎么升级？")
    answers.add(tx, "ebpf", first, LIN.key, "Like this.\n\nThen\nthat\nand more", START)
    topics.decide(work(tx), State.DECLINED, None, "too broad", second, None)
    by_number = {each.topic: (each.answer, each.state) for each in similar.similar(tx, EBPF, "内核")}
    assert by_number == {first: ("Like this.\nThen\nthat", State.NEW), second: ("", State.DECLINED)}


def test_a_topic_can_be_left_out_and_another_course_knows_nothing(tx: Connection) -> None:
    first, second = ask(tx, "内核怎么编译？", "内核怎么升级？")
    assert [each.topic for each in similar.similar(tx, EBPF, "内核", but=first)] == [second]
    assert found(tx, "内核", replace(EBPF, key="other")) == []


def test_a_very_long_question_is_found_by_itself_and_costs_little(tx: Connection) -> None:
    text = "".join(chr(0x4E00 + n * 7) for n in range(2000))
    (n,) = ask(tx, text)
    assert found(tx, text) == [n]
    assert rows(tx, posting) <= 2 * similar.WORDING_TOKENS


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=4, unique_by=topics.digest))
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_any_text_is_found_by_itself_until_it_is_withdrawn(tx: Connection, texts: list[str]) -> None:
    texts = [text for text in texts if tokenizer(EBPF.terms).tokens(text)]
    ns = dict(zip(texts, ask(tx, *texts), strict=True))
    for text, n in ns.items():
        assert n in found(tx, text)
    for n in set(ns.values()):
        topics.withdraw(work(tx), n)
    assert all(found(tx, text) == [] for text in texts)
    assert rows(tx, posting) == 0


async def test_what_was_filed_before_and_what_other_terms_change_is_indexed_again(database: Database) -> None:
    def old(tx: Connection) -> None:
        people.meet(tx, LIN.key, LIN.name, START)
        ask(tx, *(f"内核怎么编译 {n}？" for n in range(3)))
        tx.execute(delete(posting))
        tx.execute(delete(wording))

    await database.write(old)
    assert await database.read(partial(found, text="内核")) == []
    assert await similar.catch_up(database, [EBPF]) == 3
    assert await similar.catch_up(database, [EBPF]) == 0
    assert await database.read(partial(found, text="内核")) == [1, 2, 3]
    other = replace(EBPF, terms=(("build", "编译"),))
    assert await similar.catch_up(database, [other]) == 3
    assert await database.read(partial(found, text="build", where=other)) == [1, 2, 3]


async def test_meaning_finds_the_twin_in_the_other_language_also_after_an_edit_elsewhere(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = semantic._Model()
    monkeypatch.setattr(semantic, "_model", lambda: model)

    def fill(tx: Connection) -> list[int]:
        people.meet(tx, LIN.key, LIN.name, START)
        return ask(tx, "作业什么时候截止？", "这节课有录像吗？")

    first, second = await database.write(fill)
    twin = partial(found, text="Is there a recording of this lecture?")
    assert await database.read(twin) == []
    model.encoder = loaded().encoder
    await semantic.catch_up(database, [EBPF])
    assert (await database.read(twin))[0] == second
    # Another process, which has no model: the vectors are missing until this one catches up.
    model.encoder = None
    await database.write(lambda tx: topics.edit(work(tx), first, "Will the lecture be recorded as a video?"))
    await database.write(lambda tx: topics.withdraw(work(tx), second))
    model.encoder = loaded().encoder
    assert await database.read(twin) == await database.read(partial(found, text="lecture")) == [first]
    await semantic.catch_up(database, [EBPF])
    assert await database.read(twin) == [first]
