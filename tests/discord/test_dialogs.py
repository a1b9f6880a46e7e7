"""The main job over the wire: people on Discord, the real discord.py, the real Herald."""

import re
from asyncio import gather
from typing import Any

import pytest
from sqlalchemy import event

from tests.discord.conftest import Place
from tests.discord.people import Person, Seen


async def test_a_question_from_asking_to_the_answer(place: Place) -> None:
    lin, ta = place.person("小林", "zh-CN"), place.assistant()
    asked = await lin.slash("提问", text="验证器为什么拒绝我的循环？")
    assert "已收到，编号 #1" in asked.plain
    assert asked.private
    review = await ta.slash("review")
    assert "Review: 1 of 1" in review.text
    form = await ta.press(review, "Answer")
    assert list(form.fields) == ["text"]
    done = await ta.fill(form, text="因为它证明不了循环会结束。")
    assert "Your answer to #1 is published" in done.plain
    card = await lin.press(asked, "#1")
    assert "因为它证明不了循环会结束" in card.text


async def test_a_missing_text_is_asked_for_in_a_form(place: Place) -> None:
    lin = place.person("lin")
    form = await lin.slash("ask")
    assert form.of.acknowledged == 9
    assert form.of.modal
    assert "5 to 2,000 characters" in str(form.of.modal["components"][0])
    assert "Filed as #1" in (await lin.fill(form, text="Why does the verifier reject it?")).text


async def test_the_author_of_a_message_that_staff_filed_can_be_blocked_by_its_topic(place: Place) -> None:
    spammer, ta = place.person("spammer"), place.assistant()
    message = await spammer.write("Cheap watches, who wants one?")
    assert "Filed as #1" in (await ta.menu("File as question", message)).plain
    done = await ta.slash("block", topic="1", days=7, reason="advertising")
    assert "Whoever asked #1 can no longer ask here" in done.plain
    listed = await ta.slash("block")
    assert "asker of #1: advertising" in listed.plain
    assert "spammer" not in done.plain + listed.plain
    assert done.private
    refused = await spammer.slash("ask", text="Cheap watches, once more?")
    assert "The reason: advertising" in refused.plain
    assert "Filed as #2" in (await place.person("lin").slash("ask", text="Why does it loop?")).plain


async def test_a_form_is_refused_with_its_text_and_opens_again_with_it(place: Place) -> None:
    lin = place.person("lin")
    long = "字" * 1990 + "\u200b" * 20
    form = await lin.slash("ask")
    refused = await lin.fill(form, text=long)
    assert "at most 2000 fit" in refused.text
    again = await lin.press(refused, "Fill it in")
    assert again.fields["text"]["value"] == long
    assert "Filed as #1" in (await lin.fill(again, text="字" * 100)).text


async def test_a_paste_that_is_refused_and_fits_into_no_form_is_given_back_whole(place: Place) -> None:
    refused = await place.assistant().slash("file", text="[图片]\n" * 1000)
    assert not refused.of.modal
    await place.server.gateway.until(lambda: len(refused.of.messages) == 3)
    assert "There are no words in this" in refused.plain
    assert refused.plain.count("[图片]") == 1000


async def test_many_people_at_the_same_moment_get_numbers_of_their_own(place: Place) -> None:
    people = [place.person(f"m{n}") for n in range(20)]
    words = [f"{chr(0x4E00 + 37 * n)}{chr(0x5E00 + 41 * n)}" * 3 for n in range(20)]
    seen = await gather(*(one.slash("ask", text=text) for one, text in zip(people, words, strict=True)))
    assert {each.text.split(":")[0] for each in seen} == {f"Filed as #{n}" for n in range(1, 21)}


async def test_what_many_do_at_once_is_counted_once_and_nobody_sees_a_raw_error(place: Place) -> None:
    asker, other, tas = place.person("a"), place.person("b"), [place.assistant("ta1"), place.assistant("ta2")]
    questions = ("Why does the verifier reject my loop?", "环形缓冲区能开多大？", "Who pins a map?")
    for who, text in zip((asker, other, asker), questions, strict=True):
        await who.slash("ask", text=text)
    cards = [(await tas[0].slash("topic", topic=n)).of.messages[0] for n in ("1", "2")]
    forms = [await ta.slash("answer", topic="3") for ta in tas]

    async def vote(who: Person, n: int) -> Seen:
        custom_id = f"h:me-too;topic={n + 1}"
        button = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": custom_id}]}
        return await who.press_id({**cards[n], "components": [button]}, custom_id)

    people = [place.person(f"m{n}") for n in range(80)]
    votes = [vote(who, n % 2) for n, who in enumerate(people)] + [vote(who, 1) for who in people[:20]]
    merge = tas[0].press(await tas[0].slash("merge", topic="2", into="1"), "Merge")
    answers = [ta.fill(form, text=f"As {ta.name} says.") for ta, form in zip(tas, forms, strict=True)]
    seen = await gather(*votes[:50], merge, *answers, *votes[50:])
    words = "\n".join(each.plain for each in seen)
    assert "Something broke" not in words
    assert not re.search(r"\b(?:error|notice|me-too|merge|answer)\.\w+|Traceback|Exception", words)
    assert "82 people" in (await asker.slash("topic", topic="1")).plain
    [first] = [ta.name for ta, each in zip(tas, seen[51:53], strict=True) if "is published" in each.text]
    [late] = [each for each in seen[51:53] if "is published" not in each.text]
    assert f"{first} " in late.plain
    assert (await asker.slash("topic", topic="3")).plain.count(" says.") == 1


@pytest.mark.parametrize("many", [30, 60])
async def test_while_one_types_25_topics_are_offered_at_once_by_a_few_statements_that_write_nothing(
    place: Place, many: int
) -> None:
    lin, database = place.person("lin"), place.world.database
    for n in range(many):
        await place.world.member(f"m{n}")(f"/ask different:yes Why does the verifier reject loop {n}?")
    read: list[str] = []
    written: list[str] = []
    for engine, said in ((database._reader, read), (database._writer, written)):

        def listen(connection: Any, record: object, said: list[str] = said) -> None:
            connection.set_trace_callback(said.append)

        event.listen(engine, "connect", listen)
        engine.dispose()
    offered = await lin.complete("topic", "topic", "verifier")
    assert len(offered) == 25
    assert (
        len([each for each in read if not each.startswith(("BEGIN", "COMMIT", "PRAGMA"))]) <= 3
    )  # who it is, the titles, and the topics offered
    assert not [each for each in written if each.startswith(("INSERT", "UPDATE", "DELETE"))]
    # Choices are the first and only answer: Discord lets nobody be told to wait for them.
    assert [request.body["type"] for request in place.server.sent("/callback")] == [8]
