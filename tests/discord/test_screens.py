"""A reply as Discord's messages."""

from datetime import timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.chat import Button, File, Form, Notice, Reply
from bot.core.text import plain, shown
from bot.platforms.discord.screens import Screen, screens
from bot.platforms.discord.threads import name_of
from bot.words import LOCALES, ledger, words_in
from bot.words.notices import render_all
from tests.discord.people import texts, unescaped
from tests.discord.rules import check_message
from tests.discord.state import V2, Data
from tests.discord.test_ids import Kept
from tests.support import START

NOON = int(START.timestamp())
FORGED = "<t:0:R> 2026"


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en", f"set for <t:{NOON}:F> (<t:{NOON}:R>), but"), ("zh-CN", f"定在<t:{NOON}:F>（<t:{NOON}:R>）发布")],
)
async def test_each_reader_sees_a_time_in_their_own_zone(locale: str, said: str) -> None:
    notice = Notice("article.unlinked", {"key": "2026-Q4", "title": FORGED, "at": START.isoformat()})
    late = START + timedelta(hours=1)
    reply = render_all((notice, notice), late, words_in(locale), ZoneInfo("Asia/Shanghai"))
    [screen] = await screens(reply, words_in(locale), Kept())
    assert said in screen.text
    assert screen.text.count("<t:") == 6 + 2
    assert screen.text.count(r"\<t:0:R>") == 2
    assert screen.text.count(f"<t:{NOON + 3600}:F>") == 1


async def test_a_channel_is_called_what_discord_calls_it_and_no_other_place_is() -> None:
    say = words_in("en")
    named = ledger.places(say, ["group:discord:5", "group:discord:56", "group:discord:server:5", "group:wechat:a_b"])
    [screen] = await screens(Reply(f"{', '.join(named)} and <#7>", places=named), say, Kept())
    assert screen.text == r"<#5>, <#56>, the events of the Discord server 5, wechat:a\_b and \<#7>"


nasty = st.text(st.sampled_from("*_<@#[](`\\ \n\n字😀\u202ea.")) | st.text()
short, long = (
    st.builds(lambda text, n, end: text * n + end, nasty, st.sampled_from(times), nasty)
    for times in ((1, 40), (1, 40, 900))
)
buttons = st.builds(
    lambda label, count: tuple(Button(label, "topic", {"topic": str(n), "title": label}) for n in range(count)),
    short,
    st.sampled_from((0, 3, 100)),
)
replies = st.builds(
    Reply,
    long,
    title=st.none() | long,
    url=st.none() | long.map(lambda text: f"https://example.org/{quote(text)[:2000]}"),
    buttons=buttons,
    form=st.none() | st.builds(lambda text: Form("ask", ("text",), {"text": text}), long),
    file=st.none() | st.builds(File, long, long),
    mention=st.sampled_from((None, "discord-role:5")),
    error=st.sampled_from((None, "broken")),
)


@given(replies, st.sampled_from((1, 3)), st.sampled_from(LOCALES))
async def test_whatever_a_reply_holds_discord_takes_it_and_nothing_is_left_out(
    reply: Reply, most: int, locale: str
) -> None:
    made = await screens(reply, words_in(locale), Kept(), most=most)
    bodies = [body_of(screen) for screen in made]
    for body in bodies:
        check_message(body)
    read = "".join(unescaped(text) for body in bodies for text in texts(body))
    files = [text for screen in made for _, text in screen.attached]
    whole = "".join(shown(plain(reply)).split())
    assert any(whole in "".join(text.split()) for text in (read.removeprefix("### "), *files))
    assert reply.file is None or reply.file.text in files


def body_of(screen: Screen) -> Data:
    files = [{"id": n, "filename": name} for n, (name, _) in enumerate(screen.attached)]
    return {"flags": V2, "components": screen.view().to_components(), "attachments": files}  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("title", "name"),
    [("Ring\u202e  \nbuffers", "Ring buffers"), ("字" * 101, "字" * 99 + "…"), ("\u200b", "Herald"), ("", "the text")],
)
def test_a_thread_or_event_has_a_name_that_shows_and_says_where_it_is_cut(title: str, name: str) -> None:
    assert name_of(Reply("the text", title=title)) == name
