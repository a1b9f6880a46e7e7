import json
import plistlib
import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from html import escape
from io import BytesIO
from pathlib import Path
from time import process_time
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Comment, PageReply
from bot.importers.comments import NotAPage, Page, read_page

PAGES = Path(__file__).parent / "pages"
REAL_PAGE = Path(__file__).parents[3] / "shared" / "data" / "closing-article.html"
SHANGHAI = ZoneInfo("Asia/Shanghai")
END = "<!-- [[[read_end]]] -->"


SAFARI = {"WebMainResource": {"WebResourceData": "<p>正文</p>".encode(), "WebResourceMIMEType": "text/html"}}
MHTML = f"""From: <Saved by Blink>
Snapshot-Content-Location: https://a.example/1
Subject: =?utf-8?Q?=E7=AC=AC?=
MIME-Version: 1.0
Content-Type: multipart/related;
\ttype="text/html"; boundary="----x"

------x
Content-Type: text/html

{END}<ul></ul>
"""


def zipped(*names: str) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "正文" * 50)
    return file.getvalue()


def saved(name: str) -> Page:
    return read_page((PAGES / name).read_bytes())


def markup(text: str) -> str:
    return escape(text).replace("/", "&#47;").replace("\n", "<br>")


def entry(comment: Comment) -> str:
    who = {"author": "作者回复", "editor": "编辑回复"}
    replies = "".join(f"<p class='r'>{who[reply.by]}: {markup(reply.text)}</p>" for reply in comment.replies)
    return (
        f'<li>\n<div class="a"><img src="{escape(comment.avatar)}"\n class="i">\n<div class="b">\n'
        f'<div class="c"><span>{markup(comment.name)}</span>\n</div>\n<div class="d">{markup(comment.text)}</div>\n'
        f'<div class="e">\n{replies}\n</div>\n<div class="f">\n<div class="g">{comment.at:%Y-%m-%d %H:%M:%S}</div>\n'
        "</div>\n</div>\n</div>\n</li>\n"
    )


def page(*comments: Comment, title: str = "第一讲") -> str:
    head = f'<audio title="{escape(title)}" src="a.mp3" controls="controls"></audio> \n'
    return f"{head}<p>正文</p>{END}<ul><li>要点</li></ul><style>ul {{}}</style><ul>{''.join(map(entry, comments))}</ul>"


def comment(text: str = "你好", name: str = "山月") -> Comment:
    return Comment(name, "https://img.example/a.jpg", text, datetime(2024, 1, 2, 3, 4, 5, tzinfo=SHANGHAI))


def test_a_page_gives_title_names_avatars_texts_times_and_both_kinds_of_reply() -> None:
    read = saved("section.html")
    assert read.title == "09｜索引的另一面"
    assert read.comments[0] == Comment(
        "青石板",
        "https://img.example/a.jpg",
        "老师，写成 &lt; 还是 < 呢？\n地址是 https://docs.example/a?b=1&c=2",
        datetime(2023, 3, 1, 9, 8, 7, tzinfo=SHANGHAI),
        (PageReply("author", "写成 &lt;\n第二行"), PageReply("editor", "已更新文稿。")),
    )


def test_an_unanswered_comment_of_a_nameless_person_without_a_picture_is_kept() -> None:
    last = saved("section.html").comments[1]
    assert (last.name, last.avatar, last.text, last.replies) == ("\u3000", "", "打卡  第九讲", ())


def test_the_lists_of_the_article_are_no_comments() -> None:
    assert len(saved("section.html").comments) == 2


def test_other_class_names_change_nothing() -> None:
    text = (PAGES / "section.html").read_text(encoding="utf-8")
    assert read_page(re.sub(r"_\w{8}_0", "x", text)) == saved("section.html")


def test_a_page_without_comments_is_a_page() -> None:
    assert read_page(f"<p>正文</p>{END}<ul><li>要点</li></ul>") == Page(None, ())


