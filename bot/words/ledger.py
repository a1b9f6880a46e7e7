"""How deliveries stand, in words: the same in a command and on a page."""

from collections.abc import Iterable, Mapping

from bot.core.chat import Reply, is_place
from bot.words import Words


def place(say: Words, target: str) -> str:
    """What a place is called."""
    if target == "group:local":
        return say("announce.local")
    name = target.removeprefix("group:")
    kind, _, id_ = name.rpartition(":")
    return say(f"place.{kind}", id=id_) if say.has(f"place.{kind}") else name


def places(say: Words, targets: Iterable[str]) -> dict[str, str]:
    """What those of the targets are called that are places, for `Reply.places`."""
    return {place(say, target): target for target in targets if is_place(target)}


def whither(say: Words, target: str, persons: int) -> str:
    """To whom a delivery goes: a place, or so many persons."""
    return say.count("deliveries.persons", persons) if persons else place(say, target)


def counted(say: Words, private: Mapping[str, int]) -> str:
    """How many deliveries to persons are in each state; "" where there are none."""
    each = (say("deliveries.count", n=n, state=say(f"delivery.{state}")) for state, n in sorted(private.items()))
    counts = say("comma").join(each)
    return say("deliveries.private", counts=counts) if counts else ""


def headline(said: Reply) -> str:
    """The first line of what a delivery says."""
    return (said.title or said.text).splitlines()[0]


def act_name(say: Words, act: str, standing: str) -> str:
    """What can be done with a delivery as it stands."""
    early = act == "retry" and standing in ("grace", "pending", "held")
    return say("button.now" if early else f"button.{act}")
