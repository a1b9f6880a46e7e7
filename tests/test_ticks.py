"""What the clock wakes: all that is due in every course, and what is swept once for all of them."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from bot import app
from bot.core.model import Change
from bot.services import presence
from bot.services.buttons import KEPT, Kept
from bot.services.work import Work
from bot.store import buttons
from bot.store.schema import inbox, metadata
from tests.support import START, course, once, opened_world

DUE = {"2026-Q4": Change(title="Maps", url="https://example.org/29", confirmed=START)}


@pytest.mark.parametrize("first", [True, False])
async def test_what_goes_wrong_in_one_course_keeps_nothing_else_waiting(
    url: str, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    def broken(work: Work) -> None:
        if work.course.key != "go":
            raise RuntimeError(f"broken in {work.course.key}")

    monkeypatch.setattr(app, "TICKS", (broken, *app.TICKS) if first else (*app.TICKS, broken))
    async with opened_world(url, *(course(key, changes=DUE) for key in ("ebpf", "go", "sql"))) as world:
        with pytest.raises(ExceptionGroup) as failed:
            await world.tick()
        assert list(map(str, failed.value.exceptions)) == ["broken in ebpf", "broken in sql"]
        said = {key: len(await world._heard("", "en", each)) for key, each in world.herald.courses.items()}
        assert said == {"ebpf": 1, "go": 1, "sql": 1}


async def test_where_nothing_is_due_nothing_is_written(url: str) -> None:
    def all_rows(tx: Connection) -> list[object]:
        return [tuple(row) for table in metadata.sorted_tables for row in tx.execute(select(table))]

    async with opened_world(url) as world:
        await world.member("lin")("/ask Why does the verifier reject my loop?")
        await world.tick()
        before = once(url, all_rows)
        world.clock.wait(seconds=30)
        await world.tick()
        assert once(url, all_rows) == before


async def test_what_arrived_long_ago_is_forgotten_and_what_came_of_it_stays(url: str) -> None:
    async with opened_world(url) as world:
        lin = world.member("lin")
        await lin("/ask Why does the verifier reject my loop?")
        world.clock.wait(days=presence.KEPT.days)
        await lin("/language English")
        await world.tick()
        arrived = once(url, lambda tx: list(tx.scalars(select(inbox.c.at).order_by(inbox.c.at))))
        assert len(arrived) == 2
        world.clock.wait(seconds=60)
        await world.tick()
        assert once(url, lambda tx: list(tx.scalars(select(inbox.c.at)))) == arrived[1:]
        assert "Why does the verifier" in (await lin("/my-questions")).text


async def test_buttons_that_nobody_was_shown_for_long_are_forgotten_once_for_all_courses(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept: list[datetime] = []
    forget = buttons.forget

    def counted(tx: Connection, before: datetime) -> None:
        swept.append(before)
        forget(tx, before)

    monkeypatch.setattr(buttons, "forget", counted)
    async with opened_world(url, *(course(key) for key in ("ebpf", "go", "sql"))) as world:
        kept = Kept(world.database, world.clock)
        old = await kept.remember({"text": "Why?"})
        world.clock.wait(days=KEPT.days - 1)
        new = await kept.remember({"text": "How?"})
        await world.tick()
        assert await kept.recall(old) == {"text": "Why?"}
        world.clock.wait(days=1, seconds=1)
        await world.tick()
        assert (await kept.recall(old), await kept.recall(new)) == (None, {"text": "How?"})
        assert swept == [START - timedelta(days=1), START + timedelta(seconds=1)]
