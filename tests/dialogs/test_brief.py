"""The quarter's close: one file to write an article from, and what it did not take up."""

import pytest
from sqlalchemy import select

from bot.core.chat import Reply
from bot.core.model import Change, Window
from bot.store import schema
from tests.support import START, Talk, World, course, opened_world


def text_of(reply: Reply) -> str:
    assert reply.file is not None
    return reply.file.text


async def asked(world: World, *texts: str, by: str = "lin") -> Talk:
    talk = world.member(by)
    for text in texts:
        reply = await talk(f"/ask {text}")
        if "Filed" not in reply.text:
            await talk.press("Mine is different")
    return talk


async def test_a_brief_is_one_file_with_every_wording(world: World) -> None:
    await asked(world, "Why does the verifier refuse my loop?")
    ta, boss = world.assistant("ta"), world.instructor()
    await ta("/file name:小林 source:group 什么是尾调用，有什么限制？")
    await ta("/decide 1 planned 2026-Q4")
    await ta("/decide 2 candidate")
    world.clock.wait(days=3)
    reply = await boss("/brief 2026-Q4")
    assert reply.text == (
        "The brief of 2026-Q4 is in the file. Planned topics: 1 (1 person asks). "
        "Leading topics that are not planned: 1."
    )
    assert reply.file is not None
    assert reply.file.name == "2026-Q4.md"
    text = text_of(reply)
    assert text.startswith("# 2026-Q4 · no title yet\n\nBrief for eBPF, as of Monday, November 23, 2026, 17:00")
    assert "- When: Expected: Q4 2026" in text
    standing = "1 person asks, planned, asked 3 days ago (2026-11-20)"
    assert f"### #1 Why does the verifier refuse my loop?\n\n{standing}" in text
    assert "**lin** (2026-11-20):\n\n> Why does the verifier refuse my loop?" in text
    assert "## Leading topics that are not planned\n\n- #2 什么是尾调用，有什么限制？ · 1 person asks" in text
    assert "## Earlier articles\n\n- [Maps](<https://example.org/q3>) (2026-Q3" in text
    assert text.endswith(
        "### What you asked\n\n- #1 Why does the verifier refuse my loop?\n\n### What comes next\n\n"
        "- Survey: [https://example.org/survey](<https://example.org/survey>)\n"
        "- Group: [https://example.org/group](<https://example.org/group>)\n"
    )


async def test_a_brief_in_chinese(world: World) -> None:
    await asked(world, "为什么验证器不让我写循环？", by="小林")
    boss = world.instructor(locale="zh-CN")
    await boss("/处理 1 排期 2026-Q4")
    reply = await boss("/提纲 2026-Q4")
    assert reply.text == "2026-Q4 的提纲在文件里：排了 1 个话题（1 人在问），另有 0 个热门话题还没排期。"
    text = text_of(reply)
    assert text.startswith("# 2026-Q4 · 标题未定\n\n《eBPF》提纲，整理于 2026年11月20日")
    assert "## 排进这篇的话题\n\n### #1 为什么验证器不让我写循环？" in text
    assert "**小林**（2026-11-20）：\n\n> 为什么验证器不让我写循环？" in text
    assert "### 大家的问题\n\n- #1" in text


async def test_answers_like_what_is_planned_stand_beside_it(world: World) -> None:
    await asked(world, "Why does the verifier refuse my loop on kernel 5.10?")
    await asked(world, "Why does the verifier refuse a loop on an old kernel?", by="zhou")
    boss = world.instructor()
    await boss("/answer 1 It has no bound.")
    await boss("/decide 2 planned 2026-Q4")
    text = text_of(await boss("/brief 2026-Q4"))
    assert (
        "## Answered before, and like these\n\n- #1 Why does the verifier refuse my loop on kernel 5.10?: It has"
        in text
    )


async def test_what_people_wrote_cannot_break_out_of_the_file(world: World) -> None:
    await asked(world, "# Outline? ```x``` [a](https://evil.example) <b>\u202eno\n## Heading\n1. item")
    boss = world.instructor()
    await boss("/decide 1 planned 2026-Q4")
    text = text_of(await boss("/brief 2026-Q4"))
    assert (
        "> \\# Outline? \\`\\`\\`x\\`\\`\\` \\[a\\](https://evil.example) \\<b>no  \n> \\## Heading  \n> 1\\. item"
        in text
    )
    assert "\u202e" not in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Planned topics",
        "## Earlier articles",
        "## Outline",
    ]


