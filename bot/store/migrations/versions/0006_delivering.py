"""Deliveries that a worker sends, and what was seen where articles appear."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what the ledger's worker needs, and the tables of the pace and of the outlets."""
    with op.batch_alter_table("announcement") as table:
        table.add_column(sa.Column("person", sa.Text(), nullable=True))
        table.create_index(op.f("ix_announcement_course_at"), ["course", "at"])
    with op.batch_alter_table("delivery") as table:
        table.add_column(sa.Column("platform", sa.Text(), server_default=sa.text("''"), nullable=False))
        table.add_column(sa.Column("due", _AT, nullable=True))
        table.add_column(sa.Column("corrects", _ID, nullable=True))
        table.add_column(sa.Column("within", _ID, nullable=True))
        columns = ["platform", "state", "next_try", "id"]
        table.create_index(op.f("ix_delivery_platform_state_next_try_id"), columns)
        table.create_index(op.f("ix_delivery_within"), ["within"])
    _name_platforms()
    op.create_table(
        "pace",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("free_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("platform", name=op.f("pk_pace")),
    )
    op.create_table(
        "outlet",
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("modified", sa.Text(), nullable=True),
        sa.Column("next_look", _AT, nullable=False),
        sa.Column("read_at", _AT, nullable=True),
        sa.Column("failing_since", _AT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("course", name=op.f("pk_outlet")),
    )
    op.create_table(
        "entry",
        sa.Column("id", _ID, nullable=False),
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("of", _ID, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("at", _AT, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("course", "key", name=op.f("uq_entry_course_key")),
    )
    op.create_index(op.f("ix_entry_course_verdict"), "entry", ["course", "verdict"], unique=False)


def _name_platforms() -> None:
    """A target is "name:id" or "group:name…"; what waits was due when it was announced."""
    delivery = sa.table("delivery", *map(sa.column, ("id", "target", "platform", "state", "announcement")))
    tx = op.get_bind()
    for (target,) in tx.execute(sa.select(delivery.c.target).distinct()).all():
        parts = [*target.split(":"), ""]
        name = parts[1] if parts[0] == "group" else parts[0]
        tx.execute(delivery.update().where(delivery.c.target == target).values(platform=name))
    at = "(select at from announcement where announcement.id = delivery.announcement)"
    tx.execute(sa.text(f"update delivery set due = {at}"))
    tx.execute(sa.text("update delivery set next_try = due where state = 'pending' and next_try is null"))
