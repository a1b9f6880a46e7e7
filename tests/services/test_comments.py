"""Comments filed as questions: once each, with their replies, whoever reads the page how often."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.model import Comment, PageReply
from bot.services.comments import Filed, file_comments
from tests.support import START, World

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2022, 3, 12, 9, 49, 15, tzinfo=SHANGHAI)
WHY = Comment("阿木", "https://a.example/1", "为什么程序会被拒绝？\n谢谢", AT)
AUTHOR, EDITOR = PageReply("author", "因为没有终点。"), PageReply("editor", "已转给老师。")


async def file(world: World, *comments: Comment, dry: bool = False) -> list[Filed]:
    course = world.herald.course
    job = partial(file_comments, course=course, comments=[(each, True) for each in comments], now=START, dry=dry)
    return await (world.database.read if dry else world.database.write)(job)


def kinds(filed: Sequence[Filed]) -> list[tuple[str, int | None]]:
    return [(each.filed, each.topic) for each in filed]


async def test_a_question_is_filed_with_its_asker_time_and_answer(world: World) -> None:
    assert kinds(await file(world, replace(WHY, replies=(AUTHOR,)))) == [("new", 1)]
    card = await world.member("lin", "zh-CN")("/话题详情 1")
    assert "已有回答" in card.text
    assert "阿木 提问（2022-03-12 09:49）：\n为什么程序会被拒绝？\n谢谢" in card.text
    assert "作者回复：\n因为没有终点。" in card.text


async def test_an_editors_reply_is_kept_as_the_editors_and_answers_nothing(world: World) -> None:
    await file(world, replace(WHY, replies=(EDITOR,)))
    card = await world.assistant()("/review")
    assert card.text.startswith("Review: 1 of 1")
    assert "Reply of the 编辑:\n已转给老师。" in card.text


async def test_a_remark_is_not_filed(world: World) -> None:
    job = partial(file_comments, course=world.herald.course, comments=[(WHY, False)], now=START)
    assert kinds(await world.database.write(job)) == [("none", None)]


async def test_the_same_page_again_adds_nothing(world: World) -> None:
    page = (replace(WHY, replies=(AUTHOR,)), replace(WHY, name="小河", avatar="https://a.example/2"))
    assert kinds(await file(world, *page)) == [("new", 1), ("new", 2)]
    assert kinds(await file(world, *page)) == [("known", 1), ("known", 2)]
    assert (await world.member("lin")("/topic 1")).text.count("因为没有终点") == 1


async def test_a_reply_of_a_later_copy_is_added_and_one_it_lacks_is_kept(world: World) -> None:
    lin = world.member("lin")
    await file(world, WHY)
    assert "Waiting for review" in (await lin("/topic 1")).text
    assert kinds(await file(world, replace(WHY, replies=(AUTHOR,)))) == [("known", 1)]
    assert "Answered." in (await lin("/topic 1")).text
    await file(world, WHY)
    await file(world, replace(WHY, replies=(PageReply("author", "另外看第 3 讲。"),)))
    card = (await lin("/topic 1")).text
    assert "因为没有终点。\n\n另外看第 3 讲。" in card


async def test_an_authors_reply_of_a_later_copy_reaches_who_else_asks_and_follows_it_once(world: World) -> None:
    lin, wang, he = (world.member(name) for name in ("lin", "wang", "he"))
    await file(world, WHY)
    await lin("/me-too 1")
    await wang("/follow 1")
    await he("/ask Why is my program rejected?")
    ta = world.assistant()
    await ta("/merge 2 1")
    await ta.press("Merge")
    before = [len(await each.heard()) for each in (lin, wang, he)]
    for _ in range(2):
        await file(world, replace(WHY, replies=(AUTHOR,)))
    for each, old in zip((lin, wang, he), before, strict=True):
        [told] = (await each.heard())[old:]
        assert re.search("#1 “为什么程序会被拒绝？”.* is answered:\n因为没有终点。", told.text)
    await file(world, replace(WHY, replies=(AUTHOR, PageReply("author", "另外看第 3 讲。"))))
    [*_, told] = await lin.heard()
    assert "因为没有终点。\n\n另外看第 3 讲。" in told.text
    await world.tick()
    assert "by hand" not in (await world.instructor()("/deliveries")).text


async def test_a_reply_to_what_is_merged_answers_what_it_is_merged_into_once(world: World) -> None:
    lin = world.member("lin")
    await lin("/ask Why is my program rejected?")
    await file(world, WHY)
    ta = world.assistant()
    await ta("/merge 2 1")
    await ta.press("Merge")
    before = len(await lin.heard())
    for _ in range(2):
        await file(world, replace(WHY, replies=(AUTHOR,)))
    assert len(await lin.heard()) == before + 1
    card = (await lin("/topic 1")).text
    assert "Answered." in card
    assert card.count("因为没有终点。") == 1


async def test_the_same_comment_twice_on_a_page_is_one(world: World) -> None:
    assert kinds(await file(world, WHY, replace(WHY, replies=(AUTHOR,)))) == [("new", 1), ("known", 1)]
    assert "因为没有终点" in (await world.member("lin")("/topic 1")).text


async def test_the_same_words_of_two_people_are_two_questions(world: World) -> None:
    other = replace(WHY, name="小河", avatar="https://a.example/2", at=AT.replace(hour=20))
    namesake = replace(WHY, avatar="https://a.example/3", at=AT.replace(hour=21))
    assert kinds(await file(world, WHY, other, namesake)) == [("new", 1), ("new", 2), ("new", 3)]


async def test_who_renamed_themselves_is_known(world: World) -> None:
    await file(world, WHY)
    assert kinds(await file(world, replace(WHY, name="阿木木"))) == [("known", 1)]
    assert kinds(await file(world, replace(WHY, name="木", avatar=""))) == [("known", 1)]
    assert kinds(await file(world, replace(WHY, avatar="https://a.example/9"))) == [("known", 1)]


async def test_the_markdown_copy_is_known_by_name_and_day(world: World) -> None:
    await file(world, WHY)
    copy = Comment("阿木", "", "为什么程序会被拒绝？ 谢谢", AT.date())
    assert kinds(await file(world, copy)) == [("known", 1)]
    assert kinds(await file(world, replace(copy, name="别人"))) == [("new", 2)]


async def test_a_dry_run_says_the_same_and_writes_nothing(world: World) -> None:
    assert kinds(await file(world, WHY, WHY, dry=True)) == [("new", None), ("known", None)]
    assert "There are no topics yet" in (await world.member("lin")("/topics")).text


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(pages=st.lists(st.lists(st.integers(0, 5), max_size=6), min_size=1, max_size=3))
async def test_however_pages_overlap_each_question_is_filed_once(world: World, pages: list[list[int]]) -> None:
    said = [replace(WHY, text=f"问题 {n} 怎么解决？", avatar=f"https://a.example/{n}") for n in range(6)]
    filed = [each for page in pages for each in await file(world, *(said[n] for n in page))]
    numbers = {each.comment.text: each.topic for each in filed}
    assert all(each.topic == numbers[each.comment.text] for each in filed)
    assert len(set(numbers.values())) == len(numbers)
