"""A stretch of a group's chat or of a comment section, as somebody copied it by hand, read into who said what.

No two WeChat versions copy alike, so the kind of heading that is found most often is taken for the chat's. Whatever
is not understood stays text of the speaker before: only what the chat itself says is left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from bot.core.model import Pasted
from bot.core.text import shown
from bot.importers.moments import Moment, moment_of, read_moment
from bot.importers.section import is_section, lines_of, read_section, text_of

ONE_GO = timedelta(minutes=5)

_MARKS = "。？！?!，,；;"
_DASHES = re.compile(r"[-—–－_=]{2,}|[-—–－](?:\s*[-—–－]){4,}")
_COLON = re.compile(rf"(?P<name>[^:：{_MARKS}]{{1,32}})[:：]")
_INLINE = re.compile(rf"(?P<name>[^\s:：{_MARKS}「『\"“/]{{1,16}})[:：](?!//)\s*(?P<rest>\S.*)")
_BRACKETED = re.compile(
    rf"[\[【](?P<when>[^\[\]【】]{{4,40}})[\]】]\s*(?:~\s*)?(?P<name>[^:：{_MARKS}]{{1,32}})[:：]\s*(?P<rest>.*)"
)
_NUMBER = re.compile(r"[(（<]\d{5,}[)）>]$")
# What stands before a colon and is nobody's name.
_LABEL = re.compile(
    r"(?:https?|ps|q|a|todo|note|error|warning|.*(?:如下|是|为|的|下|报错|错误|日志|输出|问题|命令|代码|比如|例如|如"
    r"|问|答|补充|信息|结果|步骤|环境|版本|内容|情况|原因|谢谢|你好|大家好|注意|总结|另外|说|回复))",
    re.IGNORECASE,
)
_LEVEL = re.compile(r"(?:error|warn(?:ing)?|info|debug|trace|fatal|\[.*)", re.IGNORECASE)
_QUOTED = re.compile(
    r"\A「(?P<quote>.+?)」[^\S\n]*\n\s*[-—–－](?:[ \t]*[-—–－]){4,}[ \t]*\n(?P<own>.*\S.*)\Z", re.DOTALL
)

_KINDS = (
    "图片|照片|语音|视频|表情|动画表情|文件|链接|位置|聊天记录|小程序|红包|微信红包|转账|名片|卡片|音乐|笔记|接龙|直播"
    "|视频号|语音通话|视频通话|photo|image|sticker|voice|video|file|link|location|red packet|chat history|mini program"
)
# A name as the chat itself writes it: in quotes or without a mark of a sentence.
_QUOTED_WHO = '[“"].{1,32}[”"]'
_WHO = rf"(?:{_QUOTED_WHO}|[^{_MARKS}:：]{{1,32}}?)"
_NOTICE = re.compile(
    rf"\[(?:{_KINDS})\](?:恭喜发财，大吉大利)?|\[微信红包\].{{0,40}}"
    r"|\[(?:图片|照片|视频|语音)[:：][^\[\]]{1,100}\]|\[(?:语音|voice)\] ?\d{1,2}(?:[\"”″]|'')"
    rf"|{_WHO}\s?(?:撤回了(?:一条(?:成员)?|成员{_QUOTED_WHO}的一条)消息|recalled a message)(?:\s*重新编辑)?"
    rf"|{_WHO}\s?(?:邀请.{{1,80}}|通过.{{1,80}})加入了?群聊(?:，群聊参与人还有[:：].{{1,400}})?"
    rf"|{_WHO}\s?与群里其他人都不是(?:微信)?朋友关系，请注意隐私安全|{_WHO}\s?(?:退出|移出|被移出)了群聊"
    rf"|{_WHO} (?:joined|left) the group chat.{{0,40}}|{_WHO} invited .{{1,80}} to the group chat"
    rf"|{_WHO}\s?修改群名为“.{{1,60}}”|{_WHO}\s?领取了.{{1,32}}的红包"
    rf"|(?:我|{_QUOTED_WHO}) ?拍了拍 ?(?:我|自己|{_QUOTED_WHO}).{{0,20}}"
    r"|(?:收到|发出)红包，请在手机上查看|[-—]*\s*以下(?:是|为)新消息\s*[-—]*|查看更多消息|群聊的聊天记录"
    rf"|微信群(?:{_QUOTED_WHO}的)?聊天记录(?:如下)?[:：]?",
    re.IGNORECASE,
)


def read_pasted(text: str, zone: tzinfo, now: datetime) -> tuple[Pasted, ...]:
    """Who said what, in the order of the paste; what one speaker said within minutes is one.

    `zone` is that of the times, which name none; what has no time is of `now` (aware).
    """
    lines = lines_of(text)
    if is_section(lines):
        return tuple(read_section(lines, zone, now))
    return tuple(_together(_chat(_beside_their_times(lines, now.astimezone(zone).date()), zone, now)))


class _Head(NamedTuple):
    """Who speaks from a line on, when, and what stands in the same line."""

    name: str
    moment: Moment | None = None
    rest: str = ""


@dataclass(slots=True)
class _Message:
    name: str
    at: datetime
    lines: list[str] = field(default_factory=list)


def _chat(lines: Sequence[str], zone: tzinfo, now: datetime) -> Iterator[_Message]:
    today = now.astimezone(zone).date()
    heads = _heads(lines, today)
    said = Moment(None, None)
    message = _Message("", now)
    for at, line in enumerate(lines):
        if head := heads.get(at):
            yield message
            said = Moment(head.moment.day or said.day, head.moment.clock) if head.moment else said
            message = _Message(head.name, moment_of(said, zone, now), [] if _is_empty(head.rest) else [head.rest])
        elif (at - 1 not in heads or heads[at - 1].rest) and (parted := _parted(line, today)):
            yield message
            said = Moment(parted.day or said.day, parted.clock)
            message = _Message(message.name, moment_of(said, zone, now))
        elif not _is_notice(line):
            message.lines.append(line)
    yield message


def _beside_their_times(lines: Sequence[str], today: date) -> Sequence[str]:
    """The lines with each name that stands above its time beside it, in a paste that begins with such a name."""
    named = {at for at, (line, below) in enumerate(pairwise(lines)) if _is_above_time(line, below, today)}
    if next((at for at, line in enumerate(lines) if _is_words(line, today)), None) not in named:
        return lines
    joined = (
        f"{line} {lines[at + 1]}" if at in named else line for at, line in enumerate(lines) if at - 1 not in named
    )
    return list(joined)


def _is_above_time(line: str, below: str, today: date) -> bool:
    moment = read_moment(shown(below), today)
    named = _is_words(line, today) and _may_be_name(line.strip()) and not re.search("[:：]", line)
    return named and moment is not None and moment.clock is not None


def _is_words(line: str, today: date) -> bool:
    return bool(line.strip()) and not _is_notice(line) and not _parted(line, today)


def _parted(line: str, today: date) -> Moment | None:
    """The moment that stands alone on a line, between dashes or not."""
    return read_moment(shown(line).strip("-—–－ \u3000"), today)


def _is_notice(line: str) -> bool:
    return _NOTICE.fullmatch(shown(line)) is not None


def _is_empty(rest: str) -> bool:
    return not rest or _is_notice(rest)


def _heads(lines: Sequence[str], today: date) -> dict[int, _Head]:
    """The lines that begin a message, of the kind that is found most often; of another those of a speaker known."""
    free = sorted(set(range(len(lines))) - _within_quotes(lines))
    found = [{at: head for at in free if (head := find(shown(lines[at]), today))} for find in _FINDERS]
    timed, coloned, time_first, inline, bracketed = [_speaking(lines, heads, today) for heads in found]
    exported = _from_the_start(lines, _alike(lines, bracketed), today)
    best = max(timed, coloned, exported, key=_weight) or time_first or _from_the_start(lines, inline, today)
    names = {head.name for head in best.values()}
    return _speaking(lines, {at: head for heads in found for at, head in heads.items() if head.name in names}, today)


def _weight(heads: Mapping[int, _Head]) -> int:
    """How surely these are headings: words end with a colon now and then, with a day and a time hardly ever."""
    return sum(1 if head.moment is None else 5 if head.moment.day else 2 for head in heads.values())


def _from_the_start(lines: Sequence[str], heads: dict[int, _Head], today: date) -> dict[int, _Head]:
    """Those in whose own line the words begin, only where the paste begins with one."""
    before = lines[: min(heads, default=0)]
    return {} if any(_is_words(line, today) for line in before) else heads


def _alike(lines: Sequence[str], heads: Mapping[int, _Head]) -> dict[int, _Head]:
    """Those whose times have as many numbers as the first one's: those of a log within the words mostly have not."""
    numbers = {at: len(re.findall(r"\d+", re.split("[]】]", lines[at])[0])) for at in heads}
    first = numbers.get(min(heads, default=0))
    return {at: head for at, head in heads.items() if numbers[at] == first}


