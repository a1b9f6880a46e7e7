"""What somebody may do is of a course: one Herald may serve several."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_COURSES = "select distinct course from counter where course <> ''"
_DEEDS = "'decide', 'answer', 'unanswer', 'draft', 'merge', 'split', 'retitle', 'file', 'block', 'unblock', 'check'"
_INSTRUCTORS_DEEDS = "'schedule', 'publish', 'pause', 'delivery', 'feed'"
# Where there is one course only, a person's role can be of no other.
_OF_ONE = f"""
    insert into staff (course, person, role)
    select here.course, key, role from person, ({_COURSES}) here where role > 0
"""
# Of several, a person has in each what they did there as staff, never more than when they came last. The deeds of a
# linked account are the main one's.
_OF_SEVERAL = f"""
    insert into staff (course, person, role)
    select event.course, person.key, max(case when role = 2 and verb in ({_INSTRUCTORS_DEEDS}) then 2 else 1 end)
    from person join event on event.person = coalesce(person.main, person.key)
    where role > 0 and verb in ({_DEEDS}, {_INSTRUCTORS_DEEDS})
    group by event.course, person.key
"""


def upgrade() -> None:
    """Add the table of staff; in no course does anybody become more than they were there."""
    op.create_table(
        "staff",
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), sa.ForeignKey("person.key", name=op.f("fk_staff_person")), nullable=False),
        sa.Column("role", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("course", "person", name=op.f("pk_staff")),
    )
    courses = op.get_bind().execute(sa.text(_COURSES)).all()
    op.execute(_OF_ONE if len(courses) == 1 else _OF_SEVERAL)
    op.drop_column("person", "role")
