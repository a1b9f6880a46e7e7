"""What people copy from a chat or a comment section by hand, read into who said what."""

from datetime import UTC, date, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import PageReply, Pasted
from bot.importers.pasted import read_pasted
from bot.importers.section import is_section, lines_of

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def read(text: str) -> tuple[Pasted, ...]:
    return read_pasted(text, ZONE, NOW)


def said(text: str) -> list[tuple[str, str]]:
    return [(each.name, each.text) for each in read(text)]


def at(text: str) -> list[str]:
    return [each.at.astimezone(ZONE).strftime("%m-%d %H:%M") for each in read(text)]


CONVERSATION = [("小林", "为什么不让我写循环？"), ("Lao Zhou", "报错如下：\nEPERM"), ("小林", "谢谢")]


@pytest.mark.parametrize(
    "text",
    [
        "小林:\n为什么不让我写循环？\n\nLao Zhou：\n报错如下：\nEPERM\n\n小林:\n谢谢\n",
        "小林  2026/11/18 21:30:11\n为什么不让我写循环？\nLao Zhou  2026/11/18 21:31:02\n报错如下：\nEPERM\n"
        "小林  2026/11/18 21:33:00\n谢谢",
        "小林 21:30\r\n为什么不让我写循环？\r\nLao Zhou 21:31\r\n报错如下：\r\nEPERM\r\n小林 下午9:33\r\n谢谢",
        "—————  2026-11-18  —————\n\n小林  21:30\n\n为什么不让我写循环？\n\nLao Zhou  21:31\n\n报错如下：\n"
        "EPERM\n\n小林  21:33\n\n谢谢",
        "小林\n2026/11/18 21:30\n为什么不让我写循环？\n\nLao Zhou\n2026/11/18 21:31\n报错如下：\n"
        "EPERM\n\n小林\n昨天 21:33\n谢谢",
        "小林 26/11/18 21:30\n为什么不让我写循环？\nLao Zhou 26/11/18 21:31\n报错如下：\n"
        "EPERM\n小林 26/11/18 21:33\n谢谢",
        "小林 11-18 21:30:11\n为什么不让我写循环？\nLao Zhou 11-18 21:31:02\n报错如下：\n"
        "EPERM\n小林 11-18 21:33:00\n谢谢",
        "小林 — Yesterday at 9:30 PM\n为什么不让我写循环？\nLao Zhou — Yesterday at 9:31 PM\n报错如下：\nEPERM\n"
        "小林 — Today at 9:33 AM\n谢谢",
        "[2026/11/18 21:30] 小林: 为什么不让我写循环？\n[2026/11/18 21:31] Lao Zhou: 报错如下：\nEPERM\n"
        "[2026/11/18 21:33] 小林: 谢谢",
        "[2026-11-18 21:30:11] 小林：为什么不让我写循环？\n[2026-11-18 21:31:02] Lao Zhou(12345678)：\n报错如下：\n"
        "EPERM\n[2026-11-18 21:33:00] 小林：谢谢",
        "[21:30] 小林: 为什么不让我写循环？\n[21:31] Lao Zhou: 报错如下：\nEPERM\n[21:33] 小林: 谢谢",
        "【11-18 9:30 PM】小林：为什么不让我写循环？\n【11-18 9:31 PM】Lao Zhou：报错如下：\nEPERM\n"
        "【11-18 10:33 PM】小林：谢谢",
        "\u200e[2026/11/18 下午9:30:11] 小林: 为什么不让我写循环？\n[2026/11/18 下午9:31:02] ~\u202fLao Zhou: "
        "报错如下：\nEPERM\n[2026/11/18 晚上10:33:00] 小林: 谢谢",
    ],
)
def test_every_way_to_copy_a_chat_reads_the_same(text: str) -> None:
    assert said(text) == CONVERSATION


def test_a_name_in_the_line_of_its_words_is_a_speaker_where_the_paste_begins_so() -> None:
    assert said("小林：为什么失败？\n内核 5.10\n老周：见 https://example.org/a") == [
        ("小林", "为什么失败？\n内核 5.10"),
        ("老周", "见 https://example.org/a"),
    ]
    assert said("先说环境\n内核：5.10\n再说问题") == [("", "先说环境\n内核：5.10\n再说问题")]


