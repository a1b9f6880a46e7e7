"""How to find what a person did in whatever course, and the few questions that are about an article."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Put the person first in the index of acts, and add that of articles."""
    op.drop_index(op.f("ix_event_course_person_id"), "event")
    op.create_index(op.f("ix_event_person_course_id"), "event", ["person", "course", "id"])
    about = sa.text("about is not null")
    op.create_index("ix_question_about", "question", ["course", "about"], sqlite_where=about, postgresql_where=about)