def test_a_file_without_the_audio_element_has_no_title() -> None:
    assert read_page(page(comment()).split("</audio>")[1]) == Page(None, (comment(),))


def test_bytes_with_a_byte_order_mark_and_windows_line_breaks_read_the_same() -> None:
    text = page(comment("一\n二"))
    assert read_page(text.replace("\n", "\r\n").encode("utf-8-sig")) == read_page(text)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
@pytest.mark.parametrize("name", ["section.html", "selected.md", "pasted.txt"])
def test_what_windows_saved_in_another_encoding_reads_the_same(name: str, encoding: str) -> None:
    text = (PAGES / name).read_text(encoding="utf-8")
    assert read_page(text.encode(encoding)) == read_page(text)


def test_a_page_with_a_few_broken_characters_is_read_as_what_it_is() -> None:
    data = page(comment("你好，世界")).encode()
    assert read_page(data.replace("世".encode(), b"\xe4\xb8")).comments == (comment("你好，\ufffd界"),)


def test_times_are_in_the_zone_that_is_asked_for() -> None:
    assert read_page(page(comment()), zone=UTC).comments[0].at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert read_page(page(comment())).comments[0].at.utcoffset() == timedelta(hours=8)  # type: ignore[union-attr]


def test_the_same_comment_twice_on_a_page_is_there_twice() -> None:
    assert read_page(page(comment(), comment())).comments == (comment(), comment())


def test_an_entry_that_is_cut_off_is_counted_and_the_others_are_kept() -> None:
    text = page(comment(), comment("第二条"))
    assert read_page(text[: text.rindex("2024-01-02")]) == Page("第一讲", (comment(),), unreadable=1)


def test_a_day_that_does_not_exist_makes_an_entry_unreadable() -> None:
    text = page(comment(), comment()).replace("2024-01-02", "2024-02-31", 1)
    assert read_page(text) == Page("第一讲", (comment(),), unreadable=1)


@pytest.mark.parametrize("year", ["0000", "0001", "9999"])
def test_a_year_with_which_nothing_can_be_reckoned_makes_an_entry_unreadable(year: str) -> None:
    text = page(comment(), comment()).replace("2024-01-02", f"{year}-12-31", 1)
    assert read_page(text) == Page("第一讲", (comment(),), unreadable=1)


@pytest.mark.parametrize("end", ["2024-01-02", '<div class="e">', '<div class="d">你'])
def test_a_page_whose_only_entry_is_cut_off_is_one_with_an_unreadable_entry(end: str) -> None:
    text = page(comment())
    assert read_page(text[: text.rindex(end)]) == Page("第一讲", (), unreadable=1)


@pytest.mark.parametrize("br", ["<br>", "<br/>", "<br />", "<BR>", "<br\n/>"])
def test_every_spelling_of_br_is_a_line_break(br: str) -> None:
    assert read_page(page(comment("一\n二")).replace("<br>", br)).comments[0].text == "一\n二"


@pytest.mark.parametrize(
    "odd",
    [
        "\x7f",
        "\x08",
        "\x1b",
        "\x0c",
        "&#13;",
        "😵\u200d💫",
        "\u2028",
        "\r",
        "\u202e",
        "\u200d",
        "\ue001",
        "\ufffd",
        "\xa0",
        "\t",
    ],
)
def test_odd_characters_survive_in_names_and_texts(odd: str) -> None:
    odd_comment = comment(f"前{odd}后", name=f"名{odd}字")
    assert read_page(page(odd_comment).encode()).comments == (odd_comment,)


@pytest.mark.parametrize("name", ["span", "/div", "br /", "img src=x", "!--", "", "\u3000", "<b>", "&amp;"])
def test_a_name_may_look_like_markup(name: str) -> None:
    assert read_page(page(comment(name=name))).comments[0].name == name


def test_nul_is_dropped() -> None:
    assert read_page(page(comment("前\0后"))).comments[0].text == "前后"


