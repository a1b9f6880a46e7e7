"""What the instructor sees of deliveries and does about them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.core.errors import Unreachable, Unsure
from tests.platform import ROOM, Recorder, with_a_room, worker
from tests.support import World, opened_world

WECHAT = "group:wechat:study"


@asynccontextmanager
async def published(url: str, *places: str) -> AsyncIterator[tuple[World, Recorder]]:
    """An installation in which an article was just announced; its grace is over."""
    async with opened_world(url, with_a_room(*places)) as world:
        await world.instructor()("/publish 2026-Q4 https://example.org/29 Debugging eBPF")
        world.clock.wait(seconds=21)
        yield world, Recorder()


async def test_what_failed_is_shown_with_its_reason_and_sent_again(url: str) -> None:
    async with published(url) as (world, wire):
        boss = world.instructor()
        wire.faults.append(Unreachable("unworded", key="no permission"))
        await worker(world, wire).drain()
        reply = await boss("/deliveries")
        assert "新文章：Debugging eBPF → wire:room [failed]" in reply.text
        card = await boss.press(reply.buttons[0].label)
        assert "To wire:room: failed." in card.text
        assert "no permission" in card.text
        assert card.url == "https://example.org/29"
        assert "It goes out to wire:room now." in (await boss.press("Send it again")).text
        await worker(world, wire).drain()
        assert len(wire.texts(ROOM)) == 1
        assert "Nothing is waiting and nothing failed." in (await boss("/deliveries")).text


async def test_what_arrived_is_counted_for_thirty_days(url: str) -> None:
    async with published(url) as (world, wire):
        boss = world.instructor()
        assert "1 has arrived of what was announced in the last 30 days." in (await boss("/deliveries")).text
        await worker(world, wire).drain()
        assert "2 have arrived of what was announced in the last 30 days." in (await boss("/deliveries")).text
        world.clock.wait(days=30)
        assert "0 have arrived" in (await boss("/deliveries")).text


async def test_what_is_uncertain_is_noted_as_posted_and_that_can_be_undone(url: str) -> None:
    async with published(url) as (world, wire):
        boss = world.instructor()
        wire.history = False
        wire.after.append(Unsure())
        for _ in range(2):
            await worker(world, wire).drain()
            world.clock.wait(minutes=2)
        told = (await boss.heard())[-1]
        assert "I cannot tell whether a message reached wire:room:" in told.text
        boss.last = told
        assert "Noted as posted by you" in (await boss.press("It is posted")).text
        world.clock.wait(seconds=1)
        assert "is as it was" in (await boss.press("Undo")).text
        assert "[uncertain whether it arrived]" in (await boss("/deliveries")).text
        await worker(world, wire).drain()
        assert len(wire.texts(ROOM)) == 1


async def test_what_is_posted_by_hand_is_copied_short_with_its_link_alone(url: str) -> None:
    async with published(url, WECHAT) as (world, _):
        boss = world.instructor(locale="zh-CN")
        reply = await boss("/投递")
        assert "wechat:study【要手动发】" in reply.text
        await boss.press(reply.buttons[0].label)
        copied = await boss.press("复制到微信")
        assert copied.text == "新文章：Debugging eBPF\n\nDebugging eBPF 已发布。\n\nhttps://example.org/29"
        await boss.press("已经发了")
        assert "没有在等的" in (await boss("/投递")).text


async def test_who_is_told_in_private_is_a_number_and_nothing_else(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        lin, boss = world.member("lin"), world.instructor()
        lin.console.person = "wire:lin"
        await lin("/ask Why does it fail?")
        await boss("/decide 1 planned")
        reply = await boss("/deliveries")
        assert "To persons, whom nobody else is shown: 1 on its way." in reply.text
        assert "lin" not in reply.text
        for n in range(1, 9):
            assert (await boss(f"/deliveries {n}")).error == "no_delivery"


async def test_who_is_told_by_hand_is_a_number_too(url: str) -> None:
    async with opened_world(url, with_a_room()) as world:
        for name in ("lin", "mia"):
            asker = world.member(name)
            asker.console.person = f"comment:{name}"
            await asker(f"/ask Why does it fail for {name}?")
        boss = world.instructor()
        await boss("/decide 1 planned 2026-review")
        reply = await boss("/deliveries")
        [label] = [button.label for button in reply.buttons if "1 person, by hand" in reply.text]
        assert "comment:" not in reply.text
        card = await boss.press(label)
        assert "comment:" not in card.text
        assert "Noted as posted by you: 1 person, by hand." in (await boss.press("It is posted")).text
        assert "by hand" not in (await boss("/deliveries")).text


async def test_what_is_under_way_or_done_cannot_be_done_again(url: str) -> None:
    async with published(url) as (world, wire):
        boss = world.instructor()
        reply = await boss("/deliveries")
        card = reply.buttons[0]
        await boss.press(card.label)
        held = boss.last
        await boss.press("Send it now")
        await worker(world, wire).drain()
        boss.last = held
        assert (await boss.press("Leave it")).error == "delivery_moved"
        assert len(wire.texts(ROOM)) == 1


@pytest.mark.parametrize("line", ["/deliveries", "/投递", "/deliveries 1 drop"])
async def test_only_the_instructor_sees_them(world: World, line: str) -> None:
    assert (await world.assistant()(line)).error == "not_allowed"
    assert (await world.member("lin")(line)).error == "not_allowed"
