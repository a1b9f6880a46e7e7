"""The catalogs: the same keys with the same blanks in every language, and none that nobody says."""

import re
import string
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bot.commands.catalog import declared
from bot.core.model import Window
from bot.words import LOCALES, locale_of, words_in
from bot.words.catalog import read

BOT = Path(__file__).parents[2] / "bot"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def catalog(locale: str) -> Catalog:
    with files("bot.words").joinpath(f"{locale}.po").open("rb") as source:
        return read_po(source, abort_invalid=True)


def sayings(locale: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for message in catalog(locale):
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            assert key not in found, f"{key} stands twice in {locale}"
            found[key] = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return found


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_language_has_the_same_keys() -> None:
    first, *others = ({locale: set(sayings(locale)) for locale in LOCALES}).values()
    assert all(other == first for other in others)


def test_every_language_fills_in_the_same_blanks() -> None:
    ours, theirs = sayings("zh-CN"), sayings("en")
    # A name of a month, a course or a person may be left out where the language needs none.
    wrong = {key: (ours[key], theirs[key]) for key in ours if blanks(ours[key][0]) != blanks(theirs[key][-1])}
    assert wrong == {}


@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_is_empty(locale: str) -> None:
    assert [key for key, texts in sayings(locale).items() if not all(texts)] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_catalog_is_read_as_gettext_means_it(locale: str) -> None:
    read_here = read(BOT / "words" / f"{locale}.po")
    assert {key: list(texts) for key, texts in read_here.items()} == sayings(locale)


def test_words_may_go_on_in_further_lines(tmp_path: Path) -> None:
    source = tmp_path / "de.po"
    source.write_text(
        'msgid ""\nmsgstr ""\n"Language: de\\n"\n\nmsgid "a.b"\nmsgstr ""\n"Eins \\"zwei\\"\\n"\n"drei"\n', "utf-8"
    )
    assert read(source) == {"a.b": ('Eins "zwei"\ndrei',)}


def test_chinese_is_written_with_chinese_marks() -> None:
    han = re.compile(r"[\u4e00-\u9fff][,;!?:]|[,;!?:][\u4e00-\u9fff]")
    wrong = [text for texts in sayings("zh-CN").values() for text in texts if han.search(text)]
    assert wrong == []


def test_no_key_is_there_that_nobody_says() -> None:
    exact, patterns = _spoken()
    whole = re.compile("|".join(sorted(patterns)))
    tail = re.compile(r"(?:web|error|web\.error|notice|button|param)\.(.+?)(?:\.title)?")
    nobody = [
        key
        for key in sayings("en")
        if key not in exact and not whole.fullmatch(key) and not ((m := tail.fullmatch(key)) and m[1] in exact)
    ]
    assert nobody == []


def _spoken() -> tuple[set[str], set[str]]:
    """Every text of the program that may be a key, and those in which something is filled in, as patterns."""
    exact: set[str] = set()
    patterns = {rf"{each.command.name}\.(?:name|about|example|form)" for each in declared()}
    exact |= {f"{p.name}.{choice}" for each in declared() for p in each.command.params for choice in p.choices}
    for file in [*BOT.rglob("*.py"), *BOT.rglob("*.html"), *BOT.rglob("*.js")]:
        for text in re.findall(r"[\"'`]([a-zA-Z{][^\"'`\n]*)[\"'`]", file.read_text("utf-8")):
            exact.add(text)
            parts = re.split(r"\$?\{[^}]*\}", text)
            if len(parts) > 1 and re.search(r"^[a-z-]+\.|\.[a-z]{3,}$", text):
                patterns.add(".+".join(re.escape(part) for part in parts))
    return exact, patterns


@pytest.mark.parametrize(
    ("wish", "locale"), [("zh-TW", "zh-CN"), ("zh", "zh-CN"), ("en_GB", "en"), ("fr", "zh-CN"), (None, "zh-CN")]
)
def test_a_wish_gets_the_nearest_language(wish: str | None, locale: str) -> None:
    assert locale_of(wish) == locale


def test_what_people_wrote_is_never_read_as_words() -> None:
    said = words_in("en")("error.no_article", typed="{near} {0} %s", near="2026-Q4")
    assert "“{near} {0} %s”" in said


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError, match="no\\.such"):
        words_in("en")("no.such")


