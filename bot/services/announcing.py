"""An article's announcement by hand: seen before, tried on oneself, sent, corrected."""

from dataclasses import dataclass
from datetime import date

from bot.core.chat import Notice
from bot.core.errors import UserError
from bot.core.model import Article, Certainty, Delivery
from bot.services import around, ledger, outcome, schedule
from bot.services.work import Work
from bot.store import deliveries


@dataclass(frozen=True, slots=True)
class Preview:
    """What an announcement says and where: `rows` are those of one that was made, which the notice is then of.

    `held` says that it can still be sent at once, or taken back before anybody outside the local chat reads it.
    """

    article: Article
    notice: Notice
    targets: tuple[str, ...]
    rows: tuple[Delivery, ...] = ()
    held: bool = False


def preview(work: Work, typed: str | None) -> Preview:
    """The announcement of an article, by default of the next, as it was made or would be made now."""
    article = schedule.find(work, typed) if typed else schedule.next_article(work)
    if article is None:
        raise UserError("nothing_planned")
    rows = tuple(deliveries.of_announcement(work.tx, work.course.key, schedule.announced_as(work, article.key)))
    notice = rows[0].notice if rows else schedule.notice_of(work, article)
    held = any(ledger.is_held(work, row) for row in rows)
    return Preview(article, notice, tuple(row.target for row in rows) or work.course.channels, rows, held)


def what_came(work: Work, typed: str | None) -> tuple[Preview, date]:
    """What the group is told of what it said, around an article, by default the last, and the day of that.

    As it was told or would be now. UserError where the article is not out on a known day or the course has that off.
    """
    article = schedule.find(work, typed) if typed else schedule.outlook(work).last
    wish = around.outcome_around(work, article.key) if article else None
    if article is None or wish is None:
        raise UserError("no_outcome", key=article.key if article else "-")
    rows = tuple(deliveries.of_announcement(work.tx, work.course.key, wish.key))
    notice = rows[0].notice if rows else outcome.notice(work, wish.kind, wish.fields)
    return Preview(article, notice, tuple(row.target for row in rows) or work.course.channels, rows), wish.first


def to_me(work: Work, typed: str | None) -> Preview:
    """Show the announcement to the person alone, where they are, as everybody will see it."""
    found = preview(work, typed)
    once = f"test:{found.article.key}:{work.now.isoformat()}"
    ledger.announce(work, once, found.notice, [work.person.key], at_once=True)
    return found


def now(work: Work, typed: str | None) -> None:
    """Announce what is out and never was, or let go at once what is held for its moment.

    UserError where it is not out, or all of it is said.
    """
    found = preview(work, typed)
    if found.article.certainty is not Certainty.PUBLISHED:
        raise UserError("not_out", key=found.article.key)
    if found.rows:
        said = ledger.let_go(work, found.rows)
    else:
        # One that was late together with others was said in their message.
        once = schedule.announced_as(work, found.article.key)
        said = ledger.announce(work, once, found.notice, work.course.channels, at_once=True)
    if not said:
        raise UserError("announced_already", key=found.article.key)
