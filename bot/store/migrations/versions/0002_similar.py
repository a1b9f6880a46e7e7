"""Similar questions; what is filed already is indexed when Herald starts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables that similar questions are found in."""
    op.create_table(
        "posting",
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("token", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("course", "token", "topic", name=op.f("pk_posting")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wording",
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("topic", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("course", "topic", name=op.f("pk_wording")),
    )
    op.create_index(op.f("ix_wording_course_revision"), "wording", ["course", "revision"], unique=False)
    op.create_index(
        "ix_wording_bare",
        "wording",
        ["course", "topic"],
        unique=False,
        sqlite_where=sa.text("vectors is null"),
        postgresql_where=sa.text("vectors is null"),
    )
