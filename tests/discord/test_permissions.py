"""What Herald asks for is what the table says, and no more."""

import re

import pytest
from discord import Permissions

from bot.platforms.discord.permissions import BASE, FEATURES, invitation, wishes
from bot.words import LOCALES, words_in
from tests.support import ROOT, course

PAGES = {"en": "discord.md", "zh-CN": "discord.zh-CN.md"}


def asked(link: str) -> set[str]:
    """The permissions in an invitation."""
    number = re.search(r"permissions=(\d+)", link)
    assert number
    return {name for name, given in Permissions(int(number[1])) if given}


@pytest.mark.parametrize("page", PAGES.values())
def test_the_links_of_the_docs_ask_for_what_the_table_says(page: str) -> None:
    found = re.findall(r"https://discord\.com/oauth2/\S+", (ROOT / "docs" / page).read_text("utf-8"))
    expected = [invitation(0), invitation(0, FEATURES)]
    assert [link.replace("APPLICATION_ID", "0") for link in found] == expected


def test_nobody_is_asked_for_more_than_announcing_takes() -> None:
    least = {"read_messages", "send_messages", "attach_files", "read_message_history", "send_messages_in_threads"}
    assert asked(invitation(1)) == least
    assert not asked(invitation(1, FEATURES)) & {"administrator", "manage_guild", "manage_messages"}


def test_what_a_course_wants_is_wanted_at_its_places_on_discord() -> None:
    plain = course(channels=("group:discord:1", "group:local"))
    calling = course("other", channels=("group:discord:2",), mention="discord-role:5")
    wanted = {target: {each.key for each in features} for target, features in wishes((plain, calling)).items()}
    base = {each.key for each in BASE}
    assert wanted == {"group:discord:1": base, "group:discord:2": base | {"roles"}}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_permission_and_what_is_missed_without_it_has_words_and_stands_in_the_docs(locale: str) -> None:
    page, say = (ROOT / "docs" / PAGES[locale]).read_text("utf-8"), words_in(locale)
    for each in FEATURES:
        assert say(f"discord.missed.{each.key}")
        for name in each.needs:
            assert say(f"discord.permission.{name}") in page