def test_the_time_may_stand_before_the_name_and_a_log_is_none() -> None:
    text = "2026-11-18 21:30:11 小林(12345678)\n为什么？\n2026-11-18 21:30:12 ERROR\n2026-11-18 21:31:00 老周\n不懂"
    assert said(text) == [("小林", "为什么？\n2026-11-18 21:30:12 ERROR"), ("老周", "不懂")]


def test_a_time_in_brackets_is_of_the_words_beside_it() -> None:
    text = "[2026/11/18 21:03] 小林: 一\n[2026-11-18 下午9:33:11] 老周：二\n[9:40 PM] 小林：三"
    assert at(text.splitlines()[0]) == ["11-18 21:03"]
    assert at(text.splitlines()[1]) == ["11-18 21:33"]
    assert at(text.splitlines()[2]) == ["11-19 21:40"]


def test_a_remark_or_log_in_brackets_within_a_message_is_no_record() -> None:
    words = "[注意] 内核: 5.10\n[12:00] 的截图\n[21:03:11] kubelet: BUG\n[2026/11/18 21:03] ERROR: x\n[捂脸] 不懂"
    exported = f"[2026/11/18 21:03] 小林: 日志\n{words}\n[2026/11/18 21:10] 老周: [捂脸] 好"
    assert said(exported) == [("小林", f"日志\n{words}"), ("老周", "[捂脸] 好")]
    for chat in (f"小林 21:03\n日志\n{words}\n老周 21:10\n好", f"小林：日志\n{words}\n老周：好"):
        assert said(chat) == [("小林", f"日志\n{words}"), ("老周", "好")]
    assert said(f"请看日志\n{words}") == [("", f"请看日志\n{words}")]


def test_a_picture_in_the_line_of_its_speaker_is_nobodys() -> None:
    assert said("[21:03] 小林: 为什么？\n[21:04] 老周: [图片]\n[21:05] 阿哲: 同问") == [
        ("小林", "为什么？"),
        ("阿哲", "同问"),
    ]


def test_a_time_below_words_is_no_heading_of_theirs() -> None:
    assert said("小林:\n为什么失败\n21:30\n内核 5.10") == [("小林", "为什么失败"), ("小林", "内核 5.10")]
    assert said("小林：为什么失败\n21:30\n老周：不懂") == [("小林", "为什么失败"), ("老周", "不懂")]
    assert said("先说环境：\n内核 5.10\n21:30\n不懂") == [("", "先说环境：\n内核 5.10"), ("", "不懂")]


def test_times_are_of_the_day_that_stands_above_them() -> None:
    text = (
        "—— 2026年11月17日 ——\n小林 08:00\n一\n小林 下午3:05\n二\n昨天\n小林 21:30\n三\n星期二 10:00\n小林:\n四\n"
        "11月18日 晚上8:15\n小林 12:00\n五"
    )
    assert at(text) == ["11-17 08:00", "11-17 15:05", "11-19 21:30", "11-17 10:00", "11-18 12:00"]


def test_what_has_no_time_is_of_now_and_nothing_is_of_later() -> None:
    assert [each.at for each in read("小林:\n为什么？\n老周 2027-01-01 10:00\n不懂")] == [NOW, NOW]
    assert at("小林 23:50\n为什么？") == ["11-19 23:50"]


def test_a_quote_is_another_ones_words() -> None:
    text = (
        "小林:\n为什么失败？\n\n老周:\n「小林：报错如下：\n为什么失败？」\n- - - - - - - - - - - - - - -\n因为没有上界"
    )
    [asked, answered] = read(text)
    assert (asked.text, asked.quote) == ("为什么失败？", "")
    assert (answered.name, answered.text) == ("老周", "因为没有上界")
    assert answered.quote == "小林：报错如下：\n为什么失败？"


def test_what_stands_in_a_quote_heads_nothing_and_an_answer_stands_for_itself() -> None:
    quote = "「老周：看看\n我的配置：\n5.10」\n- - - - - - - - -\n"
    text = f"小林 20:30\n一\n小林 20:31\n{quote}二\n小林:\n三"
    assert [(each.text, each.quote[:2]) for each in read(text)] == [("一", ""), ("二\n三", "老周")]
    assert [each.name for each in read(f"小林:\n{quote}二\n\n老周:\n三")] == ["小林", "老周"]