async def test_an_anonymous_asker_is_not_named(world: World) -> None:
    secret = world.member("secretive")
    await secret("/ask anonymous:yes Why does the verifier refuse my loop?")
    boss = world.instructor()
    await boss("/decide 1 planned 2026-Q4")
    for article in ("2026-Q4", "2026-review"):
        text = text_of(await boss(f"/brief {article}"))
        assert "secretive" not in text
    assert "**Anonymous** (2026-11-20):" in text_of(await boss("/brief 2026-Q4"))


async def test_what_was_not_taken_up_moves_on_in_one_step(world: World) -> None:
    lin = await asked(world, "Why does the verifier refuse my loop?", "What is a tail call good for?")
    zhou = await asked(world, "How do I pin a map to a file?", by="zhou")
    boss = world.instructor()
    for n in (1, 2, 3):
        await boss(f"/decide {n} planned 2026-Q4")
    before = len(await lin.heard())
    await boss("/brief 2026-Q4")
    reply = await boss.press("Move 3 on from 2026-Q4")
    assert reply.text == "3 topics are planned for 2027-Q1 now: #1, #2, #3. Everyone who asked is told once."
    told = (await lin.heard())[before:]
    assert [button.label for button in told[0].buttons] == ["See #1", "See #2", "Stop writing to me"]
    assert [each.text for each in told] == [
        "Topics that you asked or follow, moved from 2026-Q4 to 2027-Q1:\n"
        "• #1 Why does the verifier refuse my loop?\n• #2 What is a tail call good for?"
    ]
    assert (await zhou.heard())[
        -1
    ].text == "Topics that you asked or follow, moved from 2026-Q4 to 2027-Q1:\n• #3 How do I pin a map to a file?"
    assert "Planned for 2027-Q1" in (await lin("/topic 1")).text
    assert "no topic is planned for 2026-Q4" in (await boss("/carry 2026-Q4")).text


async def test_some_topics_can_stay(world: World) -> None:
    await asked(world, "Why does the verifier refuse my loop?", "What is a tail call good for?")
    boss = world.instructor(locale="zh-CN")
    for n in (1, 2):
        await boss(f"/decide {n} planned 2026-Q4")
    assert "没有排在 2026-Q4，所以一个都没动" in (await boss("/顺延 2026-Q4 保留:1,9")).text
    reply = await boss('/顺延 2026-Q4 2026-review 保留:"#1"')
    assert reply.text == "1 个话题已顺延到 2026-review：#2。问过的人会收到一次通知。\n留在原处：#1。"
    assert "Planned for 2026-Q4" in (await world.member("lin")("/topic 1")).text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/carry 2026-Q4 2026-Q4", "already"),
        ("/carry 2026-Q4 2026-Q3", "published"),
        ("/carry 2026-Q4 keep:x", "not a number"),
        ("/carry 2031-Q9", "no article “2031-Q9”"),
    ],
)
async def test_what_cannot_be_moved_is_said(world: World, line: str, said: str) -> None:
    await asked(world, "Why does the verifier refuse my loop?")
    boss = world.instructor()
    await boss("/decide 1 planned 2026-Q4")
    assert said in (await boss(line)).text
    assert "Planned for 2026-Q4" in (await boss("/topic 1")).text


async def test_topics_of_an_article_that_is_skipped_are_offered_to_be_moved(world: World) -> None:
    await asked(world, "Why does the verifier refuse my loop?")
    boss = world.instructor()
    await boss("/decide 1 planned 2026-Q4")
    reply = await boss("/schedule 2026-Q4 skip")
    assert "Move 1 on from 2026-Q4" in [button.label for button in reply.buttons]
    await boss("/publish 2026-review https://example.org/review")
    assert "#1 is planned for 2027-Q1 now" in (await boss.press("Move 1 on from 2026-Q4")).text


