"""The quarter's close: a brief to write from, and what was not taken up moved on."""

from bot.commands.context import Context, Declared
from bot.commands.parts import numbers, topic_buttons, undo_button
from bot.commands.report import report
from bot.core.chat import Button, Command, File, Kind, Param, Reply, Role
from bot.core.model import State
from bot.services import brief as briefs
from bot.services import carrying

BRIEF = Command("brief", (Param("article", Kind.ARTICLE),), Role.INSTRUCTOR, writes=False)
CARRY = Command(
    "carry",
    (
        Param("article", Kind.ARTICLE),
        Param("to", Kind.ARTICLE, required=False),
        Param("keep", Kind.TOPICS, required=False, named=True),
    ),
    Role.INSTRUCTOR,
)


def brief(context: Context, article: str) -> Reply:
    """One file about an article that is to be written."""
    say, found = context.say, briefs.brief(context.work, article)
    key = found.article.key
    planned = [card.topic for card in found.planned]
    votes = say.count("brief.votes", sum(topic.voters for topic in planned))
    counts = {"planned": len(planned), "votes": votes, "leading": len(found.leading)}
    open_ = sum(topic.state is State.PLANNED for topic in planned)
    buttons = (carry_button(context, key, open_),) if open_ else ()
    file = File(f"{key}.md", report(context, found))
    return Reply(say("brief.done", article=key, **counts), buttons=buttons, file=file)


def carry_button(context: Context, key: str, count: int) -> Button:
    """Move what is planned for an article on to the next."""
    return Button(context.say("button.carry", article=key, count=count), "carry", {"article": key})


def left_behind(context: Context) -> tuple[Button, ...]:
    """A button for each article that is out or skipped and for which topics are still planned."""
    return tuple(carry_button(context, *each) for each in carrying.left_behind(context.work).items())


def carry(context: Context, article: str, to: str | None, keep: tuple[int, ...] | None) -> Reply:
    """Move what an article did not take up on to the next."""
    say = context.say
    done = carrying.carry(context.work, article, to, keep or ())
    text = say.count("carry.done", len(done.topics), numbers=numbers(say, done.topics), article=done.to.key)
    if done.kept:
        text += "\n" + say("carry.kept", numbers=numbers(say, done.kept))
    undo = undo_button(say, done.event)
    return Reply(text, buttons=(undo, *topic_buttons(done.topics[:5])))


DECLARED = (Declared(BRIEF, brief), Declared(CARRY, carry))
