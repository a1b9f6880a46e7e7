"""Asked already? Me too, follow, search, and what nobody may do to the others."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from bot.core.chat import Reply
from bot.store import merges, people, topics
from bot.store.schema import block, event, follow, question
from tests.support import START, Talk, World

UPROBE = "Why does a uprobe on a Go binary crash?"
UPROBE_TOO = "Is it safe to trace our Go services with a uprobe?"
DIFFERENT = (
    "Which compiler flags does CO-RE need?",
    "How large may a ring buffer be?",
    "Can XDP drop packets by port?",
    "What is a tail call good for?",
    "How do I pin a map to bpffs?",
    "Is there a helper that reads user memory?",
    "Where do tracepoints come from?",
    "Who frees a skb?",
    "Does LSM hooking slow the system down?",
    "When is a spinlock allowed?",
    "Why is my stack limited to 512 bytes?",
)


def labels(reply: Reply) -> list[str]:
    return [button.label for button in reply.buttons]


async def asked(talk: Talk, *texts: str) -> None:
    for text in texts:
        assert (await talk(f"/ask {text}")).text.startswith("Filed as"), text


# Asked already?


async def test_a_question_was_asked_on_the_day_that_it_was_where_the_course_is(world: World) -> None:
    world.clock.now = START.replace(hour=20)
    for openly, words in (("", UPROBE), ("anonymous:yes ", DIFFERENT[0])):
        await world.member("lin")(f"/ask {openly}{words}")
    for n in (1, 2):
        assert "2026-11-21" in (await world.member("mia")(f"/topic {n}")).text


async def test_what_was_asked_already_is_shown_before_anything_is_filed(world: World) -> None:
    lin, wang = world.member("lin"), world.member("wang")
    await asked(lin, UPROBE, "How do I pin a map to bpffs?")
    reply = await wang(f"/ask {UPROBE_TOO}")
    assert reply.private
    assert "may have been asked already" in reply.text
    assert f"• #1 {UPROBE} [waiting for review] · 1 person asks" in reply.text
    assert "#2" not in reply.text
    assert labels(reply) == ["Me too: #1", "Mine is different"]
    assert "2 in all" in (await wang("/topics")).text


async def test_me_too_counts_and_files_nothing(world: World) -> None:
    lin, wang = world.member("小林", "zh-CN"), world.member("老王", "zh-CN")
    await lin("/提问 验证器为什么拒绝我的循环？")
    reply = await wang("/提问 我的循环被验证器拒绝了，为什么？")
    assert "可能已经有人问过了" in reply.text
    assert labels(reply) == ["同问 #1", "我的不一样"]
    assert "已同问 #1（2 人在问），有进展会通知你" in (await wang.press("同问 #1")).text
    assert (await wang("/话题")).text.startswith("• #1 验证器为什么拒绝我的循环？【待审】 · 2 人在问 · ✓ 已同问")
    assert "还没有提过问题" in (await wang("/我的提问")).text
    await world.assistant("ta", "zh-CN")("/回答 1 因为证明不了会结束。")
    [told] = await wang.heard()
    assert "有回答了" in told.text


async def test_mine_is_different_files_it_with_all_that_was_typed(world: World) -> None:
    lin, wang = world.member("lin"), world.member("wang")
    await asked(lin, UPROBE)
    await wang(f"/ask {UPROBE_TOO} article:2026-Q3 anonymous:yes")
    reply = await wang.press("Mine is different")
    assert "Filed as #2" in reply.text
    assert "staff will not see who you are, and you will still be told" in reply.text
    card = await lin("/topic 2")
    assert f"Somebody asked on 2026-11-20:\n{UPROBE_TOO}\nAbout 2026-Q3" in card.text
    assert "wang" not in card.text


async def test_the_first_lines_of_an_answer_come_along_and_reading_it_tells_nobody(world: World) -> None:
    lin, wang, ta = world.member("lin"), world.member("wang"), world.assistant("ta")
    await asked(lin, UPROBE)
    await ta("/answer 1 It needs Go 1.17.\nBefore that the stack moves.")
    reply = await wang(f"/ask {UPROBE_TOO}")
    assert "[answered]" in reply.text
    assert "  It needs Go 1.17.\nBefore that the stack moves." in reply.text
    assert labels(reply) == ["#1 answers it", "Me too: #1", "Mine is different"]
    assert "ta answered on" in (await wang.press("#1 answers it")).text
    assert "1 person asks" in wang.last.text
    assert "You have not asked anything" in (await wang("/my-questions")).text


async def test_five_are_shown_at_most(world: World) -> None:
    lin, wang = world.member("lin"), world.member("wang")
    for n in range(1, 8):
        await lin(f"/ask different:yes Why does kernel {n} reject my loop?")
    reply = await wang("/ask Why does my kernel reject the loop?")
    assert reply.text.count("• #") == 5
    assert len(reply.buttons) == 6


async def test_what_nobody_asked_is_filed_at_once(world: World) -> None:
    await asked(world.member("lin"), UPROBE)
    assert "Filed as #2" in (await world.member("wang")("/ask Will there be a meeting in Hangzhou?")).text


async def test_ones_own_question_written_again_becomes_an_edit(world: World) -> None:
    lin = world.member("lin")
    await asked(lin, UPROBE)
    reply = await lin(f"/ask {UPROBE.rstrip('?')}!")
    assert "I put the new words in its place" in reply.text
    assert f"Before: {UPROBE}\nNow: {UPROBE.rstrip('?')}!" in reply.text
    assert labels(reply) == ["Mine is different", "Put the old words back"]
    assert "1 in all" in (await lin("/topics")).text
    assert (await lin("/topic 1")).title == f"#1 {UPROBE.rstrip('?')}!"
    lin.last = reply
    await lin.press("Put the old words back")
    assert f"asked on 2026-11-20 17:00:\n{UPROBE}" in (await lin("/topic 1")).text


async def test_a_repeat_that_is_none_is_filed_and_the_old_words_are_back(world: World) -> None:
    lin = world.member("lin")
    await asked(lin, UPROBE)
    await lin(f"/ask {UPROBE.rstrip('?')}!")
    assert "Filed as #2" in (await lin.press("Mine is different")).text
    assert f":\n{UPROBE}" in (await lin("/topic 1")).text
    assert f":\n{UPROBE.rstrip('?')}!" in (await lin("/topic 2")).text


async def test_what_is_somewhat_like_ones_own_can_replace_it(world: World) -> None:
    lin = world.member("lin")
    await asked(lin, UPROBE)
    reply = await lin(f"/ask {UPROBE_TOO}")
    assert "✓ you asked" in reply.text
    assert "is what you asked before" in reply.text
    assert "Me too" not in reply.text
    assert labels(reply) == ["Replace the words of my #1", "Mine is different"]
    await lin.press("Replace the words of my #1")
    assert f":\n{UPROBE_TOO}" in (await lin("/topic 1")).text
    assert "1 in all" in (await lin("/topics")).text


@pytest.mark.parametrize("first", ["", "anonymous:yes "])
async def test_anonymous_words_never_take_the_place_of_named_ones_nor_the_other_way_round(
    world: World, first: str
) -> None:
    lin = world.member("lin")
    second = "" if first else "anonymous:yes "
    await asked(lin, f"{first}{UPROBE}")
    reply = await lin(f"/ask {second}{UPROBE.rstrip('?')}!")
    assert labels(reply) == ["Mine is different"]
    card = await lin("/topic 1")
    assert UPROBE in card.text
    assert ("lin" in card.text) == (not first)


async def test_where_others_ask_the_same_ones_own_words_are_replaced_only_on_demand(world: World) -> None:
    lin, wang = world.member("lin"), world.member("wang")
    await asked(lin, UPROBE)
    await wang(f"/ask different:yes {UPROBE_TOO}")
    await world.database.write(lambda tx: merges.merge(tx, "ebpf", 2, 1))
    reply = await lin(f"/ask {UPROBE.rstrip('?')}!")
    assert labels(reply) == ["Replace the words of my #1", "Mine is different"]
    await lin.press("Replace the words of my #1")
    card = await wang("/topic 2")
    assert "#2 was merged into #1." in card.text
    assert f"{UPROBE.rstrip('?')}!" in card.text
    assert UPROBE_TOO in card.text
    assert labels(card) == ["Edit", "Withdraw"]


async def test_what_is_about_another_article_is_another_question(world: World) -> None:
    lin = world.member("lin")
    await asked(lin, f"{UPROBE} article:2026-Q3")
    assert labels(await lin(f"/ask {UPROBE.rstrip('?')}! article:2026-Q4")) == ["Mine is different"]
    assert "I put the new words in its place" in (await lin(f"/ask {UPROBE.rstrip('?')}! article:2026-Q3")).text


async def test_anothers_question_is_never_edited(world: World) -> None:
    lin, wang = world.member("lin"), world.member("wang")
    await asked(lin, UPROBE)
    assert labels(await wang(f"/ask {UPROBE.rstrip('?')}!")) == ["Me too: #1", "Mine is different"]
    await lin("/my-questions edit 1 Why does a uprobe on a Rust binary crash?")
    await wang(f"/ask different:yes event:1 {UPROBE.rstrip('?')}!")
    assert "Rust binary" in (await wang("/topic 1")).text


async def test_an_anonymous_asker_can_edit_withdraw_and_is_told(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant("ta")
    await asked(lin, f"{UPROBE} anonymous:yes")
    assert labels(await lin("/topic 1")) == ["Edit", "Withdraw"]
    await lin.press("Edit")
    await lin("Why does my Go binary crash with a uprobe?")
    card = await ta("/review")
    assert "Somebody asked on 2026-11-20:\nWhy does my Go binary crash with a uprobe?" in card.text
    assert "lin" not in card.text
    await ta("/decide 1 candidate")
    await ta("/answer 1 Because.")
    assert "is answered" in (await lin.heard())[-1].text


async def test_an_article_that_is_not_there_loses_nothing(world: World) -> None:
    lin = world.member("lin")
    reply = await lin("/ask article:2031-Q9 Why does it fail?")
    assert "There is no article “2031-Q9”" in reply.text
    assert reply.form is not None
    assert reply.form.args["text"] == "Why does it fail?"
    assert "Filed as #1" in (await lin("2026-Q4")).text
    assert "About 2026-Q4" in (await lin("/topic 1")).text


# Me too and follow


async def test_one_person_counts_once_and_can_take_it_back(world: World) -> None:
    lin, wang = world.member("lin"), world.member("wang")
    await asked(lin, UPROBE)
    await wang("/topic 1")
    assert "You are counted for #1 now (2 people ask)" in (await wang.press("Me too")).text
    assert "You are counted for #1 already (2 people ask)" in (await wang("/me-too 1")).text
    assert "✓ me too" in (await wang("/topic 1")).text
    assert labels(wang.last) == ["Take back my “me too”", "Suggest an answer"]
    assert "You are no longer counted for #1 (1 person asks)" in (await wang.press("Take back my “me too”")).text
    assert "You were not counted for #1, so nothing changed (1 person asks)" in (await wang("/me-too 1 off")).text


async def test_whoever_asked_counts_already(world: World) -> None:
    lin = world.member("lin", "zh-CN")
    await lin("/提问 验证器为什么拒绝我的循环？")
    reply = await lin("/同问 1")
    assert "#1 就是你提的，已经算上你了（1 人在问）" in reply.text
    assert reply.error is None
    assert "已经算上你了（1 人在问）" in (await lin("/同问 1 取消")).text


async def test_a_follower_hears_but_does_not_count(world: World) -> None:
    lin, wang, ta = world.member("lin"), world.member("wang"), world.assistant("ta")
    await asked(lin, UPROBE)
    await wang("/topic 1")
    await wang.press("Follow")
    assert "1 person asks · ✓ following" in (await lin("/topic 1")).text + (await wang("/topic 1")).text
    assert labels(wang.last) == ["Me too", "Unfollow", "Suggest an answer"]
    await ta("/decide 1 planned")
    assert len(await wang.heard()) == 1
    await wang("/follow 1 off")
    await ta("/answer 1 Because.")
    assert len(await wang.heard()) == 1


async def test_me_too_makes_a_follower_count_and_following_does_not_take_that_back(world: World) -> None:
    lin, wang = world.member("lin"), world.member("wang")
    await asked(lin, UPROBE)
    await wang("/follow 1")
    assert "2 people ask" in (await wang.press("Me too")).text
    assert "You are counted for #1 and hear of it anyway" in (await wang("/follow 1 off")).text
    assert "2 people ask" in (await wang("/topic 1")).text
    assert "You asked #1 yourself" in (await lin("/follow 1 off")).text


async def test_me_too_on_what_is_answered_gives_the_answer(world: World) -> None:
    lin, wang, ta = world.member("lin"), world.member("wang"), world.assistant("ta")
    await asked(lin, UPROBE)
    await ta("/answer 1 It needs Go 1.17.")
    reply = await wang("/me-too 1")
    assert "You are counted for #1 now (2 people ask)" in reply.text
    assert "ta answered on 2026-11-20 17:00:\nIt needs Go 1.17." in reply.text


async def test_me_too_on_what_an_article_covers_gives_the_article(world: World) -> None:
    lin, wang, boss = world.member("lin"), world.member("wang"), world.instructor()
    await asked(lin, UPROBE)
    await boss("/decide 1 planned")
    await boss("/publish 2026-Q4 https://example.org/29")
    reply = await wang("/me-too 1")
    assert "Covered in 2026-Q4" in reply.text
    assert reply.url == "https://example.org/29"


async def test_nobody_sees_who_else_asks(world: World) -> None:
    lin, wang = world.member("lin"), world.member("secretive")
    await asked(lin, UPROBE)
    await wang("/me-too 1")
    for talk in (lin, world.assistant(), world.instructor()):
        for line in ("/topic 1", "/topics", "/topics uprobe", "/my-questions"):
            assert "secretive" not in str(await talk(line))


@pytest.mark.parametrize("line", ["/me-too 9", "/follow 9", "/me-too 9 off"])
async def test_a_topic_that_is_not_there_cannot_be_followed(world: World, line: str) -> None:
    assert "There is no topic #9" in (await world.member("lin")(line)).text


# Search


async def test_topics_are_found_by_two_characters_and_by_two_letters(world: World) -> None:
    lin = world.member("lin", "zh-CN")
    for text in (
        "低版本内核还能用吗？",
        "想看 TC 和 XDP 怎么选",
        "容器里没有权限怎么办？",
        "Can a kernel module call BPF?",
    ):
        await lin(f"/提问 {text}")
    assert "#1 低版本内核还能用吗" in (await lin("/话题 内核")).text
    assert "共 1 个" in lin.last.text
    assert lin.last.title == "话题：“内核”"
    assert "#2 想看 TC" in (await lin("/话题 tc")).text
    assert "#3 容器里没有权限" in (await lin("/话题 权限")).text
    assert "没有找到" in (await lin("/话题 红烧肉做法")).text
    assert labels(lin.last) == ["看话题", "提问"]
    assert "已收到，编号 #5：“红烧肉做法”" in (await lin.press("提问")).text


async def test_the_best_comes_first_then_the_newest(world: World) -> None:
    lin = world.member("lin")
    for text in ("The kernel and maps", "The kernel and a ring buffer", "Something about kernel code"):
        await lin(f"/ask different:yes {text}")
    text = (await lin("/topics kernel buffer")).text
    assert [text.index(f"#{n} ") for n in (2, 3, 1)] == sorted(text.index(f"#{n} ") for n in (1, 2, 3))


async def test_filters_combine_and_pages_keep_them(world: World) -> None:
    lin, wang, ta = world.member("lin"), world.member("wang"), world.assistant()
    for n in range(1, 8):
        await lin(f"/ask different:yes Does kernel {n} know loops?")
    await lin("/ask How do I pin a map to bpffs?")
    await ta("/decide 3 candidate")
    page = await wang("/topics unanswered state:new kernel")
    assert page.title == "Topics: waiting for review · unanswered · “kernel”"
    assert "page 1 of 2 · 6 in all" in page.text
    page = await wang.press("More ▶")
    assert "page 2 of 2 · 6 in all" in page.text
    assert page.title == "Topics: waiting for review · unanswered · “kernel”"
    assert "page 1 of 2" in (await wang.press("◀ Previous")).text
    assert "1 in all" in (await wang("/topics candidate")).text
    assert "Nothing fits" in (await wang("/topics candidate bpffs")).text


async def test_what_is_unanswered_waits_or_is_planned(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await asked(lin, *DIFFERENT[:4])
    await ta("/answer 1 So.")
    await ta("/decide 2 declined no")
    await ta("/decide 3 planned")
    text = (await lin("/topics unanswered")).text
    assert [f"#{n} " in text for n in (1, 2, 3, 4)] == [False, False, True, True]
    assert "Nothing fits" in (await lin("/topics unanswered state:declined")).text


async def test_what_is_answered_and_still_planned_is_not_unanswered(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await asked(lin, *DIFFERENT[:3])
    await ta("/answer 1 So, and more in the article.")
    await ta("/decide 1 planned")
    await ta("/decide 2 planned")
    page = (await lin("/topics unanswered")).text
    assert [f"#{n} " in page for n in (1, 2, 3)] == [False, True, True]
    assert "2 in all" in page
    assert "#1 " not in (await lin("/topics unanswered planned")).text
    assert "#1 " in (await lin("/topics planned")).text


async def test_what_is_opened_again_is_unanswered_whatever_was_answered(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await asked(lin, DIFFERENT[0])
    await ta("/answer 1 So.")
    assert "Nothing fits" in (await lin("/topics unanswered")).text
    await ta("/decide 1 reopened")
    assert "#1 " in (await lin("/topics unanswered")).text


async def test_an_article_filter_finds_what_is_planned_for_it_and_what_is_about_it(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await asked(lin, DIFFERENT[0], f"{DIFFERENT[1]} article:2026-Q4", DIFFERENT[2])
    await ta("/decide 1 planned 2026-Q4")
    text = (await lin("/topics article:2026q4")).text
    assert [f"#{n} " in text for n in (1, 2, 3)] == [True, True, False]
    assert "There is no article “2031-Q9”" in (await lin("/topics article:2031-Q9")).text


async def test_mine_is_what_i_asked_or_follow(world: World) -> None:
    lin, wang = world.member("lin"), world.member("wang")
    await asked(lin, *DIFFERENT[:3])
    await asked(wang, DIFFERENT[3])
    await wang("/me-too 1")
    await wang("/follow 2")
    shown = {mine: (await wang(f"/topics mine:{mine}")).text for mine in ("asked", "followed", "any")}
    found = {mine: [n for n in range(1, 5) if f"#{n} " in text] for mine, text in shown.items()}
    assert found == {"asked": [4], "followed": [1, 2], "any": [1, 2, 4]}


async def test_few_results_can_be_joined_at_once(world: World) -> None:
    await asked(world.member("lin"), *DIFFERENT[:3])
    wang = world.member("wang")
    assert labels(await wang("/topics ring buffer")) == ["#2", "Me too: #2"]
    await wang.press("Me too: #2")
    assert labels(await wang("/topics ring buffer")) == ["#2"]


# Too many, too fast


async def test_twenty_open_questions_are_the_most_and_withdrawing_makes_room(world: World) -> None:
    lin = world.member("lin")
    for n in range(20):
        await lin(f"/ask different:yes Question {n} of mine?")
        world.clock.wait(minutes=5)
    reply = await lin("/ask different:yes One more of mine?")
    assert "You have 20 open questions, and 20 is the most" in reply.text
    assert "nothing is lost:\nOne more of mine?" in reply.text
    assert labels(reply) == ["My questions"]
    assert reply.form is not None
    assert reply.form.args == {"text": "One more of mine?", "different": "yes"}
    await lin("/my-questions withdraw 7")
    assert "Filed as #21" in (await lin("/ask different:yes One more of mine?")).text
    await world.assistant()("/answer 8 So.")
    assert "Filed as #22" in (await lin("/ask different:yes And one more?")).text


async def test_ten_questions_in_ten_minutes_are_enough_for_a_while(world: World) -> None:
    lin = world.member("lin", "zh-CN")
    for n, text in enumerate(DIFFERENT[:10]):
        assert f"编号 #{n + 1}" in (await lin(f"/提问 {text}")).text
        world.clock.wait(seconds=20)
    assert world.clock.now < START + timedelta(minutes=4)
    reply = await lin(f"/提问 {DIFFERENT[10]}")
    assert "几分钟里已经提了 10 个问题，7 分钟后可以再提" in reply.text
    assert DIFFERENT[10] in reply.text
    await lin("/我的提问 撤回 10")
    assert (await lin(f"/提问 {DIFFERENT[10]}")).error == "too_fast"
    world.clock.wait(minutes=7)
    assert "编号 #11" in (await lin(f"/提问 {DIFFERENT[10]}")).text


async def test_staff_may_ask_any_amount(world: World) -> None:
    ta = world.assistant()
    for n in range(25):
        assert "Filed" in (await ta(f"/ask different:yes Question {n} of mine?")).text


# Blocks


async def test_a_blocked_member_is_told_why_and_until_when_and_keeps_the_text(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant("ta")
    await asked(lin, f"{UPROBE} anonymous:yes")
    done = await ta("/block 1 7 advertising")
    assert "Whoever asked #1 can no longer ask here (until 2026-11-27 17:00)" in done.text
    assert "lin" not in str(done)
    refused = await lin("/ask How do I pin a map to bpffs?")
    assert "until Friday, November 27, 2026, 17:00 (Beijing time). The reason: advertising" in refused.text
    assert list(refused.times) == ["Friday, November 27, 2026, 17:00 (Beijing time)"]
    assert refused.text.endswith("How do I pin a map to bpffs?")
    assert "Filed as #2" in (await world.member("wang")("/ask Is there a helper that reads user memory?")).text
    world.clock.wait(days=7)
    assert "Filed as #3" in (await lin("/ask How do I pin a map to bpffs?")).text
    assert "Nobody is blocked" in (await ta("/block")).text


async def test_the_list_of_blocks_names_topics_not_persons(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant("ta", "zh-CN")
    await asked(lin, *DIFFERENT[:2])
    await ta("/封禁 1 发广告")
    await ta("/封禁 2 30 骂人")
    reply = await ta("/封禁")
    assert (
        "• #1 的提问人：发广告（长期有效，ta 操作）\n• #2 的提问人：骂人（到 2026-12-20 17:00，ta 操作）" in reply.text
    )
    assert "lin" not in str(reply)
    assert "你不能在本课程提问了" not in (await lin("/ask Who frees a perf buffer?")).text
    assert "You cannot ask in this course any more. The reason: 发广告" in lin.last.text
    await ta("/封禁")
    assert "#1 的提问人可以继续提问了" in (await ta.press("解封 #1")).text
    assert "until" in (await lin("/ask Who frees a perf buffer?")).text


async def test_a_block_can_be_undone_and_so_can_its_end(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await asked(lin, DIFFERENT[0])
    await ta("/block 1 spam")
    assert "may ask as before" in (await ta.press("Undo")).text
    assert "Filed as #2" in (await lin(f"/ask {DIFFERENT[1]}")).text
    await ta("/block 1 spam")
    await ta("/block 1 off:yes")
    assert "is blocked again" in (await ta.press("Undo")).text
    assert (await lin(f"/ask {DIFFERENT[2]}")).error == "blocked_for_good"
    assert "Nobody is blocked because of #2" in (await ta("/block 2 off:yes")).text


async def test_declining_offers_to_block_the_asker_after_a_question(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await asked(lin, DIFFERENT[0])
    await ta("/decide 1 declined an advertisement")
    reply = await ta.press("Block the asker too")
    assert "they read this reason: an advertisement" in reply.text
    assert labels(reply) == ["Block for 7 days", "Block for 30 days", "Block for good"]
    assert "Filed as #2" in (await lin(f"/ask {DIFFERENT[1]}")).text
    assert "until 2026-11-27" in (await ta.press("Block for 7 days")).text
    assert (await lin(f"/ask {DIFFERENT[2]}")).error == "blocked"


async def test_a_block_asks_for_its_reason(world: World) -> None:
    ta = world.assistant()
    await asked(world.member("lin"), DIFFERENT[0])
    assert "is told the reason" in (await ta("/block 1 7")).text
    assert "until 2026-11-27 17:00" in (await ta("spam")).text
    assert (await ta("/block 1 9999 spam")).error == "not_in_range"


async def test_whoever_does_not_ask_here_cannot_be_blocked(world: World) -> None:
    ta = world.assistant()
    await ta("/topics")
    rows = (("comment:old", None), ("behalf:zhang", "local:assistant"))

    def filed(tx: Connection) -> None:
        people.meet(tx, "local:assistant", "assistant", START)
        for who, by in rows:
            people.meet(tx, who, who, START)
            topics.file(tx, "ebpf", [topics.Asked(who, who, who, who, START, "file", filed_by=by)])

    await world.database.write(filed)
    for n in (1, 2):
        assert "nobody to block" in (await ta(f"/block {n} spam")).text
    assert "There is no topic #3" in (await ta("/block 3 spam")).text


async def test_nothing_that_is_kept_of_a_block_tells_who_it_is_nor_that_two_are_the_same(world: World) -> None:
    lin, ta = world.member("secretive"), world.assistant()
    await asked(lin, f"{DIFFERENT[0]} anonymous:yes", f"{DIFFERENT[1]} anonymous:yes")
    for n in (1, 2):
        await ta(f"/block {n} spam")
    kept = await world.database.read(lambda tx: tx.execute(select(block)).all())
    noted = await world.database.read(lambda tx: tx.execute(select(event)).all())
    assert "secretive" not in str(kept) + str(noted)
    assert len({row.digest for row in kept}) == 2


async def test_members_block_nobody_and_other_courses_know_of_no_block(world: World) -> None:
    lin = world.member("lin")
    await asked(lin, DIFFERENT[0])
    assert "Nothing was changed" in (await lin("/block 1 spam")).text
    assert await world.database.read(lambda tx: tx.execute(select(block)).all()) == []
    assert await world.database.read(lambda tx: len(tx.execute(select(follow)).all())) == 1
    assert await world.database.read(lambda tx: len(tx.execute(select(question)).all())) == 1
