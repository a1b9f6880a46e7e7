"""Answers that may be true no more: flagged, checked, and listed for the instructor once a quarter."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from bot.core.model import Comment, PageReply
from bot.services.comments import file_comments
from tests.support import World


async def answered(world: World, *questions: str) -> None:
    ann = world.assistant("ann")
    for n, question in enumerate(questions or ("Why does it fail?",), 1):
        await world.member(f"asker{n}")(f"/ask {question}")
        await ann(f"/answer {n} Because of {n}.")


async def test_a_member_says_that_an_answer_is_no_longer_true_once(world: World) -> None:
    await answered(world)
    mia, wang = world.member("mia"), world.member("wang")
    await mia("/topic 1")
    assert "Thank you. #1 is marked" in (await mia.press("No longer true")).text
    assert "You have flagged the answer to #1 already" in (await mia("/flag 1 Kernel 6.4 changed it.")).text
    await wang("/flag 1")
    card = await world.member("lin")("/topic 1")
    assert "2 people say this is no longer true." in card.text
    assert "mia" not in card.text
    assert "Kernel 6.4" not in card.text
    staff = await world.assistant()("/topic 1")
    assert "2 people say this is no longer true.\n• Kernel 6.4 changed it." in staff.text
    assert "mia" not in staff.text
    assert await world.group() == [(await world.group())[0]]
    await mia("/topic 1")
    assert "Your mark on the answer to #1 is removed" in (await mia.press("Take back my flag")).text
    assert "1 person says this is no longer true." in (await mia("/topic 1")).text


async def test_only_what_is_answered_can_be_out_of_date(world: World) -> None:
    lin = world.member("lin", "zh-CN")
    await lin("/提问 为什么会失败？")
    assert "#1 现在是“待审”，还没有回答" in (await lin("/过时 1")).text
    assert "还没有回答" in (await world.assistant("ta", "zh-CN")("/核对 1")).text
    await world.assistant("ta", "zh-CN")("/回答 1 因为没有终点。")
    assert "谢谢提醒，#1 已经记下" in (await lin("/过时 1 内核 6.4 之后不是这样了")).text
    assert "有 1 人认为这个回答过时了。" in (await lin("/话题详情 1")).text


async def test_what_an_article_covers_can_be_out_of_date_too(world: World) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin("/ask Why does it fail?")
    await boss("/decide 1 planned")
    await boss("/publish 2026-Q4 https://example.org/29")
    assert "#1 is marked" in (await lin("/flag 1")).text
    assert "1 person says" in (await lin("/topic 1")).text


async def test_staff_call_an_answer_still_true_and_can_undo_that(world: World) -> None:
    await answered(world)
    mia, ann = world.member("mia"), world.assistant("ann")
    world.clock.wait(days=1)
    await mia("/flag 1")
    await ann("/topic 1")
    assert "#1 is checked: still true." in (await ann.press("Still true")).text
    card = await mia("/topic 1")
    assert "Checked on 2026-11-21: still true." in card.text
    assert "no longer true" not in card.text
    await ann("/undo")
    card = await mia("/topic 1")
    assert "Checked on" not in card.text
    assert "1 person says this is no longer true." in card.text
    await ann("/check 1")
    world.clock.wait(minutes=1)
    assert "#1 is marked" in (await mia("/flag 1")).text
    assert "1 person says this is no longer true." in (await mia("/topic 1")).text


async def test_a_correction_settles_the_doubts_and_its_undo_brings_them_back(world: World) -> None:
    await answered(world)
    mia, ann = world.member("mia"), world.assistant("ann")
    await mia("/flag 1")
    await ann("/answer 1 Because of another thing.")
    assert "no longer true" not in (await mia("/topic 1")).text
    await ann("/undo")
    assert "1 person says this is no longer true." in (await mia("/topic 1")).text


async def test_each_quarter_the_instructor_gets_the_list_once(world: World) -> None:
    await answered(world, "Why does it fail?", "How does it load?", "What is a map?")
    mia, boss, asker = world.member("mia"), world.instructor(), world.member("asker2")
    await world.tick()
    assert await boss.heard() == []
    await mia("/flag 2")
    world.clock.now = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    due = await world.tick()
    assert due == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert await boss.heard() == []
    world.clock.now = due
    await world.tick()
    await world.tick()
    [listed] = await boss.heard()
    assert listed.title == "Answers to look at, 2027-Q1"
    assert "• #2 How does it load?: 1 person says it is no longer true" in listed.text
    assert "#1" not in listed.text
    assert [button.label for button in listed.buttons] == ["#2"]
    boss.last = listed
    assert (await boss.press("#2")).title == "#2 How does it load?"
    assert len(await asker.heard()) == 1
    assert await mia.heard() == []


async def test_answers_older_than_a_year_are_listed_until_they_are_checked(world: World) -> None:
    await answered(world, "Why does it fail?", "How does it load?", "What is a map?")
    ann, boss = world.assistant("ann"), world.instructor()
    world.clock.now = datetime(2027, 12, 1, tzinfo=UTC)
    await ann("/check 1")
    await ann("/answer 3 Something newer.")
    await world.tick()
    assert "• #2 How does it load?: not looked at since 2026-11-20" in (await boss.heard())[-1].text
    assert "#1" not in (await boss.heard())[-1].text
    assert "#3" not in (await boss.heard())[-1].text
    await ann("/check 2")
    world.clock.now = datetime(2028, 1, 1, tzinfo=UTC)
    await world.tick()
    assert len(await boss.heard()) == 1
    world.clock.now = datetime(2029, 1, 1, tzinfo=UTC)
    await world.tick()
    assert [button.label for button in (await boss.heard())[-1].buttons] == ["#1", "#2", "#3"]


async def test_the_list_says_the_day_that_it_was_where_the_course_is(world: World) -> None:
    world.clock.now = datetime(2026, 11, 20, 20, tzinfo=UTC)
    await answered(world)
    world.clock.now = datetime(2028, 1, 1, tzinfo=UTC)
    await world.tick()
    assert "not looked at since 2026-11-21" in (await world.instructor().heard())[-1].text


async def test_at_most_ten_are_listed_the_doubted_first(world: World) -> None:
    about = (
        *("maps", "probes", "tail calls", "ring buffers", "cgroups", "verifiers", "sockets"),
        *("tracepoints", "BTF", "loaders", "XDP", "iterators", "spin locks"),
    )
    await answered(world, *(f"What are {each} good for?" for each in about))
    mia, boss = world.member("mia"), world.instructor(locale="zh-CN")
    world.clock.now = datetime(2028, 1, 1, tzinfo=UTC)
    await mia("/flag 13")
    await world.tick()
    [listed] = await boss.heard()
    assert [button.label for button in listed.buttons] == ["#13", *(f"#{n}" for n in range(1, 10))]
    assert "• #13 What are spin locks good for?：1 人认为过时了" in listed.text


async def test_what_a_page_answered_long_ago_is_old(world: World) -> None:
    at = datetime(2023, 5, 1, tzinfo=UTC)
    comment = Comment("山月", "", "为什么会失败？", at, (PageReply("author", "因为没有终点。"),))

    def file(tx: Connection) -> None:
        file_comments(tx, world.herald.course, [(comment, True)], world.clock())

    await world.database.write(file)
    await world.tick()
    assert "not looked at since 2023-05-01" in (await world.instructor().heard())[0].text


async def test_an_answer_that_was_taken_back_does_not_come_back_with_its_page(world: World) -> None:
    at = datetime(2023, 5, 1, tzinfo=UTC)
    comment = Comment("山月", "", "为什么会失败？", at, (PageReply("author", "因为没有终点。"),))

    def file(tx: Connection) -> None:
        file_comments(tx, world.herald.course, [(comment, True)], world.clock())

    await world.database.write(file)
    assert "The topic is “waiting for review” now" in (await world.assistant()("/unanswer 1")).text
    await world.database.write(file)
    assert "因为没有终点" not in (await world.member("lin")("/topic 1")).text
