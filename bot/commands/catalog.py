"""Every command of Herald, in the order that people are shown."""

from collections.abc import Iterable

from bot.commands import (
    about,
    announce,
    answering,
    articles,
    blocking,
    briefing,
    deciding,
    deliveries,
    feed,
    filing,
    flagging,
    following,
    hearing,
    helping,
    merging,
    privacy,
    proposing,
    questions,
    review,
)
from bot.commands.context import Declared
from bot.core.chat import Command


def declared() -> tuple[Declared, ...]:
    """All commands with their functions: members', then staff's."""
    yours = (*following.DECLARED, *proposing.DECLARED, *flagging.DECLARED, *hearing.DECLARED, *privacy.DECLARED)
    member = (*articles.DECLARED_MEMBER, *questions.DECLARED, *yours, *about.DECLARED)
    given = (*answering.DECLARED, *proposing.DECLARED_STAFF, *flagging.DECLARED_STAFF)
    said = (*articles.DECLARED_STAFF, *announce.DECLARED, *deliveries.DECLARED, *feed.DECLARED, *briefing.DECLARED)
    staff = (*given, *blocking.DECLARED, *said)

    def commands() -> Iterable[Command]:
        return (each.command for each in everything)

    reviewing = (*review.DECLARED, *deciding.DECLARED, *merging.DECLARED, *filing.DECLARED, *review.DECLARED_LAST)
    everything = (*member, helping.help_with(commands), *reviewing, *staff)
    return everything
