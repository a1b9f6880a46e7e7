"""What is said around an article: on its day, once, never two on one day, and the plan played from end to end."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot.config import load
from bot.core.model import Around, Change, Course, Rhythm, Window
from bot.services.rehearsal import Said, rehearse
from bot.store import deliveries
from bot.store.migrate import scratch
from tests.support import World, course, opened_world

ALL = Around((14, 3), 7, (3, 10, 14), True, outcome=17)
CONFIG = Path(__file__).parents[2] / "config"
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York")


@pytest.fixture
def kind() -> str:
    """These rules are no database's own."""
    return "sqlite"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


async def days(world: World, first: str, count: int) -> None:
    """Let the clock tick three times a day, as a sweep does."""
    for n in range(count):
        for hour in (9, 11, 18):
            world.clock.now = at(first) + timedelta(days=n, hours=hour)
            await world.tick()


def course_with(around: Around = ALL, **changes: Change) -> Course:
    known = {"2026-Q4" if key == "Q4" else key: change for key, change in changes.items()}
    return course("ebpf", around=around, rhythm=Rhythm("2026-Q4", review=False, last="2026-Q4"), changes=known)


CONFIRMED = Change(title="Maps", confirmed=at("2026-12-24T10:00"))


async def test_staff_are_reminded_of_an_empty_slot_and_of_what_is_unreviewed(url: str) -> None:
    async with opened_world(url, course_with(Around(reminder=(14, 3)), Q4=replace(CONFIRMED, title=None))) as world:
        await world.member("lin")("/ask Why does it fail?")
        await days(world, "2026-12-08", 15)
        said = [each.text for each in await world.instructor().heard() if "is due in" in each.text]
        assert said == [
            "2026-Q4 is due in 14 days (Thursday, December 24, 2026).\nIt has no title yet.\n1 topic waits for review.",
            "2026-Q4 is due in 3 days (Thursday, December 24, 2026).\nIt has no title yet.\n1 topic waits for review.",
        ]
        assert len([each for each in await world.assistant().heard() if "is due in" in each.text]) == 2
        assert await world.group() == []


async def test_where_all_is_ready_staff_are_left_alone(url: str) -> None:
    async with opened_world(url, course_with(Around(reminder=(14, 3)), Q4=CONFIRMED)) as world:
        await days(world, "2026-12-08", 15)
        assert await world.assistant().heard() == []


async def test_members_are_called_on_for_questions_a_week_before(url: str) -> None:
    async with opened_world(url, course_with(Around(questions=7), Q4=CONFIRMED)) as world:
        await days(world, "2026-12-10", 7)
        assert await world.group() == []
        await days(world, "2026-12-17", 3)
        [said] = await world.group()
        assert "The next article, Maps, is expected in 7 days at the earliest." in said.text


async def test_a_new_date_is_a_new_countdown(url: str) -> None:
    async with opened_world(url, course_with(Around(questions=7), Q4=CONFIRMED)) as world:
        await days(world, "2026-12-17", 1)
        await world.instructor()("/schedule 2026-Q4 2027-01-20 10:00")
        await days(world, "2027-01-10", 8)
        assert sum("The next article" in said.text for said in await world.group()) == 2


async def test_the_survey_is_asked_for_twice_and_closed(url: str) -> None:
    out = Change(title="Maps", published=Window(date(2026, 11, 2), date(2026, 11, 2)))
    async with opened_world(url, course_with(Around(survey=(3, 10, 14)), Q4=out)) as world:
        for first, count in (("2026-11-02", 5), ("2026-11-11", 9)):
            await days(world, first, count)
        said = await world.group()
        assert [each.url for each in said] == ["https://example.org/survey"] * 2
        assert "open until Monday, November 16, 2026" in said[0].text
        assert "we will not ask again" in said[1].text


async def test_the_month_is_told_where_there_was_anything(url: str) -> None:
    async with opened_world(url, course_with(Around(digest=True))) as world:
        world.clock.now = at("2026-11-20T12:00")
        await world.member("lin")("/ask Why does it fail?")
        await world.instructor()("/answer 1 Because.")
        for first in ("2026-11-29", "2026-12-29"):
            await days(world, first, 11)
        told = [each for each in await world.group() if each.title == "November 2026 in the group"]
        assert [each.text for each in told] == ["• new topics: 1\n• answered: 1"]
        assert not [each for each in await world.group() if each.title == "December 2026 in the group"]