def test_brackets_without_a_line_below_are_the_speakers_own() -> None:
    assert read("小林:\n「尾调用」\n是什么？")[0].text == "「尾调用」\n是什么？"


@pytest.mark.parametrize(
    "line",
    [
        '"阿哲" 撤回了一条消息',
        "你撤回了一条消息",
        "[图片]",
        "[语音]",
        "[微信红包]恭喜发财，大吉大利",
        '"老周"邀请"小王"加入了群聊',
        "小王通过扫描“老周”分享的二维码加入群聊",
        "老周领取了小林的红包",
        "“老周” 拍了拍 “小林”",
        "“老周”邀请你加入了群聊，群聊参与人还有：阿哲、Mia、小王",
        "“小王”与群里其他人都不是微信朋友关系，请注意隐私安全",
        "你撤回了成员“小王”的一条消息",
        "“老周”撤回了一条成员消息",
        "你将“小王”移出了群聊",
        "[图片: 8f3c.jpg(请在附件中查看)]",
        '[语音] 12"',
        "微信群“学习群”的聊天记录如下:",
        "收到红包，请在手机上查看",
        "以下是新消息",
        "老周修改群名为“学习群”",
        '"mia" recalled a message',
        "[Photo]",
    ],
)
def test_what_the_chat_itself_says_is_nobodys(line: str) -> None:
    assert said(f"小林  21:30\n为什么失败？\n{line}\n内核 5.10") == [("小林", "为什么失败？\n内核 5.10")]


@pytest.mark.parametrize(
    "line",
    ["怎么加入群聊", "[捂脸] 不懂", "我拍了拍脑袋终于懂了", "[图片] 看这里", "有人退出了群聊吗？", "[文件] map.c"],
)
def test_words_about_the_chat_are_words(line: str) -> None:
    assert said(f"小林  21:30\n{line}") == [("小林", line)]


def test_a_speaker_of_pictures_only_is_nobody() -> None:
    assert said("小林:\n为什么？\n\n老周:\n不懂\n\n小林:\n[图片]") == [("小林", "为什么？"), ("老周", "不懂")]
    assert said("小林  21:30\n为什么？\n老周  21:31\n[图片]\n阿哲  21:32\n同问") == [
        ("小林", "为什么？"),
        ("阿哲", "同问"),
    ]


def test_what_one_speaker_says_within_minutes_is_one() -> None:
    text = "小林 20:30\n一\n小林 20:34\n二\n小林 20:38\n三\n小林 20:44\n四\n老周 20:45\n五\n小林 20:45\n六"
    assert said(text) == [("小林", "一\n二\n三"), ("小林", "四"), ("老周", "五"), ("小林", "六")]


def test_an_indent_is_kept() -> None:
    assert said("小林:\n代码：\n    if (x)\n        y();") == [("小林", "代码：\n    if (x)\n        y();")]


def test_what_looks_like_a_heading_and_heads_nothing_stays_words() -> None:
    assert said("小林:\n看这个：\n[图片]\n\n老周:\n不懂") == [("小林", "看这个："), ("老周", "不懂")]
    assert said("我改到 21:30\n小林 20:00\n好") == [("", "我改到 21:30"), ("小林", "好")]


def test_nothing_but_words_is_of_an_unnamed_one() -> None:
    assert said("为什么失败？\n\n内核 5.10") == [("", "为什么失败？\n\n内核 5.10")]
    assert read("\n \n") == ()


SECTION = """精选留言（2）
小林

为什么失败？ 第二句

作者回复: 因为没有上界
第二行

编辑回复：好问题

2026-11-18
👍（3）
老周

    怎么办

2026-11-19 10:00:00
"""


def test_a_comment_section_gives_names_texts_days_and_replies() -> None:
    first, second = read(SECTION)
    assert (first.name, first.text) == ("小林", "为什么失败？ 第二句")
    assert first.replies == (PageReply("author", "因为没有上界\n第二行"), PageReply("editor", "好问题"))
    assert (second.name, second.text, second.replies) == ("老周", "    怎么办", ())
    assert at(SECTION) == ["11-18 12:00", "11-19 10:00"]
    assert is_section(lines_of(SECTION))
    assert not is_section(lines_of("小林 20:30\n2026-11-18\n一"))


