"""A reply as Discord's messages."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.chat import Notice, Reply
from bot.platforms.discord.screens import screens
from bot.platforms.discord.threads import name_of
from bot.words import ledger, words_in
from bot.words.notices import render_all
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


@pytest.mark.parametrize(
    ("title", "name"),
    [("Ring\u202e  \nbuffers", "Ring buffers"), ("字" * 101, "字" * 99 + "…"), ("\u200b", "Herald"), ("", "the text")],
)
def test_a_thread_or_event_has_a_name_that_shows_and_says_where_it_is_cut(title: str, name: str) -> None:
    assert name_of(Reply("the text", title=title)) == name
