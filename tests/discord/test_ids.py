"""What stands in a button: it must mean the same for good."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.chat import Command, Kind, Param
from bot.platforms.discord.ids import LONGEST, PRESSED, Act, Verb, binds, read_id, write_id

names = st.from_regex(r"[a-z]{1,10}", fullmatch=True)
acts = st.builds(
    Act,
    st.sampled_from(Verb),
    st.from_regex(r"[a-z][a-z-]{0,20}", fullmatch=True),
    st.dictionaries(names, st.text(), max_size=4),
    st.lists(names, max_size=3).map(tuple),
    st.none() | st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True),
)


TOPIC = Command("topic", (Param("topic", Kind.TOPIC),))
DECIDE = Command(
    "decide",
    (
        Param("topic", Kind.TOPIC),
        Param("state", Kind.CHOICE, choices=("planned", "declined")),
        Param("rev", Kind.NUMBER, required=False, hidden=True),
    ),
)


class Kept:
    """A memory for the length of a test."""

    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, str]] = {}
        self.fingerprints: dict[int, int] = {}
        self.welcomed: set[int] = set()

    async def remember(self, args: Mapping[str, str]) -> str:
        """Keep them under a number."""
        key = f"key-{len(self.kept)}"
        self.kept[key] = dict(args)
        return key

    async def recall(self, key: str) -> Mapping[str, str] | None:
        """What was kept."""
        return self.kept.get(key)

    async def told(self, guild: int) -> int | None:
        """What was told."""
        return self.fingerprints.get(guild)

    async def tell(self, guild: int, fingerprint: int) -> None:
        """Keep it."""
        self.fingerprints[guild] = fingerprint

    async def greeted(self, guild: int) -> bool:
        """Whether it was greeted."""
        return guild in self.welcomed

    async def greet(self, guild: int) -> None:
        """Keep it."""
        self.welcomed.add(guild)


@given(acts)
async def test_every_act_comes_back_as_it_was_within_discords_limit(act: Act) -> None:
    memory = Kept()
    written = await write_id(act, memory)
    assert len(written) <= LONGEST
    assert await read_id(written, memory) == act
    assert (PRESSED.fullmatch(written) is not None) == (act.verb is not Verb.SENT)


@pytest.mark.parametrize(
    ("act", "written"),
    [
        (Act(Verb.RUN, "topics"), "h:topics"),
        (
            Act(Verb.RUN, "decide", {"topic": "12", "state": "planned", "rev": "3"}),
            "h:decide;topic=12;state=planned;rev=3",
        ),
        (Act(Verb.OPEN, "answer", {"topic": "1"}, ("text",)), "f:answer,text;topic=1"),
        (Act(Verb.RUN, "topic", {"topic": "3"}, course="go"), "h:topic;topic=3;_course=go"),
        (Act(Verb.SENT, "ask", {"text": "为什么; 50% a=b"}), "m:ask;text=为什么%3B%2050%25%20a=b"),
    ],
)
async def test_a_button_of_long_ago_is_read_as_it_was_written(act: Act, written: str) -> None:
    assert await write_id(act, Kept()) == written
    assert await read_id(written, Kept()) == act


@pytest.mark.parametrize(
    "custom_id", ["", "x:ask", "h:", "h:ask;text", "h:ask@gone", "h:ASK", "h:ask\nh:ask", "confirm"]
)
async def test_what_herald_did_not_write_means_nothing(custom_id: str) -> None:
    assert await read_id(custom_id, Kept()) is None


@pytest.mark.parametrize(
    ("command", "args", "good"),
    [
        (DECIDE, {"topic": "12", "state": "planned", "rev": "3"}, True),
        (DECIDE, {"topic": "12", "state": "postponed"}, False),
        (DECIDE, {"topic": "12", "until": "tomorrow"}, False),
        (DECIDE, {"rev": "three"}, False),
        (TOPIC, {}, True),
        (Command("late", (Param("day", Kind.TEXT),)), {"day": "anything"}, True),
    ],
)
def test_an_act_binds_where_the_command_still_takes_its_values(
    command: Command, args: dict[str, str], good: bool
) -> None:
    assert binds(Act(Verb.RUN, command.name, args), command) is good
