"""What is kept of somebody: shown, taken away, deleted from every table."""

import json

import pytest
from sqlalchemy import Connection, select

from bot.core.model import GONE, AnswerKind
from bot.services import local
from bot.services.buttons import Kept
from bot.store import answers, buttons, merges
from bot.store.schema import delivery, flag, metadata, paste, topic
from tests.fixtures import DATABASES
from tests.pages import pages
from tests.store.test_topics import check
from tests.support import START, Talk, World

NAME, OTHER = "Lin Xiaomei", "林小美"
TEXT = "Why does the verifier\nreject “my loop” after 5.10?"
BEFORE = "Why is my looop rejected?"
MINE = (TEXT, TEXT.replace("\n", " "), "Why does the verifier", "reject “my loop” after 5.10?", BEFORE)


@pytest.fixture(params=DATABASES)
def kind(request: pytest.FixtureRequest) -> str:
    """Both databases: what is deleted must be gone from each."""
    return str(request.param)


def everything(tx: Connection) -> dict[str, str]:
    """Each column of each table as one text, JSON without its escapes."""
    found: dict[str, str] = {}
    for table in metadata.sorted_tables:
        for row in tx.execute(select(table)).mappings():
            for name, value in row.items():
                said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
                found[f"{table.name}.{name}"] = found.get(f"{table.name}.{name}", "") + "\n" + said
    return found


async def holding(world: World, *needles: str) -> set[str]:
    """The columns in which any of these stands, as it is or as JSON writes it."""
    columns = await world.database.read(everything)
    forms = {form for each in needles for form in (each, json.dumps(each, ensure_ascii=False)[1:-1])}
    return {column for column, said in columns.items() if any(form in said for form in forms)}


async def lived(world: World) -> tuple[Talk, Talk]:
    """Somebody with two accounts who did all that one can do, and what others said and saw of it."""
    lin, second = world.member(NAME), world.member(OTHER, on="discord")
    ta, wang = world.assistant("ta"), world.member("wang")
    await lin(f"/ask different:yes {BEFORE}")
    await lin(f"/my-questions edit 1 {TEXT}")
    await wang("/ask different:yes What of another loop?")
    await second("/ask different:yes How do I attach a uprobe to a binary?")
    await second("/me-too 2")
    await wang("/me-too 1")
    code = (await lin("/link")).text.split("\n")[0]
    await second(f"/link {code}")
    await second.press("Link them for good")
    await lin("/link")
    await wang("/topic 1")
    await recorded(world, wang)
    assert "Why does the verifier" in (await wang("/ask Why does the verifier reject my loop?")).text
    await ta("/decide 1 planned")
    await ta("/answer 1 Because of the bound.")
    await second("/suggest 2 A proposal of mine.")
    assert (await ta("/endorse topic:2 version:1 action:decline")).error is None
    await world.database.write(lambda tx: more(tx, lin.console.person))
    await recorded(world, lin)
    await lin("/language English")
    return lin, second


def more(tx: Connection, who: str) -> None:
    """What commands of others leave: answers, a flag, pastes, a message that could not be delivered, a long button."""
    answers.add(tx, "ebpf", 2, who, "A draft of mine", START, AnswerKind.DRAFT)
    answers.add(tx, "ebpf", 2, who, "An answer of mine", START, AnswerKind.PUBLISHED)
    tx.execute(flag.insert().values(course="ebpf", topic=2, person=who, note="A note of mine", at=START))
    tx.execute(paste.insert().values(course="ebpf", person=who, at=START, source="group", items=[{"text": "x"}]))
    theirs = [{"said": {"text": TEXT, "name": NAME, "person": who}}]
    tx.execute(paste.insert().values(course="ebpf", person="local:ta", at=START, source="group", items=theirs))
    tx.execute(delivery.update().where(delivery.c.target == who).values(state="pending", error=OTHER))
    buttons.remember(tx, "key", {"text": TEXT, "different": "yes"}, START)


async def recorded(world: World, talk: Talk) -> None:
    """What the web chat does with every line."""
    at, who = world.clock(), talk.console.person
    await world.database.write(lambda tx: local.record(tx, "ebpf", at, who, "/topic 1", talk.last))


async def counts(world: World, n: int) -> tuple[int, ...]:
    found = select(topic.c.wordings, topic.c.voters, topic.c.followers).where(topic.c.n == n)
    return tuple(await world.database.read(lambda tx: tx.execute(found).one()))


async def test_with_everything_deleted_no_table_holds_the_person_or_their_words(world: World) -> None:
    lin, _ = await lived(world)
    assert await holding(world, NAME, OTHER, lin.console.person) > {"message.body", "inbox.reply", "question.person"}
    assert await holding(world, *MINE) > {
        "topic.title",
        "announcement.notice",
        "event.before",
        "message.body",
        "button.args",
    }
    await lin("/privacy delete")
    assert "is deleted, your questions with it" in (await lin.press("Delete everything")).text
    assert (
        await holding(
            world, NAME, OTHER, "discord:", *MINE, "A draft of mine", "A note of mine", "A proposal", "uprobe"
        )
        == set()
    )
    await world.database.read(check)
    assert [await counts(world, n) for n in (1, 2, 3)] == [(0, 1, 1), (1, 1, 1), (0, 0, 0)]
    assert await states(world) == ["skipped"] * 3


