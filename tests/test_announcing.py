"""The life of an announcement: seen before, tried on oneself, held for a moment, corrected in place, taken back."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from bot.core.chat import Role
from bot.core.model import Around, Change, Person
from bot.services import schedule
from bot.services.delivering import LEASE
from bot.services.ledger import LATE
from bot.services.work import Work
from bot.store import claims
from bot.store.database import writer_engine
from bot.store.schema import announcement, delivery
from tests.platform import ROOM, Recorder, with_a_room, worker
from tests.support import START, Talk, World, opened_world, waited_for

WAITS = delivery.c.state == "pending"
PUBLISH = "/publish 2026-Q4 https://example.org/29 Debugging eBPF"


async def test_a_preview_is_what_everybody_reads_and_where(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        boss, lin = world.instructor(), world.member("lin")
        await lin("/ask Why does it fail?")
        await boss("/decide 1 planned")
        await boss("/schedule 2026-Q4 url:https://example.org/29 title:Debugging eBPF")
        seen = await boss("/announce 2026-Q4")
        assert "This is what will be read in: this chat, wire:room" in seen.text
        await boss.press("To me only")
        mine = (await boss.heard())[-1]
        assert (await world.group(), await lin.heard())[0] == []
        boss.last = seen
        await boss.press("Announce it now")
        [said] = await world.group("zh-CN")
        assert seen.title == said.title
        assert seen.text.endswith(said.text)
        assert (await boss.heard())[-1] == mine
        assert mine.url == said.url == seen.url


async def test_the_chat_hears_at_once_and_other_places_after_a_moment(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire = Recorder()
        reply = await world.instructor()(PUBLISH)
        assert "is announced" in reply.text
        assert "goes out in 20 s" in reply.text
        assert len(await world.group()) == 1
        await worker(world, wire).drain()
        assert wire.texts(ROOM) == []
        world.clock.wait(seconds=20)
        await worker(world, wire).drain()
        assert len(wire.texts(ROOM)) == 1


async def test_it_can_be_sent_without_the_moment(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss = Recorder(), world.instructor()
        await boss(PUBLISH)
        assert "goes out now" in (await boss.press("Send it now")).text
        await worker(world, wire).drain()
        assert len(wire.texts(ROOM)) == 1
        assert (await boss("/announce 2026-Q4 now")).error == "announced_already"


async def test_where_there_is_only_the_chat_nothing_is_said_of_a_moment(world: World) -> None:
    assert "20 s" not in (await world.instructor()(PUBLISH)).text


async def test_undone_in_time_nobody_outside_reads_anything(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss, lin = Recorder(), world.instructor(), world.member("lin")
        lin.console.person = "wire:lin"
        await lin("/ask Why does it fail?")
        await boss("/decide 1 planned")
        world.clock.wait(seconds=30)
        await worker(world, wire).drain()
        heard = len(wire.texts("wire:lin"))
        await boss(PUBLISH)
        world.clock.wait(seconds=5)
        await boss.press("Undo")
        world.clock.wait(minutes=5)
        await worker(world, wire).drain()
        assert (wire.texts(ROOM), len(wire.texts("wire:lin"))) == ([], heard)
        assert "is not out yet" in (await world.group())[-1].text
        await boss(PUBLISH)
        world.clock.wait(minutes=5)
        await worker(world, wire).drain()
        assert (len(wire.texts(ROOM)), len(wire.texts("wire:lin"))) == (1, heard + 1)


async def test_undone_too_late_the_message_itself_is_put_right(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss = Recorder(), world.instructor()
        await boss(PUBLISH)
        world.clock.wait(minutes=1)
        await worker(world, wire).drain()
        await boss.press("Undo")
        await worker(world, wire).drain()
        [text] = wire.texts(ROOM)
        assert "其实还没有发布" in text


async def linked(world: World, main: Talk, other: Talk) -> None:
    code = (await main("/link")).text.split()[0]
    await other(f"/link {code}")
    assert "are one now" in (await other.press("Link them for good")).text
    world.clock.wait(minutes=1)


async def delivered(world: World, wire: Recorder) -> None:
    world.clock.wait(minutes=1)
    await worker(world, wire).drain()


@pytest.mark.parametrize("since", ["linked", "deleted"])
async def test_what_is_undone_of_somebody_who_is_another_by_now_is_called_off_all_the_same(
    url: str, since: str
) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss, helper = Recorder(), world.instructor(), world.assistant()
        lin = world.member("lin", on="wire")
        await lin("/ask Why does it fail?")
        done = await helper("/decide 1 declined Too broad.")
        await delivered(world, wire)
        if since == "linked":
            await linked(world, boss, helper)
        else:
            await helper("/privacy delete")
            await helper.press("Keep my questions, without me")
        boss.last = done
        assert "Undone" in (await boss.press("Undo")).text
        await delivered(world, wire)
        declined, called_off = wire.texts("wire:lin")
        assert "没有采纳" in declined
        assert "更正" in called_off


async def test_who_heard_of_it_at_one_account_is_told_at_the_other_that_it_is_undone(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss = Recorder(), world.instructor()
        lin, elsewhere = world.member("lin", on="wire"), world.member("elsewhere", on="wire")
        await linked(world, elsewhere, lin)
        await lin("/ask Why does it fail?")
        await boss("/decide 1 declined Too broad.")
        await delivered(world, wire)
        assert len(wire.texts("wire:lin")) == 1
        await elsewhere("/my-questions")
        await boss("/undo")
        await delivered(world, wire)
        assert len(wire.texts("wire:elsewhere")) == 1


async def test_a_slip_is_undone_where_it_was_read_and_never_read_where_it_waits(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss = Recorder(), world.instructor()
        await boss("/schedule 2026-Q4 late")
        await boss("/undo")
        await delivered(world, wire)
        assert wire.texts(ROOM) == []
        await boss("/schedule 2026-Q4 late")
        await delivered(world, wire)
        await boss("/undo")
        await delivered(world, wire)
        [text] = wire.texts(ROOM)
        assert "不推迟了" in text


async def test_a_wrong_link_is_put_right_where_it_stands(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss = Recorder(), world.instructor()
        await boss(PUBLISH)
        world.clock.wait(minutes=1)
        await worker(world, wire).drain()
        await boss("/schedule 2026-Q4 url:https://example.org/right")
        await worker(world, wire).drain()
        [text] = wire.texts(ROOM)
        assert "https://example.org/right" in text
        said = (await world.group())[-1]
        assert (said.text, said.url) == (
            "A correction to what was announced: Debugging eBPF",
            "https://example.org/right",
        )
        world.clock.wait(minutes=1)
        await boss("/undo")
        await worker(world, wire).drain()
        assert "https://example.org/29" in wire.texts(ROOM)[0]
        await boss("/schedule 2026-Q4 url:https://example.org/29")
        assert len(await world.group()) == 3


async def test_what_still_waits_is_sent_with_the_right_link(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss = Recorder(), world.instructor()
        await boss(PUBLISH)
        await boss("/schedule 2026-Q4 url:https://example.org/right")
        world.clock.wait(minutes=1)
        await worker(world, wire).drain()
        [text] = wire.texts(ROOM)
        assert text.endswith("https://example.org/right")


async def test_what_only_the_file_calls_published_is_announced_by_hand_once(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss = Recorder(), world.instructor()
        assert "will be read in" in (await boss("/announce 2026-Q3")).text
        await boss.press("Send it now")
        await worker(world, wire).drain()
        assert (len(await world.group()), len(wire.texts(ROOM))) == (1, 1)
        assert (await boss("/announce 2026-Q3 now")).error == "announced_already"


async def test_what_is_not_out_is_not_announced(url: str) -> None:
    async with opened_world(url, replace(with_a_room(), changes={"2026-Q4": Change(title="Maps")})) as world:
        reply = await world.instructor()("/announce now")
        assert reply.error == "not_out"
        assert reply.form is not None
        assert (reply.form.command, reply.form.args) == ("publish", {"article": "2026-Q4", "title": "Maps"})
        assert await world.group() == []


async def test_a_copy_for_wechat_is_plain_and_short(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        boss = world.instructor()
        await boss(f"/schedule 2026-Q4 url:https://example.org/29 title:Maps summary:{'长' * 1000}")
        text = (await boss("/announce 2026-Q4 copy")).text
        assert len(text) <= 1000
        assert text.splitlines()[0] == "新文章：Maps"
        assert text.splitlines()[-1] == "https://example.org/29"


async def test_where_the_course_says_so_the_announcement_carries_the_survey(url: str) -> None:
    around = Around(announcement=True)
    async with opened_world(url, with_a_room(around=around, survey="https://example.org/survey")) as world:
        boss = world.instructor(locale="zh-CN")
        await boss(f"/排期 2026-Q4 url:https://example.org/29 title:Maps summary:{'长' * 1000}")
        seen = await boss("/公告 2026-Q4")
        assert seen.text.splitlines()[-2:] == ["看完说说想法，填份问卷：", "https://example.org/survey"]
        copied = (await boss("/公告 2026-Q4 复制")).text
        assert len(copied) <= 1000
        assert copied.splitlines()[-3:] == ["https://example.org/survey", "", "https://example.org/29"]
        await boss("/发布 2026-Q4 https://example.org/29")
        [said] = await world.group()
        assert said.text.endswith("The survey takes a few minutes:\nhttps://example.org/survey")


async def test_a_corrected_answer_takes_the_place_of_the_first_where_it_stands(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss = Recorder(), world.instructor()
        await world.member("lin")("/ask Why does it fail?")
        await boss("/answer 1 Because of the loop.")
        for text in ("Because of its bound.", "Because nothing bounds it."):
            world.clock.wait(seconds=20)
            await worker(world, wire).drain()
            await boss(f"/answer 1 {text}")
        world.clock.wait(seconds=20)
        await worker(world, wire).drain()
        [said] = wire.texts(ROOM)
        assert "Because nothing bounds it." in said
        assert len([each for each in await world.group() if "Because" in each.text]) == 3


async def test_an_answer_that_was_corrected_before_anybody_read_it_can_be_corrected_once_more(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss = Recorder(), world.instructor()
        await world.member("lin")("/ask Why does it fail?")
        for text in ("Because of the loop.", "Because of its bound."):
            await boss(f"/answer 1 {text}")
            world.clock.wait(seconds=15)
        for text in ("Because nothing bounds it.", "Because it never ends."):
            await worker(world, wire).drain()
            world.clock.wait(seconds=30)
            await boss(f"/answer 1 {text}")
        await worker(world, wire).drain()
        [said] = wire.texts(ROOM)
        assert "Because it never ends." in said


async def test_a_correction_that_is_undone_before_anybody_read_the_answer_is_never_read(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss = Recorder(), world.instructor()
        await world.member("lin")("/ask Why does it fail?")
        for text in ("Because of the loop.", "Because of its bound.", "Because nothing bounds it."):
            await boss(f"/answer 1 {text}")
            world.clock.wait(seconds=3)
        for stands in ("Because of its bound.", "Because of the loop."):
            await boss("/undo")
            world.clock.wait(seconds=3)
            [waits] = await world.database.read(waiting_words)
            assert stands in waits
        world.clock.wait(minutes=1)
        await worker(world, wire).drain()
        [said] = wire.texts(ROOM)
        assert "Because of the loop." in said


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_what_another_process_publishes_meanwhile_gets_no_other_date(url: str) -> None:
    async with opened_world(url) as world:
        boss, other = world.instructor(), writer_engine(url)
        await boss("/schedule 2026-Q4 title:Debugging eBPF")
        with other.begin() as tx:
            work = Work(tx, world.herald.course, Person("local:instructor", "x"), Role.INSTRUCTOR, world.clock())
            schedule.publish(work, "2026-Q4", "https://example.org/29", None)
            acting = asyncio.ensure_future(boss("/schedule 2026-Q4 2027-01-10"))
            await waited_for(tx)
        assert (await acting).error == "article_closed"
        other.dispose()


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("line", "said"), [("/answer 1 Because of its bound.", "of its bound"), ("/undo", "已撤回")])
async def test_what_another_process_begins_to_say_meanwhile_is_put_right_after(url: str, line: str, said: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        wire, boss, other = Recorder(), world.instructor(), writer_engine(url)
        await world.member("lin")("/ask Why does it fail?")
        await boss("/answer 1 Because of the loop.")
        with other.begin() as tx:
            moment = world.clock.wait(seconds=20)
            [claimed] = claims.claim(tx, "wire", "other", moment, LEASE, timedelta(seconds=1), 9, LATE)
            acting = asyncio.ensure_future(boss(line))
            await waited_for(tx)
        await acting
        other.dispose()
        await worker(world, wire, "other")._deliver(claimed, paced=False)
        assert "Because of the loop." in wire.texts(ROOM)[0]
        world.clock.wait(seconds=2)
        await worker(world, wire).drain()
        [text] = wire.texts(ROOM)
        assert said in text


def waiting_words(tx: Connection) -> list[str]:
    """What waits to be said in the room."""
    rows = tx.execute(select(announcement.c.notice).join(delivery).where(delivery.c.target == ROOM, WAITS))
    return [row.notice["fields"]["text"] for row in rows]


async def test_what_is_due_in_two_processes_is_said_once(url: str) -> None:
    at = START + timedelta(hours=1)
    ours = with_a_room(changes={"2026-Q4": Change(title="Debugging", url="https://example.org/29", confirmed=at)})
    async with opened_world(url, ours) as one, opened_world(url, ours) as other:
        wire = Recorder()
        await asyncio.gather(*(world.herald.tick(at) for world in (one, other)))
        for name, world in (("one", one), ("other", other)):
            world.clock.now = at
            await worker(world, wire, name).drain()
        [said] = wire.texts(ROOM)
        assert "Debugging" in said
        assert len(await one.group()) == 1
