"""The command of staff that decides what becomes of topics, of one or of several at once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from bot.commands.blocking import decline_button
from bot.commands.context import Context, Declared
from bot.commands.explain import explain
from bot.commands.parts import after_act, first_named, in_the_way, local_day, numbers, refuse_rest
from bot.core.chat import Command, Form, Kind, Param, Reply, Role, filled
from bot.core.errors import UserError
from bot.core.model import UNTOLD, State, Topic
from bot.core.text import shown
from bot.services import reviewing, schedule, topics
from bot.services.reviewing import Act

MOST = 100
# What is said otherwise of a state by whether who asked was told nothing of the one before.
_SAID = {("reopened", True): "released", ("candidate", False): "candidate_told"}

DECIDE = Command(
    "decide",
    (
        Param("topic", Kind.TOPICS, high=MOST),
        Param("state", Kind.CHOICE, choices=("candidate", "planned", "declined", "reopened", "details", "later")),
        Param("article", Kind.ARTICLE, required=False),
        Param("reason", Kind.TEXT, required=False, high=500),
        Param("when", Kind.TEXT, required=False, high=100, named=True),
        # The revisions that a button was made for, in the order of the topics.
        Param("rev", Kind.TOPICS, required=False, hidden=True),
    ),
    Role.ASSISTANT,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to become of topics, as they said it."""

    topics: tuple[int, ...]
    state: str
    article: str | None
    reason: str | None
    when: str | None
    seen: tuple[int, ...]

    @property
    def rest(self) -> str | None:
        """What stands after the state: a reason may begin like an article's key, and so may a day."""
        return " ".join(filter(None, (self.article, self.reason))) or None

    def args(self, **more: str | None) -> dict[str, str]:
        """The command's values, to be filled in further."""
        return filled(topic=_listed(self.topics), state=self.state, rev=_listed(self.seen), **more)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done to each topic, and what the words about it need."""

    act: Act
    fields: Mapping[str, str]


def decide(
    context: Context,
    topic: tuple[int, ...],
    state: str,
    article: str | None,
    reason: str | None,
    when: str | None,
    rev: tuple[int, ...] | None,
) -> Reply:
    """Move topics into another state, or put their review off."""
    wish = Wish(topic, state, article, reason, when, rev or ())
    plan = _PLANS[state](context, wish)
    return _one(context, wish, plan) if len(set(topic)) == 1 else _several(context, wish, plan)


def _one(context: Context, wish: Wish, plan: Plan) -> Reply:
    n, seen = wish.topics[0], wish.seen[0] if wish.seen else None
    untold = topics.get(context.work, n).state in UNTOLD
    try:
        done, event = plan.act(n, seen, None)
    except UserError as error:
        args = wish.args(article=wish.article, reason=wish.reason, when=wish.when)
        raise in_the_way(context, error, "decide", args) from None
    key = _SAID.get((wish.state, untold), wish.state)
    text = context.say(f"decide.{key}", n=done.n, title=shown(done.title), **plan.fields)
    block = (decline_button(context, n, plan.fields["reason"]),) if wish.state == "declined" else ()
    return Reply(text, buttons=(*after_act(context, done.n, event), *block))


def _several(context: Context, wish: Wish, plan: Plan) -> Reply:
    say = context.say
    step = reviewing.on_each(wish.topics, wish.seen, plan.act)
    if not step.done:
        raise _none_decided(context, step.left)
    lines = [say(f"decide.several.{wish.state}", topics=numbers(say, step.done), **plan.fields)]
    lines += [say("decide.left"), *_why(context, step.left)] if step.left else []
    undo, _, *go_on = after_act(context, step.done[0].n, step.event)
    return Reply("\n".join(lines), buttons=(undo, *go_on))


def _why(context: Context, left: Iterable[UserError]) -> Iterable[str]:
    return [f"• {explain(first_named(error), context.say).text}" for error in left]


def _none_decided(context: Context, left: Iterable[UserError]) -> UserError:
    return UserError("none_decided", why="\n".join(_why(context, left)))


def _wanted(context: Context, wish: Wish, check: Callable[[Topic], None], asked: UserError) -> UserError:
    """What asks for what is missing, or what refuses it where that could help none of the topics."""
    refused = []
    for n in dict.fromkeys(wish.topics):
        try:
            check(topics.get(context.work, n))
        except UserError as error:
            refused.append(error)
        else:
            return asked
    return refused[0] if len(refused) == 1 else _none_decided(context, refused)


def _candidate(context: Context, wish: Wish) -> Plan:
    refuse_rest("decide", wish.rest, wish.when)
    return Plan(partial(topics.decide, context.work, State.CANDIDATE, None, None), {})


def _reopened(context: Context, wish: Wish) -> Plan:
    refuse_rest("decide", wish.rest, wish.when)
    return Plan(partial(topics.decide, context.work, State.NEW, None, None), {})


def _planned(context: Context, wish: Wish) -> Plan:
    refuse_rest("decide", wish.reason, wish.when)
    article = schedule.open_article(context.work, wish.article).key
    return Plan(partial(topics.decide, context.work, State.PLANNED, article, None), {"article": article})


def _declined(context: Context, wish: Wish) -> Plan:
    reason = wish.reason
    if not reason:
        asked = UserError("needs_reason", form=Form("decide", ("reason",), wish.args(reason=wish.article)))
        raise _wanted(context, wish, topics.check_declinable, asked)
    return Plan(partial(topics.decide, context.work, State.DECLINED, None, reason), {"reason": reason})


def _details(context: Context, wish: Wish) -> Plan:
    if not wish.rest:
        asked = UserError("needs_question", form=Form("decide", ("reason",), wish.args()))
        raise _wanted(context, wish, reviewing.check_waits, asked)
    until = context.work.now + reviewing.PATIENCE
    return Plan(partial(reviewing.ask_details, context.work, wish.rest), {"day": local_day(context, until)})


def _later(context: Context, wish: Wish) -> Plan:
    typed = wish.when or wish.rest
    if not typed:
        two_weeks = reviewing.in_two_weeks(context.work).isoformat()
        asked = UserError("needs_day", form=Form("decide", ("when",), wish.args(when=two_weeks)))
        raise _wanted(context, wish, reviewing.check_waits, asked)
    try:
        until = reviewing.day_of(context.work, typed)
    except UserError as error:
        form = Form("decide", ("when",), wish.args(when=typed))
        raise UserError(error.key, form=form, **error.fields) from None
    return Plan(partial(reviewing.later, context.work, until), {"day": local_day(context, until)})


_PLANS: Mapping[str, Callable[[Context, Wish], Plan]] = {
    "candidate": _candidate,
    "planned": _planned,
    "declined": _declined,
    "reopened": _reopened,
    "details": _details,
    "later": _later,
}


def _listed(values: tuple[int, ...]) -> str:
    return " ".join(map(str, values))


DECLARED = (Declared(DECIDE, decide),)
