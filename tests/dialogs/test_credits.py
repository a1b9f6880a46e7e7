"""Names in announcements: of those who asked openly and agreed, and of nobody else."""

import json

import pytest
from sqlalchemy import select

from bot.store.schema import announcement
from tests.dialogs.test_privacy import holding
from tests.fixtures import DATABASES
from tests.platform import ROOM, Recorder, with_a_room, worker
from tests.support import Talk, World, course, opened_world

PUBLISH = "/publish 2026-Q4 https://example.org/29 Debugging eBPF"


async def agree(talk: Talk) -> None:
    """Press the button under the notice that a question of theirs is planned."""
    talk.last = (await talk.heard())[-1]
    assert (await talk.press("You may name me")).error is None


async def labels(talk: Talk) -> list[str]:
    """The buttons under what somebody was told last."""
    return [button.label for button in (await talk.heard())[-1].buttons]


async def test_only_who_asked_openly_is_asked_and_only_who_agrees_is_named(world: World) -> None:
    lin, wang, nemo, boss = world.member("阿梅"), world.member("wang"), world.member("nemo"), world.instructor()
    await lin("/ask different:yes Why does the verifier reject my loop?")
    await wang("/me-too 1")
    await nemo("/ask anonymous:yes different:yes Which license may programs have?")
    await nemo("/privacy credit")
    await boss("/schedule 2026-Q4 title:Debugging eBPF")
    await boss("/decide 1 2 planned")
    assert "May the announcement name you as the one who asked" in (await lin.heard())[-1].text
    assert [(await labels(each))[0] for each in (wang, nemo)] == ["See #1", "See #2"]
    assert "提的" not in (await boss("/announce")).text
    await agree(lin)
    seen = (await boss("/公告")).text
    await boss(PUBLISH)
    said = (await world.group("zh-CN"))[-1]
    assert seen.endswith(said.text)
    assert said.text.splitlines()[-2:] == [
        "• #1 Why does the verifier reject my loop?（阿梅 提的）",
        "• #2 Which license may programs have?",
    ]


async def test_who_agreed_once_is_not_asked_again(world: World) -> None:
    lin, boss = world.member("lin"), world.instructor()
    for n, text in enumerate(("Why does the verifier reject my loop?", "Which license may programs have?"), 1):
        await lin(f"/ask different:yes {text}")
        await boss(f"/decide {n} planned")
        assert ("You may name me" in await labels(lin)) is (n == 1)
        await lin("/privacy credit")


@pytest.mark.parametrize("kind", DATABASES, indirect=True)
async def test_who_declined_is_not_asked_again_in_any_course_until_they_agree(url: str) -> None:
    async with opened_world(url, course(), course("maps")) as world:
        lin, boss = world.member("lin"), world.instructor()
        there, their_boss = world.member("lin", course="maps"), world.instructor(course="maps")
        await there("/ask different:yes How big may a map be?")
        for n, text in enumerate(("Why does the verifier reject my loop?", "Which license may programs have?"), 1):
            await lin(f"/ask different:yes {text}")
            await boss(f"/decide {n} planned")
            assert ("May the announcement name you" in (await lin.heard())[-1].text) is (n == 1)
            lin.last = (await lin.heard())[0]
            assert "you will not be asked again" in (await lin.press("Do not name me")).text
        await their_boss("/decide 1 planned")
        assert "May the announcement" not in (await there.heard())[-1].text
        await lin.press("You may name me")
        assert "（lin 提的）" in (await boss("/announce")).text
        assert "Those already out are changed" in (await lin("/privacy no-credit")).text


@pytest.mark.parametrize("kind", DATABASES, indirect=True)
async def test_a_name_is_gone_from_what_stands_and_from_what_waits(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss = Recorder(), world.instructor()
        lin, mia = world.member("lin"), world.member("mia")
        await lin("/ask different:yes Why does the verifier reject my loop?")
        await mia("/ask different:yes Why is my bounded loop rejected?")
        await boss("/merge 2 1")
        await boss.press("Merge")
        await boss("/decide 1 planned")
        await agree(lin)
        await agree(mia)
        await boss(PUBLISH)
        world.clock.wait(minutes=1)
        await worker(world, wire).drain()
        assert "（lin、mia 提的）" in wire.texts(ROOM)[0]
        assert (await lin("/privacy")).text.count("Announcements may name you, as “lin”") == 1
        await lin.press("Do not name me")
        await boss("/schedule 2026-Q4 title:Debugging")
        await mia("/privacy delete")
        await mia.press("Keep my questions, without me")
        await worker(world, wire).drain()
        [text] = wire.texts(ROOM)
        assert "新文章：Debugging\n" in text
        assert "提的" not in text
        assert [("asked by" in each.text) for each in await world.group()] == [False, False]
        assert await holding(world, "mia") == set()
        assert "announcement.notice" not in await holding(world, '"lin"')


async def test_what_was_called_unpublished_is_not_said_again_without_the_name(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss, lin = Recorder(), world.instructor(), world.member("lin")
        await lin("/ask different:yes Why does the verifier reject my loop?")
        await lin("/privacy credit")
        await boss("/decide 1 planned")
        await boss("/announce me")
        await boss(PUBLISH)
        world.clock.wait(minutes=1)
        await worker(world, wire).drain()
        await boss("/undo")
        await lin("/privacy no-credit")
        await worker(world, wire).drain()
        [text] = wire.texts(ROOM)
        assert "其实还没有发布" in text
        assert [each.text for each in (*await world.group(), *await boss.heard()) if "asked by" in each.text] == []


async def test_accounts_that_are_linked_are_one_name_by_the_main_ones_word(world: World) -> None:
    lin, second, boss = world.member("lin"), world.member("Lin2", on="discord"), world.instructor()
    for each in (lin, second):
        await each(f"/ask different:yes Why does the verifier reject the loop of {each.console.name}?")
        await each("/privacy credit")
    await boss("/decide 1 2 planned")
    await boss("/merge 2 1")
    await boss.press("Merge")
    await boss(PUBLISH)
    assert "(asked by lin, Lin2)" in (await world.group())[-1].text
    await lin("/privacy no-credit")
    code = (await lin("/link")).text.split("\n")[0]
    await second(f"/link {code}")
    await second.press("Link them for good")
    assert "asked by" not in (await world.group())[-1].text
    assert "do not name you" in (await second("/privacy")).text
    await second("/privacy credit")
    export = (await lin("/privacy export")).file
    assert export
    assert {each["credit"] for each in json.loads(export.text)["settings"]} == {True}


async def test_whoever_staff_filed_for_is_neither_asked_nor_named(world: World) -> None:
    boss = world.instructor()
    await boss("/file 小林:\n验证器为什么不让我写循环？\n")
    await boss.press("File it")
    assert (await boss("/decide 1 planned")).error is None
    held = await world.database.read(lambda tx: tx.execute(select(announcement.c.notice)).scalars().all())
    assert [each["fields"].get("credit") for each in held] == [None]


async def test_of_many_names_the_first_are_said(world: World) -> None:
    boss = world.instructor()
    for n in range(1, 8):
        each = world.member(f"m{n}")
        await each(f"/ask different:yes Why does the verifier reject loop number {n}?")
        await each("/privacy credit")
    for n in range(2, 8):
        await boss(f"/merge {n} 1")
        await boss.press("Merge")
    await boss("/decide 1 planned")
    assert "（m1、m2、m3、m4、m5 和另外 2 位提的）" in (await boss("/announce")).text
