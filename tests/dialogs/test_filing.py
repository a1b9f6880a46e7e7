"""What was asked where Herald cannot hear it, filed by staff for those who asked."""

from time import process_time

from sqlalchemy import select

from bot.core.chat import Reply
from bot.store import schema
from tests.support import World, opened_world

GROUP = """小林  2026/11/18 21:30:11
验证器为什么不让我写循环？
老周  2026/11/18 21:31:02
早上好
Mia  2026/11/18 21:32:40
How do I share a map between two programs?
小林  2026/11/18 21:33:00
「Mia：How do I share a map between two programs?」
- - - - - - - - - - - - - - -
用 pin 的办法行不行？
"""
SECTION = """小林

尾调用为什么最多 33 层？

作者回复: 因为要防止无限循环。

2026-11-18
老周

打卡

2026-11-19
"""


def labels(reply: object) -> list[str]:
    return [button.label for button in getattr(reply, "buttons", ())]


async def test_a_paste_is_gone_through_one_by_one(world: World) -> None:
    ta = world.assistant("ta")
    assert (await ta("/file")).text.startswith("Paste a stretch of the WeChat group")
    reply = await ta(GROUP)
    assert reply.title == "4 messages, questions: 3"
    assert reply.text.startswith("1. 小林: 验证器为什么不让我写循环？\n2. Mia: How do I share")
    assert "1 of 3 · 小林 (2026-11-18 21:30):\n验证器为什么不让我写循环？" in reply.text
    assert labels(reply) == ["File it", "Skip", "File all 3 questions", "The other 1"]
    reply = await ta.press("File it")
    assert reply.text.startswith("Filed as #1 for 小林.\n\n2 of 3 · Mia (2026-11-18 21:32):\nHow do I share")
    reply = await ta.press("Skip")
    assert "3 of 3 · 小林" in reply.text
    assert "In reply to “Mia：How do I share a map between two programs?”:\n用 pin 的办法行不行？" in reply.text
    reply = await ta.press("File it")
    assert reply.text == "Filed as #2 for 小林.\n\nThat was all. Filed: 2, me too: 0, skipped: 1, known before: 0."
    reply = await ta.press("The other 1")
    assert reply.text == "Other 1 of 1 · 老周 (2026-11-18 21:31):\n早上好"
    card = await ta("/topic 1")
    assert "小林 asked on 2026-11-18 21:30" in card.text


async def test_the_same_dialog_in_chinese(world: World) -> None:
    ta = world.assistant("ta", "zh-CN")
    assert (await ta("/代问")).text.startswith("把微信群或留言区的一段聊天贴进来")
    reply = await ta(GROUP)
    assert reply.title == "4 条发言，3 条像提问"
    assert "第 1/3 条 · 小林（2026-11-18 21:30）：\n验证器" in reply.text
    assert (await ta.press("登记")).text.startswith("已替 小林 登记为 #1。\n\n第 2/3 条 · Mia")
    assert (await ta.press("2 条全部登记")).text.startswith("登记了 2 个提问：#2、#3。\n\n都过完了。登记 3 条")


async def test_all_questions_are_filed_at_once_and_the_same_paste_adds_nothing(world: World) -> None:
    ta = world.assistant("ta")
    await ta("/file " + GROUP)
    assert "Filed 3 questions: #1, #2, #3." in (await ta.press("File all 3 questions")).text
    assert "Filed 0" not in (await ta.again()).text
    reply = await world.assistant("other")("/file " + GROUP.replace("2026/11/18", "2026/11/19"))
    assert reply.text.splitlines()[0] == "1. 小林: 验证器为什么不让我写循环？ (already #1)"
    assert "known before: 3" in reply.text
    assert labels(reply) == ["The other 1", "Review"]
    assert "#4" not in (await ta("/topics")).text


