"""How much a sentence asks, by the grammar of asking: question words, being stuck, an error, a wish."""

import re
from typing import NamedTuple


class _Cue(NamedTuple):
    weight: int
    pattern: re.Pattern[str]


def _cue(weight: int, *alternatives: str) -> _Cue:
    return _Cue(weight, re.compile("|".join(alternatives), re.DOTALL))


_WH = (
    r"(?:为[什何啥]|怎么(?!说呢)|怎样|如何|咋|什么时候|啥时候|何时|[在从]哪|哪[里儿个些种一边位家款几]|多少"
    r"|多[大久细长高深快](?![家厂数的])|是[什啥]|什么[区意原关办影样场情用建好不技作问思书工方推概是]|有(?:啥|什么|何)"
    r"|[干做叫用选看学补查发讲先少]些?(?:什么|啥)|谁[来去的是]|几[层台])"
)
_YES_NO = (
    r"(?:能不能|能否|可否|可不可以|是否|会不会|有没有|是不是|要不要|对不对|行不行|需不需要|应不应该|算不算|该不该|有无)"
)
_EXPLAIN = (
    r"(?:解答|解惑|解释|指点|指教|指正|指导|支招|确认|看下|看看|更新|说明|补充|提示|给些|提供|公布|讲[讲下一]|介绍)"
)

# Sentences are in lower case with narrow punctuation; the question mark is the weights' business.
_CUES = (
    # asked openly
    _cue(
        3,
        r"请问|请教(?!练)|想问|(?:问|咨询)一?[下个问声](?!题的|得)|求[问助教解推指建答支源一补链]|同问|蹲一?个|赐教|什么意思",
        r"^求(?![职知真学人同全和平值余导证得出数最])",
        rf"(?:[请望烦忙]|老师.{{0,4}}[能可帮])(?:老师|作者|大佬|各位|大家|[您你和再给])*.{{0,8}}{_EXPLAIN}",
        r"[有个点些下小存我的]小?(?:疑问|疑惑|困惑|不解)|[较很点些](?:疑惑|困惑|纠结)|(?:疑问|困惑):|问几个",
        r"(?<!第)[几两三一1-3些]个?问题(?:[:想请求]|,?请?教|\s*$)|有一?个小?问题[,:不想没一]|有没?有?[谁人].{0,12}(?:知道|遇到)",
    ),
    # by its grammar; a question word deep inside a long sentence says little
    _cue(
        2,
        r"[吗嘛麽]\s*(?:[,。.!~…;)、]|$|\s|谢)|(?<![什怎那这多要])么\s*(?:[,。.!~…;)]|$)|(?<=[\u4e00-\u9fff])吗(?!啡)",
        r"(?<!了)呢\s*(?:[,。.;)]|$|\s)|[由选该][^,。]{1,12}还是|(?<![于但可])是[^,。]{1,24}(?<!的)还是",
    ),
    _cue(1, _YES_NO),
    _cue(
        1,
        rf"^.{{0,10}}(?:{_WH}|{_YES_NO})|(?:{_WH}|{_YES_NO}).{{0,14}}$",
        rf"[,:\s](?:那么?|但是?|现在|应该|到底|[这又该我请想])?(?:{_WH}|{_YES_NO})|{_WH}.{{0,4}},",
    ),
    # stuck
    _cue(
        2,
        r"[没未]有?(?:太|怎么|完全|能)?[看听弄搞想学整]?太?(?:懂|明白|理解|[弄搞]清|想通|看出|跟上|讲到)(?!.{0,6}没关系)",
        r"没有?(?:思路|头绪|找到|看到|讲到)|找不[到着]|还是晕|有点[晕绕懵]|一头雾水|云里雾里",
    ),
    # an error
    _cue(
        3,
        r"报错|出错|(?:提示|显示|抛出|报了?):?\s*[\"“']?[a-z_./]|(?:一直|总是|老是|都)在?(?:失败|报|超时|提示|卡|连不|不行)",
        r"(?:error|exception)\b(?! handling)|\bfail(?:ed|s)? (?:to|with)|\bcannot\b|\bcan't\b|\b(?:refused|denied)\b",
        r"[拉下装连跑启登打进传译问]不(?:下来|[上了通开过去]|起来)|(?:编译|安装|运行|启动|下载|连接).{0,8}(?:失败|不成功)",
        r"(?:[是报回示现接]|:)\s*[45]0\d\b|[45]0\d\s*(?:了|错误|呢|$)|(?:马上|立刻|直接|自动)就?(?:退出|[挂崩])",
        r"not found|no such|\bundefined (?:reference|symbol)|\bfatal\b|\bpanic:|segmentation fault"
        r"|core dumped|out of memory",
        r"permitted|could not|\binvalid\b|不生效|没有?生效|段错误|crashloop|backoff|notready",
        r"卡[住在死]|还是不行|也没用|不支持了",
        r"(?:链接|网盘|二维码|图片?|镜像|音频|视频|文件|地址).{0,6}"
        r"(?:失效|过期了|[挂坏]了|不见|打不开|听不了|看不清|拉不|没了)",
        r"[按照跟]着?照?.{2,24}(?:可是|但是?|却|结果)|(?:一直|却|但是?)(?:不行|没有变|不对|是空)",
    ),
    # a wish
    _cue(
        2,
        r"(?:希望|期望|期待(?!下一|后面的|后续|更新)|盼|恳请|建议|请)(?:老师|作者|后[面续]|以后|课程|专栏|可以|增加|机会"
        r"|[能有也再加出讲把给用在多一个对下]){1,8}.{0,14}?(?:[讲说加增补举例出篇]|介绍|分享|更新|提供|案例|代码|源码|展[示开]|详细|分析)",
        r"想[听看请学](?=.{0,12}(?:老师|[讲怎]|如何|什么|分析|看法|一下))|想(?:了解|知道)",
        r"(?:[要如果]能|老师可以|能|可以)[再多]?(?:展开|详细|具体[讲说介]|讲讲|讲一下|出一|补充|加[点一]|介绍一?下|举个)",
    ),
    # a question that was answered, and what depends on what
    _cue(
        -3,
        r"(?:知道|明白|懂|理解|清楚|学[会到习]|了解|掌握|看懂|回答|解决|领悟|体会)[到了]+.{0,16}(?:为[什何]|怎[么样]|如何|什么|是否|哪)",
        r"[在也就才]知道(?:怎|如何|为)|把.{2,20}[说讲](?:透|清|明白)|^(?:[^?]*)(?:是否|能否|要不要)[^?]*(?:看情况|取决|要看|得看)",
        rf"(?:决定|判断|考虑|检查|评估|衡量|适用于|思考|取决).{{0,8}}(?:{_WH}|{_YES_NO})(?!.*[?吗呢])",
    ),
    _cue(-1, r"^(?:我|个人)(?:可能|应该)?(?:会|选择|认为|觉得|感觉)|^如果是我|我会"),
    # English
    _cue(
        2,
        r"^\W*(?:how|why|what|which|where|when|who|is|are|do|does|did|can|could|would|should|will) "
        r"|\bany (?:idea|way|advice)",
        r"\banyone\b|\bplease (?:add|explain|help|share|cover)|\bi (?:don't|do not) (?:get|understand|see)|\bi wonder",
        r"\b(?:would love|i wish)\b|\bnot sure (?:why|how|if)\b|\bdoes ?n.t (?:work|load|start)|\bno longer\b",
    ),
)


def asking(sentence: str) -> int:
    """How much the sentence asks: the sum of the weights of its cues; from 2 on it most likely does."""
    return sum(cue.weight for cue in _CUES if cue.pattern.search(sentence))
