"""One interaction at a time: in time, once, to the right person, whatever Discord does meanwhile."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from bot.commands.catalog import declared
from bot.core.chat import Button, Call, File, Form, Reply, Role
from bot.platforms.discord import talk
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.setup import Address, Setup
from bot.words import words_in
from tests.discord.conftest import ASSISTANTS, INSTRUCTOR, running
from tests.discord.people import Person
from tests.discord.server import TOKEN, Server
from tests.discord.state import Channel, user
from tests.discord.test_ids import Kept
from tests.support import PATIENCE, Clock, course

Handle = Callable[[Call], Awaitable[Reply]]
Answering = Callable[[Handle], AbstractAsyncContextManager[Person]]
STAFF = {f"discord:{INSTRUCTOR}": Role.INSTRUCTOR, f"discord-role:{ASSISTANTS}": Role.ASSISTANT}


@pytest.fixture
def answering(server: Server, clock: Clock, general: Channel) -> Answering:
    """A bot whose commands a function answers, and somebody to talk to it."""

    @asynccontextmanager
    async def answering(handle: Handle) -> AsyncIterator[Person]:
        commands = tuple(each.command for each in declared())

        async def suggest(call: Call, param: str) -> list[tuple[str, str]]:
            return [(f"#{n} {call.args[param]}", str(n)) for n in range(40)]

        assert general.guild
        place = Address(server.api, server.socket)
        described = course(locale="en", staff=STAFF)
        setup = Setup(TOKEN, commands, handle, suggest, lambda: (described,), clock, Kept(), (general.guild,), place)
        async with running(Discord(setup), server):
            yield Person(server, general.guild, general, "lin")

    return answering


def constant(reply: Reply) -> Handle:
    async def handle(call: Call) -> Reply:
        return reply

    return handle


def slow(reply: Reply, server: Server) -> Handle:
    async def handle(call: Call) -> Reply:
        told = server.state.interactions.values()
        await server.gateway.until(lambda: any(one.acknowledged == 5 and str(one.id) == call.id for one in told))
        return reply

    return handle


# What a call holds


async def test_a_call_says_who_did_what_in_which_language(answering: Answering, clock: Clock) -> None:
    calls: list[Call] = []

    async def handle(call: Call) -> Reply:
        calls.append(call)
        return Reply("done", buttons=(Button("again", "topics", {"page": "2"}),))

    async with answering(handle) as lin:
        lin.locale = "zh-CN"
        seen = await lin.slash("topics", state="candidate", page=3)
        await lin.press(seen, "again")
    first, second = calls
    assert first.args == {"state": "candidate", "page": "3"}
    assert (first.command, first.person, first.name) == ("topics", f"discord:{lin.id}", "lin")
    assert (first.locale, first.role, first.at, first.id) == ("zh-CN", Role.MEMBER, clock(), str(seen.of.id))
    assert second.args == {"page": "2"}


@pytest.mark.parametrize(
    ("id_", "roles", "role"),
    [
        (7, (), Role.MEMBER),
        (7, (5,), Role.MEMBER),
        (7, (5, ASSISTANTS), Role.ASSISTANT),
        (INSTRUCTOR, (), Role.INSTRUCTOR),
        (INSTRUCTOR, (ASSISTANTS,), Role.INSTRUCTOR),
    ],
)
async def test_a_role_is_who_one_is_or_what_one_has_now(
    answering: Answering, id_: int, roles: tuple[int, ...], role: Role
) -> None:
    async def handle(call: Call) -> Reply:
        return Reply(call.role.name)

    async with answering(handle) as lin:
        lin.id, lin.roles = id_, roles
        assert (await lin.slash("help")).text == role.name
        lin.roles = ()
        assert (await lin.slash("help")).text == ("INSTRUCTOR" if id_ == INSTRUCTOR else "MEMBER")


async def test_a_button_in_a_direct_message_works(answering: Answering, server: Server) -> None:
    async def handle(call: Call) -> Reply:
        return Reply(f"{call.command} {call.args['topic']} {call.role.name}")

    async with answering(handle) as lin:
        lin.guild, lin.channel = 0, server.state.direct(lin.id)
        button = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": "h:topic;topic=3"}]}
        message = server.state.message(lin.channel.id, user(1, "herald"), {"components": [button]})
        assert (await lin.press_id(message, "h:topic;topic=3")).text == "topic 3 MEMBER"


async def test_in_a_direct_message_the_roles_that_one_has_in_servers_count(
    answering: Answering, server: Server, general: Channel
) -> None:
    async def handle(call: Call) -> Reply:
        return Reply(call.role.name)

    assert general.guild
    server.state.roles[ASSISTANTS] = general.guild
    async with answering(handle) as lin:
        lin.guild, lin.channel = 0, server.state.direct(lin.id)
        button = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": "h:topic;topic=3"}]}
        message = server.state.message(lin.channel.id, user(1, "herald"), {"components": [button]})
        server.state.held.add((lin.id, ASSISTANTS))
        assert (await lin.press_id(message, "h:topic;topic=3")).text == "ASSISTANT"
        server.state.held.clear()
        assert (await lin.press_id(message, "h:topic;topic=3")).text == "MEMBER"


# In time


async def test_who_must_wait_is_told_so_and_then_answered(
    answering: Answering, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "PROMPT", 0.0)
    async with answering(slow(Reply("slowly done"), server)) as lin:
        seen = await lin.slash("help")
    assert (seen.text, seen.private, len(seen.of.messages)) == ("slowly done", True, 1)


async def test_a_form_that_comes_too_late_to_open_is_a_press_away(
    answering: Answering, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "PROMPT", 0.0)
    form = Form("ask", ("text",), {"text": "so far"})
    async with answering(slow(Reply("What is it?", form=form), server)) as lin:
        seen = await lin.slash("ask")
        assert seen.text == "What is it?"
        assert (await lin.press(seen, "Fill it in")).fields["text"]["value"] == "so far"


async def test_a_public_reply_that_took_long_is_public(
    answering: Answering, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "PROMPT", 0.0)
    async with answering(slow(Reply("for all", private=False), server)) as lin:
        seen = await lin.slash("help")
    assert [message["flags"] & 64 for message in seen.of.messages] == [0]


async def test_what_comes_too_late_is_not_done_behind_the_persons_back(
    answering: Answering, clock: Clock, server: Server
) -> None:
    calls: list[Call] = []

    async def handle(call: Call) -> Reply:
        calls.append(call)
        return Reply("done")

    async with answering(handle) as lin:
        old = lin.prepare(2, lin._command(lin.command("ask"), {"text": "Why so late?"}))
        clock.wait(seconds=4)
        await lin.send(old)
        assert (await lin.slash("help")).text == "done"
        await server.gateway.until(lambda: len(server.sent("callback")) == 2)
    assert [call.command for call in calls] == ["help"]


async def test_what_comes_just_in_time_is_done_after_the_person_was_told_to_wait(
    answering: Answering, clock: Clock
) -> None:
    async with answering(constant(Reply("done"))) as lin:
        old = lin.prepare(2, lin._command(lin.command("ask"), {"text": "Why so late?"}))
        clock.wait(seconds=2.8)
        await lin.send(old)
        assert (await lin.answered(old)).text == "done"
        assert old.acknowledged == 5


# When Discord fails


@pytest.mark.parametrize("after", [False, True], ids=["before it was heard", "after it was heard"])
async def test_an_answer_whose_connection_is_cut_is_given_once(
    answering: Answering, server: Server, after: bool
) -> None:
    server.faults.add("callback", after=after)
    async with answering(constant(Reply("done"))) as lin:
        seen = await lin.slash("help")
        await server.gateway.until(lambda: len(server.sent("callback")) == 2)
    assert [message["flags"] & 64 for message in seen.of.messages] == [64]
    assert seen.text == "done"


@pytest.mark.parametrize("after", [False, True], ids=["before it was heard", "after it was heard"])
async def test_an_answer_of_which_discord_says_nothing_is_given_once(
    answering: Answering, server: Server, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    server.faults.add("callback", after=after, silent=True)
    monkeypatch.setattr(talk, "TAKES", 0.2)
    async with answering(constant(Reply("done"))) as lin:
        seen = await lin.slash("help")
        await server.gateway.until(lambda: len(server.sent("callback")) > 1)
    assert [message["flags"] & 64 for message in seen.of.messages] == [64]
    assert seen.text == "done"


async def test_the_rest_of_an_answer_follows_though_its_beginning_was_not_confirmed(
    answering: Answering, server: Server
) -> None:
    server.faults.add("callback", after=True)
    async with answering(constant(Reply("paragraph\n\n" * 500))) as lin:
        seen = await lin.slash("help")
        await server.gateway.until(lambda: len(seen.of.messages) == 2)
    assert seen.plain.count("paragraph") == 500


@pytest.mark.parametrize("everywhere", [False, True], ids=["of its own", "of all"])
async def test_a_limit_is_waited_for(answering: Answering, server: Server, everywhere: bool) -> None:
    server.faults.add("callback", 429, seconds=0.02, everywhere=everywhere)
    async with answering(constant(Reply("done"))) as lin:
        assert (await lin.slash("help")).text == "done"


async def test_who_breaks_a_command_is_told_with_a_number(
    answering: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    async def handle(call: Call) -> Reply:
        raise RuntimeError("a bug")

    async with answering(handle) as lin:
        seen = await lin.slash("ask", text="My long question?")
    assert "Something broke on our side" in seen.text
    assert "My long question?" in seen.text
    incident = seen.text.partition("number: ")[2][:6]
    assert f"incident {incident}" in caplog.text


async def test_what_breaks_after_a_form_gives_the_text_back(answering: Answering) -> None:
    async def handle(call: Call) -> Reply:
        if call.args:
            raise RuntimeError("a bug")
        return Reply("What?", form=Form("ask", ("text",)))

    async with answering(handle) as lin:
        seen = await lin.fill(await lin.slash("ask"), text="My long question?")
    assert "Something broke on our side" in seen.text
    assert "My long question?" in seen.text


async def test_who_was_told_to_wait_is_told_what_could_not_be_shown(
    answering: Answering, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "PROMPT", 0.0)
    server.faults.add("PATCH .*@original", 403)
    async with answering(slow(Reply("done"), server)) as lin:
        assert "What you asked for is done" in (await lin.slash("help")).text


@pytest.mark.parametrize("reply", [Reply("Filed"), Reply("Too short", error="too_short")], ids=["done", "refused"])
async def test_of_an_answer_that_discord_does_not_take_nobody_is_told_that_nothing_was_changed_where_something_was(
    answering: Answering, server: Server, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    server.faults.add("callback", 400, code=50035)
    async with answering(constant(reply)) as lin:
        seen = await lin.slash("ask", text="My long question?")
    assert ("nothing was changed" in seen.text, "My long question?" in seen.text) == (bool(reply.error),) * 2
    assert ("look how it stands before you do it again" in seen.text) == (not reply.error)
    incident = seen.text.partition("number: ")[2][:6]
    assert f"incident {incident}" in caplog.text


@pytest.mark.parametrize("request_", ["callback", "PATCH .*@original"], ids=["first answer", "later"])
async def test_an_answer_that_what_stands_before_discord_refuses_is_given_again(
    answering: Answering,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    request_: str,
) -> None:
    later = request_ != "callback"
    monkeypatch.setattr(talk, "PROMPT", 0.0 if later else PATIENCE)
    server.faults.add(request_, 429, via=False, times=2)
    done = Reply("done")
    async with answering(slow(done, server) if later else constant(done)) as lin:
        assert (await lin.slash("help")).text == "done"
    assert caplog.text == ""


async def test_who_cannot_be_told_any_more_is_in_the_log(
    answering: Answering, server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(talk, "PROMPT", 0.0)
    server.faults.add("PATCH .*@original", 401, times=2)
    async with answering(slow(Reply("done"), server)) as lin:
        asked = lin.prepare(2, lin._command(lin.command("help"), {}))
        await lin.send(asked)
        await server.gateway.until(lambda: len(server.sent("PATCH")) == 2)
        assert (await lin.slash("help")).text == "done"
    assert "could not be told to whom it happened" in caplog.text
    assert "Ignoring exception" not in caplog.text


async def test_the_same_interaction_twice_is_answered_once_and_no_error(
    answering: Answering, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async with answering(constant(Reply("paragraph\n\n" * 500))) as lin:
        seen = await lin.slash("help")
        await lin.send(seen.of)
        again = await lin.slash("help")
        await server.gateway.until(lambda: len(again.of.messages) == 2)
    assert len(seen.of.messages) == 2
    assert caplog.text == ""


async def test_a_public_reply_that_took_long_comes_though_it_was_not_confirmed_that_the_wait_is_over(
    answering: Answering, server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(talk, "PROMPT", 0.0)
    server.faults.add("DELETE .*@original", after=True)
    async with answering(slow(Reply("for all", private=False), server)) as lin:
        seen = await lin.slash("help")
    assert (seen.text, len(seen.of.messages)) == ("for all", 1)
    assert caplog.text == ""


async def test_who_dismisses_what_they_wait_for_is_no_error(
    answering: Answering, server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(talk, "PROMPT", 0.0)
    server.faults.add("PATCH .*@original", 404, code=10008)
    async with answering(slow(Reply("done"), server)) as lin:
        await lin.send(lin.prepare(2, lin._command(lin.command("help"), {})))
        await server.gateway.until(lambda: server.sent("PATCH"))
        assert (await lin.slash("help")).text == "done"
    assert caplog.text == ""


# Buttons and forms of long ago


@pytest.mark.parametrize(
    ("custom_id", "way_on"),
    [
        ("h:topics;sort=votes", "/topics"),
        ("h:vote;topic=1", "/help"),
        ("h:decide;topic=1;state=postponed", "/decide"),
        ("h:answer@forgotten", "/help"),
        ("made-by-another-bot", "/help"),
        ("f:ask,title", "/ask"),
    ],
)
async def test_a_button_that_means_nothing_any_more_says_what_to_run(
    answering: Answering, server: Server, custom_id: str, way_on: str
) -> None:
    async with answering(constant(Reply("done"))) as lin:
        button = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": custom_id}]}
        message = server.state.message(lin.channel.id, user(1, "herald"), {"components": [button]})
        seen = await lin.press_id(message, custom_id)
    assert f"Run {way_on} again" in seen.plain
    assert seen.private


@pytest.mark.parametrize("custom_id", ["m:wonder", "m:ask;title=x", "m:help"])
async def test_a_form_of_an_earlier_version_gives_the_text_back(answering: Answering, custom_id: str) -> None:
    async with answering(constant(Reply("What?", form=Form("ask", ("text",))))) as lin:
        form = await lin.slash("ask")
        assert form.of.modal
        form.of.modal["custom_id"] = custom_id
        assert "My long question?" in (await lin.fill(form, text="My long question?")).text


async def test_a_command_of_an_earlier_version_says_so(answering: Answering) -> None:
    async with answering(constant(Reply("done"))) as lin:
        data = {**lin._command(lin.command("ask"), {"text": "My long question?"}), "name": "wonder"}
        seen = await lin._do(2, data)
    assert "This command has changed" in seen.text
    assert "My long question?" in seen.text


async def test_for_a_command_of_an_earlier_version_nothing_is_offered(
    answering: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    async with answering(constant(Reply("done"))) as lin:
        data = {**lin._command(lin.command("topic"), {"topic": "loop"}), "name": "wonder"}
        data["options"][0]["focused"] = True
        assert (await lin._do(4, data)).of.choices == []
    assert "wonder" not in caplog.text


async def test_only_values_that_discord_takes_are_offered(server: Server, clock: Clock, general: Channel) -> None:
    async def suggest(call: Call, param: str) -> list[tuple[str, str]]:
        return [("too long", "1 " * 50 + "1"), ("just right", "1 " * 49 + "12")]

    assert general.guild
    commands, place = tuple(each.command for each in declared()), Address(server.api, server.socket)
    described = course(locale="en", staff=STAFF)
    handle = constant(Reply("done"))
    setup = Setup(TOKEN, commands, handle, suggest, lambda: (described,), clock, Kept(), (general.guild,), place)
    async with running(Discord(setup), server):
        offered = await Person(server, general.guild, general, "lin").complete("decide", "topic", "1 ")
    assert [each["name"] for each in offered] == ["just right"]


async def test_values_that_do_not_fit_into_a_button_are_kept(answering: Answering) -> None:
    long = "为什么" * 500

    async def handle(call: Call) -> Reply:
        if call.command == "help":
            return Reply("", buttons=(Button("go", "ask", {"text": long}),))
        return Reply("the same" if call.args == {"text": long} else "another")

    async with answering(handle) as lin:
        assert (await lin.press(await lin.slash("help"), "go")).text == "the same"


async def test_a_form_with_many_fields_asks_for_the_first_five(answering: Answering) -> None:
    calls: list[Call] = []

    async def handle(call: Call) -> Reply:
        calls.append(call)
        fields = ("article", "when", "title", "summary", "url")
        return Reply("What changed?", form=Form("schedule", (*fields, "title"), {"title": "Maps", "url": "u"}))

    async with answering(handle) as lin:
        form = await lin.slash("schedule", article="2026-Q4")
        assert list(form.fields) == ["article", "when", "title", "summary", "url"]
        await lin.fill(form, article="2026-Q4", when="late")
    assert calls[1].args == {"article": "2026-Q4", "when": "late", "title": "Maps", "summary": "", "url": "u"}


@pytest.mark.parametrize("held", [False, True], ids=["the words do not hold it", "the words hold it"])
async def test_a_text_that_no_field_holds_is_given_back_once_and_its_form_is_a_press_away(
    answering: Answering, server: Server, held: bool
) -> None:
    long = "\n".join(f"Line {n} of what I wrote." for n in range(200))
    form = Form("file", ("text", "name"), {"text": long, "name": "mia"})
    reply = Reply(f"No words.\n{long}" if held else "No words.", form=form, error="nothing_pasted")
    async with answering(constant(reply)) as lin:
        seen = await lin.slash("file", text=long)
        assert not seen.of.modal
        await server.gateway.until(lambda: len(seen.of.messages) == 2)
        assert (seen.plain.startswith("No words."), seen.plain.count("Line 150 of"), seen.private) == (True, 1, True)
        assert "".join(long.split()) in "".join(seen.plain.split())
        again = await lin.press(seen, "Fill it in")
    assert [again.fields[name].get("value") for name in ("text", "name")] == [None, "mia"]


async def test_a_text_that_no_field_holds_and_that_took_long_to_refuse_is_given_back(
    answering: Answering, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "PROMPT", 0.0)
    long = "*" * 6000
    reply = Reply("No words.", form=Form("file", ("text",), {"text": long}), error="nothing_pasted")
    async with answering(slow(reply, server)) as lin:
        seen = await lin.slash("file", text=long)
    assert (seen.labels, seen.private) == (["Fill it in"], True)
    assert long in seen.files[0]


async def test_a_choice_is_chosen_in_a_form(answering: Answering) -> None:
    calls: list[Call] = []

    async def handle(call: Call) -> Reply:
        calls.append(call)
        return Reply("Which?", form=Form("decide", ("state", "reason"), {"topic": "7", "state": "declined"}))

    async with answering(handle) as lin:
        form = await lin.slash("help")
        assert [option["value"] for option in form.fields["state"]["options"]][:2] == ["candidate", "planned"]
        await lin.fill(form, reason="too broad")
    assert calls[1].args == {"topic": "7", "state": "declined", "reason": "too broad"}


# What is shown


async def test_pages_turn_where_they_are_and_other_buttons_say_something_new(answering: Answering) -> None:
    async def handle(call: Call) -> Reply:
        buttons = (Button("more", "topics", {"page": "2"}), Button("#1", "topic", {"topic": "1"}))
        return Reply(f"{call.command} {dict(call.args)}", buttons=buttons)

    async with answering(handle) as lin:
        seen = await lin.slash("topics")
        turned = await lin.press(seen, "more")
        assert (turned.of.acknowledged, "page" in seen.text) == (7, True)
        assert (await lin.press(seen, "#1")).of.acknowledged == 4


async def test_a_long_reply_comes_in_parts_and_a_very_long_one_as_a_file_too(
    answering: Answering, server: Server
) -> None:
    text = "\n\n".join(f"Paragraph {n}: " + "word " * 80 for n in range(20))

    async def handle(call: Call) -> Reply:
        return Reply(text * 3 if call.command == "help" else text, title="Long", buttons=(Button("on", "topics"),))

    async with answering(handle) as lin:
        parts = await lin.slash("articles")
        await server.gateway.until(lambda: len(parts.of.messages) == 3)
        assert "".join(parts.plain.split()) == "".join(f"### Long {text}".split())
        assert [bool(message["components"][1:]) for message in parts.of.messages] == [False, False, True]
        whole = await lin.slash("help")
        assert whole.files == [f"Long\n{(text * 3).strip()}"]
        assert whole.plain.startswith("### Long\nParagraph 0")
        assert "attached file" in whole.plain


async def test_a_file_of_a_reply_is_attached(answering: Answering) -> None:
    reply = Reply("The outline.", file=File("2026-Q4 大纲.md", "# Outline"))
    async with answering(constant(reply)) as lin:
        seen = await lin.slash("help")
    assert (seen.files, seen.of.messages[0]["attachments"][0]["filename"]) == (["# Outline"], "2026-Q4___.md")


async def test_nothing_that_people_wrote_pings_or_formats(answering: Answering, server: Server) -> None:
    evil = "@everyone <@1> [here](https://evil.example) # **x**"
    reply = Reply(evil, title=evil, url="https://example.org/a_b", buttons=(Button(evil * 3, "help"),))
    async with answering(constant(reply)) as lin:
        seen = await lin.slash("help")
    assert server.state.pings == []
    assert seen.plain == f"### {evil}\n{evil}\nhttps://example.org/a_b"
    assert len(seen.labels[0]) == 80


async def test_three_buttons_stand_in_a_row_and_none_is_there_twice(answering: Answering, server: Server) -> None:
    buttons = tuple(Button(f"#{n % 29}", "topic", {"topic": str(n % 29)}) for n in range(30))
    async with answering(constant(Reply("many", buttons=buttons))) as lin:
        seen = await lin.slash("help")
        await server.gateway.until(lambda: len(seen.of.messages) == 2)
    rows = [len(row["components"]) for message in seen.of.messages for row in message["components"][1:]]
    assert (max(rows), sum(rows)) == (3, 29)


async def test_at_most_25_are_offered_in_the_language_of_who_types(answering: Answering) -> None:
    async with answering(constant(Reply("done"))) as lin:
        offered = await lin.complete("topic", "topic", "loop")
    assert len(offered) == 25
    assert offered[3] == {"name": "#3 loop", "value": "3"}


# A message becomes a question


async def test_an_author_asks_a_message_staff_file_it_and_a_third_person_is_told_who_may(
    answering: Answering, server: Server
) -> None:
    calls: list[Call] = []

    async def handle(call: Call) -> Reply:
        calls.append(call)
        return Reply("Filed", buttons=(Button("Undo", "undo", {"event": "1"}),))

    async with answering(handle) as lin:
        message = await lin.write("Why does **it** loop?")
        ta = Person(server, lin.guild, lin.channel, "ta", roles=(ASSISTANTS,))
        mia = Person(server, lin.guild, lin.channel, "mia", "zh-CN")
        await lin.menu("File as question", message)
        assert (await ta.menu("收为提问", message)).labels == ["Undo"]
        assert "只有作者本人、讲师和助教" in (await mia.menu("File as question", message)).text
        herald = server.state.message(lin.channel.id, user(1, "herald", bot=True), {"content": "x"})
        assert "no text by a person" in (await ta.menu("File as question", herald)).text
    assert [(call.command, call.person, call.name, call.role) for call in calls] == [
        ("ask", f"discord:{lin.id}", "lin", Role.MEMBER),
        ("file", f"discord:{ta.id}", "ta", Role.ASSISTANT),
    ]
    link = f"https://discord.com/channels/{lin.guild}/{lin.channel.id}/{message['id']}"
    text = "Why does **it** loop?"
    assert calls[0].args == {"text": text}
    assert calls[1].args == {"text": text, "name": "lin", "person": f"discord:{lin.id}", "url": link}


# What Discord is told of the commands


async def test_the_commands_are_told_once_and_in_both_languages(answering: Answering, server: Server) -> None:
    say = words_in("en")
    async with answering(constant(Reply("done"))) as lin:
        commands = {command["name"]: command for command in server.state.commands[lin.guild]}
    ask, decide, topic = commands["ask"], commands["decide"], commands["topic"]
    assert ask["name_localizations"] == {"zh-CN": "提问", "zh-TW": "提问"}
    assert (ask["options"][0]["required"], ask["options"][0]["max_length"]) == (False, 2000)
    assert [option["required"] for option in decide["options"]][:3] == [True, True, False]
    assert decide["options"][1]["choices"][0]["name_localizations"]["zh-CN"] == "候选"
    staff = {say(f"{each.command.name}.name") for each in declared() if each.command.role > Role.MEMBER}
    manage_messages = {name: command["default_member_permissions"] for name, command in commands.items()}
    assert manage_messages == {name: 8192 if name in staff else None for name in commands}
    assert topic["options"][0]["autocomplete"]
    assert commands["File as question"]["type"] == 3
    # For servers, where it is installed; nobody installs it for themselves.
    places = [(command["contexts"], command["integration_types"]) for command in commands.values()]
    assert places == [([0], [0])] * len(commands)
    assert "rev" not in {option["name"] for option in decide["options"]}
