"""Topics whose threads say how they stand."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add whether a topic's threads are up to date, and how to find those that are not."""
    op.add_column("topic", sa.Column("posted", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    zero, no = sa.text("posted = 0"), sa.text("not posted")
    op.create_index("ix_topic_unposted", "topic", ["course", "n"], sqlite_where=zero, postgresql_where=no)
