"""How to find what arrived so long ago that nobody needs it."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the index."""
    op.create_index(op.f("ix_inbox_at"), "inbox", ["at"])
