"""What people wrote, on Discord: shown as it is, whole, and without power."""

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import shown
from bot.platforms.discord.plain import beginning, escaped, pieces
from tests.discord.people import unescaped

SIGNS = "\\`*_~|<>[]()#-+.:@1 \na字&"
nasty = st.text(st.sampled_from(SIGNS), max_size=300) | st.text(max_size=300)


@given(nasty)
def test_it_shows_as_it_was_written(text: str) -> None:
    assert unescaped(escaped(text)) == shown(text)


@given(nasty)
def test_no_sign_of_discords_keeps_its_power(text: str) -> None:
    bare = re.sub(r"\\.", "x", escaped(text), flags=re.DOTALL)
    bare = re.sub(r"https?://\S+", "", bare)
    assert not re.search(r"[`*_~|<\[\]]", bare)
    assert not re.search(r"^\s*(?:[>#+-]|\d+[.)])", bare, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("@everyone <@1> <@&2> <#3>", r"@everyone \<@1> \<@&2> \<#3>"),
        ("[login](https://evil.example)", r"\[login\](https://evil.example)"),
        ("see https://a.example/b_c_d*e", "see https://a.example/b_c_d*e"),
        ("# big\n> said\n- one\n1. two", "\\# big\n\\> said\n\\- one\n1\\. two"),
        (
            "||spoiler|| ~~gone~~ `code` **loud** __under__",
            r"\|\|spoiler\|\| \~\~gone\~\~ \`code\` \*\*loud\*\* \_\_under\_\_",
        ),
        ("<t:0:R> <:smile:1>", r"\<t:0:R> \<:smile:1>"),
    ],
)
def test_markup_is_text(text: str, safe: str) -> None:
    assert escaped(text) == safe


@given(nasty, nasty)
def test_only_heralds_own_words_become_a_time_whatever_stands_beside_them(before: str, after: str) -> None:
    said = escaped(f"{before}8 o'clock (noon){after}", {"8 o'clock": "<t:9:F>", "8 o'clock (noon)": "<t:8:F>"})
    bare = re.sub(r"\\.", "x", said, flags=re.DOTALL)
    assert re.findall("<[^>]*>?", bare) == ["<t:8:F>"]
    assert unescaped(said.replace("<t:8:F>", "8 o'clock (noon)")) == shown(f"{before}8 o'clock (noon){after}")


@given(nasty, st.integers(2, 200))
def test_a_beginning_is_short_enough_and_whole_where_it_fits(text: str, limit: int) -> None:
    begun = beginning(text, limit)
    assert len(begun) <= limit
    if len(escaped(text)) <= limit:
        assert begun == escaped(text)
    else:
        assert begun.endswith("…")
        assert shown(text).startswith(unescaped(begun)[:-1])


def test_a_beginning_is_as_long_as_it_may_be_and_ends_in_no_half_mark() -> None:
    assert beginning("*" * 9, 10) == r"\*\*\*\*…"
    assert beginning("one\n\n" + "word " * 9, 12) == "one\n\nword w…"


@given(st.lists(nasty, max_size=30).map("\n\n".join), st.integers(40, 200))
def test_pieces_hold_everything_and_are_short_enough(text: str, limit: int) -> None:
    parts = pieces(text, limit)
    assert all(len(part) <= limit for part in parts)
    assert "".join("".join(map(unescaped, parts)).split()) == "".join(shown(text).split())


def test_pieces_end_where_a_paragraph_does() -> None:
    assert pieces("one two\n\nthree four\n\nfive", 20) == ["one two\n\nthree four", "five"]
    assert pieces("one two three four five", 10) == ["one two", "three four", "five"]
    assert pieces("字" * 12, 10) == ["字" * 5, "字" * 5, "字" * 2]


def test_a_time_counts_as_long_as_it_becomes() -> None:
    assert pieces("at 8\n" * 3, 26, {"at 8": "<t:1234567:F>"}) == ["<t:1234567:F>", "<t:1234567:F>", "<t:1234567:F>"]


@pytest.mark.parametrize("sign", ["\n", " ", "\n "])
def test_thousands_of_empty_lines_hold_nobody_up(sign: str) -> None:
    began = process_time()
    pieces("a" + sign * 10_000 + "b", 3500)
    assert process_time() - began < 1
