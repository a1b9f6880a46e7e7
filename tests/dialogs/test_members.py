"""What members say and hear."""

import pytest
from sqlalchemy import select

from bot.core.chat import Role
from bot.store.schema import event
from tests.support import Talk, World


async def test_a_question_is_filed_with_a_receipt(world: World) -> None:
    lin = world.member("lin")
    reply = await lin("/ask Why does the verifier reject my loop?")
    assert "Filed as #1: “Why does the verifier reject my loop?”" in reply.text
    assert "It is reviewed before the next article (Q4 2026)." in reply.text
    assert "You will hear" in reply.text
    assert reply.private
    assert [button.label for button in reply.buttons] == ["#1", "Edit", "Withdraw"]
    wang = world.member("wang", "zh-CN")
    assert "已收到，编号 #2：“内核版本多低还能用？”" in (await wang("提问：内核版本多低还能用？")).text


async def test_a_question_can_be_typed_after_the_command(world: World) -> None:
    lin = world.member("lin")
    assert "What would you like to know?" in (await lin("/ask")).text
    assert "Filed as #1" in (await lin("Why does the verifier reject my loop?")).text


@pytest.mark.parametrize(("text", "said"), [("abc", "at least 5"), ("字" * 2001, "at most 2000")])
async def test_what_does_not_fit_comes_back_whole(world: World, text: str, said: str) -> None:
    lin = world.member("lin")
    reply = await lin(f"/ask {text}")
    assert said in reply.text
    assert text in reply.text
    assert reply.form is not None
    assert reply.form.args == {"text": text}
    assert "Filed as #1" in (await lin("A text that fits this time.")).text
    assert "1 in all" in (await lin("/topics")).text


@pytest.mark.parametrize("text", ["五个字正好", "x" * 2000])
async def test_the_shortest_and_the_longest_question_fit(world: World, text: str) -> None:
    assert "Filed as #1" in (await world.member("lin")(f"/ask {text}")).text


async def test_white_space_and_what_is_invisible_do_not_make_a_question(world: World) -> None:
    lin = world.member("lin")
    assert "at least 5" in (await lin("/ask a\u200b\u200b\u200b\u200bb")).text


async def test_the_same_question_of_one_person_is_filed_once(world: World) -> None:
    lin = world.member("lin")
    await lin("/ask Why does it fail?")
    assert "You have asked this already: it is #1" in (await lin("/ask Why does it  fail?")).text
    wang = world.member("wang")
    await wang("/ask Why does it fail?")
    assert "Filed as #2" in (await wang.press("Mine is different")).text


async def test_a_message_that_arrives_twice_acts_once_and_gets_the_same_reply(world: World) -> None:
    lin = world.member("lin")
    first = await lin("/ask Why does it fail?")
    assert await lin.again() == first
    assert "1 in all" in (await lin("/topics")).text


async def test_topics_are_listed_five_a_page_newest_first(world: World) -> None:
    lin = world.member("lin")
    for n in range(1, 8):
        await lin(f"/ask different:yes Question number {n} of mine?")
    page = await lin("/topics")
    line = "• #7 Question number 7 of mine? [waiting for review] · 1 person asks · ✓ you asked"
    assert page.text.splitlines()[0] == line
    assert "page 1 of 2 · 7 in all" in page.text
    page = await lin.press("More ▶")
    assert "• #1 Question number 1" in page.text
    assert "page 2 of 2" in page.text
    assert "page 1 of 2" in (await lin.press("◀ Previous")).text
    assert "page 2 of 2" in (await lin("/topics page:99")).text


async def test_topics_can_be_narrowed_to_a_state(world: World) -> None:
    lin, ta = world.member("lin", "zh-CN"), world.assistant()
    await lin("/提问 第一个问题是什么？")
    await lin("/提问 容器里要什么权限？")
    await ta("/decide 2 candidate")
    assert (await lin("/话题 候选")).text.startswith("• #2 容器里要什么权限？【候选】 · 1 人在问 · ✓ 你提的")
    assert (await lin("/话题 候选")).title == "话题：候选"
    assert "没有找到" in (await lin("/话题 不采纳")).text


async def test_a_topic_shows_its_words_and_where_it_stands(world: World) -> None:
    lin = world.member("lin")
    await lin("/ask Why does it fail?\nHere is my code.")
    card = await world.member("wang")("/topic 1")
    assert card.title == "#1 Why does it fail?"
    assert "Waiting for review." in card.text
    assert "lin asked on 2026-11-20 17:00:\nWhy does it fail?\nHere is my code." in card.text
    assert [button.label for button in card.buttons] == ["Me too", "Follow", "Suggest an answer"]
    assert [button.label for button in (await lin("/topic #1")).buttons] == ["Edit", "Withdraw"]


@pytest.mark.parametrize("line", ["/topic 9", "/topic ＃９", "/话题详情 9"])
async def test_a_topic_that_is_not_there_is_said_so(world: World, line: str) -> None:
    assert "There is no topic #9" in (await world.member("lin")(line)).text


