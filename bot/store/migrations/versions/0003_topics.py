"""Merged topics, who votes and follows, drafts, flags, pastes, blocks, and accounts linked into one."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns and tables; what is there already stands for itself, asked by name and published."""
    _people()
    _topics()
    _answers()
    _tables()


def _add(table: str, *columns: sa.Column[Any]) -> None:
    for column in columns:
        op.add_column(table, column)


def _no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)


def _zero(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)


def _word(name: str, default: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _refer(table: str, column: str) -> None:
    # SQLite takes a constraint with a new column only, and not in the words that Alembic has for it.
    name = f"fk_{table}_{column}"
    op.execute(f"alter table {table} add column {column} text constraint {name} references person (key)")


def _people() -> None:
    _refer("person", "main")
    _add("person", _no("quiet"), sa.Column("digest", sa.Text()), sa.Column("digested", _INSTANT))
    op.create_index(op.f("ix_person_main"), "person", ["main"])


def _topics() -> None:
    _add("topic", sa.Column("merged_into", sa.Integer()), _zero("root"), _zero("voters"))
    _add("topic", sa.Column("hold", sa.Text()), sa.Column("hold_until", _INSTANT))
    op.execute("update topic set root = n, voters = followers")
    op.create_index(op.f("ix_topic_course_root"), "topic", ["course", "root"])
    op.create_index(op.f("ix_topic_course_hold_until"), "topic", ["course", "hold_until"])
    _add("question", _no("anonymous"), sa.Column("about", sa.Text()))
    _refer("question", "filed_by")
    _add("follow", _word("kind", "asked"))
    _add("event", sa.Column("batch", sa.Integer()))


def _answers() -> None:
    _add("answer", _word("kind", "published"), sa.Column("holds", sa.Text()))
    _refer("answer", "endorsed_by")
    op.execute("update answer set kind = 'editor' where editor")
    op.drop_column("answer", "editor")


def _tables() -> None:
    op.create_index(op.f("ix_delivery_target_state"), "delivery", ["target", "state"])
    op.create_table(
        "link",
        sa.Column("code", sa.Text(), nullable=False),
        _person("person", "link"),
        sa.Column("until", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_link")),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )
    op.create_table(
        "block",
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("topic", sa.Integer()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", _INSTANT),
        _person("person", "block"),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("course", "digest", name=op.f("pk_block")),
    )
    op.create_table(
        "flag",
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("topic", sa.Integer(), nullable=False),
        _person("person", "flag"),
        sa.Column("note", sa.Text()),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("course", "topic", "person", name=op.f("pk_flag")),
        sa.ForeignKeyConstraint(["course", "topic"], ["topic.course", "topic.n"], name=op.f("fk_flag_course_topic")),
    )
    op.create_table(
        "paste",
        sa.Column("id", _ID, nullable=False),
        sa.Column("course", sa.Text(), nullable=False),
        _person("person", "paste"),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paste")),
    )


def _person(name: str, table: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), sa.ForeignKey("person.key", name=op.f(f"fk_{table}_{name}")), nullable=False)
