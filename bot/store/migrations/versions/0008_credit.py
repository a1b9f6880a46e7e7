"""Who may be named for what they asked."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the consent, which nobody has given yet."""
    op.add_column("person", sa.Column("credit", sa.Boolean(), server_default=sa.text("false"), nullable=False))