async def states(world: World) -> list[str]:
    gone = select(delivery.c.state).where(delivery.c.target.startswith(GONE)).order_by(delivery.c.state)
    return await world.database.read(lambda tx: list(tx.scalars(gone)))


async def test_the_web_chat_keeps_nothing_of_the_deletion_itself(world: World) -> None:
    async with pages(world) as browser:
        await browser.type(NAME, f"/ask different:yes {TEXT}")
        await browser.type("wang", "/topic 1")
        assert "message.line" in await holding(world, NAME, *MINE)
        last = await browser.type(NAME, "/隐私 删除 方式:全部")
        assert "删掉了" in last["reply"]["text"]
        assert last["line"] == "/隐私 删除 方式:全部"
        assert await holding(world, NAME, *MINE) == set()
        assert (await browser.type(NAME, "/my-questions"))["seq"] > last["seq"]


async def test_questions_can_stay_without_the_person(world: World) -> None:
    lin, second = await lived(world)
    await second("/privacy delete")
    reply = await second.press("Keep my questions, without me")
    assert "nobody can tell whose they were" in reply.text
    assert await holding(world, NAME, OTHER, "discord:", "A draft of mine", "A note of mine", "A proposal") == set()
    await world.database.read(check)
    assert [await counts(world, n) for n in (1, 2, 3)] == [(1, 1, 1), (1, 1, 1), (1, 0, 0)]
    card = await world.member("wang")("/topic 1")
    assert f"Somebody asked on 2026-11-20:\n{TEXT}" in card.text
    assert card.title == "#1 Why does the verifier"
    assert "uprobe" in (await world.member("wang")("/topic 3")).text
    await world.assistant("ta")("/answer 3 With a path.")
    assert await lin.heard() == []
    assert (await lin("/my-questions withdraw 1")).error == "not_yours"


async def test_who_asks_or_follows_what_is_deleted_hears_that_it_is_gone_and_not_whose_it_was(world: World) -> None:
    lin, wang, mia = world.member(NAME), world.member("王", "zh-CN"), world.member("mia")
    await lin(f"/ask different:yes {TEXT}")
    await lin("/ask different:yes How do I attach a uprobe?")
    await mia("/ask different:yes What of another loop?")
    await lin("/follow 3")
    await wang("/me-too 1")
    await mia("/follow 1")
    await mia("/follow 2")
    await lin("/my-questions withdraw 2")
    told = len(await mia.heard())
    await lin("/privacy delete")
    await lin.press("Delete everything")
    assert (await wang.heard())[-1].text.startswith("你也想问的 #1“…”已撤回")
    assert [said.text for said in (await mia.heard())[told:]] == [
        "#1 “…”, which you follow, was withdrawn. If you want to know, ask it in your own words."
    ]
    assert await lin.heard() == []
    assert await holding(world, NAME, lin.console.person, *MINE) == set()


async def test_of_what_stays_without_the_person_or_by_others_nobody_hears_anything(world: World) -> None:
    lin, wang, mia = world.member(NAME), world.member("wang"), world.member("mia")
    await lin(f"/ask different:yes {TEXT}")
    await wang("/ask different:yes What of another loop?")
    await mia("/follow 1")
    await world.database.write(lambda tx: merges.merge(tx, "ebpf", 1, 2))
    await lin("/privacy delete")
    await lin.press("Delete everything")
    await wang("/privacy delete")
    await wang.press("Keep my questions, without me")
    assert await mia.heard() == []


async def test_nobody_is_said_to_be_blocked_who_is_deleted(world: World) -> None:
    lin = world.member("lin")
    await lin("/ask Why does it fail?")
    await lin("/privacy delete")
    await lin.press("Keep my questions, without me")
    assert (await world.assistant()("/block 1 7 reason:Spam")).error == "cannot_block_gone"


async def test_whoever_comes_again_is_new(world: World) -> None:
    lin, second = await lived(world)
    await lin("/privacy delete")
    await lin.press("Delete everything")
    assert "You have not asked anything yet" in (await lin("/my-questions")).text
    assert "Filed as #4" in (await lin(f"/ask different:yes {TEXT}")).text
    assert "You have not asked anything yet" in (await second("/my-questions")).text
    assert "0 topics now" in (await second("/notify")).text
    assert [each for each in await lin.heard() if each.error] == []