def _speaking(lines: Sequence[str], heads: Mapping[int, _Head], today: date) -> dict[int, _Head]:
    """Without those of speakers who say nothing anywhere: these are words that look like a heading."""
    order = sorted(heads)
    ends = [*order[1:], len(lines)]
    speakers = {heads[at].name for at, end in zip(order, ends, strict=False) if _says(lines, at, end, heads[at], today)}
    kept: dict[int, _Head] = {}
    following = len(lines)
    for at in reversed(order):
        if heads[at].name in speakers or _says(lines, at, following, heads[at], today):
            kept[at], following = heads[at], at
    return kept


def _says(lines: Sequence[str], at: int, end: int, head: _Head, today: date) -> bool:
    """Whether words follow a heading; after one with its time a picture is enough."""
    after = range(at + 1, end)
    spoken = (n for n in after if lines[n].strip() and (n == at + 1 or not _parted(lines[n], today)))
    return bool(head.rest) or any(head.moment or not _is_notice(lines[n]) for n in spoken)


def _within_quotes(lines: Sequence[str]) -> Set[int]:
    """The lines of 「…」 that a line of dashes ends: what stands in them heads nothing."""
    within: set[int] = set()
    for first in (at for at, line in enumerate(lines) if "「" in line[:34]):
        for last in range(first, min(first + 20, len(lines) - 1)):
            if lines[last].endswith("」") and _DASHES.fullmatch(lines[last + 1].strip()):
                within |= {at for at in range(first, last + 2) if at > first or lines[at].startswith("「")}
                break
    return within


