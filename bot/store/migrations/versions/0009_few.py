"""How to find the few rows that are looked for among many: what stands, what is not published, what nobody needs."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the indices."""
    stands = sa.text("substr(key, 1, 7) = 'stands:' and json_extract(notice, '$.fields.open') is not 0")
    pg_stands = sa.text("substr(key, 1, 7) = 'stands:' and notice -> 'fields' ->> 'open' is distinct from 'false'")
    columns = ["course", "key"]
    op.create_index("ix_announcement_stands", "announcement", columns, sqlite_where=stands, postgresql_where=pg_stands)
    unpublished = sa.text("kind in ('draft', 'suggested') and withdrawn = 0")
    pg_unpublished = sa.text("kind in ('draft', 'suggested') and not withdrawn")
    columns = ["course", "topic", "version"]
    op.create_index(
        "ix_answer_unpublished", "answer", columns, sqlite_where=unpublished, postgresql_where=pg_unpublished
    )
    op.create_index(op.f("ix_button_at"), "button", ["at"])