async def test_a_like_question_can_be_one_more_voice(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant("ta")
    await lin("/ask 验证器为什么不让我写带循环的程序？")
    reply = await ta("/file 小林:\n验证器为什么不让我写循环？\n\n老周:\n验证器为什么不让我写循环？\n")
    assert "This is like #1 “验证器为什么不让我写带循环的程序？” [waiting for review]." in reply.text
    assert (await ta.press("Count for #1")).text.startswith("小林 is counted for #1 too now.")
    assert (await ta.press("Count for #1")).text.startswith("老周 is counted for #1 too now.")
    card = await ta("/topic 1")
    assert "小林 asked on 2026-11-20 17:00:\n验证器为什么不让我写循环？" in card.text
    assert "老周 asked" in card.text


async def test_the_answer_reaches_others_and_those_filed_for_by_hand(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant("ta")
    await lin("/ask 验证器为什么不让我写带循环的程序？")
    await ta("/file 小林:\n验证器为什么不让我写循环？\n")
    await ta.press("Count for #1")
    reply = await ta("/answer 1 因为没有上界。")
    assert reply.text.endswith("1 person asked this elsewhere; the file holds what to copy there.")
    assert to_copy(reply) == "@小林 你问的“验证器为什么不让我写带循环的程序？”有回答了：\n因为没有上界。"
    assert len(await lin.heard()) == 1
    deliveries = await world.database.read(
        lambda tx: tx.execute(select(schema.delivery.c.target, schema.delivery.c.state)).all()
    )
    assert [state for target, state in deliveries if target.startswith("behalf:")] == ["by-hand"]


async def test_what_is_copied_to_the_group_is_in_its_language_and_says_what_is_new(world: World) -> None:
    ta = world.assistant("ta")
    await ta("/file name:小林 验证器为什么不让我写循环？")
    reply = await ta('/answer 1 holds:"内核 5.10" 因为没有上界。')
    assert to_copy(reply) == "@小林 你问的“验证器为什么不让我写循环？”有回答了：\n因为没有上界。\n适用：内核 5.10"
    reply = await ta("/answer 1 上界要在加载前看得出来。")
    assert to_copy(reply) == "@小林 “验证器为什么不让我写循环？”的回答更新了：\n上界要在加载前看得出来。"


async def test_all_who_asked_elsewhere_are_named_in_what_is_copied_whoever_answers(world: World) -> None:
    ta, mia = world.assistant("ta", "zh-CN"), world.member("mia")
    names = [f"同学{n}" for n in range(12)]
    await ta("/代问 " + "\n\n".join(f"{name}:\n验证器为什么不让我写循环？" for name in names))
    await ta.press("登记")
    for _ in names[1:]:
        await ta.press("算 #1 的同问")
    await mia("/suggest 1 因为没有上界。")
    await ta("/审题")
    reply = await ta.press("认可 mia 的答案")
    assert reply.text.endswith("还有 12 位是在别处问的，附件里的内容可以直接复制过去。")
    assert {*to_copy(reply).split(" 你问的")[0].split()} == {f"@{name}" for name in names}


async def test_where_everybody_is_reached_there_is_nothing_to_copy(world: World) -> None:
    await world.member("lin")("/ask 验证器为什么不让我写循环？")
    reply = await world.assistant()("/answer 1 因为没有上界。")
    assert reply.file is None
    assert reply.text == "Your answer to #1 is published, and everyone who asked is told."


async def test_what_was_filed_can_be_taken_back_and_filed_again(world: World) -> None:
    ta = world.assistant("ta")
    await ta("/file 小林:\n验证器为什么不让我写循环？\n\n老周:\n什么是尾调用？")
    await ta.press("File it")
    assert (await ta.press("Undo")).text == "Undone: what was filed under #1 is withdrawn."
    assert "no topic #1" in (await ta("/topic 1")).text.lower()
    await ta("/file 小林:\n验证器为什么不让我写循环？\n")
    assert (await ta.press("File it")).text.startswith("Filed as #2 for 小林.")


async def test_a_voice_can_be_taken_back_and_the_topic_stays(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant("ta")
    await lin("/ask 验证器为什么不让我写带循环的程序？")
    await ta("/file 小林:\n验证器为什么不让我写循环？\n")
    await ta.press("Count for #1")
    await ta("/decide 1 candidate")
    undone = await ta(f"/undo {await event(world, 'file')}")
    assert undone.text == "Undone: what was filed under #1 is withdrawn."
    assert "小林" not in (await ta("/topic 1")).text


async def test_what_was_answered_meanwhile_is_not_withdrawn(world: World) -> None:
    ta, other = world.assistant("ta"), world.assistant("other")
    await ta("/file name:小林 验证器为什么不让我写循环？")
    await other("/answer 1 因为没有上界。")
    assert "other" in (await ta(f"/undo {await event(world, 'file')}")).text
    assert "验证器" in (await ta("/topic 1")).text


async def test_one_question_is_filed_at_once_for_somebody(world: World) -> None:
    ta = world.assistant("ta")
    assert (await ta("/file name:小林 验证器为什么不让我写循环？")).text == (
        "Filed as #1 for 小林: “验证器为什么不让我写循环？”"
    )
    assert "asked this before: it is #1" in (await ta("/file 验证器为什么不让我写循环？ name:小林")).text
    reply = await ta("/file name:老周 source:other 验证器为什么不让写循环？")
    assert "This is like #1" in reply.text
    assert "老周 asked" in (await ta("/topic 2")).text
    assert await sources(world) == ["group", "other"]


async def test_a_comment_section_brings_the_authors_answers(world: World) -> None:
    ta = world.assistant("ta")
    reply = await ta("/file " + SECTION)
    assert "The author replied: 因为要防止无限循环。" in reply.text
    await ta.press("File it")
    card = await ta("/topic 1")
    assert card.text.startswith("Answered.")
    assert "因为要防止无限循环。" in card.text
    assert await sources(world) == ["comments"]


async def test_what_is_not_attributed_is_somebodys(world: World) -> None:
    ta = world.assistant("ta")
    assert "群友: 怎么查看已加载的程序？" in (await ta("/file 怎么查看已加载的程序？")).text


async def test_a_paste_without_words_comes_back(world: World) -> None:
    reply = await world.assistant()("/file [图片]")
    assert "There are no words in this" in reply.text
    assert reply.form is not None
    assert reply.form.args == {"text": "[图片]"}


async def test_a_button_pressed_twice_files_once(world: World) -> None:
    ta = world.assistant("ta")
    first = await ta("/file " + GROUP)
    await ta.press("File it")
    ta.last = first
    assert "Nothing was filed twice" in (await ta.press("File it")).text
    ta.last = first
    assert (await ta.press("Skip")).text.startswith("小林 asked this before: it is #1.")


async def test_an_old_paste_is_forgotten(world: World) -> None:
    ta = world.assistant("ta")
    first = await ta("/file " + GROUP)
    world.clock.wait(days=31)
    await ta("/file 小林:\n什么是尾调用？")
    ta.last = first
    assert "not kept any more" in (await ta.press("File it")).text


async def test_a_restart_in_the_middle_loses_nothing(url: str) -> None:
    async with opened_world(url) as world:
        ta = world.assistant("ta")
        await ta("/file " + GROUP)
        last = await ta.press("File it")
    async with opened_world(url) as world:
        again = world.assistant("ta")
        again.last = last
        assert (await again.press("File it")).text.startswith("Filed as #2 for Mia.\n\n3 of 3")


async def test_members_cannot_file_for_others(world: World) -> None:
    assert "assistants" in (await world.member("lin")("/file name:zhou What is it?")).text.lower()


def to_copy(reply: Reply) -> str:
    assert reply.file is not None
    assert reply.file.name == "answer-1.txt"
    return reply.file.text


async def event(world: World, verb: str) -> int:
    table = schema.event
    found = await world.database.read(lambda tx: tx.scalars(select(table.c.id).where(table.c.verb == verb)).all())
    return int(found[-1])


async def sources(world: World) -> list[str]:
    table = schema.question
    return await world.database.read(lambda tx: list(tx.scalars(select(table.c.source).order_by(table.c.id))))


async def test_what_a_member_said_is_filed_for_them_and_can_be_taken_back(world: World) -> None:
    ta, lin = world.assistant("ta"), world.member("lin")
    link, text = "https://chat.example/7", "Why does the verifier reject it?"
    filing = f"/file name:lin person:{lin.console.person} url:{link} {text}"
    done = await ta(filing)
    assert done.text.startswith("Filed as #1 for lin")
    assert "it is #1. Nothing was filed twice" in (await ta(filing)).text
    assert link in (await ta("/topic 1")).text
    assert link not in (await lin("/topic 1")).text
    assert text in (await lin("/my-questions")).text
    ta.last = done
    assert (await ta.press("Undo")).error is None
    assert text not in (await lin("/my-questions")).text
    assert (await ta(filing)).text.startswith("Filed as #2 for lin")
    await ta("/answer 2 It cannot prove that it ends.")
    assert "It cannot prove" in (await lin.heard())[-1].text
    assert (await lin(filing)).error == "not_allowed"


async def test_a_question_that_stays_without_its_asker_names_no_message(world: World) -> None:
    ta, lin = world.assistant("ta"), world.member("lin")
    await ta(f"/file name:lin person:{lin.console.person} url:https://chat.example/7 Why does the verifier reject it?")
    assert await sources(world) == ["https://chat.example/7"]
    await lin("/privacy delete")
    await lin.press("Keep my questions, without me")
    assert "Why does the verifier reject it?" in (await ta("/topic 1")).text
    assert await sources(world) == [""]


async def test_thousands_of_spaces_hold_nobody_up(world: World) -> None:
    began = process_time()
    assert "a b" in (await world.assistant()("/file a" + " " * 19_000 + "b")).text
    assert process_time() - began < 1
