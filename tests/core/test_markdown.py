"""What people wrote stays words in a Markdown file."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.markdown import inline, link, quoted

NASTY = [
    "# heading",
    "- item\n- item",
    "1. item",
    "> quote",
    "===\n---",
    "```\ncode\n```",
    "    indented",
    "[text](https://evil.example) ![x](y)",
    "<script>alert(1)</script> <https://evil.example>",
    "*a* **b** _c_ __d__ ~~e~~ `f`",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "a | b\n:-- | --\n1 | 2",
    "a | b\n--: | --\n1 | 2",
    "[x]: https://evil.example\n[x]",
    "&lt; &#60; a && b",
    "end with \\",
    "a\u202eb\u2028c\u200b",
]
odd = st.text("# >-+=*_`~[]()<>!|\\&;:1.)\n\t ab内核$https", max_size=40) | st.sampled_from(NASTY)


def parsed(text: str) -> list[Any]:
    parser = (
        pytest.importorskip("markdown_it").MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    )
    return list(parser.parse(text))


def shape(tokens: list[Any]) -> list[str]:
    kinds = [child.type for token in tokens for child in token.children or ()]
    return [token.type for token in tokens] + [kind for kind in kinds if kind not in ("text", "softbreak", "hardbreak")]


def said(tokens: list[Any]) -> str:
    return "".join(child.content for token in tokens for child in token.children or ())


@given(odd)
def test_one_line_is_words_and_nothing_else(text: str) -> None:
    for start in ("- **x**: ", "- ", "", "### #1 "):
        assert shape(parsed(start + (inline(text) or "words"))) == shape(parsed(f"{start}words"))


@given(odd)
def test_a_quote_never_ends_before_its_words_do(text: str) -> None:
    tokens = parsed(f"before\n\n{quoted(text)}\n\nafter")
    kinds = set(shape(tokens)) - {"paragraph_open", "paragraph_close", "inline", "text_special"}
    assert kinds <= {"blockquote_open", "blockquote_close"}
    assert [token.level for token in tokens if token.type == "blockquote_open"] == [0]


@pytest.mark.parametrize("text", NASTY)
def test_a_quote_shows_what_was_written(text: str) -> None:
    written = "".join(text.replace("\u202e", "").replace("\u2028", "").replace("\u200b", "").split())
    assert "".join(said(parsed(quoted(text))).split()) == written


def test_names_of_functions_stay_readable() -> None:
    assert inline("27 | bpf_probe_read_user(a -> b)") == "27 | bpf_probe_read_user(a -> b)"
    assert inline("_a_ *b*") == "\\_a\\_ \\*b\\*"


def test_lines_and_indents_of_a_quote_are_kept() -> None:
    assert quoted("if (x)\n    y();\n\nend") == "> if (x)  \n> \u00a0\u00a0\u00a0\u00a0y();  \n>\n> end  "


def test_a_link_leads_where_it_says() -> None:
    assert link("a]b", "https://e.example/x y<>") == "[a\\]b](<https://e.example/x%20y%3C%3E>)"
