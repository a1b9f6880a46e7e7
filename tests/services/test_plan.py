"""When articles come, seen from many days."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import load
from bot.core.model import Article, Certainty, Change, Course, Rhythm, Window
from bot.services.plan import article, due, meant, merged, next_article, overdue, plan, published, slots
from bot.services.when import slot_window

SHANGHAI = ZoneInfo("Asia/Shanghai")
COURSE = Course("ebpf", "eBPF", SHANGHAI, "zh-CN", Rhythm("2022-Q2"))
CONFIG = Path(__file__).parents[2] / "config"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def days(first: str, last: str | None = None) -> Window:
    return Window(date.fromisoformat(first), date.fromisoformat(last or first))


def seen(change: Change, now: str, key: str = "2026-Q4") -> Article:
    return article(COURSE, key, change, slot_window(key), at(now))


def keys(found: tuple[Article, ...]) -> list[str]:
    return [one.key for one in found]


windows = st.builds(
    lambda first, length: Window(first, first + timedelta(length)),
    st.dates(date(2021, 1, 1), date(2028, 1, 1)),
    st.integers(0, 120),
)
moments = st.integers(0, 7 * 365 * 24 * 60).map(
    lambda minutes: datetime(2021, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
marks = st.none() | st.booleans()
some_changes = st.builds(
    Change,
    title=st.none() | st.sampled_from(["a", "b"]),
    url=st.none() | st.just("https://a.example/1"),
    window=st.none() | windows,
    confirmed=st.none() | moments,
    published=st.none() | windows,
    slipped=st.none() | windows,
    late=marks,
    skipped=marks,
)
slot_keys = [key for key, _ in slots(COURSE.rhythm, date(2027, 12, 31))]
mappings = st.dictionaries(st.sampled_from([*slot_keys, "livestream-1", "2021-Q1"]), some_changes, max_size=8)


# The rhythm


def test_a_year_has_four_articles_and_then_its_review() -> None:
    assert list(slots(Rhythm("2022-Q3"), date(2023, 1, 1))) == [
        ("2022-Q3", days("2022-07-01", "2022-09-30")),
        ("2022-Q4", days("2022-10-01", "2022-12-31")),
        ("2022-review", days("2022-12-01", "2022-12-31")),
        ("2023-Q1", days("2023-01-01", "2023-03-31")),
    ]


def test_without_reviews_there_are_quarters_only() -> None:
    found = [key for key, _ in slots(Rhythm("2022-Q4", review=False), date(2023, 4, 1))]
    assert found == ["2022-Q4", "2023-Q1", "2023-Q2"]


def test_a_slot_that_begins_after_the_end_is_left_out() -> None:
    assert [key for key, _ in slots(Rhythm("2022-Q4"), date(2022, 11, 30))] == ["2022-Q4"]
    assert [key for key, _ in slots(Rhythm("2022-Q4"), date(2022, 12, 1))] == ["2022-Q4", "2022-review"]


def test_the_rhythm_has_no_end() -> None:
    assert len(list(islice(slots(Rhythm("2022-Q2"), date.max), 5000))) == 5000


@given(st.integers(2000, 2100), st.integers(1, 4), st.booleans(), st.integers(0, 4000))
def test_every_slot_comes_exactly_once_and_in_order(year: int, quarter: int, review: bool, span: int) -> None:
    first = f"{year}-Q{quarter}"
    until = date(year, 1, 1) + timedelta(span)
    found = list(slots(Rhythm(first, review), until))
    names = [key for key, _ in found]
    wanted = {f"{y}-Q{q}" for y in range(year, until.year + 1) for q in range(1, 5) if (y, q) >= (year, quarter)}
    wanted |= {f"{y}-review" for y in range(year, until.year + 1) if review}
    assert sorted(names) == sorted(k for k in wanted if (w := slot_window(k)) and w.first <= until)
    assert len(set(names)) == len(names)
    assert all((a.last, a.first) <= (b.last, b.first) for (_, a), (_, b) in pairwise(found))


# What the file says and what a command says


def test_a_commands_title_wins_and_the_rest_stays() -> None:
    file = Change(title="old", summary="kept", window=days("2026-12-20", "2026-12-31"))
    assert merged(file, Change(title="new")) == replace(file, title="new")


def test_a_new_date_replaces_everything_said_of_the_old_one() -> None:
    file = Change(title="t", confirmed=at("2026-12-24T10:00"), slipped=days("2026-10-01"), late=True, skipped=True)
    assert merged(file, Change(window=days("2027-01-10"))) == Change(title="t", window=days("2027-01-10"))
    confirmed = Change(confirmed=at("2027-01-10T10:00"))
    assert merged(replace(file, window=days("2026-12-20")), confirmed) == replace(confirmed, title="t")


def test_a_skip_goes_on_top_of_the_date_and_can_be_taken_off() -> None:
    file = Change(window=days("2026-12-20", "2026-12-31"))
    skipped = merged(file, Change(skipped=True))
    assert skipped == replace(file, skipped=True)
    assert seen(merged(skipped, Change(skipped=False)), "2026-12-01").certainty is Certainty.WINDOW


def test_a_publication_in_the_file_is_not_undone_by_an_older_commands_window() -> None:
    change = merged(Change(published=days("2026-12-25")), Change(window=days("2026-12-20", "2026-12-31")))
    assert seen(change, "2026-12-26").certainty is Certainty.PUBLISHED
    assert seen(change, "2026-12-24").when == days("2026-12-20", "2026-12-31")


def test_a_command_publishes_what_the_file_skips() -> None:
    change = merged(Change(skipped=True), Change(published=days("2026-12-25")))
    assert seen(change, "2026-12-25").certainty is Certainty.PUBLISHED


@given(st.sampled_from(slot_keys), st.integers(-130, 130))
def test_a_day_typed_without_its_year_is_the_one_nearest_to_the_slot(key: str, off: int) -> None:
    promised = slot_window(key)
    assert promised
    day = (promised.first if off < 0 else promised.last) + timedelta(off)
    assert meant(f"{day.month}月{day.day}日", promised, SHANGHAI) == Window(day, day)


@given(some_changes)
def test_saying_nothing_or_the_same_again_changes_nothing(change: Change) -> None:
    assert merged(change, None) == merged(None, change) == merged(change, Change()) == merged(change, change) == change


@given(some_changes, some_changes, some_changes)
def test_words_can_be_folded_in_any_grouping(one: Change, two: Change, three: Change) -> None:
    assert merged(merged(one, two), three) == merged(one, merged(two, three))


@given(some_changes, some_changes)
def test_every_word_of_the_command_holds_and_none_is_invented(file: Change, command: Change) -> None:
    result = merged(file, command)
    for field in fields(Change):
        old, new, now = (getattr(change, field.name) for change in (file, command, result))
        assert now == new if new is not None else now in (old, None)


# How sure it is


def test_a_slot_of_which_nothing_was_said_has_its_window() -> None:
    found = seen(Change(), "2026-11-22")
    assert (found.certainty, found.when) == (Certainty.WINDOW, days("2026-10-01", "2026-12-31"))


def test_a_confirmed_time_is_a_day_in_the_courses_zone() -> None:
    found = seen(Change(confirmed=datetime(2026, 12, 23, 17, tzinfo=UTC)), "2026-11-22")
    assert (found.certainty, found.when) == (Certainty.CONFIRMED, days("2026-12-24"))


def test_it_is_published_from_that_day_on_and_what_it_was_before() -> None:
    change = Change(window=days("2026-12-20", "2026-12-31"), published=days("2026-12-22"))
    before, after = seen(change, "2026-12-21T23:59"), seen(change, "2026-12-22")
    assert (before.certainty, before.when) == (Certainty.WINDOW, days("2026-12-20", "2026-12-31"))
    assert (after.certainty, after.when) == (Certainty.PUBLISHED, days("2026-12-22"))


def test_a_slip_to_new_days_keeps_what_was_promised() -> None:
    found = seen(Change(window=days("2027-01-10"), slipped=days("2026-12-01", "2026-12-31")), "2026-12-15")
    assert (found.certainty, found.when) == (Certainty.SLIPPED, days("2027-01-10"))
    assert found.slipped == days("2026-12-01", "2026-12-31")


@pytest.mark.parametrize(
    "change",
    [
        Change(window=days("2026-12-24"), late=True),
        Change(slipped=days("2026-12-24")),
        Change(slipped=days("2026-12-24"), late=True),
        Change(confirmed=datetime(2026, 12, 24, 2, tzinfo=UTC), late=True),
    ],
)
def test_a_slip_without_a_new_date_shows_the_promise_as_both(change: Change) -> None:
    found = seen(change, "2026-12-20")
    assert (found.certainty, found.when, found.slipped) == (Certainty.SLIPPED, days("2026-12-24"), days("2026-12-24"))
    assert found.confirmed is None


@pytest.mark.parametrize(("now", "late"), [("2026-12-31T23:59", False), ("2027-01-01T00:00", True)])
def test_it_is_overdue_when_the_last_promised_day_is_over_in_the_courses_zone(now: str, late: bool) -> None:
    assert seen(Change(), now).overdue is late


def test_the_readers_own_zone_does_not_matter() -> None:
    moment = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    assert article(COURSE, "2026-Q4", Change(), slot_window("2026-Q4"), moment).overdue


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        plan(COURSE, {}, datetime(2026, 11, 22))  # noqa: DTZ001


def test_an_extra_without_any_date_is_no_article_yet() -> None:
    with pytest.raises(ValueError, match="livestream-1"):
        article(COURSE, "livestream-1", Change(title="直播"), None, at("2026-11-22"))
    assert "livestream-1" not in keys(plan(COURSE, {"livestream-1": Change(title="直播")}, at("2026-11-22")))


# The plan


def test_at_the_start_the_plan_is_the_promised_four_years() -> None:
    course = load(CONFIG).courses[0]
    found = plan(course, course.changes, at("2022-04-01"))
    assert keys(found) == [key for key, _ in slots(Rhythm("2022-Q2"), date(2026, 3, 31))]
    assert [key.endswith("-review") for key in keys(found)].count(True) == 4
    assert len(found) == 20
    assert published(course, course.changes, at("2022-04-01")) == ()


def test_the_real_archive_has_thirteen_articles_newest_first() -> None:
    course = load(CONFIG).courses[0]
    numbers = [str(found.title)[:2] for found in published(course, course.changes, at("2026-11-22"))]
    assert numbers == ["28", "27", "26", "25", "24", "23", "22", "21", "20", "19", "18", "17", "16"]


def test_the_real_course_goes_on_by_its_rhythm_after_what_is_known() -> None:
    course = load(CONFIG).courses[0]
    assert keys(plan(course, course.changes, at("2026-11-22"), 3)) == ["2026-Q4", "2026-review", "2027-Q1"]
    late = ["2025-Q2", "2025-Q3", "2025-Q4", "2025-review", "2026-Q1", "2026-Q2", "2026-Q3"]
    assert keys(overdue(course, course.changes, at("2026-11-22"))) == late


def test_a_skipped_slot_stands_in_the_plan_but_is_not_next() -> None:
    changes = {"2022-Q2": Change(skipped=True)}
    assert plan(COURSE, changes, at("2022-05-01"))[0].certainty is Certainty.SKIPPED
    found = next_article(COURSE, changes, at("2022-05-01"))
    assert found is not None
    assert found.key == "2022-Q3"
    assert "2022-Q2" not in keys(plan(COURSE, changes, at("2022-07-01")))


def test_what_was_confirmed_or_has_slipped_stays_until_it_is_out() -> None:
    for change in (Change(confirmed=at("2022-06-20T10:00")), Change(late=True), Change(slipped=days("2022-05-01"))):
        assert keys(plan(COURSE, {"2022-Q2": change}, at("2022-08-01"), 1)) == ["2022-Q2"]
        out = merged(change, Change(published=days("2022-08-01")))
        assert keys(plan(COURSE, {"2022-Q2": out}, at("2022-08-01"), 1)) == ["2022-Q3"]


def test_a_window_stands_in_the_plan_up_to_its_last_day() -> None:
    assert keys(plan(COURSE, {}, at("2022-06-30T23:59"), 1)) == ["2022-Q2"]
    assert keys(plan(COURSE, {}, at("2022-07-01T00:00"), 1)) == ["2022-Q3"]


def test_a_new_date_moves_the_article_in_the_plan() -> None:
    changes = {"2022-Q2": Change(window=days("2022-10-05")), "livestream-1": Change(window=days("2022-07-02"))}
    assert keys(plan(COURSE, changes, at("2022-04-01"), 4)) == ["livestream-1", "2022-Q3", "2022-Q2", "2022-Q4"]


@given(mappings, moments, st.integers(0, 30))
def test_the_plan_is_ordered_full_and_without_doubles(changes: Mapping[str, Change], now: datetime, count: int) -> None:
    found = plan(COURSE, changes, now, count)
    assert len(found) == count == len({one.key for one in found})
    assert all(in_order(a) <= in_order(b) for a, b in pairwise(found))
    assert found == plan(COURSE, dict(reversed(list(changes.items()))), now, count + 7)[:count]


def in_order(one: Article) -> tuple[object, ...]:
    """By the last day; on one day windows, then confirmed times as they come; a review after the articles."""
    moment = one.confirmed.timestamp() if one.confirmed else 0.0
    return (one.when.last, moment, one.key.endswith("-review"), one.when.first)


@given(mappings, moments, st.timedeltas(timedelta(0), timedelta(days=900)))
def test_what_has_left_the_plan_never_returns(changes: Mapping[str, Change], now: datetime, later: timedelta) -> None:
    after = set(keys(plan(COURSE, changes, now + later, 10)))
    assert after <= set(keys(plan(COURSE, changes, now, 60)))


@given(mappings, moments)
def test_an_article_is_out_or_to_come_never_both(changes: Mapping[str, Change], now: datetime) -> None:
    out = published(COURSE, changes, now)
    assert not set(keys(out)) & set(keys(plan(COURSE, changes, now, 40)))
    assert not set(keys(out)) & set(keys((*overdue(COURSE, changes, now), *due(COURSE, changes, now))))
    assert all(one.when.first <= now.astimezone(SHANGHAI).date() for one in out)


@given(mappings, moments)
def test_there_is_always_a_next_one_and_it_is_not_skipped(changes: Mapping[str, Change], now: datetime) -> None:
    found = next_article(COURSE, changes, now)
    assert found is not None
    assert found.certainty not in (Certainty.SKIPPED, Certainty.PUBLISHED)
    assert found == [a for a in plan(COURSE, changes, now, 30) if a.certainty is not Certainty.SKIPPED][0]  # noqa: RUF015


# What is due


@pytest.mark.parametrize(("now", "count"), [("2026-12-24T09:59", 0), ("2026-12-24T10:00", 2), ("2027-06-01", 2)])
def test_two_slots_may_be_due_also_long_after_their_time(now: str, count: int) -> None:
    changes = {
        "2026-review": Change(confirmed=at("2026-12-24T10:00")),
        "2026-Q4": Change(confirmed=datetime(2026, 12, 24, 2, tzinfo=UTC)),
        "2026-Q3": Change(confirmed=at("2026-09-01T10:00"), published=days("2026-09-01")),
        "2026-Q2": Change(confirmed=at("2026-06-01T10:00"), skipped=True),
        "2026-Q1": Change(confirmed=at("2026-03-01T10:00"), late=True),
    }
    assert keys(due(COURSE, changes, at(now))) == ["2026-Q4", "2026-review"][:count]


def test_of_two_articles_of_one_day_the_earlier_comes_first() -> None:
    changes = {
        "2026-Q4": Change(confirmed=at("2026-12-24T12:00")),
        "2026-review": Change(confirmed=at("2026-12-24T10:00")),
    }
    assert keys(due(COURSE, changes, at("2026-12-25"))) == ["2026-review", "2026-Q4"]
