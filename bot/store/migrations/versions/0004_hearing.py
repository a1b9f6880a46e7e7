"""Who follows a topic and wants to hear nothing more of it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Everybody goes on hearing; when a digest was sent is in the ledger."""
    op.add_column("follow", sa.Column("quiet", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.drop_column("person", "digested")