def test_a_reply_with_a_wide_colon_and_a_comment_that_begins_like_a_reply_stay_apart() -> None:
    text = page(Comment("山月", "", "作者回复: 我抄的", comment().at, (PageReply("editor", "好的: 谢谢"),)))
    assert read_page(text.replace("编辑回复:", "编辑回复：")).comments == read_page(text).comments
    assert read_page(text).comments[0].text == "作者回复: 我抄的"


def test_a_reply_from_nobody_known_is_kept_as_the_authors() -> None:
    text = page(Comment("山月", "", "问", comment().at, (PageReply("author", "答"),)))
    replies = read_page(text.replace("作者回复: ", "讲师: ")).comments[0].replies
    assert replies == (PageReply("author", "讲师: 答"),)


def test_the_markdown_form_has_days_line_breaks_and_no_replies() -> None:
    first = Comment("青石板", "", "第一行\n第二行 <T>", date(2025, 2, 3))
    assert saved("selected.md") == Page(None, (first, Comment("", "", "学到了", date(2025, 2, 4))))


def test_the_other_markdown_form_has_pictures() -> None:
    only = Comment("山月", "https://img.example/b.jpg", "为什么要重建？", date(2024, 6, 7))
    assert saved("all.md").comments == (only,)


def test_a_markdown_section_of_no_comments_is_a_page() -> None:
    assert read_page("文章\n<div><strong>精选留言（0）</strong></div><ul>\n</ul>") == Page(None, ())


def test_comments_pasted_by_hand_are_read() -> None:
    replies = (PageReply("author", "默认是关的。\n\n见官方手册。"), PageReply("editor", "手册地址已补上。"))
    text = "老师，这个开关默认是开的吗？ 我这里看到的是关的。\n\n第二段。"
    assert saved("pasted.txt").comments == (
        Comment("青石板", "", text, date(2023, 5, 6), replies),
        Comment("山月", "", "打卡", datetime(2023, 5, 7, 8, 9, 10, tzinfo=SHANGHAI)),
    )


def test_a_pasted_text_from_windows_reads_the_same() -> None:
    text = (PAGES / "pasted.txt").read_text(encoding="utf-8")
    assert read_page(text.replace("\n", "\r\n").encode("utf-8-sig")) == saved("pasted.txt")


def test_a_pasted_comment_may_speak_of_formats() -> None:
    read = read_page("PDF: 山月\n\n%PDF- 和 bplist00 怎么认？\nContent-Type: text/html\n\n2023-05-06\n")
    assert [each.name for each in read.comments] == ["PDF: 山月"]


def test_only_the_last_list_that_looks_like_comments_is_the_comments() -> None:
    example = f"<ul>{entry(comment('文章里的例子'))}</ul>"
    assert read_page(example + page(comment())).comments == (comment(),)


def test_a_title_of_something_else_is_not_the_pages_title() -> None:
    assert read_page(f"<p title='提示'>正文</p>{END}").title is None


def test_a_pasted_text_may_show_tags_and_entities_as_they_are() -> None:
    read = read_page("山月\n\n<p> 里的 &lt; 怎么写？\n\n2023-05-06\n")
    assert read.comments == (Comment("山月", "", "<p> 里的 &lt; 怎么写？", date(2023, 5, 6)),)