async def test_after_the_survey_the_group_hears_what_came_of_what_it_said(url: str) -> None:
    early, out = (Change(published=Window(day, day)) for day in (date(2026, 8, 2), date(2026, 11, 2)))
    around = Around(survey=(3, 10, 14), outcome=17)
    ours = replace(course_with(around, early=early), changes={"early": early, "2026-Q4": replace(out, title="Maps")})
    async with opened_world(url, replace(ours, rhythm=Rhythm("2026-Q4"))) as world:
        lin, boss = world.member("lin"), world.instructor()
        world.clock.now = at("2026-08-19T09:00")
        for n in range(1, 10):
            await lin(f"/ask different:yes Why does the verifier reject loop number {n}?")
        await boss("/answer 1 Long known.")
        world.clock.now = at("2026-08-19T12:00")
        await boss("/answer 2 Because of the bound.")
        await boss("/decide 3 planned 2026-review")
        await boss("/decide 4 5 6 7 8 9 declined Not in this course.")
        await days(world, "2026-11-16", 3)
        boss.last = (await boss.heard())[-1]
        assert boss.last.text.startswith("On Thursday, November 19, 2026 I tell the group")
        form = (await boss.press("Write a few words")).form
        assert form
        assert form.fields[0] == "feedback"
        await boss("/schedule 2026-Q4 feedback:More cases, fewer slides.")
        seen = await boss("/announce 2026-Q4 outcome")
        assert "will be read on Thursday, November 19, 2026 in: this chat" in seen.text
        await days(world, "2026-11-18", 4)
        said = (await world.group())[-1]
        assert (said.title, said.text.splitlines()) == (
            "What you said, what changed",
            [
                "The instructor, having read the survey:",
                "More cases, fewer slides.",
                "",
                "Answered: 1",
                "• #2 Why does the verifier reject loop number 2?",
                "",
                "Planned: 1",
                "• #3 Why does the verifier reject loop number 3? — 2026-review",
                "",
                "Declined: 6",
                *(f"• #{n} Why does the verifier reject loop number {n}? — Not in this course." for n in range(4, 9)),
                "… and 1 more",
            ],
        )
        assert seen.text.endswith((await world.group("zh-CN"))[-1].text)
        assert "was said in" in (await boss("/announce 2026-Q4 outcome")).text


async def test_where_nothing_changed_nothing_is_said(url: str) -> None:
    out = Change(title="Maps", published=Window(date(2026, 11, 2), date(2026, 11, 2)))
    async with opened_world(url, course_with(Around(outcome=17), Q4=out)) as world:
        await world.member("lin")("/ask Why does it fail?")
        await days(world, "2026-11-18", 9)
        assert await world.group() == []


async def test_what_was_missed_while_down_comes_late_one_a_day_or_not_at_all(url: str) -> None:
    out = Change(title="Old", published=Window(date(2026, 12, 10), date(2026, 12, 10)))
    async with opened_world(url, course_with(replace(ALL, reminder=()), Q4=CONFIRMED, extra=out)) as world:
        await days(world, "2026-12-19", 5)
        first, second = [each.text for each in await world.group()]
        assert "The next article, Maps, is expected in 5 days" in first
        assert "The survey on Old closes" in second


async def test_a_paused_plan_is_silent(url: str) -> None:
    async with opened_world(url, course_with(Q4=CONFIRMED)) as world:
        await world.instructor()("/schedule pause")
        for first, count in (("2026-12-09", 3), ("2026-12-16", 3), ("2026-12-23", 3)):
            await days(world, first, count)
        assert await world.group() == []


async def test_two_processes_say_one_thing_a_day(url: str) -> None:
    ours = course_with(Q4=CONFIRMED)
    async with opened_world(url, ours) as one, opened_world(url, ours) as other:
        for n in range(30):
            now = at("2026-12-01T11:00") + timedelta(days=n)
            await asyncio.gather(one.herald.tick(now), other.herald.tick(now))
        days_ = Counter(said_on(one, each) for each in await every(one))
        assert days_
        assert max(days_.values()) == 1


async def every(world: World) -> list[datetime]:
    rows = await world.database.read(lambda tx: deliveries.everything(tx, "ebpf"))
    return [row.at for row in rows if row.key.startswith("around:")]


def said_on(world: World, moment: datetime) -> date:
    return moment.astimezone(world.herald.course.zone).date()


# Rehearsed


@pytest.fixture(scope="module")
def tx() -> Iterator[Connection]:
    """What a rehearsal is played in; it stays empty."""
    with scratch() as tx:
        yield tx


def played(tx: Connection, ours: Course, first: str, last: str) -> Sequence[Said]:
    with tx.begin_nested() as attempt:
        said = rehearse(tx, ours, date.fromisoformat(first), date.fromisoformat(last))
        attempt.rollback()
    return said


