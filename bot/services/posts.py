"""A topic's thread: what it says, and whether it is open."""

from bot.core.chat import Notice
from bot.core.model import OPEN, Topic
from bot.services import answers
from bot.services.work import Work


def notice_of(work: Work, topic: Topic) -> Notice:
    """How a topic stands; who asked it and who answered is not said."""
    given = answers.published(work, topic.n) if topic.answered else None
    fields = {"n": topic.n, "title": topic.title, "state": topic.state.value, "open": is_open(topic)}
    fields |= {"article": topic.article, "reason": topic.reason, "into": topic.merged_into}
    said = {"text": given.text if given else None, "holds": given.holds if given else None}
    return Notice("topic.post", {**fields, **said, "withdrawn": not topic.wordings})


def is_open(topic: Topic) -> bool:
    """Whether there is anything left to say about it."""
    return topic.state in OPEN and topic.merged_into is None and topic.wordings > 0