def _timed(line: str, today: date) -> _Head | None:
    """ "小林  2026/11/20 21:30:11" and "lin — Today at 9:30 PM"."""
    if len(line) > 80 or not re.search("[:：]", line) or read_moment(line, today):
        return None
    for space in re.finditer(r"\s+(?:[—–|-]\s+)?", line):
        moment = read_moment(line[space.end() :], today)
        name = line[: space.start()]
        if moment and moment.clock:
            return _Head(_name(name), moment) if _may_be_name(name) else None
    return None


def _time_first(line: str, today: date) -> _Head | None:
    """ "2026-11-20 21:30:11 小林(123456)"; what looks like a log is none."""
    parts = line.split()
    if len(parts) != 3 or _LEVEL.match(parts[2]) or not _may_be_name(parts[2]):
        return None
    moment = read_moment(" ".join(parts[:2]), today)
    return _Head(_name(parts[2]), moment) if moment and moment.day and moment.clock else None


def _coloned(line: str, today: date) -> _Head | None:
    match = _COLON.fullmatch(line)
    return _Head(_name(match["name"])) if match and not _LABEL.fullmatch(match["name"].strip()) else None


def _inline(line: str, today: date) -> _Head | None:
    match = _INLINE.fullmatch(line)
    if match is None or _LABEL.fullmatch(match["name"]) or match["name"].lstrip("[【").isdigit():
        return None
    return _Head(_name(match["name"]), None, match["rest"])


def _bracketed(line: str, today: date) -> _Head | None:
    """ "[2026/11/20 21:30:11] 小林: why?", as programs write a chat into a file."""
    match = _BRACKETED.fullmatch(line)
    moment = read_moment(match["when"], today) if match else None
    if match is None or moment is None or moment.clock is None or _LEVEL.match(match["name"]):
        return None
    return _Head(_name(match["name"]), moment, match["rest"])


_FINDERS = (_timed, _coloned, _time_first, _inline, _bracketed)


def _may_be_name(name: str) -> bool:
    return len(name) <= 32 and not re.search(f"[{_MARKS}]", name)


def _name(typed: str) -> str:
    return _NUMBER.sub("", typed.strip()).strip().removesuffix(":").removesuffix("：")


def _together(messages: Iterator[_Message]) -> Iterator[Pasted]:
    """Join what one speaker said in one go; an answer to somebody stands for itself."""
    one: Pasted | None = None
    last: datetime | None = None
    for message in messages:
        said = _said(message)
        if said is None:
            continue
        if one and last and one.name == said.name and not said.quote and abs(said.at - last) <= ONE_GO:
            one = replace(one, text=f"{one.text}\n{said.text}")
        else:
            if one:
                yield one
            one = said
        last = said.at
    if one:
        yield one


def _said(message: _Message) -> Pasted | None:
    text = text_of(message.lines)
    if not text:
        return None
    quoted = _QUOTED.match(text)
    if quoted is None:
        return Pasted(message.name, text, message.at)
    return Pasted(message.name, quoted["own"].strip(), message.at, quoted["quote"].strip())
