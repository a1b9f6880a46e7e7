"""One person's accounts linked: everything is theirs from either, and they count once."""

import re

import pytest
from sqlalchemy import select

from bot.core.chat import Role
from bot.store import roles
from bot.store.schema import delivery, person, topic
from tests.support import Talk, World


def code_in(text: str) -> str:
    return re.split(r"\s", text)[0]


async def linked(main: Talk, other: Talk) -> None:
    code = code_in((await main("/link")).text)
    await other(f"/link {code}")
    await other.press("Link them for good")
    assert "are one now" in other.last.text


async def counted(world: World, n: int) -> tuple[int, int]:
    counts = select(topic.c.voters, topic.c.followers).where(topic.c.n == n)
    voters, followers = await world.database.read(lambda tx: tx.execute(counts).one())
    return voters, followers


async def test_a_code_from_the_one_account_makes_the_other_one_with_it(world: World) -> None:
    lin, other = world.member("lin"), world.member("Lin at work", on="discord")
    await lin("/ask Why does it fail?")
    await other("/ask different:yes How do I attach it?")
    reply = await lin("/link")
    code = code_in(reply.text)
    assert re.fullmatch(r"[A-HJKMNP-Z2-9]{8}", code)
    assert f"send /link {code} within 10 minutes" in reply.text
    assert reply.private
    reply = await other(f"/link {code.lower()[:4]}-{code.lower()[4:]}")
    assert "becomes one with “lin” (the web chat): questions: 1, topics that you hear of: 1." in reply.text
    assert "cannot be undone" in reply.text
    assert "#1" not in (await other("/my-questions")).text
    await other(f"/link {code}")
    assert "this account and “lin” (the web chat) are one now" in (await other.press("Link them for good")).text
    for talk in (lin, other):
        assert {"#1", "#2"} <= {button.label for button in (await talk("/my-questions")).buttons}
    assert "lin asked on" in (await lin("/topic 2")).text
    assert "has your new wording" in (await lin("/my-questions edit 2 How do I attach it well?")).text
    assert "You have asked this already" in (await other("/ask Why does it fail?")).text


async def test_it_is_said_in_chinese_too(world: World) -> None:
    lin, other = world.member("小林", "zh-CN"), world.member("林", "zh-CN", on="wechat")
    code = code_in((await lin("/绑定")).text)
    assert "这个账号会和“小林”（网页聊天）合成一个" in (await other(f"/绑定 {code}")).text
    assert "绑好了" in (await other.press("确认绑定")).text
    assert "没有这个绑定码" in (await other(f"/绑定 {code}")).text


async def test_who_had_two_votes_has_one_and_the_stronger_tie_stays(world: World) -> None:
    lin, other, wang = world.member("lin"), world.member("lin", on="discord"), world.member("wang")
    await lin("/ask Why does it fail?")
    await wang("/ask different:yes How do I attach it?")
    await other("/me-too 1")
    await other("/me-too 2")
    await lin("/follow 2")
    assert (await counted(world, 1), await counted(world, 2)) == ((2, 2), (2, 3))
    await linked(lin, other)
    assert (await counted(world, 1), await counted(world, 2)) == ((1, 1), (2, 2))
    assert "#1 is withdrawn" in (await other("/my-questions withdraw 1")).text


async def test_what_one_wanted_to_hear_nothing_of_is_heard_if_the_other_wanted_to(world: World) -> None:
    lin, other, ta = world.member("lin", on="discord"), world.member("lin"), world.assistant()
    await ta("/ask Why does it fail?")
    await ta("/ask different:yes How do I attach it?")
    for n in (1, 2):
        await lin(f"/me-too {n}")
        await other(f"/me-too {n}")
    await lin("/notify off topic:1")
    await lin("/notify off topic:2")
    await other("/notify off topic:2")
    await linked(lin, other)
    world.clock.wait(minutes=1)
    await other("/help")
    await other("/language English")
    assert (await other("/notify")).text.endswith("1 topic now.\nNot about these: #2.")
    await ta("/decide 1 planned")
    await ta("/decide 2 planned")
    assert len(await other.heard()) == 1


async def test_a_linked_person_is_told_once_at_the_account_used_last(world: World) -> None:
    lin, other, ta = world.member("lin"), world.member("lin", on="discord"), world.assistant()
    await lin("/ask Why does it fail?")
    await other("/me-too 1")
    await linked(lin, other)
    world.clock.wait(minutes=1)
    await lin("/language English")
    await ta("/decide 1 planned")
    world.clock.wait(minutes=1)
    await other("/language English")
    await ta("/answer 1 Because.")
    assert len(await lin.heard()) == 1
    told = select(delivery.c.target, delivery.c.state).where(~delivery.c.target.startswith("group:"))
    rows = await world.database.read(lambda tx: tx.execute(told.order_by(delivery.c.id)).all())
    assert [tuple(row) for row in rows] == [("local:lin", "sent"), ("discord:lin", "pending")]


