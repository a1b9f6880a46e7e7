"""What came of what the group asked and voted for, and the instructor's own words on the survey."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core.chat import Notice
from bot.core.model import State, Topic
from bot.services.work import Work
from bot.store import reports, topics

# In the order in which they are told.
STATES = (State.COVERED, State.ANSWERED, State.PLANNED, State.DECLINED)
MOST = 5


def notice(work: Work, kind: str, said: Mapping[str, Any]) -> Notice:
    """What changed since the moment `said["since"]`, None being ever; `said` has the article's `feedback` too."""
    since = datetime.fromisoformat(said["since"]) if said["since"] else None
    groups = [group for state in STATES if (group := _group(work, state, since))]
    return Notice(kind, {**said, "groups": groups})


def says_anything(notice: Notice) -> bool:
    """Whether anything changed or the instructor has a word to say."""
    return bool(notice.fields["groups"] or notice.fields["feedback"])


def _group(work: Work, state: State, since: datetime | None) -> list[Any]:
    """The state, how many topics came into it, and the most wanted: number, title, the article or reason."""
    ns = reports.decided(work.tx, work.course.key, state, since, work.now)
    first = topics.some(work.tx, work.course.key, ns[:MOST])
    return [state, len(ns), [[topic.n, topic.title, _of(topic)] for topic in first]] if ns else []


def _of(topic: Topic) -> str | None:
    return {State.DECLINED: topic.reason, State.ANSWERED: None}.get(topic.state, topic.article)
