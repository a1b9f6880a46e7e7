"""The main job over the wire: people on Discord, the real discord.py, the real Herald."""

from asyncio import gather

from tests.discord.conftest import Place


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


async def test_a_form_is_refused_with_its_text_and_opens_again_with_it(place: Place) -> None:
    lin = place.person("lin")
    long = "字" * 1990 + "\u200b" * 20
    form = await lin.slash("ask")
    refused = await lin.fill(form, text=long)
    assert "at most 2000 fit" in refused.text
    again = await lin.press(refused, "Fill it in")
    assert again.fields["text"]["value"] == long
    assert "Filed as #1" in (await lin.fill(again, text="字" * 100)).text


async def test_many_people_at_the_same_moment_get_numbers_of_their_own(place: Place) -> None:
    people = [place.person(f"m{n}") for n in range(20)]
    words = [f"{chr(0x4E00 + 37 * n)}{chr(0x5E00 + 41 * n)}" * 3 for n in range(20)]
    seen = await gather(*(one.slash("ask", text=text) for one, text in zip(people, words, strict=True)))
    assert {each.text.split(":")[0] for each in seen} == {f"Filed as #{n}" for n in range(1, 21)}
