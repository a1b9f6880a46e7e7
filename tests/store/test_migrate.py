"""The way to the newest version, from every earlier one with people's words in it, and every reason why it fails."""

import re
import shutil
import socket
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import JSON, ColumnClause, Connection, column, inspect, select, table, text

from bot.core.errors import OperatorError
from bot.store import database as module
from bot.store.database import sqlite_url, writer_engine
from bot.store.migrate import alembic_config, hidden, migrate, newest, version, versions
from bot.store.schema import Instant, delivery, metadata
from tests.postgres import SECRET, Postgres, free_port
from tests.processes import Herald
from tests.support import START, once

Rows = Mapping[str, list[dict[str, Any]]]

# The rows that a database of each version may hold: every table, every column filled at least once. They are kept as
# they were: whoever adds a migration adds the rows of the version that it makes, and changes none of the older ones.
ROWS: dict[str, Rows] = {
    "0001": {
        "person": [
            {"key": "local:lin", "name": "林", "locale": "zh-CN", "role": 2, "seen": START},
            {"key": "local:mia", "name": "Mia", "locale": None, "role": 0, "seen": START},
        ],
        "counter": [{"course": "ebpf", "name": "topic", "value": 2}, {"course": "", "name": "demo", "value": 1}],
        "article": [{"course": "ebpf", "key": "2026-Q4", "change": {"window": ["2026-12-20", "2026-12-31"]}}],
        "announcement": [{"id": 1, "course": "ebpf", "key": "slip:2026-Q4", "notice": {"kind": "x"}, "at": START}],
        "delivery": [
            {
                "id": 1, "announcement": 1, "target": "group:local", "state": "sent", "attempts": 1, "next_try": START,
                "lease_until": START, "owner": "me", "platform_id": "7", "error": "no",
            },
        ],
        "event": [
            {
                "id": 1, "course": "ebpf", "at": START, "person": "local:lin", "verb": "decide", "subject": "topic:1",
                "before": {"state": "new"}, "after": {"state": "planned"}, "undone": True,
            },
        ],
        "inbox": [{"sender": "local:mia", "message": "m1", "at": START, "reply": {"text": "Filed"}}],
        "message": [
            {
                "course": "ebpf", "seq": 1, "at": START, "person": "local:mia", "line": "/ask", "call": "c1",
                "body": {"reply": {"text": "为什么"}},
            },
        ],
        "topic": [
            {
                "course": "ebpf", "n": 1, "title": "为什么", "state": "planned", "article": "2026-Q4", "reason": "r",
                "wordings": 1, "followers": 1, "revision": 1, "decided_by": "local:lin", "decided_at": START,
                "created": START,
            },
        ],
        "answer": [
            {
                "id": 1, "course": "ebpf", "topic": 1, "version": 1, "person": "local:lin", "text": "因为", "at": START,
                "editor": True, "withdrawn": True,
            },
        ],
        "follow": [{"course": "ebpf", "topic": 1, "person": "local:mia"}],
        "question": [
            {
                "id": 1, "course": "ebpf", "topic": 1, "person": "local:mia", "text": "为什么？", "digest": "d",
                "at": START, "source": "ask", "withdrawn": True,
            },
        ],
    },
}  # fmt: skip
ROWS["0002"] = {
    **ROWS["0001"],
    "posting": [{"course": "ebpf", "token": 2**31 - 1, "topic": 1}],
    "wording": [
        {"course": "ebpf", "topic": 1, "version": 5, "revision": 1, "tokens": b"\0\xff" * 4, "vectors": b""},
    ],
}  # fmt: skip
ROWS["0003"] = {
    **ROWS["0002"],
    "person": [
        {**row, "main": None, "quiet": False, "digest": "daily", "digested": START} for row in ROWS["0002"]["person"]
    ],
    "topic": [
        {
            **ROWS["0002"]["topic"][0], "merged_into": None, "root": 1, "voters": 1, "hold": "later",
            "hold_until": START,
        },
    ],
    "question": [
        {**ROWS["0002"]["question"][0], "anonymous": True, "about": "2026-Q4", "filed_by": "local:lin"},
    ],
    "answer": [
        {
            "id": 1, "course": "ebpf", "topic": 1, "version": 1, "person": "local:lin", "text": "因为", "at": START,
            "withdrawn": True, "kind": "editor", "holds": "5.10", "endorsed_by": "local:lin",
        },
    ],
    "follow": [{"course": "ebpf", "topic": 1, "person": "local:mia", "kind": "too"}],
    "event": [{**ROWS["0002"]["event"][0], "batch": 1}],
    "link": [{"code": "AB12", "person": "local:mia", "until": START}],
    "secret": [{"name": "people", "value": "00ff"}],
    "block": [
        {
            "course": "ebpf", "digest": "ab", "topic": 1, "reason": "r", "until": START, "person": "local:lin",
            "at": START,
        },
    ],
    "flag": [{"course": "ebpf", "topic": 1, "person": "local:mia", "note": "old", "at": START}],
    "paste": [{"id": 1, "course": "ebpf", "person": "local:lin", "at": START, "source": "group", "items": [{}]}],
}  # fmt: skip