def test_a_section_that_was_cut_loses_nothing() -> None:
    cut = "句子的后一半\n2026-11-18\n小林\n\n为什么？\n\n作者回复: 因为"
    assert [(each.name, each.text, len(each.replies)) for each in read(cut)] == [
        ("", "句子的后一半", 0),
        ("小林", "为什么？", 1),
    ]
    assert said("作者回复: 只有回复\n2026-11-18") == [("", "作者回复: 只有回复")]


names = st.sampled_from(["小林", "老周", "Mia", "Old Zhou", "阿哲@上海", "🐱 猫"])
notices = st.sampled_from(["[图片]", '"阿哲" 撤回了一条消息', "", "  ", "老周领取了小林的红包", "[语音]"])
odd = st.text("为什么？：:，。 ab5.10-—/「」[]()@#\t\u2028\u202e\xa0\x85昨天下午", max_size=12)
clock = st.builds(datetime.combine, st.dates(date(2026, 1, 1), date(2026, 11, 18)), st.times())
heads = {
    "timed": lambda name, when: f"{name}  {when:%Y/%m/%d %H:%M:%S}",
    "short": lambda name, when: f"{name} {when:%H:%M}",
    "coloned": lambda name, when: f"{name}:",
    "parted": lambda name, when: f"—— {when.year}年{when.month}月{when.day}日 {when:%H:%M} ——\n\n{name}：",
    "first": lambda name, when: f"{when:%Y-%m-%d %H:%M:%S} {name.replace(' ', '')}",
    "bracketed": lambda name, when: f"[{when:%Y/%m/%d %H:%M}] {name}: ",
    "quoting": lambda name, when: f"{name}:\n「老周：别人的话」\n- - - - - - - - - - - -",
}


@st.composite
def pastes(draw: st.DrawFn) -> tuple[str, list[tuple[str, str]]]:
    """A paste, and which marked line is whose."""
    lines: list[str] = []
    whose: list[tuple[str, str]] = []
    kinds = draw(st.lists(st.sampled_from(sorted(heads)), min_size=1, max_size=2))
    for _ in range(draw(st.integers(0, 6))):
        name = draw(names)
        if draw(st.booleans()):
            lines.append(heads[draw(st.sampled_from(kinds))](name, draw(clock)))
        for before, after in draw(st.lists(st.tuples(odd, odd), max_size=3)):
            mark = f"k{len(whose)}z"
            whose.append((mark, name))
            lines += [f"{before}{mark}{after}", *draw(st.lists(notices, max_size=2))]
    return draw(st.sampled_from(["\n", "\r\n", "\r"])).join(lines), whose


@given(pastes())
def test_every_line_of_words_is_in_exactly_one_record(paste: tuple[str, list[tuple[str, str]]]) -> None:
    text, whose = paste
    records = read(text)
    found = ["\n".join([each.text, each.quote, *(r.text for r in each.replies)]) for each in records]
    for mark, _ in whose:
        # A line that ends with a colon may be a speaker's name, of as many records as that speaker has.
        named = any(mark in each.name for each in records)
        assert sum(record.count(mark) for record in found) == (0 if named else 1)


@given(st.lists(st.tuples(names, st.lists(odd, min_size=1, max_size=3)), max_size=6), clock)
def test_plain_words_are_the_speakers(spoken: list[tuple[str, list[str]]], when: datetime) -> None:
    lines = [
        f"{name}  {when + timedelta(hours=n):%Y/%m/%d %H:%M:%S}\n" + "\n".join(f"第 {n} 段 {part}" for part in parts)
        for n, (name, parts) in enumerate(spoken)
    ]
    assert [each.name for each in read("\n".join(lines))] == [name for name, _ in spoken]


@given(st.text(max_size=200))
def test_nothing_makes_it_fail(text: str) -> None:
    for each in read(text):
        assert each.text.strip()
        assert each.at <= NOW


@pytest.mark.parametrize("text", ["a" + " " * 20_000 + "b", "「x」" + "\n" * 20_000 + "b"])
def test_thousands_of_spaces_hold_nobody_up(text: str) -> None:
    began = process_time()
    assert [each.text for each in read(text)] == [text]
    assert process_time() - began < 1