async def test_what_waited_for_both_accounts_is_said_once(world: World) -> None:
    lin, other = world.member("lin", on="discord"), world.member("lin", on="wechat")
    await lin("/ask Why does it fail?")
    await other("/me-too 1")
    await other(f"/link {code_in((await lin('/link')).text)}")
    await world.assistant()("/decide 1 planned")
    lost = delivery.update().where(delivery.c.state == "pending").values(state="failed")
    await world.database.write(lambda tx: tx.execute(lost))
    await other.press("Link them for good")
    reply = await other("/topics")
    assert "While you could not be reached" in reply.text
    assert reply.text.count("is planned for") == 1
    assert "While you" not in (await lin("/topics")).text


async def test_a_third_account_joins_the_first_at_once(world: World) -> None:
    lin, second, third = (world.member("lin", on=platform) for platform in ("local", "discord", "wechat"))
    await third("/ask Why does it fail?")
    await linked(second, third)
    await linked(lin, second)
    assert "#1" in (await lin("/my-questions")).text
    mains = select(person.c.key, person.c.main).order_by(person.c.key)
    rows = await world.database.read(lambda tx: tx.execute(mains).all())
    assert [tuple(row) for row in rows] == [
        ("discord:lin", "local:lin"),
        ("local:lin", None),
        ("wechat:lin", "local:lin"),
    ]
    assert "This is your own code" in (await third(f"/link {code_in((await second('/link')).text)}")).text


async def test_the_language_is_the_persons_and_the_role_the_accounts(world: World) -> None:
    lin, ta = world.member("lin", "zh-CN"), world.assistant("ta", "zh-CN")
    await lin("/语言 中文")
    code = code_in((await lin("/绑定")).text)
    await ta(f"/绑定 {code}")
    await ta.press("确认绑定")
    assert "以后都用中文" not in (await ta("/语言 English")).text
    assert (await lin("/notify")).text.startswith("I write to you in private")
    assert (await ta("/review")).error is None
    assert (await lin("/review")).error == "not_allowed"
    assert await world.database.read(lambda tx: roles.at_least(tx, "ebpf", Role.ASSISTANT)) == ["local:ta"]


# Codes


async def test_whoever_is_blocked_before_and_after_they_link_can_be_let_go_at_once(world: World) -> None:
    lin, main, ta = world.member("lin"), world.member("main"), world.assistant()
    await lin("/ask Why does it fail?")
    await ta("/block 1 7 reason:Spam.")
    await linked(main, lin)
    await ta("/block 1 30 reason:Spam.")
    await ta("/block 1 off:yes")
    assert (await lin("/ask How do ring buffers work?")).error is None
    await ta.press("Undo")
    assert (await lin("/ask What does the verifier say?")).error == "blocked"


async def test_a_code_is_good_for_ten_minutes(world: World) -> None:
    lin, other = world.member("lin"), world.member("lin", on="discord")
    code = code_in((await lin("/link")).text)
    world.clock.wait(minutes=9)
    assert "becomes one" in (await other(f"/link {code}")).text
    world.clock.wait(minutes=1)
    assert "more than 10 minutes old" in (await other.press("Link them for good")).text
    assert "#" not in (await other("/my-questions")).text


async def test_there_is_one_code_at_a_time(world: World) -> None:
    lin, other = world.member("lin"), world.member("lin", on="discord")
    first = code_in((await lin("/link")).text)
    second = code_in((await lin("/link")).text)
    assert "This code is not valid" in (await other(f"/link {first}")).text
    assert "becomes one" in (await other(f"/link {second}")).text


async def test_ones_own_code_links_nothing(world: World) -> None:
    lin = world.member("lin")
    code = code_in((await lin("/link")).text)
    refused = await lin(f"/link {code}")
    assert "This is your own code" in refused.text
    assert code not in refused.text


@pytest.mark.parametrize("wrong", ["ABCDEFGH", "0", "no such code", "💥"])
async def test_who_types_five_wrong_codes_has_to_wait(world: World, wrong: str) -> None:
    lin, other = world.member("lin"), world.member("lin", on="discord")
    code = code_in((await lin("/link")).text)
    for _ in range(5):
        assert "This code is not valid" in (await other(f"/link {wrong}")).text
        world.clock.wait(minutes=1)
    refused = await other(f"/link {code}")
    assert "the next can be tried in 5 minutes" in refused.text
    world.clock.wait(minutes=5)
    code = code_in((await lin("/link")).text)
    assert "becomes one" in (await other(f"/link {code}")).text