async def test_my_questions_are_mine(world: World) -> None:
    lin, wang = world.member("lin"), world.member("wang", "zh-CN")
    assert "You have not asked anything" in (await lin("/my-questions")).text
    await lin("/ask Why does it fail?")
    await wang("/提问 为什么会失败？")
    assert "#1" in (await lin("/my-questions")).text
    assert "#2" not in (await lin("/my-questions")).text
    assert (await wang("我的提问")).text.startswith("• #2 为什么会失败？\n  等待审题。")


async def test_what_others_did_to_my_questions_is_new_until_i_have_seen_it(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    for n in range(1, 8):
        await lin(f"/ask different:yes Question {n} of seven?")
    assert await new(lin, "/my-questions") == []
    decided = ("/decide 7 planned article:2026-Q4", "/decide 3 candidate", "/undo")
    for line in ("/answer 1 Because.", *decided, "/merge 6 5"):
        await ta(line)
    await ta.press("Merge")
    await lin("/my-questions edit 4 Another wording?")
    assert await new(lin, "/my-questions") == ["#7", "#5"]
    assert await new(lin, "/my-questions page:2") == ["#1"]
    assert await new(lin, "/my-questions") == []
    await ta("/answer 1 Because of the bound.")
    assert await new(lin, "/my-questions page:2") == ["#1"]
    assert " · 新\n  已有回答。" in (await world.member("lin", "zh-CN")("/我的提问 页:2")).text


async def test_of_how_often_i_look_at_my_questions_only_the_last_time_is_kept(world: World) -> None:
    lin = world.member("lin")
    await lin("/ask Why does it fail?")
    for _ in range(3):
        world.clock.wait(days=1)
        await lin("/my-questions")
    looks = select(event.c.at).where(event.c.verb == "look")
    assert await world.database.read(lambda tx: list(tx.scalars(looks))) == [world.clock()]


async def new(talk: Talk, line: str) -> list[str]:
    """What is marked as new in a list."""
    return [line.split()[1] for line in (await talk(line)).text.splitlines() if line.endswith("· new")]


async def test_a_question_can_be_edited_until_it_is_answered(world: World) -> None:
    lin, ta = world.member("lin"), world.assistant()
    await lin("/ask Why does it fail?")
    reply = await lin.press("Edit")
    assert reply.form is not None
    assert reply.form.args["text"] == "Why does it fail?"
    assert "#1 has your new wording" in (await lin("Why does it fail on 5.10?")).text
    assert (await lin("/topic 1")).title == "#1 Why does it fail on 5.10?"
    await ta("/answer 1 Because.")
    late = await lin("/my-questions edit 1 Another wording?")
    assert "#1 is “answered” by now" in late.text


async def test_a_question_can_be_withdrawn_and_its_words_come_back(world: World) -> None:
    lin = world.member("lin")
    await lin("/ask Why does it fail?")
    withdrawn = await lin.press("Withdraw")
    assert withdrawn.text == "#1 is withdrawn. Your text, should you want it again:\nWhy does it fail?"
    assert "There are no topics yet" in (await lin("/topics")).text
    assert "There is no topic #1" in (await lin("/topic 1")).text
    assert "There is no topic #1" in (await world.assistant()("/answer 1 Too late.")).text
    assert "Nothing waits" in (await world.assistant()("/review")).text
    assert "Filed as #2" in (await lin("/ask Why does it fail?")).text


@pytest.mark.parametrize(("how", "name"), [("", "lin asked on"), ("anonymous:yes ", "Somebody asked on")])
async def test_a_question_withdrawn_by_a_wrong_press_is_one_press_from_being_asked_again(
    world: World, how: str, name: str
) -> None:
    lin = world.member("lin")
    await world.member("wang")("/ask Why does it fail at all?")
    await lin(f"/ask {how}different:yes Why does it fail?")
    await lin.press("Withdraw")
    assert "Filed as #3: “Why does it fail?”" in (await lin.press("Ask it again")).text
    card = await world.assistant()("/topic 3")
    assert name in card.text
    assert ("lin" in card.text) is (how == "")


async def test_what_one_person_is_told_is_not_told_to_a_group_of_that_name(world: World) -> None:
    group = world.member("group")
    await group("/ask Why does it fail?")
    await world.assistant()("/decide 1 planned")
    assert len(await group.heard()) == 1
    assert await world.group() == []


@pytest.mark.parametrize("action", ["edit 1 Mine now, hopefully?", "withdraw 1"])
async def test_nobody_changes_the_questions_of_others(world: World, action: str) -> None:
    await world.member("lin")("/ask Why does it fail?")
    assert "#1 is not a question of yours" in (await world.member("eve")(f"/my-questions {action}")).text
    assert (await world.member("lin")("/topic 1")).title == "#1 Why does it fail?"


async def test_the_next_article_is_a_window_and_no_date(world: World) -> None:
    reply = await world.member("lin")("/next-article")
    assert reply.title == "Next article: 2026-Q4"
    assert "Expected: Q4 2026. The date is not fixed yet." in reply.text
    assert "The latest one: Maps (September 20, 2026)." in reply.text
    reply = await world.member("wang", "zh-CN")("下一篇")
    assert "预计2026年第4季度发布，具体时间还没定。" in reply.text


async def test_articles_survey_and_group_are_links(world: World) -> None:
    lin, wang = world.member("lin"), world.member("wang", "zh-CN")
    assert "• Maps (September 20, 2026, 2026-Q3)\nhttps://example.org/q3" in (await lin("/articles")).text
    assert (await lin("/survey")).url == "https://example.org/survey"
    assert (await wang("入群")).url == "https://example.org/group"


async def test_a_language_is_chosen_for_good(world: World) -> None:
    lin = world.member("lin", "zh-CN")
    assert "From now on I speak English" in (await lin("/语言 English")).text
    assert "Expected: " in (await world.member("lin", "zh-CN")("/next-article")).text
    assert "以后都用中文" in (await lin("/language 中文")).text


@pytest.mark.parametrize("role", Role)
async def test_help_lists_only_what_one_may_run(world: World, role: Role) -> None:
    talk = {Role.MEMBER: world.member("lin"), Role.ASSISTANT: world.assistant(), Role.INSTRUCTOR: world.instructor()}[
        role
    ]
    text = (await talk("/help")).text
    assert ("/review" in text) == (role >= Role.ASSISTANT)
    assert ("/publish" in text) == (role >= Role.INSTRUCTOR)
    assert "• /ask: Ask a question" in text
    assert "Example: /ask Why" in text
    assert "Next article: 2026-Q4. Your open questions: 0." in text


async def test_plain_talk_is_not_swallowed(world: World) -> None:
    lin = world.member("lin", "zh-CN")
    assert "这不是命令" in (await lin("验证器为什么拒绝我的循环？")).text
    assert "编号 #1：“验证器为什么拒绝我的循环？”" in (await lin.press("作为问题提交")).text


async def test_a_wrong_command_is_answered_with_the_nearest(world: World) -> None:
    assert "Did you mean /topics?" in (await world.member("lin")("/topcs")).text
    wang = world.member("wang", "zh-CN")
    assert "是不是想用 /话题？" in (await wang("/topcs")).text
    assert (await wang("/不知道")).text == "没有“不知道”这个命令，发 /帮助 看全部命令。"


async def test_what_is_to_be_chosen_is_named_and_taken_as_it_is_called(world: World) -> None:
    lin = world.member("lin")
    assert "Send one of these: Chinese, English." in (await lin("/language")).text
    assert "Choose one of these: Chinese, English" in (await lin("Latin")).text
    assert (await lin("中文")).text == "好的，以后都用中文。"


async def test_words_that_say_nothing_of_what_to_do_with_a_question_come_back(world: World) -> None:
    lin = world.member("lin")
    await lin("/ask Why does it fail?")
    for line in ("change 1 Why does it loop?", "1 Why does it loop?"):
        assert (
            "Why does it loop?” is for in /my-questions. Nothing was changed"
            in (await lin(f"/my-questions {line}")).text
        )
    assert "for in /survey" in (await lin("/survey ask")).text
    assert (await lin.press("Help")).title == "/survey"


STAFF_LINES = (
    "/review",
    "/answer 1 Mine",
    "/decide 1 declined no",
    "/undo",
    "/schedule 2026-Q4 skip",
    "/publish 2026-Q4 https://e.example",
)


@pytest.mark.parametrize("line", STAFF_LINES)
async def test_members_run_no_staff_command(world: World, line: str) -> None:
    lin = world.member("lin")
    await lin("/ask Why does it fail?")
    assert "Nothing was changed" in (await lin(line)).text
    assert "Waiting for review." in (await lin("/topic 1")).text
    assert await world.group() == []


@pytest.mark.parametrize("line", STAFF_LINES[-2:])
async def test_assistants_run_no_command_of_the_instructor(world: World, line: str) -> None:
    assert "is for the instructor only" in (await world.assistant()(line)).text


async def test_what_users_write_cannot_pose_as_words_of_the_bot(world: World) -> None:
    lin = world.member("{n}")
    await lin("/ask {title} \u202eevil\u202c {0} %(x)s?")
    card = await world.member("wang")("/topic 1")
    assert "{title} evil {0} %(x)s?" in card.text
    assert "{n} asked on" in card.text


@pytest.mark.parametrize("line", ["/ask ?!?!?!?!", "/ask ……？？？？"])
async def test_a_question_without_a_word_is_given_back(world: World, line: str) -> None:
    lin = world.member("lin")
    reply = await lin(line)
    assert "There is not a word in this." in reply.text
    assert reply.form
    assert reply.form.args["text"] == line.removeprefix("/ask ")
    assert "Filed as #1" in (await lin("Why does it fail?")).text


async def test_what_is_asked_for_first_is_said_where_several_values_are_missing(world: World) -> None:
    lin, wang = world.member("lin"), world.member("wang", "zh-CN")
    assert "Your next message will be taken as “topic”, a number such as 12;" in (await lin("/suggest")).text
    assert "下一条消息会当作“话题”（写编号，比如 12）；发别的命令" in (await wang("/建议答案")).text
    assert (await wang("/提问")).text.endswith("下一条消息会当作“内容”；发别的命令（比如 /帮助）就取消。")