def test_when_it_is_told_what_came_is_rehearsed_though_nobody_asked_anything(tx: Connection) -> None:
    out = Change(title="Maps", published=Window(date(2026, 12, 24), date(2026, 12, 24)))
    said = played(tx, course_with(Around(outcome=17), Q4=out), "2026-12-01", "2027-01-31")
    assert [(f"{each.at:%m-%d}", each.notice.kind, each.targets) for each in said][1:] == [
        ("01-07", "around.feedback", ("local:instructor",)),
        ("01-10", "around.outcome", ("group:local",)),
    ]


def test_the_promised_four_years_are_played_with_what_really_came(tx: Connection) -> None:
    ours = replace(load(CONFIG).courses[0], around=ALL)
    said = played(tx, ours, "2022-01-01", "2026-03-31")
    articles = [each for each in said if each.notice.kind == "article.published"]
    known = [each for each in articles if not each.assumed]
    assert [str(each.notice.fields["title"])[:2] for each in known][:4] == ["16", "17", "18", "19"]
    assert len(known) == 13
    assert (
        len({each.key for each in articles}) == len(articles) == 13 + len(["2025-Q2", "Q3", "Q4", "review", "2026-Q1"])
    )
    assert all(each.targets == ("group:local",) for each in articles)
    assert said == sorted(said, key=lambda each: each.at)
    assert at_most_one_a_day(said, ours)


def test_a_confirmed_time_with_its_link_announces_itself_in_the_rehearsal(tx: Connection) -> None:
    change = Change(title="Maps", url="https://example.org/29", confirmed=at("2026-12-24T15:30"))
    [said] = played(tx, course_with(Around(), Q4=change), "2026-12-01", "2026-12-31")
    assert (said.at, said.notice.url, said.assumed) == (at("2026-12-24T15:30"), "https://example.org/29", False)


@pytest.mark.parametrize("zone", ZONES)
def test_in_every_zone_it_is_ten_oclock_also_on_leap_days_and_at_the_ends_of_years(tx: Connection, zone: str) -> None:
    ours = course(
        "ebpf", zone=ZoneInfo(zone), around=ALL, rhythm=Rhythm("2023-Q4"), changes={}, url="https://example.org"
    )
    said = played(tx, ours, "2023-12-01", "2025-01-07")
    local = [each.at.astimezone(ours.zone) for each in said]
    assert {(each.hour, each.minute) for each in local} == {(10, 0)}
    assert len({each.utcoffset() for each in local}) == (1 if zone == "Asia/Shanghai" else 2)
    assert date(2024, 12, 31) in {each.date() for each in local}
    assert at_most_one_a_day(said, ours)
    ends = [each for each in said if each.key.startswith("around:digest:2024-02")]
    assert len(ends) <= 1


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ["2024-02-29", "2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01", "2026-12-31"])
def test_a_time_on_a_day_when_clocks_or_years_change_is_met_once(tx: Connection, zone: str, day: str) -> None:
    local = datetime.fromisoformat(f"{day}T01:30").replace(tzinfo=ZoneInfo(zone))
    change = Change(title="Maps", url="https://example.org/29", confirmed=local)
    ours = course("ebpf", zone=ZoneInfo(zone), changes={"extra-1": change}, rhythm=Rhythm("2027-Q1"))
    begin = (local.date() - timedelta(days=3)).isoformat()
    said = played(tx, ours, begin, (local.date() + timedelta(days=3)).isoformat())
    assert [each.at for each in said] == [local.astimezone(UTC)]


changes = st.builds(
    Change,
    title=st.none() | st.just("T"),
    window=st.none() | st.dates(date(2026, 1, 1), date(2027, 6, 1)).map(lambda day: Window(day, day + timedelta(9))),
    skipped=st.none() | st.booleans(),
)


@settings(max_examples=settings().max_examples // 8)
@given(st.dictionaries(st.sampled_from(["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]), changes), st.sampled_from(ZONES))
def test_never_are_two_of_them_said_on_one_day(tx: Connection, known: dict[str, Change], zone: str) -> None:
    ours = course(
        "ebpf", zone=ZoneInfo(zone), around=ALL, rhythm=Rhythm("2026-Q1"), changes=known, url="https://example.org"
    )
    said = played(tx, ours, "2026-01-01", "2026-12-31")
    assert at_most_one_a_day(said, ours)
    keys = [each.key for each in said]
    assert len(set(keys)) == len(keys)


def at_most_one_a_day(said: Sequence[Said], ours: Course) -> bool:
    days_ = Counter(each.at.astimezone(ours.zone).date() for each in said if each.key.startswith("around:"))
    return max(days_.values(), default=0) <= 1