@pytest.mark.parametrize(
    ("window", "en", "zh"),
    [
        (Window(date(2026, 10, 1), date(2026, 12, 31)), "Q4 2026", "2026年第4季度"),
        (Window(date(2026, 12, 1), date(2026, 12, 31)), "December 2026", "2026年12月"),
        (Window(date(9999, 12, 1), date.max), "December 9999", "9999年12月"),
        (Window(date(2028, 2, 1), date(2028, 2, 29)), "February 2028", "2028年2月"),
        (Window(date(9999, 10, 1), date.max), "Q4 9999", "9999年第4季度"),
        (Window(date(2026, 12, 20), date(2026, 12, 31)), "Dec 20 – 31, 2026", "2026年12月20日至31日"),
        (
            Window(date(2026, 12, 20), date(2027, 1, 5)),
            "Dec 20, 2026 – Jan 5, 2027",
            "2026年12月20日至2027年1月5日",
        ),
        (Window(date(2026, 9, 20), date(2026, 10, 5)), "Sep 20 – Oct 5, 2026", "2026年9月20日至10月5日"),
        (Window(date(2026, 12, 24), date(2026, 12, 24)), "December 24, 2026", "2026年12月24日"),
    ],
)
def test_days_are_said_as_people_say_them(window: Window, en: str, zh: str) -> None:
    assert (words_in("en").window(window), words_in("zh-CN").window(window)) == (en, zh)


def test_a_time_names_its_zone() -> None:
    at = datetime(2026, 12, 24, 2, 0, tzinfo=UTC)
    assert words_in("zh-CN").moment(at, SHANGHAI) == "2026年12月24日星期四 10:00（北京时间）"
    assert words_in("en").moment(at, ZoneInfo("Europe/Berlin")) == (
        "Thursday, December 24, 2026, 03:00 (Central European Standard Time)"
    )
    summer = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
    assert "Eastern Daylight Time" in words_in("en").moment(summer, ZoneInfo("America/New_York"))


def test_a_moment_ago_is_just_now() -> None:
    assert words_in("zh-CN").ago(timedelta(seconds=5)) == "刚刚"
    assert words_in("en").ago(timedelta(seconds=-5)) == "just now"


@pytest.mark.parametrize(
    ("passed", "en", "zh"),
    [
        (timedelta(minutes=1), "1 minute ago", "1 分钟前"),
        (timedelta(minutes=2), "2 minutes ago", "2 分钟前"),
        (timedelta(minutes=71), "71 minutes ago", "71 分钟前"),
        (timedelta(minutes=72), "1 hour ago", "1 小时前"),
        (timedelta(hours=28), "28 hours ago", "28 小时前"),
        (timedelta(hours=29), "1 day ago", "1 天前"),
        (timedelta(days=8), "8 days ago", "8 天前"),
        (timedelta(days=9), "1 week ago", "1 周前"),
        (timedelta(days=36), "1 month ago", "1 个月前"),
        (timedelta(days=437), "15 months ago", "15 个月前"),
        (timedelta(days=800), "2 years ago", "2 年前"),
    ],
)
def test_how_long_ago_is_said_in_the_largest_unit_that_it_is_more_than(passed: timedelta, en: str, zh: str) -> None:
    assert (words_in("en").ago(passed), words_in("zh-CN").ago(passed)) == (en, zh)


def test_days_are_said_as_the_languages_common_rules_say_them() -> None:
    for day in (date(2026, 1, 1) + timedelta(each) for each in range(0, 800, 13)):
        for locale, code in (("en", "en"), ("zh-CN", "zh_CN")):
            assert words_in(locale).day(day) == format_date(day, "full", code)
            assert words_in(locale).window(Window(day, day)) == format_date(day, "long", code)