async def test_merged_topics_are_counted_right_afterwards(world: World) -> None:
    lin, _ = await lived(world)
    await world.database.write(lambda tx: merges.merge(tx, "ebpf", 1, 2))
    await world.database.write(lambda tx: merges.merge(tx, "ebpf", 2, 3))
    assert await counts(world, 3) == (3, 2, 2)
    await lin("/privacy delete")
    await lin.press("Delete everything")
    await world.database.read(check)
    assert await counts(world, 3) == (1, 1, 1)
    assert (await world.member("wang")("/topic 3")).title == "#3 What of another loop?"
    await world.database.write(lambda tx: merges.split(tx, "ebpf", 2))
    await world.database.read(check)


async def test_an_answer_that_a_member_proposed_stays_without_a_name(world: World) -> None:
    lin, mia, ta = world.member("lin"), world.member("mia", "zh-CN"), world.assistant("ta")
    await lin("/ask Why does it fail?")
    await mia("/建议答案 1 循环没有上界。")
    await ta("/endorse 1 1")
    assert "你发布过的 1 个回答会留下，不再署你的名字。" in (await mia("/隐私 删除")).text
    await mia.press("全部删除")
    assert "Answer by somebody who has left, endorsed by ta" in (await lin("/topic 1")).text


async def test_published_answers_of_staff_stay_without_a_name(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant("Tadashi")
    await lin("/ask Why does it fail?")
    await ta("/answer 1 Because of the bound.")
    await ta("/decide 1 reopened")
    await ta("/privacy delete")
    assert "1 published answer of yours stays, without your name." in ta.last.text
    await ta.press("Delete everything")
    assert await holding(world, "Tadashi") == set()
    assert "a former assistant answered on 2026-11-20" in (await lin("/topic 1")).text
    assert [said.text for said in await world.group()] == ["Because of the bound.\n\n— a former assistant"]
    late = await world.assistant("ann")("/decide 1 candidate")
    assert "was handled by somebody who has left just now" in late.text
    assert "前助教 回答" in (await world.member("王", "zh-CN")("/话题详情 1")).text
    assert "That was done by somebody who has left" in (await world.assistant("ann")("/undo 2")).text
    assert (await world.instructor()("/undo 2")).error is None


async def test_a_button_keeps_what_was_never_filed_for_two_months_after_it_was_shown_last(world: World) -> None:
    memory = Kept(world.database, world.clock)
    once, again = [await memory.remember({"text": text}) for text in ("Shown once", "Shown again")]
    world.clock.wait(days=59)
    assert await memory.remember({"text": "Shown again"}) == again
    world.clock.wait(days=2)
    await world.tick()
    assert await memory.recall(once) is None
    assert await memory.recall(again) == {"text": "Shown again"}


# Shown and taken away


async def test_everybody_sees_what_is_kept_of_them(world: World) -> None:
    lin, _ = await lived(world)
    text = (await lin("/privacy")).text
    for line in (
        "questions of yours: 2.",
        "topics that you asked, asked too or follow: 3.",
        "web chat: ",
        "sent or have to",
    ):
        assert line in text
    assert [button.label for button in lin.last.buttons] == ["You may name me", "Take it with me", "Delete…"]
    stranger = await world.member("王", "zh-CN")("/隐私")
    assert stranger.title == "我留了你哪些信息"
    assert "账号、昵称、语言和通知设置：1 个账号" in stranger.text
    assert "提问" not in stranger.text


async def test_the_file_holds_all_that_is_mine_and_nothing_of_others(world: World) -> None:
    lin, _ = await lived(world)
    await lin("/privacy")
    file = (await lin.press("Take it with me")).file
    assert file
    assert file.name == "herald.json"
    mine = json.loads(file.text)
    assert sorted(each["name"] for each in mine["accounts"]) == [NAME, OTHER]
    assert [(each["topic"], each["text"]) for each in mine["questions"]] == [
        (1, TEXT),
        (3, "How do I attach a uprobe to a binary?"),
    ]
    assert [(each["topic"], each["kind"]) for each in mine["topics"]] == [(1, "asked"), (2, "too"), (3, "asked")]
    assert [each["note"] for each in mine["flags"]] == ["A note of mine"]
    assert [each["text"] for each in mine["answers"]] == ["A proposal of mine.", "A draft of mine", "An answer of mine"]
    assert BEFORE in [each.get("text") for each in mine["acts"]]
    assert ("topic.answered", 1) in [(each["kind"], each["topic"]) for each in mine["told"]]
    assert mine["messages"][-1]["line"] == "/topic 1"
    for others in ("wang", "local:ta", '"ta"', "Because of the bound", "What of another loop"):
        assert others not in file.text


async def test_nothing_is_deleted_before_one_says_so_twice(world: World) -> None:
    lin, _ = await lived(world)
    before = await world.database.read(everything)
    reply = await lin("/隐私 删除")
    assert [button.label for button in reply.buttons][:2] == ["Delete everything", "Keep my questions, without me"]
    assert "for all 2 of your linked accounts" in reply.text
    assert await counts(world, 1) == (1, 2, 2)
    after = await world.database.read(everything)
    assert before["question.text"] == after["question.text"]
