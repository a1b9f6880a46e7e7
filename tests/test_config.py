"""The folder that people edit: what is read, and how what is wrong is said."""

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest

from bot.config import ConfigError, DiscordConfig, Problem, load, secret
from bot.core.chat import Role
from bot.core.errors import OperatorError
from bot.core.model import Around, Canned, Change, Feed, Rhythm, Window
from bot.words import words_in

EN = words_in("en")
REAL = Path(__file__).parents[1] / "config"
SHANGHAI = ZoneInfo("Asia/Shanghai")
HEAD = "title: T\nzone: Asia/Shanghai\nlanguage: en\nplan: {first: 2022-Q2}\n"


class Write(Protocol):
    def __call__(self, text: str, name: str = "c.yaml") -> Path: ...


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a course file `c.yaml` and gives the folder."""

    def course(text: str, name: str = "c.yaml") -> Path:
        (tmp_path / "courses").mkdir(exist_ok=True)
        (tmp_path / "courses" / name).write_text(text, encoding="utf-8")
        return tmp_path

    return course


def problems(folder: Path) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        load(folder)
    lines = [problem.said(EN) for problem in caught.value.problems]
    assert str(caught.value) == "\n".join(lines)
    return caught.value.problems


def why(problem: Problem) -> str:
    """Why, and what to write instead."""
    return EN(f"config.{problem.why}", **problem.fields)


def articles(write: Write, text: str) -> dict[str, Change]:
    return load(write(f"{HEAD}articles:\n  {text}\n")).courses[0].changes


def days(first: str, last: str | None = None) -> Window:
    return Window(date.fromisoformat(first), date.fromisoformat(last or first))


# What is read


def test_the_real_course_is_read() -> None:
    course = load(REAL).courses[0]
    assert (course.key, course.title, course.locale) == ("ebpf", "eBPF 核心技术与实战", "zh-CN")
    assert (course.zone, course.rhythm) == (SHANGHAI, Rhythm("2022-Q2", review=True))
    assert course.staff == {"local:instructor": Role.INSTRUCTOR, "local:assistant": Role.ASSISTANT}
    assert course.changes["2022-Q2"].published == days("2022-04-24")
    assert course.changes["2023-Q3"].published == days("2023-07-01", "2023-07-31")
    assert course.changes["2022-Q4"] == Change(skipped=True)
    assert course.channels == ("group:local",)


def test_the_commented_examples_of_the_real_course_are_good_once_the_marks_are_gone(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(REAL, tmp_path / "config"))
    path = folder / "courses" / "ebpf.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    examples = [line[1:] for line in lines if line.startswith("#  ") and "<" not in line and "skipped" not in line]
    path.write_text("\n".join([*lines, *examples]), encoding="utf-8")
    changes = load(folder).courses[0].changes
    assert changes["2026-Q4"].confirmed == datetime(2026, 12, 24, 10, tzinfo=SHANGHAI)
    assert changes["livestream-1"].window == days("2026-11-28")


def test_dates_are_what_was_typed_quoted_or_not(write: Write) -> None:
    plain = "{window: 2026-12-20..31, confirmed: 2026-12-24 10:00, published: 2026-12-24, slipped: 2026-11}"
    quoted = '{window: "2026-12-20..31", confirmed: "2026-12-24 10:00", published: "2026-12-24", slipped: "2026-11"}'
    expected = Change(
        window=days("2026-12-20", "2026-12-31"),
        confirmed=datetime(2026, 12, 24, 10, tzinfo=SHANGHAI),
        published=days("2026-12-24"),
        slipped=days("2026-11-01", "2026-11-30"),
    )
    assert articles(write, f"2026-Q4: {plain}") == articles(write, f"2026-Q4: {quoted}") == {"2026-Q4": expected}


@pytest.mark.parametrize(
    "typed", ["2026-12-24 10:00:00", "2026-12-24T10:00:00+08:00", "!!timestamp 2026-12-24 10:00:00", "12月24日 10:00"]
)
def test_a_time_may_be_written_as_yaml_does(write: Write, typed: str) -> None:
    change = articles(write, f"2026-Q4: {{confirmed: {typed}}}")["2026-Q4"]
    assert change.confirmed == datetime(2026, 12, 24, 10, tzinfo=SHANGHAI)


def test_a_title_may_be_a_number_or_a_time_of_day(write: Write) -> None:
    changes = articles(write, "2026-Q4: {title: 1984, summary: 10:30}")
    assert (changes["2026-Q4"].title, changes["2026-Q4"].summary) == ("1984", "10:30")


def test_a_slots_key_may_be_typed_as_in_chat(write: Write) -> None:
    assert list(articles(write, "2026年第四季度: {title: a}\n  2026 review: {title: b}")) == ["2026-Q4", "2026-review"]


def test_a_key_without_a_value_says_nothing(write: Write) -> None:
    course = load(write(f"{HEAD}url:\nstaff:\narticles:\n  2026-Q4:\n")).courses[0]
    assert (course.url, course.staff, course.changes) == (None, {}, {})


def test_the_order_of_the_courses_is_the_named_ones_then_the_others(tmp_path: Path, write: Write) -> None:
    for name in ("a", "b", "c"):
        write(HEAD)
        (tmp_path / "courses" / "c.yaml").rename(tmp_path / "courses" / f"x-{name}.yaml")
    (tmp_path / "herald.yaml").write_text("courses: [x-b]")
    assert [course.key for course in load(tmp_path).courses] == ["x-b", "x-a", "x-c"]


def test_a_feed_has_an_address_and_may_announce_by_itself(write: Write) -> None:
    assert load(write(HEAD)).courses[0].feed is None
    assert load(write(f"{HEAD}feed: {{url: https://a.example/rss}}")).courses[0].feed == Feed("https://a.example/rss")
    auto = load(write(f"{HEAD}feed: {{url: https://a.example/rss, auto: true}}")).courses[0].feed
    assert auto == Feed("https://a.example/rss", auto=True)
    [problem] = problems(write(f"{HEAD}feed: {{url: a.example/rss}}"))
    assert (problem.key, problem.value) == ("feed.url", '"a.example/rss"')


def test_the_card_stands_where_the_file_says_and_can_be_changed(write: Write) -> None:
    assert load(write(HEAD + 'card: ["group:local", "group:discord:5"]')).courses[0].card == (
        "group:local",
        "group:discord:5",
    )
    assert load(write(HEAD + "card: off")).courses[0].card == load(write(HEAD)).courses[0].card == ()
    assert load(write(HEAD + 'threads: ["group:discord:5"]')).courses[0].threads == ("group:discord:5",)
    assert load(write(HEAD + "events: [123456789012345678]")).courses[0].calendars == (
        "group:discord:server:123456789012345678",
    )
    [problem] = problems(write(f"{HEAD}threads: ['group:local']"))
    assert (problem.key, "has no threads; write a forum" in why(problem)) == ("threads.0", True)
    for wrong in ("group:wechat:study", "discord:5"):
        [problem] = problems(write(f"{HEAD}card: ['{wrong}']"))
        assert (problem.key, wrong in problem.value, "group:local or one such as" in why(problem)) == (
            "card.0",
            True,
            True,
        )


def test_what_is_said_around_an_article_is_on_or_off_in_one_line_each(write: Write) -> None:
    on = "around:\n  reminder: [14, 3]\n  questions: 7\n  survey: [3, 10, 14]\n  digest: on\n  announcement: on\n"
    assert load(write(HEAD + on + "  outcome: 17\n")).courses[0].around == Around(
        (14, 3), 7, (3, 10, 14), True, True, 17
    )
    off = "around:\n  reminder: off\n  questions: off\n  survey: off\n  digest: off\n  announcement: off\n"
    off += "  outcome: off\n"
    assert load(write(HEAD + off)).courses[0].around == load(write(HEAD)).courses[0].around == Around()


@pytest.mark.parametrize(
    ("line", "key", "part"),
    [
        ("questions: soon", "around.questions", "is not a number; write one such as 7"),
        ("questions: 0", "around.questions", "from 1 to 90"),
        ("reminder: [14, x]", "around.reminder.1", "is not a number"),
        ("survey: [3, 10]", "around.survey.2", "is missing"),
        ("survey: [10, 3, 14]", "around.survey", "is not in order"),
        ("digest: sometimes", "around.digest", "write true or false"),
    ],
)
def test_what_is_wrong_around_an_article_is_named(write: Write, line: str, key: str, part: str) -> None:
    [problem] = problems(write(f"{HEAD}around: {{{line}}}"))
    assert problem.key == key
    assert part in why(problem)


def test_a_byte_order_mark_does_no_harm(write: Write) -> None:
    assert load(write("\ufeff" + HEAD)).courses[0].title == "T"


def test_a_role_on_discord_grants_but_is_nobody_to_write_to(write: Write) -> None:
    staff = "staff: {instructors: ['discord:1'], assistants: ['discord-role:5', 'local:a']}"
    course = load(write(f"{HEAD}{staff}\nmention: discord-role:234567890123456789")).courses[0]
    assert course.mention == "discord-role:234567890123456789"
    assert course.staff == {"discord:1": Role.INSTRUCTOR, "local:a": Role.ASSISTANT}
    assert course.granted == {"discord-role:5": Role.ASSISTANT}


def test_discord_is_where_the_file_says(tmp_path: Path, write: Write) -> None:
    write(HEAD)
    block = "{guilds: [123456789012345678], api_base: http://127.0.0.1:8080/api/v10/, gateway_url: ws://127.0.0.1:8080}"
    (tmp_path / "herald.yaml").write_text(f"discord: {block}")
    expected = DiscordConfig((123456789012345678,), "http://127.0.0.1:8080/api/v10", "ws://127.0.0.1:8080")
    assert load(tmp_path).discord == expected


def test_a_secret_is_in_the_environment_or_in_a_file_that_it_names(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("abc.def\n")
    assert secret("TOKEN", {}) is None
    assert secret("TOKEN", {"TOKEN": " abc.def "}) == "abc.def"
    assert secret("TOKEN", {"TOKEN_FILE": str(file)}) == "abc.def"


# What is wrong


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"TOKEN": ""}, "TOKEN is empty"),
        ({"TOKEN": "abc def"}, "TOKEN is more than one word"),
        ({"TOKEN_FILE": "nowhere"}, "TOKEN_FILE: nowhere cannot be read: No such file"),
    ],
)
def test_a_secret_that_cannot_be_used_is_said_without_showing_it(environ: dict[str, str], said: str) -> None:
    with pytest.raises(OperatorError, match=said) as refused:
        secret("TOKEN", environ)
    assert "abc" not in str(refused.value)


@pytest.mark.parametrize(
    ("line", "key", "said"),
    [
        ("{guilds: [general]}", "discord.guilds.0", "Copy Server ID"),
        ("{api_base: discord.com}", "discord.api_base", "write one with https:// or http://"),
        ("{gateway_url: 'https://gateway'}", "discord.gateway_url", "write one with wss:// or ws://"),
        ("{token: abc}", "discord.token", "the keys are guilds, api_base, gateway_url"),
    ],
)
def test_what_is_wrong_about_discord_is_named(tmp_path: Path, write: Write, line: str, key: str, said: str) -> None:
    write(HEAD)
    (tmp_path / "herald.yaml").write_text(f"discord: {line}")
    [problem] = problems(tmp_path)
    assert problem.key == key
    assert said in why(problem)


@pytest.mark.parametrize(
    ("line", "key", "value", "said"),
    [
        ("titel: x", "titel", "", "you may have meant title"),
        ("title: ''", "title", '""', "is empty"),
        ("title: [a]", "title", "['a']", "quotes"),
        ("card: on", "card", "true", "is not a list; put it in brackets"),
        ("zone: Asia/Shanghia", "zone", '"Asia/Shanghia"', "write Asia/Shanghai"),
        ("zone: Asia/Beijing", "zone", '"Asia/Beijing"', "write Asia/Shanghai"),
        ("zone: ../etc/passwd", "zone", '"../etc/passwd"', "not a time zone"),
        ("zone: Asia", "zone", '"Asia"', "not a time zone"),
        ("language: zh", "language", '"zh"', "'zh-CN', 'en'"),
        ("url: https://example.org:99999", "url", '"https://example.org:99999"', "not a web address"),
        ("url: time.example.org", "url", '"time.example.org"', "https://"),
        ("survey: javascript:alert(1)", "survey", '"javascript:alert(1)"', "https://"),
        ("survey: 'https://'", "survey", '"https://"', "not a web address"),
        ("group: 'https://a b'", "group", '"https://a b"', "https://"),
        ("group: https://a.example/<id>", "group", '"https://a.example/<id>"', "not a web address"),
        ("group: 'http://[::1'", "group", '"http://[::1"', "https://"),
        ("plan: {first: 2022}", "plan.first", '"2022"', "2022-Q2"),
        ("plan: {first: 2022-review}", "plan.first", '"2022-review"', "2022-Q2"),
        ("plan: {first: 2022-Q2, review: maybe}", "plan.review", '"maybe"', "true or false"),
        ("plan: {review: true}", "plan.first", "", "missing"),
        ("plan: 2022-Q2", "plan", '"2022-Q2"', "block"),
        ("plan: {first: 2022-Q2, last: 2022-Q1}", "plan", "{'first': '2022-Q2', 'last': '2022-Q1'}", "before"),
        ("feed: {url: 'https://a.example', aut: true}", "feed.aut", "", "you may have meant auto"),
        ("feed: {url: 'https://a.example', pace: 1}", "feed.pace", "", "the keys are url, auto"),
        ("around: {questions: on}", "around.questions", "true", "is not a number"),
        ("around: {reminder: [on]}", "around.reminder.0", "true", "is not a number"),
        (f"around: {{questions: {'9' * 5000}}}", "around.questions", f'"{"9" * 78}…', "is too large"),
        ("staff: {instructor: ['local:a']}", "staff.instructor", "", "you may have meant instructors"),
        ("staff: {teachers: ['local:a']}", "staff.teachers", "", "the keys are instructors, assistants"),
        ("staff: {instructors: ['a']}", "staff.instructors.0", '"a"', "platform:id"),
        ("staff: {instructors: [discord: 1]}", "staff.instructors.0", "{'discord': '1'}", "quotes"),
        ("staff: {instructors: 'local:a'}", "staff.instructors", '"local:a"', "list"),
        ("channels: ['group']", "channels.0", '"group"', "platform:id"),
        ("channels: 'group:local'", "channels", '"group:local"', "list"),
        ("channels: ['group:discord:general']", "channels.0", '"group:discord:general"', "group:discord:4567"),
        ("channels: ['group:discrod:1234']", "channels.0", '"group:discrod:1234"', "not a place where I can announce"),
        ("channels: ['discord:234567890123456789']", "channels.0", '"discord:234567890123456789"', "group:local"),
        ("card: ['group:discord:general']", "card.0", '"group:discord:general"', "group:local"),
        ("threads: ['group:discord:forum']", "threads.0", '"group:discord:forum"', "group:discord:4567"),
        ("staff: {assistants: ['discord:lin']}", "staff.assistants.0", '"discord:lin"', "discord:ID"),
        (
            "staff: {assistants: ['discord-role:staff']}",
            "staff.assistants.0",
            '"discord-role:staff"',
            "discord-role:ID",
        ),
        ("mention: discord:234567890123456789", "mention", '"discord:234567890123456789"', "discord-role:ID"),
        ("articles: [1]", "articles", "['1']", "block"),
        ("articles: {2026-Q5: {title: a}}", "articles.2026-Q5", '"2026-Q5"', "2026-Q4, 2026-review"),
        ("articles: {2026-Q4: soon}", "articles.2026-Q4", '"soon"', "block"),
        ("articles: {2026-Q4: {windw: 2026-12}}", "articles.2026-Q4.windw", "", "you may have meant window"),
        ("articles: {2026-Q4: {window: 2026-02-30}}", "articles.2026-Q4.window", '"2026-02-30"', "2026-12-20..31"),
        (
            "articles: {2026-Q4: {window: 9999-12-20..31}}",
            "articles.2026-Q4.window",
            '"9999-12-20..31"',
            "2026-12-20..31",
        ),
        ("articles: {9999-review: {title: a}}", "articles.9999-review", '"9999-review"', "2026-Q4, 2026-review"),
        ("plan: {first: 9999-Q1}", "plan.first", '"9999-Q1"', "2022-Q2"),
        ("articles: {2026-Q4: {window: 2026-12-31..20}}", "articles.2026-Q4.window", '"2026-12-31..20"', "before"),
        (
            "articles: {2026-Q4: {window: 2026-12-24 10:00}}",
            "articles.2026-Q4.window",
            '"2026-12-24 10:00"',
            "confirmed",
        ),
        ("articles: {2026-Q4: {window: [2026-12]}}", "articles.2026-Q4.window", "['2026-12']", "not a date"),
        ("articles: {2026-Q4: {confirmed: 2026-12-24}}", "articles.2026-Q4.confirmed", '"2026-12-24"', "10:00"),
        ("articles: {2026-Q4: {published: soon}}", "articles.2026-Q4.published", '"soon"', "not a date"),
        ("articles: {2026-Q4: {url: ftp://a.example}}", "articles.2026-Q4.url", '"ftp://a.example"', "https://"),
        ("articles: {2026-Q4: {late: 'yes'}}", "articles.2026-Q4.late", '"yes"', "true or false"),
        ("articles: {2026-Q4: {skipped: true, published: 2026-12}}", "articles.2026-Q4.skipped", "true", "published"),
        ("articles: {live-1: {title: a}}", "articles.live-1", '"live-1"', "window"),
        ("articles: {live-1: {window: 12月20日}}", "articles.live-1.window", '"12月20日"', "year"),
        ("articles: {2026q4: {title: a}, 2026-Q4: {title: b}}", "articles.2026-Q4", '"2026-Q4"', "another spelling"),
    ],
)
def test_a_mistake_is_named_with_file_key_and_value(write: Write, line: str, key: str, value: str, said: str) -> None:
    name = line.partition(":")[0]
    text = "".join(kept for kept in HEAD.splitlines(keepends=True) if not kept.startswith(f"{name}:"))
    folder = write(f"{text}{line}\n")
    (found,) = problems(folder)
    assert (found.file, found.key, found.value) == (str(folder / "courses" / "c.yaml"), key, value)
    assert said in why(found)
    assert found.said(EN).startswith(f"{found.file}: {key}: ")


def test_a_day_without_a_year_is_the_one_nearest_to_its_slot(write: Write) -> None:
    found = articles(write, "2026-Q4: {published: 1月10日}\n  2027-Q1: {window: 12月28日}")
    assert (found["2026-Q4"].published, found["2027-Q1"].window) == (days("2027-01-10"), days("2026-12-28"))


def test_a_mistake_is_said_in_the_language_of_whoever_reads_it(write: Write) -> None:
    folder = write(f"{HEAD}survey: ftp://a.example\nurvey: x\n")
    with pytest.raises(ConfigError) as caught:
        load(folder)
    file = folder / "courses" / "c.yaml"
    assert caught.value.said(words_in("zh-CN")).splitlines() == [
        f'{file}: survey: "ftp://a.example" 不是网址；以 https:// 或 http:// 开头。',
        f"{file}: urvey: 没有这个键；是不是想写 survey。",
    ]


def test_a_confirmed_time_that_the_clocks_jump_over_is_named(write: Write) -> None:
    folder = write(
        HEAD.replace("Asia/Shanghai", "Europe/Berlin") + "articles: {2026-Q1: {confirmed: 2026-03-29 02:30}}"
    )
    (found,) = problems(folder)
    assert (found.key, found.value) == ("articles.2026-Q1.confirmed", '"2026-03-29 02:30"')
    assert "no clock of the course's zone shows" in why(found)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path, write: Write) -> None:
    write("zone: Mars\nlanguage: fr\ncolour: red\narticles: {2026-Q9: {}, 2026-Q4: {window: x, late: maybe}}")
    write("title: [", "d.yaml")
    (tmp_path / "herald.yaml").write_text("courses: [e]\nport: 80")
    keys = {found.key for found in problems(tmp_path)}
    assert keys == {
        *("title", "zone", "language", "plan", "colour"),
        *("articles.2026-Q9", "articles.2026-Q4.window", "articles.2026-Q4.late", "line 2, column 1", "port"),
    }


def test_a_key_that_stands_twice_is_named_with_both_lines(write: Write) -> None:
    (found,) = problems(write(f"{HEAD}articles:\n  2026-Q4:\n    title: a\n  2026-Q4:\n    title: b\n"))
    assert (found.key, why(found)) == ("articles.2026-Q4", "is there twice, in lines 6 and 8; keep one")


@pytest.mark.parametrize(
    "line",
    ["title: !!int x", "title: !!timestamp x", "title: !!bool x", "title: &a {b: *a}", "title: \x01", "on: x"],
)
def test_what_yaml_itself_stumbles_over_is_named_in_one_line(write: Write, line: str) -> None:
    folder = write(HEAD.replace("title: T\n", "") + line)
    found = problems(folder)[0]
    assert found.file == str(folder / "courses" / "c.yaml")
    assert "\n" not in found.said(EN)


def test_a_key_that_yaml_reads_as_true_or_false_is_to_be_quoted(write: Write) -> None:
    (found,) = problems(write(f"{HEAD}on: x\n"))
    assert "write it in quotes" in why(found)


def test_broken_yaml_is_named_with_line_and_column(write: Write) -> None:
    (found,) = problems(write('title: "a\nzone: b\n'))
    assert found.key.startswith("line ")
    assert "column" in found.key


@pytest.mark.parametrize("text", ["just words", "- a\n- b", "a: 1\n---\nb: 2", "title: a\x01b", "title: *nobody", "42"])
def test_what_is_no_block_of_keys_is_one_problem(write: Write, text: str) -> None:
    assert len(problems(write(text))) == 1


def test_a_file_in_another_encoding_is_named(write: Write) -> None:
    folder = write("")
    (folder / "courses" / "c.yaml").write_bytes("title: 课程".encode("gbk"))
    (found,) = problems(folder)
    assert "not UTF-8" in why(found)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    (found,) = problems(tmp_path / "nowhere")
    assert found.file == str(tmp_path / "nowhere" / "courses")
    assert "No such file" in why(found)


def test_a_folder_without_a_course_is_named(tmp_path: Path) -> None:
    (tmp_path / "courses").mkdir()
    (found,) = problems(tmp_path)
    assert "no course" in why(found)


def test_a_course_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "courses" / "c.yaml").mkdir(parents=True)
    (found,) = problems(tmp_path)
    assert "cannot be read" in why(found)


@pytest.mark.parametrize("name", ["My Course.yaml", "c.yml", "课程.yaml", "-.yaml"])
def test_a_course_files_name_is_its_key(write: Write, name: str) -> None:
    write(HEAD)
    folder = write(HEAD, name)
    (found,) = problems(folder)
    assert found.file.endswith(name)
    assert "such as ebpf.yaml" in why(found)


def test_a_course_that_is_named_but_has_no_file_is_named(tmp_path: Path, write: Write) -> None:
    write(HEAD)
    (tmp_path / "courses" / "c.yaml").rename(tmp_path / "courses" / "ebpf.yaml")
    (tmp_path / "herald.yaml").write_text("courses: [epbf]")
    (found,) = problems(tmp_path)
    assert (found.key, found.value) == ("courses.0", '"epbf"')
    assert "write ebpf" in why(found)


def test_a_long_value_is_shown_shortened(write: Write) -> None:
    (found,) = problems(write(HEAD + f"url: {'x' * 5000}"))
    assert len(found.said(EN)) < 400


# Ready-made answers


def answer(folder: Path, name: str, text: str | bytes) -> Path:
    (folder / "answers").mkdir(exist_ok=True)
    path = folder / "answers" / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_an_answer_has_its_files_name_a_title_and_a_text(write: Write) -> None:
    folder = write(HEAD)
    answer(folder, "too-broad.md", "# Too broad\n\nWhich part?\r\nSay one.\n")
    answer(folder, "怎么提问.md", b"\xef\xbb\xbf" + "# 怎么提问\n请附上复现步骤。".encode())
    answer(folder, "notes.txt", "no answer")
    [course] = load(folder).courses
    assert course.canned == (
        Canned("too-broad", "Too broad", "Which part?\nSay one."),
        Canned("怎么提问", "怎么提问", "请附上复现步骤。"),
    )


def test_the_real_answers_are_read_and_no_folder_is_none(write: Write) -> None:
    assert {each.key for each in load(REAL).courses[0].canned} == {"how-to-ask", "how-to-ask-zh"}
    assert load(write(HEAD)).courses[0].canned == ()


@pytest.mark.parametrize(
    ("name", "text", "key", "reason"),
    [
        ("a.md", "Title\n\nText", "line 1", "write # and a title"),
        ("a.md", "#Title\n\nText", "line 1", "write # and a title"),
        ("a.md", f"# {'t' * 61}\n\nText", "line 1", "at most 60 characters"),
        ("a.md", "# Title\n\n", "", "has no text"),
        ("a.md", f"# Title\n{'x' * 4010}", "", "take out 10"),
        ("my answer.md", "# Title\nText", "", "such as how-to-ask.md"),
        ("a.md", "# 标题\n内容".encode("gbk"), "", "not UTF-8"),
    ],
)
def test_what_is_wrong_with_an_answer_is_named(
    write: Write, name: str, text: str | bytes, key: str, reason: str
) -> None:
    folder = write(HEAD)
    path = answer(folder, name, text)
    (found,) = problems(folder)
    assert (found.file, found.key) == (str(path), key)
    assert reason in why(found)


def test_an_empty_answer_is_named_with_both_that_it_lacks(write: Write) -> None:
    folder = write(HEAD)
    answer(folder, "a.md", "")
    assert [why(found).split(";")[0] for found in problems(folder)] == [
        "does not begin with a title",
        "has no text",
    ]


def test_answers_that_are_no_folder_are_named(write: Write) -> None:
    folder = write(HEAD)
    (folder / "answers").touch()
    (found,) = problems(folder)
    assert (found.file, why(found)[:30]) == (str(folder / "answers"), "cannot be read (Not a director")


def test_two_answers_whose_names_differ_in_capitals_only_are_named(write: Write) -> None:
    folder = write(HEAD)
    answer(folder, "A.md", "# T\nx")
    answer(folder, "a.md", "# T\nx")
    (found,) = problems(folder)
    assert "same name as A.md" in why(found)