ROWS["0004"] = {
    **ROWS["0003"],
    "person": [{**row, "main": None, "quiet": False, "digest": "daily"} for row in ROWS["0002"]["person"]],
    "follow": [{**ROWS["0003"]["follow"][0], "quiet": True}],
}  # fmt: skip
ROWS["0005"] = {
    **ROWS["0004"],
    "button": [{"key": "k", "args": {"text": "为什么"}, "at": START}],
}

ROWS["0006"] = {
    **ROWS["0005"],
    "announcement": [{**ROWS["0002"]["announcement"][0], "person": "local:lin"}],
    "delivery": [
        {**ROWS["0002"]["delivery"][0], "platform": "local", "due": START, "corrects": 1, "within": 1},
    ],
    "pace": [{"platform": "discord", "free_at": START}],
    "outlet": [
        {
            "course": "ebpf", "url": "https://example.org/feed", "etag": "e", "modified": "m", "next_look": START,
            "read_at": START, "failing_since": START, "problem": "no",
        },
    ],
    "entry": [
        {
            "id": 1, "course": "ebpf", "key": "id:1", "of": 1, "title": "为什么", "url": "https://example.org/1",
            "at": START, "verdict": "seen",
        },
    ],
}  # fmt: skip

ROWS["0007"] = {**ROWS["0006"], "topic": [{**ROWS["0006"]["topic"][0], "posted": True}]}

ROWS["0008"] = {
    **ROWS["0007"],
    "person": [{**row, "credit": True} for row in ROWS["0006"]["person"]],
}
ROWS["0011"] = ROWS["0010"] = ROWS["0009"] = ROWS["0008"]
ROWS["0012"] = {
    **ROWS["0011"],
    "person": [{key: value for key, value in row.items() if key != "role"} for row in ROWS["0008"]["person"]],
    "staff": [{"course": "ebpf", "person": "local:lin", "role": 2}],
}

MOVED = {("answer", "editor"), ("person", "digested"), ("person", "role")}
NUMBERS, NAMES = {"id", "announcement"}, {"course", "key", "name", "person", "platform", "sender", "code"}


def apart(revision: str) -> Rows:
    """The rows of a version under numbers and names of its own, so that those of all versions fit into one database."""

    def own(name: str, value: Any) -> Any:
        if name in NUMBERS:
            return value + 100 * int(revision)
        return f"{value} {revision}" if name in NAMES or (value and name.endswith("_by")) else value

    return {
        table: [{name: own(name, value) for name, value in row.items()} for row in rows]
        for table, rows in ROWS[revision].items()
    }


def upgraded(tx: Connection, revision: str) -> None:
    command.upgrade(alembic_config(tx), revision)


def typed(name: str, value: object) -> ColumnClause[Any]:
    """A column that takes such a value, whatever version the database is of."""
    types = {datetime: Instant, dict: JSON, list: JSON}
    return column(name, types.get(type(value)))


def fill(tx: Connection, rows: Rows) -> None:
    for name, added in rows.items():
        for row in added:
            tx.execute(table(name, *(typed(*item) for item in row.items())).insert().values(row))


