"""Who may do more than a member in a course without being named in its file, as their platform last said."""

from sqlalchemy import ClauseElement, Connection, bindparam, select

from bot.core.chat import Role
from bot.store.prepared import Prepared
from bot.store.schema import staff
from bot.store.upsert import upsert

_STAFF = Prepared(
    select(staff.c.person)
    .where(staff.c.course == bindparam("of"), staff.c.role >= bindparam("least"))
    .order_by(staff.c.person)
)
_DISMISS = Prepared(staff.delete().where(staff.c.course == bindparam("of"), staff.c.person == bindparam("who")))


@Prepared
def _appoint(dialect: str) -> ClauseElement:
    statement = upsert(dialect, staff)
    role = statement.excluded.role
    return statement.on_conflict_do_update(
        index_elements=["course", "person"], set_={"role": role}, where=staff.c.role != role
    )


def keep(tx: Connection, course: str, account: str, role: Role) -> None:
    """Keep what an account may do in a course; of a member nothing is kept."""
    if role is Role.MEMBER:
        _DISMISS.run(tx, {"of": course, "who": account})
    else:
        _appoint.run(tx, {"course": course, "person": account, "role": int(role)})


def at_least(tx: Connection, course: str, role: Role) -> list[str]:
    """The accounts that may do so much in a course."""
    return _STAFF.each(tx, {"of": course, "least": int(role)})