def test_a_pasted_comment_without_its_date_is_refused_rather_than_lost() -> None:
    with pytest.raises(NotAPage, match="does not end with its date"):
        read_page("山月\n\n打卡\n\n2023-05-06\n\n青石板\n\n还有一条")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\0\0", "empty"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", r'PDF; open the page in a browser and save it as "HTML only"'),
        (zipped("[Content_Types].xml", "word/document.xml"), 'Word document; open .* "HTML only"'),
        (zipped("page.html"), 'ZIP archive; open .* "HTML only"'),
        (plistlib.dumps(SAFARI, fmt=plistlib.FMT_BINARY), 'Safari; open .* "Page Source"'),
        (plistlib.dumps(SAFARI), 'Safari; open .* "Page Source"'),
        (MHTML.encode(), 'MHTML.; open .* "HTML only"'),
        (MHTML.replace("\n", "\r\n").encode(), 'MHTML.; open .* "HTML only"'),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no comment list"),
        (json.dumps({"content": page(comment())}).encode(), "JSON"),
        (f"<?xml version='1.0'?><rss><![CDATA[{page(comment())}]]></rss>".encode(), "XML"),
        (b"<!doctype html><html><body><ul><li>a</li></ul></body></html>", "end marker"),
        ("# 标题\n\n只是一篇笔记。".encode(), "no comment list"),
        ("标题\n2020-01-01\n".encode(), "no name, empty line and text"),
        (f"{'<ul><li>' * 513}{END}".encode(), "over 512 deep"),
    ],
)
def test_a_file_that_is_no_page_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(NotAPage, match=reason):
        read_page(data)


# What no page can carry: NUL (dropped), lone surrogates (no UTF-8) and CR before LF (one line break).
characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
texts = st.text(characters, max_size=60).filter(lambda text: "\r\n" not in text)
trimmed = texts.map(str.strip)
seconds = st.datetimes(datetime(1000, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001  hypothesis wants them naive
times = seconds.map(lambda at: at.replace(microsecond=0, tzinfo=SHANGHAI))
replies = st.lists(st.builds(PageReply, st.sampled_from(["author", "editor"]), trimmed), max_size=3).map(tuple)
addresses = st.text(characters.filter(lambda char: char not in "\r\n"), max_size=40)
comments = st.lists(st.builds(Comment, texts, addresses, trimmed, times, replies))


@given(comments)
def test_whatever_people_write_comes_back_from_the_page(written: list[Comment]) -> None:
    assert read_page(page(*written)) == Page("第一讲", tuple(written))


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_any_other_file_is_read_or_refused_but_never_breaks(data: bytes | str) -> None:
    with suppress(NotAPage):
        read_page(data)


@pytest.mark.skipif(not REAL_PAGE.is_file(), reason="shared/data is not beside the checkout: no real page")
def test_a_real_page_reads_whole() -> None:
    read = read_page(REAL_PAGE.read_bytes())
    assert read.title
    assert (len(read.comments), read.unreadable) == (7, 0)
    assert sum(bool(item.replies) for item in read.comments) == 4


@pytest.mark.parametrize("tags", ["<ul><li>", "<UL class='a'><LI></p>", "<div></x>", "<p><font color=red>"])
def test_tags_that_stand_in_each_other_without_end_hold_nobody_up(tags: str) -> None:
    began = process_time()
    with pytest.raises(NotAPage, match="deep"):
        read_page(tags * 300_000 + END)
    assert process_time() - began < 1


def test_any_number_of_tags_beside_each_other_is_a_page() -> None:
    beside = "<ul><li>要点<br><p>第二段</ul></b>" * 600 + "<p><img src=a>" * 600
    assert read_page(beside + page(comment(), title="")).comments == (comment(),)


def test_an_article_of_unclosed_tags_above_a_markdown_section_is_no_obstacle() -> None:
    section = (PAGES / "selected.md").read_text(encoding="utf-8")
    assert read_page("std::vector<int> v;\n" * 600 + section) == saved("selected.md")


def test_thousands_of_empty_lines_hold_nobody_up() -> None:
    began = process_time()
    [read] = read_page("山月\n" + "\n" * 100_000 + "打卡\n2023-05-06\n").comments
    assert read.text == "打卡"
    assert process_time() - began < 1


def test_thousands_of_spaces_hold_nobody_up() -> None:
    began = process_time()
    with pytest.raises(NotAPage):
        read_page("a" + " " * 20_000 + "b")
    assert process_time() - began < 1