def holds(tx: Connection, rows: Rows) -> None:
    """All these rows are there; where a migration moved a column, its own test says where it went."""
    tables = metadata.tables
    for name, expected in rows.items():
        stayed = [key for key in expected[0] if (name, key) not in MOVED or key in tables[name].c]
        found = [dict(row) for row in tx.execute(select(*(tables[name].c[key] for key in stayed))).mappings()]
        assert [row for row in expected if {key: row[key] for key in stayed} not in found] == []


# The versions


def test_the_migrations_make_the_tables_that_the_code_has(blank: str) -> None:
    def differences(tx: Connection) -> list[Any]:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    assert migrate(blank) == (None, newest())
    assert once(blank, differences) == []
    once(blank, lambda tx: tx.execute(text("alter table person drop column locale")))
    assert once(blank, differences) != []


LISTED = {
    "sqlite": "select name, sql from sqlite_master where type = 'index' order by name",
    "postgresql": "select indexname, indexdef from pg_indexes where schemaname = current_schema() order by indexname",
}


def test_the_indices_of_few_rows_are_in_the_words_that_the_code_looks_for(url: str) -> None:
    def made_and_declared(tx: Connection) -> list[list[tuple[Any, ...]]]:
        name = tx.dialect.name
        declared = [index for each in metadata.sorted_tables for index in each.indexes]
        few = [index for index in declared if index.dialect_options[name]["where"] is not None]
        assert "ix_announcement_stands" in [index.name for index in few]
        made = tx.execute(text(LISTED[name])).all()
        for index in few:
            index.drop(tx)
            index.create(tx)
        return [[tuple(row) for row in rows] for rows in (made, tx.execute(text(LISTED[name])).all())]

    made, declared = once(url, made_and_declared)
    assert made == declared


def test_every_version_has_its_rows_here() -> None:
    assert tuple(sorted(ROWS)) == versions()
    assert set(ROWS[newest()]) == set(metadata.tables)


def test_a_database_of_any_version_comes_to_the_newest_with_everything_in_it(blank: str) -> None:
    for old in versions():
        once(blank, partial(upgraded, revision=old))
        assert once(blank, version) == old
        once(blank, partial(fill, rows=apart(old)))
    assert migrate(blank) == (newest(), newest())
    for old in versions():
        once(blank, partial(holds, rows=apart(old)))


def test_what_was_of_the_first_version_is_of_the_newest_at_once(blank: str) -> None:
    def make(tx: Connection) -> None:
        upgraded(tx, "0001")
        fill(tx, ROWS["0001"])

    once(blank, make)
    assert migrate(blank) == ("0001", newest())
    once(blank, partial(holds, rows=ROWS["0001"]))
    # An editor's answer stays an editor's, and who asked counts as a vote.
    assert once(blank, lambda tx: tx.execute(text("select kind from answer")).scalar_one()) == "editor"
    counted = "select n, root, voters, merged_into from topic"
    assert once(blank, lambda tx: tuple(tx.execute(text(counted)).one())) == (1, 1, 1, None)


def test_what_waits_is_found_by_its_platform_after_the_change(blank: str) -> None:
    waits = {"announcement": 1, "state": "pending"}
    targets = ("discord:7", "group:discord:8", "group:local", "comment:阿木")
    rows = {**ROWS["0002"], "delivery": [{**waits, "target": target} for target in targets]}

    def make(tx: Connection) -> None:
        upgraded(tx, "0002")
        fill(tx, rows)

    once(blank, make)
    migrate(blank)
    columns = (delivery.c.platform, delivery.c.due, delivery.c.next_try)
    found = once(blank, lambda tx: tx.execute(select(*columns).order_by(delivery.c.id)).all())
    assert [tuple(row) for row in found] == [
        (name, START, START) for name in ("discord", "discord", "local", "comment")
    ]