async def test_a_year_is_counted(world: World) -> None:
    lin = await asked(world, "Why does the verifier refuse my loop?", "What is a tail call good for?")
    await asked(world, "How do I pin a map to a file?", by="zhou")
    ta, boss = world.assistant("ta"), world.instructor()
    await boss("/schedule 2026-Q4 2026-11-22")
    await boss("/decide 2 planned 2026-Q4")
    world.clock.wait(days=4)
    await ta("/answer 1 It has no bound.")
    await ta("/decide 3 declined Not ours.")
    await boss("/publish 2026-Q4 https://example.org/q4 Tail calls")
    world.clock.wait(days=1)
    await lin("/ask Can a program be attached twice?")
    text = text_of(await boss("/brief 2026-review"))
    assert "## 2026 in numbers\n\nArticles promised: 3, published: 2." in text
    assert (
        "- 2026-Q4 Tail calls (promised: November 22, 2026) · Published: November 24, 2026. It came 2 days late."
        in text
    )
    assert "- Questions: 4, of 2 different people; 0 asked anonymously\n" in text
    assert "- Topics answered: 1, covered by an article: 1, declined: 1\n- Days to an answer (median): 4\n" in text
    assert "### What stays open: 1\n\n- #4 Can a program be attached twice?" in text
    assert "### What most people asked\n\n- #1" in text
    assert "### Looking back" in text


async def test_a_review_is_of_a_year_that_has_a_next_one(world: World) -> None:
    boss = world.instructor()
    assert "## 9998 in numbers" in text_of(await boss("/brief 9998-review"))
    refused = await boss("/brief 9999-review")
    assert refused.text.startswith("There is no article “9999-review” in the plan.")


async def test_an_extra_that_is_called_a_review_is_none(url: str) -> None:
    day = START.date().replace(year=2027, month=1)
    book = {"book-review": Change(window=Window(day, day))}
    async with opened_world(url, course(changes=book)) as world:
        boss = world.instructor()
        assert "in numbers" not in text_of(await boss("/brief book-review"))
        await world.member("lin")("/ask Why does it fail?")
        await boss("/decide 1 planned article:2026-Q4")
        await boss("/schedule 2026-Q4 skip")
        assert "book-review" in (await boss("/carry 2026-Q4")).text


async def test_only_the_instructor_gets_a_brief(world: World) -> None:
    assert (await world.assistant()("/brief 2026-Q4")).file is None


async def test_who_follows_two_topics_has_one_row_in_the_ledger(world: World) -> None:
    await asked(world, "Why does the verifier refuse my loop?", "What is a tail call good for?")
    boss = world.instructor()
    for n in (1, 2):
        await boss(f"/decide {n} planned 2026-Q4")
    await boss("/carry 2026-Q4")
    key = schema.announcement.c.key
    keys = await world.database.read(lambda tx: list(tx.scalars(select(key).where(key.startswith("carry:")))))
    assert [each.rpartition(":")[2] for each in keys] == ["1+2"]


async def test_who_wants_to_hear_nothing_is_not_told(world: World) -> None:
    lin = await asked(world, "Why does the verifier refuse my loop?")
    boss = world.instructor()
    await boss("/decide 1 planned 2026-Q4")
    await lin("/notify hear:off")
    before = len(await lin.heard())
    await boss("/carry 2026-Q4")
    assert len(await lin.heard()) == before


async def test_a_year_counts_nobody_twice_and_leaves_out_what_it_cannot_know(world: World) -> None:
    await asked(world, "Why does the verifier refuse my loop?", "What is a tail call good for?")
    await world.member("secretive")("/ask anonymous:yes How do I pin a map to a file?")
    ta, boss = world.assistant("ta"), world.instructor()
    await ta("/file 小林\n\n这个函数为什么报错？\n\n作者回复: 版本太旧。\n\n2026-11-18")
    await ta.press("File it")
    await ta("/file name:老周 What is a tail call good for?")
    await world.member("zhou")("/me-too 2")
    world.clock.wait(days=6)
    await boss("/answer 1 It has no bound.")
    text = text_of(await boss("/brief 2026-review"))
    assert "- Questions: 5, of 3 different people; 1 asked anonymously\n" in text
    assert "- Topics answered: 2," in text
    assert "(median): 6\n" in text
    assert "### What most people asked\n\n- #2 What is a tail call good for? · 2 people ask" in text
