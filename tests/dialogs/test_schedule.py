"""The plan by command and by the clock: dates, slips, publications, reminders."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.chat import Call, Role
from bot.core.model import Change, Course, Rhythm, Window
from bot.services.when import window_of
from tests.support import START, World, course, opened_world


async def test_a_confirmed_time_is_said_with_its_zone_and_the_days_to_it(world: World) -> None:
    reply = await world.instructor()("/schedule 2026-Q4 2026-12-24 10:00")
    assert "Confirmed: Thursday, December 24, 2026, 10:00 (Beijing time), in 34 days." in reply.text
    assert "It has no link yet" in reply.text
    seconds = int(datetime(2026, 12, 24, 2, tzinfo=UTC).timestamp())
    for said in (reply, await world.member("lin")("/next-article")):
        assert said.times == {"Thursday, December 24, 2026, 10:00 (Beijing time), in 34 days": seconds}
        assert next(iter(said.times)) in said.text
    assert "2026年12月24日星期四 10:00（北京时间），还有 34 天" in (await world.member("w", "zh-CN")("下一篇")).text


@pytest.mark.parametrize("typed", ["2026-12-20..31", "12月20日-31日", "2026-12-20～31", "December 20 to 31"])
async def test_a_window_is_said_as_a_window(world: World, typed: str) -> None:
    reply = await world.instructor()(f"/schedule 2026q4 {typed}")
    assert "The date is not fixed yet." in reply.text, reply.text
    assert "Dec 20" in reply.text


@pytest.mark.parametrize(
    ("article", "typed", "meant"),
    [
        ("2026-Q4", "1月10日", "January 10, 2027"),
        ("2026-Q4", "12-24 10:00", "December 24, 2026"),
        ("2026-Q4", "12月28日-1月5日", "Dec 28, 2026 – Jan 5, 2027"),
        ("2026-review", "Jan 5", "January 5, 2027"),
        ("2027-Q1", "12月28日", "December 28, 2026"),
        ("2027-Q4", "2月29日", "February 29, 2028"),
        ("2026-Q4", "2027-12-24", "December 24, 2027"),
    ],
)
async def test_a_day_without_a_year_is_the_one_nearest_to_what_was_promised(
    world: World, article: str, typed: str, meant: str
) -> None:
    assert meant in (await world.instructor()(f"/schedule {article} {typed}")).text


async def test_a_slip_is_said_once_in_the_group_and_shown_everywhere(world: World) -> None:
    boss, lin = world.instructor(), world.member("lin")
    await boss("/schedule 2026-Q4 2026-12-20..31")
    assert await world.group() == []
    reply = await boss("/schedule 2026-Q4 2027-01-10..20")
    assert "Late: it was promised for Dec 20" in reply.text
    [said] = await world.group()
    assert "2026-Q4 was promised for Dec 20" in said.text
    assert "Jan 10" in said.text
    await boss("/schedule 2026-Q4 title:Maps in depth")
    assert len(await world.group()) == 1
    await boss("/schedule 2026-review skip")
    assert "Late: it was promised for Dec 20" in (await lin("/next-article")).text


@pytest.mark.parametrize("later", ["2026-12-28", "late"])
async def test_of_a_slip_that_is_undone_the_group_is_told_when_it_is_expected_after_all(
    world: World, later: str
) -> None:
    boss = world.instructor()
    await boss("/schedule 2026-Q4 2026-12-20")
    await boss(f"/schedule 2026-Q4 {later}")
    await boss("/undo")
    slipped, said = await world.group()
    assert "A change of plan" in slipped.text
    assert "2026-Q4 is expected for December 20, 2026 after all" in said.text
    assert "2026-Q4 不推迟了，预计2026年12月20日发布" in (await world.group("zh-CN"))[-1].text
    await boss("/undo")
    assert len(await world.group()) == 2


@pytest.mark.parametrize("back", ["reset", "2026-12-28"])
async def test_of_a_slip_that_is_called_off_the_group_is_told_and_of_one_that_is_back_too(
    world: World, back: str
) -> None:
    boss = world.instructor()
    await boss("/schedule 2026-Q4 2026-12-20..31")
    await boss("/schedule 2026-Q4 2027-01-10")
    await boss(f"/schedule 2026-Q4 {back}")
    said = (await world.group())[1:]
    assert [" after all" in each.text for each in said] == [True]
    await boss("/undo")
    assert "was promised for Dec 20" in (await world.group())[-1].text
    assert "now expected for January 10, 2027" in (await world.group())[-1].text
    await boss(f"/schedule 2026-Q4 {back}")
    assert " after all" in (await world.group())[-1].text
    assert len(await world.group()) == 4


async def test_of_a_slip_of_which_the_group_was_not_told_nothing_is_taken_back(url: str) -> None:
    first = Window(START.date(), START.date())
    late = Change(window=Window(date(2027, 1, 10), date(2027, 1, 10)), slipped=first)
    async with opened_world(url, course(changes={"2026-Q4": late})) as world:
        await world.instructor()("/schedule 2026-Q4 2026-11-20")
        assert await world.group() == []


@pytest.mark.parametrize(("before", "told"), [("late", "There is no new date yet"), ("skip", "will not come")])
async def test_a_new_date_that_is_undone_leaves_nobody_with_a_date_that_does_not_hold(
    world: World, before: str, told: str
) -> None:
    boss = world.instructor()
    await boss(f"/schedule 2026-Q4 {before}")
    await boss("/schedule 2026-Q4 2027-01-10")
    heard = len(await world.group())
    await boss("/undo")
    [said] = (await world.group())[heard:]
    assert told in said.text


@pytest.mark.parametrize("said", ["2026-12-24 10:00", "2026-12-24"])
async def test_what_did_not_come_when_it_was_to_come_is_no_more_called_confirmed_or_expected(
    world: World, said: str
) -> None:
    boss, lin = world.instructor(), world.member("lin")
    await boss("/schedule 2026-Q4 2026-12-20")
    await boss(f"/schedule 2026-Q4 {said}")
    assert "It is reviewed before the next article (December 24, 2026)" in (await lin("/ask Why is it late?")).text
    world.clock.wait(days=36)
    reply = await lin("/next-article")
    assert "It was expected for December 24, 2026 and is not out yet" in reply.text
    assert not reply.times
    assert "before the next article" not in (await lin("/ask What do ring buffers lose?")).text


async def test_an_article_may_be_late_without_a_new_date(world: World) -> None:
    await world.instructor(locale="zh-CN")("/排期 2026-Q4 推迟")
    assert "推迟了：原定2026年第4季度，新时间还没定" in (await world.member("lin", "zh-CN")("下一篇")).text
    assert "新时间还没定" in (await world.group("zh-CN"))[0].text


async def test_a_skipped_article_is_not_the_next(world: World) -> None:
    boss = world.instructor()
    await boss("/schedule 2026-Q4 skip")
    assert (await world.member("lin")("/next-article")).title == "Next article: 2026-review"
    await boss("/schedule 2026-Q4 reset")
    assert (await world.member("lin")("/next-article")).title == "Next article: 2026-Q4"


@pytest.mark.parametrize("back", ["/undo", "/schedule 2026-Q4 reset"])
async def test_of_an_article_that_does_not_come_the_group_is_told_once_and_when_it_does_after_all(
    world: World, back: str
) -> None:
    boss = world.instructor()
    await boss("/schedule 2026-Q4 12月20日-31日")
    await boss("/schedule 2026-Q4 skip")
    await boss("/schedule 2026-Q4 title:Maps")
    [said] = await world.group()
    assert "2026-Q4 was promised for Dec 20 – 31, 2026 and will not come." in said.text
    assert said.buttons[0].command == "next-article"
    if back == "/undo":
        await boss("/undo")
    await boss(back)
    assert " does come after all and is expected for " in (await world.group())[-1].text
    skipped, back_again = await world.group("zh-CN")
    assert "2026-Q4 原定2026年12月20日至31日，现在决定不出了。" in skipped.text
    assert " 还是会出，预计2026年" in back_again.text


async def test_a_slipped_article_that_does_not_come_is_told_of_and_one_whose_days_are_over_is_not(world: World) -> None:
    boss = world.instructor()
    await boss("/schedule 2026-Q3 skip")
    assert await world.group() == []
    await boss("/schedule 2026-Q4 late")
    await boss("/schedule 2026-Q4 skip")
    assert "will not come" in (await world.group())[1].text
    await boss("/undo")
    assert "There is no new date yet" in (await world.group())[2].text


async def test_what_a_command_published_is_not_reset_and_so_never_announced_twice(url: str) -> None:
    ours = course(changes={"2026-Q4": Change(confirmed=START, url="https://example.org/29")})
    async with opened_world(url, ours) as world:
        boss = world.instructor()
        await world.tick()
        assert (await boss("/schedule 2026-Q4 reset")).error == "article_closed"
        await world.tick()
        assert len(await world.group()) == 1


async def test_a_reset_that_changes_what_was_announced_puts_that_right(world: World) -> None:
    boss = world.instructor()
    await boss("/schedule 2026-Q3 title:Wrong")
    await boss("/announce 2026-Q3 now")
    await boss("/schedule 2026-Q3 reset")
    assert "Maps" in (await world.group())[-1].text


async def test_an_extra_that_the_file_names_no_more_is_in_nobodys_way(url: str) -> None:
    bonus = {"bonus-1": Change(window=Window(START.date(), START.date()))}
    async with opened_world(url, course(changes=bonus)) as world:
        boss = world.instructor()
        await world.member("lin")("/ask Why does it fail?")
        await boss("/decide 1 planned article:bonus-1")
        await boss("/schedule bonus-1 title:Bonus url:https://example.org/bonus")
        world.herald.courses["ebpf"] = replace(world.herald.course, changes={})
        assert (await boss("/publish 2026-Q4 https://example.org/29")).error is None
        assert (await boss("/brief bonus-1")).error == "no_article"
        assert (await boss("/feed")).error != "broken"


async def test_what_cannot_be_read_comes_back(world: World) -> None:
    boss = world.instructor()
    reply = await boss("/schedule 2026-Q4 whenever it suits")
    assert "“whenever it suits” is not a date that I can read" in reply.text
    assert reply.form is not None
    assert "Confirmed" in (await boss("2026-12-24 10:00")).text
    assert "no article “2026-Q9”" in (await boss("/schedule 2026-Q9 2026-12-24")).text
    asked = await boss("/schedule 2026-Q4")
    assert asked.text.startswith("Say what should change")
    assert asked.form
    assert asked.error is None


async def test_a_date_that_cannot_be_read_loses_nothing_that_was_written_with_it(world: World) -> None:
    boss = world.instructor()
    await boss("/schedule 2026-Q4 soon title:Maps in depth url:https://example.org/29")
    said = await boss("2026-12-24 10:00")
    assert said.text.startswith("2026-Q4 · Maps in depth. Confirmed: Thursday, December 24, 2026, 10:00")
    assert said.url == "https://example.org/29"


async def test_in_a_terminal_the_date_alone_is_enough(world: World) -> None:
    boss = world.instructor()
    assert "when it comes (2026-12-20..31," in (await boss("/schedule 2026-Q4")).text
    assert "Expected: Dec 20 – 31, 2026" in (await boss("2026-12-20..31")).text


async def test_a_word_that_can_only_be_a_later_value_is_taken_for_that_one(world: World) -> None:
    boss = world.instructor()
    assert "Your next message will be taken as “article”" in (await boss("/publish https://example.org/29")).text
    assert (await boss("2026-Q4")).url == "https://example.org/29"
    await world.member("lin")("/ask Why does it fail?")
    assert "#1 is a candidate now." in (await boss("/decide candidate 1")).text


async def test_a_change_by_command_survives_a_restart_and_wins_over_the_file(url: str) -> None:
    planned = Change(title="From the file", window=Window(START.date(), START.date()))
    ours = course(changes={"2026-Q4": planned})
    async with opened_world(url, ours) as world:
        await world.instructor()("/schedule 2026-Q4 2026-12-24 10:00")
    async with opened_world(url, ours) as world:
        reply = await world.member("lin")("/next-article")
        assert reply.title == "Next article: 2026-Q4 · From the file"
        assert "December 24, 2026, 10:00" in reply.text


@pytest.mark.parametrize("by", ["file", "command"])
async def test_the_file_and_the_command_mean_the_same(url: str, by: str) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    when = window_of("2026-12-20..31", zone)
    assert isinstance(when, Window)
    said = Change(title="Maps in depth", window=when)
    ours = course(changes={"2026-Q4": said} if by == "file" else {})
    async with opened_world(url, ours) as world:
        if by == "command":
            await world.instructor()('/schedule 2026-Q4 title:"Maps in depth" 2026-12-20..31')
        reply = await world.member("lin")("/next-article")
        assert reply.title == "Next article: 2026-Q4 · Maps in depth"
        assert "Expected: Dec 20" in reply.text


async def test_a_publication_is_announced_at_once_and_covers_its_topics(world: World) -> None:
    lin, wang, boss = world.member("lin"), world.member("wang"), world.instructor()
    await lin("/ask Why does it fail?")
    await wang("/ask How do I attach?")
    await boss("/decide 1 planned")
    reply = await boss("/publish 2026-Q4 https://example.org/29 Debugging eBPF")
    assert "2026-Q4 · Debugging eBPF is announced.\n1 planned topic is covered" in reply.text
    [said] = await world.group()
    assert said.title == "New article: Debugging eBPF"
    assert said.url == "https://example.org/29"
    assert "It answers what you asked:\n• #1 Why does it fail?" in said.text
    assert "is in the new article: Debugging eBPF" in (await lin.heard())[-1].text
    assert await wang.heard() == []
    assert "Covered in 2026-Q4, which is out." in (await lin("/topic 1")).text
    assert (await lin("/articles")).text.startswith(
        "• Debugging eBPF (November 20, 2026, 2026-Q4)\nhttps://example.org/29"
    )
    assert (await lin("/next-article")).title == "Next article: 2026-review"


async def test_a_publication_is_announced_once(world: World) -> None:
    boss = world.instructor("boss")
    assert "planned topic" not in (await boss("/publish 2026-Q4 https://example.org/29")).text
    first = await boss.again()
    assert "is announced" in first.text
    world.clock.wait(minutes=2)
    again = await world.instructor("other")("/publish 2026-Q4 https://example.org/29")
    assert "2026-Q4 was published by boss 2 minutes ago. Nothing was announced twice." in again.text
    assert len(await world.group()) == 1


async def test_a_publication_can_be_taken_back_and_the_group_is_told(world: World) -> None:
    lin, boss = world.member("lin"), world.instructor()
    await lin("/ask Why does it fail?")
    await boss("/decide 1 planned")
    await boss("/publish 2026-Q4 https://example.org/29")
    assert "2026-Q4 is not published" in (await boss.press("Undo")).text
    assert "is not out yet" in (await world.group())[-1].text
    assert "Planned for 2026-Q4" in (await lin("/topic 1")).text
    await boss("/publish 2026-Q4 https://example.org/30")
    assert [said.url for said in await world.group()] == ["https://example.org/29", None, "https://example.org/30"]


async def test_a_publication_can_be_taken_back_when_somebody_whose_topic_it_covered_is_deleted(world: World) -> None:
    lin, mia, boss = world.member("lin"), world.member("mia"), world.instructor()
    await lin("/ask Why does it fail?")
    await mia("/ask How do ring buffers work?")
    await boss("/decide 1 2 planned")
    await boss("/publish 2026-Q4 https://example.org/29")
    await lin("/privacy delete")
    await lin.press("Delete everything")
    assert "2026-Q4 is not published" in (await boss("/undo")).text
    assert "is not out yet" in (await world.group())[-1].text
    assert "Planned for 2026-Q4" in (await mia("/topic 2")).text
    assert "1 in all" in (await mia("/topics state:planned")).text


async def test_a_publication_taken_back_after_its_time_does_not_announce_itself_again(world: World) -> None:
    boss = world.instructor()
    await boss("/schedule 2026-Q4 url:https://example.org/29 2026-11-21 10:00")
    world.clock.wait(hours=18)
    await boss("/publish 2026-Q4 https://example.org/29")
    await boss.press("Undo")
    await world.tick()
    assert [said.url for said in await world.group()] == ["https://example.org/29", None]
    assert "There is no new date yet" in (await boss("/next-article")).text


@pytest.mark.parametrize("link", ["example.org/29", "javascript:alert(1)", "https://a b", "https://"])
async def test_only_a_link_is_a_link(world: World, link: str) -> None:
    args = {"article": "2026-Q4", "url": link}
    call = Call("publish", args, "local:boss", "boss", link, world.clock(), Role.INSTRUCTOR, "en")
    reply = await world.instructor().console.handle(call)
    assert "is not a link" in reply.text
    assert await world.group() == []


async def test_a_confirmed_article_announces_itself_when_its_time_comes(world: World) -> None:
    boss = world.instructor()
    await boss("/schedule 2026-Q4 url:https://example.org/29 2026-11-21 10:00")
    due = await world.tick()
    assert due is not None
    assert await world.group() == []
    world.clock.now = due
    await world.tick()
    await world.tick()
    [said] = await world.group()
    assert said.url == "https://example.org/29"
    assert "A little late" not in said.text
    assert (await boss("/next-article")).title == "Next article: 2026-review"


async def test_what_came_due_while_the_bot_was_down_goes_out_with_a_note(url: str) -> None:
    async with opened_world(url) as world:
        await world.instructor()("/schedule 2026-Q4 url:https://example.org/29 2026-11-21 10:00")
    async with opened_world(url) as world:
        world.clock.wait(hours=20)
        await world.tick()
        [said] = await world.group()
        assert "A little late: it was due on November 21, 2026." in said.text


async def test_over_a_day_late_the_instructor_is_asked_and_nobody_else(world: World) -> None:
    boss = world.instructor()
    await boss("/schedule 2026-Q4 url:https://example.org/29 2026-11-21 10:00")
    world.clock.wait(days=3)
    await world.tick()
    await world.tick()
    assert await world.group() == []
    [asked] = await boss.heard()
    assert "was due on Saturday, November 21, 2026, 10:00 (Beijing time), more than a day ago" in asked.text
    boss.last = asked
    await boss.press("Announce it now")
    assert len(await world.group()) == 1


async def test_an_article_without_a_link_is_never_announced_but_the_instructor_is_reminded(world: World) -> None:
    boss, lin = world.instructor(), world.member("lin")
    await boss("/schedule 2026-Q4 2026-11-21 10:00")
    world.clock.wait(hours=18)
    await world.tick()
    await world.tick()
    assert await world.group() == []
    assert await lin.heard() == []
    [reminded] = await boss.heard()
    assert "has no link, so nothing was announced" in reminded.text
    assert [phrase in reminded.text for phrase in reminded.times] == [True]
    boss.last = reminded
    assert (await boss.press("Announce it now")).form is not None


async def test_after_the_last_article_of_a_plan_it_says_so(url: str) -> None:
    ours: Course = course(rhythm=Rhythm("2026-Q3", review=False, last="2026-Q3"))
    async with opened_world(url, ours) as world:
        reply = await world.member("lin")("/next-article")
        assert reply.text == "No next article is planned. The latest one: Maps (September 20, 2026)."


async def test_a_paused_plan_announces_nothing_by_itself_until_it_goes_on(world: World) -> None:
    boss, lin = world.instructor(), world.member("lin")
    await boss("/schedule 2026-Q4 url:https://example.org/29 2026-11-21 10:00")
    assert "paused" in (await boss("/schedule pause")).text
    assert (await boss("/schedule 暂停")).error == "paused_already"
    assert "The plan is paused" in (await lin("/next-article")).text
    world.clock.wait(hours=20)
    await world.tick()
    assert await world.group() == []
    assert "goes on" in (await boss("/schedule resume")).text
    assert (await boss("/schedule resume")).error == "not_paused"
    await world.tick()
    [said] = await world.group()
    assert "A little late" in said.text
    assert "paused" not in (await lin("/next-article")).text


async def test_a_pause_can_be_undone(world: World) -> None:
    boss = world.instructor()
    await boss("/schedule pause")
    await boss.press("Undo")
    assert "paused" not in (await boss("/next-article")).text
    assert (await boss("/undo")).error == "nothing_to_undo"


async def test_several_that_came_due_while_the_bot_was_down_are_one_message(world: World) -> None:
    boss, lin = world.instructor(), world.member("lin")
    await boss("/schedule 2026-Q4 2026-11-21 10:00 url:https://example.org/29 title:Maps")
    await boss("/schedule 2026-review url:https://example.org/30 2026-11-21 12:00")
    world.clock.wait(hours=20)
    await world.tick()
    await world.tick()
    [said] = await world.group()
    assert said.title == "2 new articles"
    assert "• Maps\nhttps://example.org/29\n\n• 2026-review\nhttps://example.org/30" in said.text
    assert (await lin("/articles")).text.count("https://example.org/") >= 3


async def test_what_was_said_together_with_others_is_not_said_to_go_out_once_more(world: World) -> None:
    boss = world.instructor()
    for key in ("2026-Q4", "2026-review"):
        await boss(f"/schedule {key} 2026-11-21 10:00 url:https://example.org/{key}")
    world.clock.wait(hours=30)
    await world.tick()
    assert len(await world.group()) == 1
    assert (await boss("/announce 2026-review now")).error == "announced_already"
    assert len(await world.group()) == 1
    await boss("/schedule 2026-review url:https://example.org/right title:The year")
    [_, put_right] = await world.group()
    assert put_right.url == "https://example.org/right"
    await boss("/schedule 2027-Q1 title:What nobody was told of")
    assert len(await world.group()) == 2


async def test_several_over_a_day_late_are_one_question_to_the_instructor(world: World) -> None:
    boss = world.instructor()
    await boss("/schedule 2026-Q4 url:https://example.org/29 2026-11-21 10:00")
    await boss("/schedule 2026-review 2026-11-21 12:00")
    world.clock.wait(days=3)
    await world.tick()
    await world.tick()
    assert await world.group() == []
    [asked] = [each for each in await boss.heard() if "due while I was away" in each.text]
    assert "2 articles were due" in asked.text
    boss.last = asked
    await boss.press("2026-Q4")
    await boss.press("Announce it now")
    assert len(await world.group()) == 1
    await world.tick()
    assert len([each for each in await boss.heard() if "due" in each.text]) == 1


async def test_an_article_that_is_none_is_met_with_the_coming_ones(world: World) -> None:
    boss = world.instructor(locale="zh-CN")
    assert (await boss("/提纲 2020-Q1")).text == "计划里没有“2020-Q1”。接下来的有：2026-Q4、2026-review、2027-Q1。"