ROLES = {"lin": 2, "mia": 1, "chen": 2, "wang": 1, "zoe": 0, "discord:chen": 2}
ACTS = (
    ("ebpf", "lin", "answer"), ("ebpf", "lin", "schedule"), ("go", "lin", "edit"), ("go", "mia", "merge"),
    ("ebpf", "mia", "look"), ("go", "chen", "answer"), ("sql", "chen", "publish"), ("sql", "wang", "publish"),
    ("go", "zoe", "answer"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("courses", "staff"),
    [
        (
            {"ebpf", "go", "sql"},
            {
                ("ebpf", "lin", 2), ("go", "mia", 1), ("sql", "wang", 1),
                *((course, key, role) for course, role in (("go", 1), ("sql", 2)) for key in ("chen", "discord:chen")),
            },
        ),
        ({"ebpf"}, {("ebpf", key, role) for key, role in ROLES.items() if role}),
        (set(), set()),
    ],
)  # fmt: skip
def test_nobody_becomes_more_in_a_course_than_what_they_were_seen_to_be_there(
    blank: str, courses: set[str], staff: set[tuple[str, str, int]]
) -> None:
    person, act = ROWS["0011"]["person"][1], ROWS["0011"]["event"][0]
    rows = {
        "person": [{**person, "key": key, "role": role} for key, role in ROLES.items()],
        "counter": [{"course": course, "name": "topic", "value": 1} for course in ("", *courses)],
        "event": [
            {**act, "id": id_, "batch": None, "course": course, "person": who, "verb": verb}
            for id_, (course, who, verb) in enumerate(ACTS)
            if course in courses
        ],
    }

    def make(tx: Connection) -> None:
        upgraded(tx, "0011")
        fill(tx, rows)
        tx.execute(text("update person set main = 'chen' where key = 'discord:chen'"))

    once(blank, make)
    migrate(blank)
    kept = text("select course, person, role from staff")
    assert once(blank, lambda tx: {tuple(row) for row in tx.execute(kept)}) == staff


MIGRATE = """
import sys
from bot.store.migrate import migrate
for line in sys.stdin:
    try:
        print(*migrate(line.strip()), flush=True)
    except BaseException as error:
        print(repr(error), flush=True)
"""


def test_two_processes_bring_a_new_database_up_to_date_together(
    herald: Herald, tmp_path: Path, postgres: Postgres
) -> None:
    blanks = [sqlite_url(tmp_path / f"{n}.db") for n in range(8)] + [postgres.create()]
    both = [herald.program(MIGRATE) for _ in range(2)]
    for n, blank in enumerate(blanks, 1):
        for each in both:
            each.type(blank)
        said = [each.until(rf"(?:(.*)\n){{{n}}}")[1] for each in both]
        assert {line.split()[-1] for line in said} == {newest()}, said
        assert once(blank, version) == newest()


# Why it fails. Each is a sentence with what, why and what to do, and changes nothing.


def refused(url: str, *parts: str) -> str:
    with pytest.raises(OperatorError) as caught:
        migrate(url)
    said = str(caught.value)
    assert "\n" not in said
    for part in parts:
        assert re.search(part, said), said
    return said


def test_a_database_newer_than_the_program_is_left_alone(blank: str) -> None:
    migrate(blank)
    once(blank, lambda tx: tx.execute(text("update alembic_version set version_num = '9999'")))
    refused(blank, "version 9999, newer than this program", "Update Herald", "Nothing was changed")
    assert once(blank, version) == "9999"


@pytest.mark.parametrize("theirs", ["wp_posts", "alembic_version"])
def test_a_database_of_another_program_is_left_alone(blank: str, theirs: str) -> None:
    def make(tx: Connection) -> None:
        tx.execute(text("create table wp_users (id integer)"))
        tx.execute(text(f"create table {theirs} (version_num varchar(32))"))
        tx.execute(text(f"insert into {theirs} values ('a1b2c3')"))

    once(blank, make)
    refused(blank, "wp_users", "none of Herald's", "database of its own with --database")
    assert once(blank, lambda tx: sorted(inspect(tx).get_table_names())) == sorted(["wp_users", theirs])


def damaged(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[100:4096] = b"\xff" * 3996
    file.write_bytes(content)


def shortened(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def a_text(file: Path) -> None:
    file.write_text("Dear diary, " * 1000)


@pytest.mark.parametrize("spoil", [damaged, shortened, a_text])
def test_a_file_that_is_damaged_or_no_database_is_left_alone(
    tmp_path: Path, sqlite_template: Path, spoil: Callable[[Path], None]
) -> None:
    file = tmp_path / "herald.db"
    shutil.copy(sqlite_template, file)
    spoil(file)
    before = file.read_bytes()
    refused(sqlite_url(file), re.escape(str(file)), "damaged or no database", "Put a backup in its place|--database")
    assert file.read_bytes() == before


def test_a_folder_and_a_place_that_is_not_there_cannot_be_opened(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere" / "herald.db"):
        refused(sqlite_url(place), re.escape(str(place)), "cannot be opened", "Check that its folder exists")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_file_that_is_opened_for_reading_only_is_refused_before_anybody_asks(url: str) -> None:
    file = url.removeprefix("sqlite:///")
    refused(f"sqlite:///file:{file}?mode=ro&uri=true", "is read-only", "Let this user write to it and to its folder")


# Take from root what lets it write everywhere, so that permissions bind it as they bind everybody else.
BOUND = """
import ctypes, os
if os.geteuid() == 0:
    third_version, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None).capset(third_version, nothing) == 0
"""


def test_a_file_or_folder_that_this_user_may_not_write_to_is_refused(
    herald: Herald, tmp_path: Path, sqlite_template: Path
) -> None:
    program = herald.program(BOUND + MIGRATE)
    for n, (file_mode, folder_mode) in enumerate(((0o444, 0o755), (0o644, 0o555)), 1):
        folder = tmp_path / f"{file_mode:o}"
        folder.mkdir()
        file = Path(shutil.copy(sqlite_template, folder / "herald.db"))
        file.chmod(file_mode)
        folder.chmod(folder_mode)
        program.type(sqlite_url(file))
        said = program.until(rf"(?:(.*)\n){{{n}}}")[1]
        folder.chmod(0o755)
        assert re.search(r"(is read-only|cannot be opened)\..* write .*\(.*\)", said), said
        assert file.read_bytes() == sqlite_template.read_bytes()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_locked_file_is_said_to_be_locked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    engine = writer_engine(url)
    with engine.begin():
        refused(url, "is locked by another program", "End that one and start again")
    engine.dispose()
    assert migrate(url) == (newest(), newest())


def test_a_server_that_is_not_there_cannot_be_reached() -> None:
    address = f"postgresql://me:{SECRET}@127.0.0.1:{free_port()}/herald"
    said = refused(address, r"me:\*\*\*@127.0.0.1", "cannot be reached", "Check that it runs and the address")
    assert SECRET not in said


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 2)  # the least that libpq waits
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        refused(f"postgresql://me@127.0.0.1:{deaf.getsockname()[1]}/herald", "cannot be reached", "timeout")


def test_a_wrong_password_a_strange_user_and_a_missing_database_are_told_apart(postgres: Postgres) -> None:
    wrong = postgres.url("herald", "guarded:wr0ngsecret")
    assert "wr0ngsecret" not in refused(wrong, "refused the user or password", r"guarded:\*\*\*@")
    refused(postgres.url("herald", "nobody_here"), "refused the user or password", "nobody_here")
    refused(postgres.url("nowhere"), "does not exist", "[Cc]reate", "nowhere")
    right = postgres.url("herald", f"guarded:{SECRET}")
    assert SECRET not in refused(right, "does not let this user read and write", "Grant it that")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:hunter2@host/db",
        "postgresql://me:hunter2@hunter2@host/db",
        "postgresql://me:a/hunter2@host:5432/db",
        "postgresql://:hunter2@host/db",
        "postgresql://host/db?user=me&password=hunter2",
        "postgresql://host/db?sslpassword=hunter2&user=me",
    ],
)
def test_no_password_of_an_address_is_shown(address: str) -> None:
    assert "hunter2" not in hidden(address)
    assert "host" in hidden(address)


@pytest.mark.parametrize(
    "address", ["herald.db", "postgresql://me:hunter2@host:port/db", "mysql://me:hunter2@host/db", ""]
)
def test_what_is_no_address_is_said_without_its_password(address: str) -> None:
    assert "hunter2" not in refused(address, "is no address of a database", "Use sqlite:///FILE or postgresql://")
