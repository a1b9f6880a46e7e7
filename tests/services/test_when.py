"""What people type about slots and days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Window
from bot.services.when import key_of, slot_window, window_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


def days(first: str, last: str | None = None) -> Window:
    return Window(date.fromisoformat(first), date.fromisoformat(last or first))


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("2026-Q4", "2026-Q4"),
        ("2026q4", "2026-Q4"),
        (" 2026 Q4 ", "2026-Q4"),
        ("２０２６Ｑ４", "2026-Q4"),
        ("Q4 2026", "2026-Q4"),
        ("2026年第四季度", "2026-Q4"),
        ("2026年四季度", "2026-Q4"),
        ("2026 年 第 4 季度", "2026-Q4"),
        ("2026-review", "2026-review"),
        ("2026 Review", "2026-review"),
        ("2026年终", "2026-review"),
        ("2026-年终", "2026-review"),
        ("2026年年终总结", "2026-review"),
        ("2026年度总结", "2026-review"),
        ("Livestream-1", "livestream-1"),
    ],
)
def test_a_slot_is_found_however_it_is_typed(typed: str, key: str) -> None:
    assert key_of(typed) == key


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a",
        "2026",
        "2026-12",
        "2026-Q5",
        "2026q",
        "-x",
        "直播",
        "a b",
        "x" * 41,
        "9999-Q4",
        "9999-review",
        "9999年终",
    ],
)
def test_what_names_no_slot_is_not_taken_for_one(typed: str) -> None:
    assert key_of(typed) is None


@given(st.text(max_size=20) | st.from_regex(r"20\d\d[- ]?(Q\d|review|年终)", fullmatch=True))
def test_a_key_names_itself(typed: str) -> None:
    key = key_of(typed)
    assert key is None or key_of(key) == key


@pytest.mark.parametrize(
    ("typed", "window"),
    [
        ("2026-12-20..31", days("2026-12-20", "2026-12-31")),
        ("2026-12-20..2027-01-05", days("2026-12-20", "2027-01-05")),
        ("2026-12-20..01-05", days("2026-12-20", "2027-01-05")),
        ("2026-12-20 ~ 2026-12-31", days("2026-12-20", "2026-12-31")),
        ("2026-12-20 - 2026-12-31", days("2026-12-20", "2026-12-31")),
        ("2026-12-20 to 2026-12-31", days("2026-12-20", "2026-12-31")),
        ("２０２６－１２－２０～３１", days("2026-12-20", "2026-12-31")),
        ("2026-12", days("2026-12-01", "2026-12-31")),
        ("2026-11..12", days("2026-11-01", "2026-12-31")),
        ("2026-12-20", days("2026-12-20")),
        ("2026/12/20", days("2026-12-20")),
        ("2026年12月", days("2026-12-01", "2026-12-31")),
        ("2026 年 12 月 20 日", days("2026-12-20")),
        ("2026年12月20日——31日", days("2026-12-20", "2026-12-31")),
        ("12月20日-31日", days("2026-12-20", "2026-12-31")),
        ("12月20-31日", days("2026-12-20", "2026-12-31")),
        ("12月20日至1月5日", days("2026-12-20", "2027-01-05")),
        ("12月20日至2027年1月5日", days("2026-12-20", "2027-01-05")),
        ("12月上旬", days("2026-12-01", "2026-12-10")),
        ("12月中旬", days("2026-12-11", "2026-12-20")),
        ("12月下旬", days("2026-12-21", "2026-12-31")),
        ("2月底", days("2026-02-21", "2026-02-28")),
        ("early December 2027", days("2027-12-01", "2027-12-10")),
        ("mid-Dec", days("2026-12-11", "2026-12-20")),
        ("late December 2026", days("2026-12-21", "2026-12-31")),
        ("Dec 20th, 2027", days("2027-12-20")),
        ("20 December", days("2026-12-20")),
        ("2027年第一季度", days("2027-01-01", "2027-03-31")),
        ("2024-02-29", days("2024-02-29")),
        ("2024-02", days("2024-02-01", "2024-02-29")),
        ("late February 2024", days("2024-02-21", "2024-02-29")),
        ("2024-02-29..2024-03-01", days("2024-02-29", "2024-03-01")),
    ],
)
def test_days_are_read_as_people_type_them(typed: str, window: Window) -> None:
    assert window_of(typed, SHANGHAI, 2026) == window


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "date_unreadable"),
        ("soon", "date_unreadable"),
        ("下个月", "date_unreadable"),
        ("31", "date_unreadable"),
        ("2026-12-20..25..31", "date_unreadable"),
        ("2026-12 10:00", "date_unreadable"),
        ("late 2026-12-20", "date_unreadable"),
        ("2026-12-20..", "date_unreadable"),
        ("2026-02-30", "date_impossible"),
        ("2025-02-29", "date_impossible"),
        ("2026-13", "date_impossible"),
        ("2026-12-20..32", "date_impossible"),
        ("9999-12-20..01-05", "date_unreadable"),
        ("9999-12-20", "date_unreadable"),
        ("12月20日", "date_missing_year"),
        ("12月20日..31日", "date_missing_year"),
        ("2026-12-31..20", "range_backwards"),
        ("2026-12-24 25:00", "time_impossible"),
        ("2026-12-24 10:61", "time_impossible"),
    ],
)
def test_what_is_no_date_says_why(typed: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        window_of(typed, SHANGHAI)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-12-20 10:00",
        "2026-12-20T10:00:00",
        "２０２６－１２－２０　１０：００",
        "12月20日 10:00",
        "2026年12月20日10点",
        "2026-12-20 02:00Z",
        "2026-12-20 10:00:00+08:00",
    ],
)
def test_a_time_is_the_courses_local_time(typed: str) -> None:
    moment = window_of(typed, SHANGHAI, 2026)
    assert isinstance(moment, datetime)
    assert moment.isoformat() == "2026-12-20T10:00:00+08:00"


@pytest.mark.parametrize(("zone", "typed"), [(BERLIN, "2026-03-29 02:30"), (NEW_YORK, "2026-03-08 02:30")])
def test_a_time_that_the_clocks_jump_over_is_refused(zone: ZoneInfo, typed: str) -> None:
    with pytest.raises(ValueError, match=r"^time_impossible$"):
        window_of(typed, zone)
    assert window_of(typed, SHANGHAI) is not None


@pytest.mark.parametrize(
    ("zone", "typed", "instant"),
    [
        (BERLIN, "2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (NEW_YORK, "2026-11-01 01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ],
)
def test_a_time_that_comes_twice_is_the_first(zone: ZoneInfo, typed: str, instant: datetime) -> None:
    moment = window_of(typed, zone)
    assert isinstance(moment, datetime)
    assert moment.astimezone(UTC) == instant


@given(st.dates(date(1000, 1, 1), date(9000, 1, 1)), st.integers(0, 500))
def test_a_range_is_read_back_in_every_spelling(first: date, length: int) -> None:
    window = Window(first, first + timedelta(length))
    last = window.last
    chinese = f"{first.year}年{first.month}月{first.day}日至{last.year}年{last.month}月{last.day}日"
    for typed in (f"{first}..{last}", f"{first} ～ {last}", chinese):
        assert window_of(typed, BERLIN) == window


@given(st.text(alphabet="0123456789-./年月日旬上 .:~至tQq终earlymidc", max_size=24), st.none() | st.just(2026))
def test_nothing_typed_breaks_the_reader(typed: str, year: int | None) -> None:
    try:
        found: object = window_of(typed, NEW_YORK, year)
    except ValueError as error:
        found = str(error).split("_")[0]
    assert found in ("date", "time", "range") or isinstance(found, Window | datetime)


def test_a_slot_has_its_quarter_or_december() -> None:
    assert slot_window("2024-Q1") == days("2024-01-01", "2024-03-31")
    assert slot_window("2026-Q4") == days("2026-10-01", "2026-12-31")
    assert slot_window("2026-review") == days("2026-12-01", "2026-12-31")
    assert slot_window("livestream-1") is None
