"""Which comments under a lecture are questions that the group would want to keep.

A comment is cut into sentences, each sentence collects the weights of the cues that it contains, and the comment is a
question when its best sentence reaches the threshold. What others said (quotes, code, addresses, an exercise that is
repeated before its answer) is taken out first.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_THRESHOLD = 2
_LONGEST = 4000


class _Cue(NamedTuple):
    weight: int
    pattern: re.Pattern[str]


def _cue(weight: int, *alternatives: str) -> _Cue:
    return _Cue(weight, re.compile("|".join(alternatives), re.IGNORECASE | re.DOTALL))


# What is somebody else's word, or no language at all.
_FOREIGN = re.compile(
    r"```.*?```|`[^`\n]*`|https?:\S+|“[^”]*”|「[^」]*」|『[^』]*』|《[^》]*》|【[^】]{8,}】"
    r'|(?<![\w=(])"[^"\n]{4,}"(?![\w)])|^\s*>.*$|\?\.|\s\?\s[^:：?？\n]{1,40}\s:\s',
    re.DOTALL | re.MULTILINE,
)
_CODE = re.compile(r"^.*[;{}]\s*$", re.MULTILINE)
_SENTENCE = re.compile(r"[^。！!？?\n；;]*[。！!？?；;\n]*")

# An exercise and the first words of its answer, the question mark between them.
_EXERCISE = (
    r"(?:思考题|课后(?:思考)?(?:题|习题|作业|问题|思考)|作业题?|练习题?|习题"
    r"|问题[一二三四五1-9]|题目|[QＱ]\d?|^问)"
)
_ANSWER = (
    r"(?:答|[AＡ]\d?[:：]|回答|解答|因为|我认为|我觉得|我会|我们(?:会|是|的|现在|用|公司)|我的(?:答案|做法|理解|回答)"
    r"|个人(?:认为|觉得|感觉)|不会|会[，,。]|不能|能[，,。]|可以(?:使|用|通|[，,。])|不可以|不是|是的|当"
    r"|要[。，,]|不要|看情况|关键|肯定|我看到|可以使用|好问题|[-—=]{3}"
    r"|应该(?!怎|如何|是不是))"
)
_ANSWERED = re.compile(rf"[^。！!？?\n]*[？?][”\"）)》\s]*(?:[-—=]{{3,}}\s*)?(?={_ANSWER})")
_NUMBERED = re.compile(r"^\s*\d+\s*[.、)）][^\n]*[？?]\s*\n(?=\s*(?:答|\d+[)）]|[^\d\s][^\n？?]{12,}$))", re.MULTILINE)
_EXERCISE_QUOTED = re.compile(
    rf"^[^。！!？?\n]{{0,12}}{_EXERCISE}(?:是|如下)?\s*\d?[:：、.][^\n？?]*[？?]?", re.MULTILINE
)

_WH = (
    r"(?:为什么|为何|为啥|怎么(?!说呢)|怎样|如何|咋|什么时候|啥时候|何时|在哪|从哪|哪(?:里|儿|个|些|种|一|边"
    r"|位|家|款|几)|多少|多[大久细长高深快](?![家厂数的])"
    r"|是(?:什么|啥)|什么(?:区别|意思|原因|原理|关系|办法|影响|样|场景|情况|用|建议|好的|不同|技巧|作用|问题"
    r"|思路|书|工具|方式|推荐|概念|是|方法)"
    r"|有(?:啥|什么|何)|(?:干|做|叫|用|选|看|学|补|查|发|得到|讲|先|少)(?:些)?(?:什么|啥)|谁(?:来|去|的|是)"
    r"|几(?:层|台|个节点))"
)
_YES_NO = (
    r"(?:能不能|能否|可否|可不可以|是否|会不会|有没有|是不是|要不要|对不对|行不行|需不需要|应不应该|算不算"
    r"|该不该|有无)"
)
_EXPLAIN = (
    r"(?:解答|解惑|解释|指点|指教|指正|指导|支招|确认|看下|看看|更新|说明|补充|提示|给些|提供|公布|回复一下"
    r"|讲讲|讲一下|讲下|介绍)"
)

_ASKING = _cue(
    3,
    r"请问|请教(?!练)|想问|(?:问|咨询)(?:一)?(?:下|个|问|声)(?!题的|得)",
    r"求(?:问|助|教|解|推荐|指|建议|答|支招|源码|一个|补|链接)|^求(?!职|知|真|学|人|同|全|和|平均|值|余|导"
    r"|证|得|出|数|最)",
    rf"(?:请|望|麻烦|烦请|帮忙|老师(?:.{{0,4}})(?:能|可以|可否|帮))(?:老师|作者|大佬|各位|大家|您|你|和|再"
    rf"|给)*.{{0,8}}{_EXPLAIN}(?!.{0, 2}[给給])",
    r"(?:有|个|点|些|几点|我的|以下|小|存)(?:小|不解|的)?(?:疑问|疑惑|困惑)|(?:比较|很|有点|有些|挺"
    r"|些)(?:疑惑|困惑|纠结)|(?:疑问|困惑)[:：]",
    r"同问|蹲一?个|跪求|赐教|什么意思|有(?:没有)?(?:谁|人|同学|哪位).{0,12}(?:知道|遇到|用过|跑通)",
    r"(?<!第)(?:几|两|三|一|1|2|3|些)个?问题(?:[:：]|想|请|，?请?教|\s*$|求)|有(?:个"
    r"|一个)(?:小)?问题(?:[，,:：]|不|想|没|一直)|问(?:个|几个)",
)

_SENTENCE_CUES = (
    # a question by its grammar; a question word deep inside a long sentence says little
    _cue(2, r"[？?]"),
    _cue(
        2,
        r"[吗嘛麽]\s*(?:[，,。.！!~～…；;）)、]|$|\s|谢)|(?<![什怎那这多要])么\s*(?:[，,。.！!~～…；;）)]|$)"
        r"|(?<=[\u4e00-\u9fff])吗(?!啡)",
        r"(?<!了)呢\s*(?:[，,。.；;）)]|$|\s)|(?:由|选|该)[^，,。]{1,12}还是"
        r"|(?<![于但可])是[^，,。]{1,24}(?<!的)还是",
    ),
    _cue(1, _WH, _YES_NO),
    _cue(
        1,
        rf"^.{{0,10}}(?:{_WH}|{_YES_NO})|(?:{_WH}|{_YES_NO}).{{0,14}}$",
        rf"[，,：:\s](?:那么?|但是?|现在|这|又|应该|到底|该|我|请|想)?(?:{_WH}|{_YES_NO})|{_WH}.{{0,4}}[，,]",
    ),
    # the asker is stuck
    _cue(
        2,
        r"(?:没|没有|未)(?:太|怎么|完全|能)?(?:看|听|弄|搞|想|学|整)?(?:太)?(?:懂|明白|理解|弄清|搞清|想通"
        r"|看出|跟上|讲到|读懂)(?!.{0,6}没关系)",
        r"(?:不|没)(?:是|太|大|怎么|能|甚|是很|是特别|很)*(?:理解|明白|清楚|懂)(?!觉厉|的|就)",
        r"(?:看|想|搞|弄|听|理解|读)不(?:通|明白|出|懂|太懂|清|下去)|搞不(?:定|懂|清)",
        r"(?:没|没有|毫无)(?:有)?(?:思路|头绪|找到|看到|讲到)|找不(?:到|着)|还是晕|有点(?:晕|绕|懵)|一头雾水"
        r"|云里雾里",
        r"(?<!真)不知(?:道)?.{0,10}(?:对|正确|是|有误|原因|怎|如何|为)|理解(?:的)?(?:对|正确|是否|有误|错"
        r"|是不是|得对)|没(?:有)?(?:反应|效果|变化|作用)",
    ),
    # an error, and no word of a cure
    _cue(
        3,
        r"报错|出错|(?:提示|显示|抛出|报了?)[:：]?\s*[\"“']?[a-z_./]|(?:一直|总是|老是|都)(?:在)?(?:失败|报"
        r"|超时|提示|卡|连不|不行)",
        r"\b\w*(?:Error|Exception)\b(?!\s*handling)|(?-i:\bE[A-Z]{4,}\b)|\bfail(?:ed|s)? (?:to|with)"
        r"|\bcannot\b|\bcan't\b|\brefused\b|\bdenied\b",
        r"not found|no such|\bundefined (?:reference|symbol)|\bfatal\b|\bpanic:|segmentation fault"
        r"|core dumped|out of memory|permitted|could not|\binvalid\b",
        r"(?:编译|安装|运行|执行|启动|加载|拉取|下载|升级|打包|登录|连接).{0,8}(?:失败|不了|过不|不成功|不上|卡)",
        r"(?:拉|下|装|连|跑|编译|启|登|打|访问|进|传)不(?:下来|上|了|起来|通|开|过|去)",
        r"(?:是|报|返回|显示|出现|提示|链接|:)\s*[45]0\d\b|[45]0\d\s*(?:了|错误|呢|$|[A-Z])|(?:马上|立刻"
        r"|直接|自动)(?:就)?(?:退出|挂|崩)",
        r"(?:链接|网盘|二维码|图片?|镜像|音频|视频|文件|地址).{0,6}(?:失效|过期了|挂了|坏了|不见|打不开"
        r"|听不了|看不清|拉不|没了)",
        r"不生效|没(?:有)?生效|段错误|CrashLoop|BackOff|NotReady|卡(?:住|在|死)|还是不行|也没用|不支持了",
        r"(?:按|照着|跟着)(?:照)?.{2,24}(?:可是|但是?|却|结果)|(?:一直|却|但是?)(?:不行|没有变|不对|是空)",
    ),
    # a wish
    _cue(
        2,
        r"(?:希望|期望|期待(?!下一|后面的|后续|更新)|盼|恳请|建议|请)(?:老师|作者|后面|后续|以后|课程|专栏"
        r"|能|可以|有|也|再|增加|补充|加|出|更新|讲|把|给|用|在|多|一|个|两位|有机会|对|下){1,8}"
        r".{0,14}?(?:讲|说|加|增|补|介绍|分享|更新|提供|举|例|路线|案例|代码|源码|出|展示|展开|详细|剖析"
        r"|分析|篇)(?!.{0,2}[给給])",
        r"(?:很)?想(?:听|看|看看|请|学)(?:一?下|听)?(?=.{0,12}(?:老师|讲|怎|如何|什么|分析|看法|一下"
        r"|是不是))|想(?:了解|知道)(?:一?下)?",
        r"(?:要是能|如果能|老师可以|能|可以)(?:再|多)?(?:展开|详细|具体[讲说介]|讲讲|讲一下|出一|补充|加点"
        r"|加一|介绍一?下|举个)",
        r"后续(?:能|会|可以|有)|(?:多|来|加|出)(?:点|些|一讲|一篇|一节|几个).{0,8}(?:吧|就更?好)"
        r"|就(?:更)?(?:好|完美)了[^，,]?$",
    ),
    _cue(1, r"^\s*(?:@\S+\s*)?(?:[\u4e00-\u9fff]{0,2}老师|作者|大佬|你好|您好)[，,\s:：!！]|还请|老师[~～]?\s*$"),
    # what makes a sentence no question in spite of its words
    _cue(
        -3,
        r"(?:知道|明白|懂|理解|清楚|学会|学到|学习|了解|掌握|讲(?:清楚|透|明白|解)|说透|看懂|回答|解决|领悟"
        r"|体会)(?:到|了)+.{0,16}"
        r"(?:为什么|为何|怎么|如何|什么|是否|怎样|哪)|(?:现在|也|就|才)知道(?:怎|如何|为)|把.{2,20}(?:说"
        r"|讲)(?:透|清|明白)",
        r"(?:终于|总算|这下|原来|难怪|怪不得|才)(?:是)?(?:真正)?(?:知道|明白|懂|理解|清楚|搞|弄|解)",
        r"(?:无论|不管|不论|任凭|什么都|谁都|取决于|关键(?:是|在于)|决定了?|重要的是).{0,6}(?:什么|怎么|如何"
        r"|是否|哪|多少)(?!.*[？?])",
        r"谁(?:说|不是|能想到|年轻)|哪有|哪怕|何尝|何必|怎能不|岂|谁还没|还有什么比|什么叫|又怎|怎么知道自己"
        r"|哪里不会|还谈什么|不就是|怎么说呢|多少个(?:夜|日)|自问自答",
        r"问(?:我|过|到|了同)|被问|老板|面试官|常问|爱问|问自己|(?:同学|有人|位)问|以前|曾|当年|当初"
        r"|之前.{0,12}(?:不知道|不了解)|不也",
        r"(?:是|会|能|要|有)(?:不|没)(?:是|会|能|要|有).{0,16}(?:取决|不重要|就知道|才知道|只有|看自己|就看|看自己)",
        r"(?:是否|能否|要不要|哪[个种]).*(?:要看|得看|看情况|取决|一概而论|却是|一般(?:结合|来说))(?!.*[？?])",
        rf"^(?!.*(?:如何|怎么|怎样|请|想).*(?:决|判|考|确|评)).*(?:决定|判断|考虑|检查|确定|评估|衡量|适用于"
        rf"|真不知|思考|取决).{{0,8}}(?:{_WH}|{_YES_NO})(?!.*[？?吗呢])",
        r"(?:为什么|如何|怎么).{2,24}[，,呢？?]+(?:关键|因为|首先|我认为|我觉得)|再(?:决定|看|考虑)(?:要不要|是否)",
        r"谢谢(?:老师)?(?:解答|解惑|回复|指点|指正)|感谢(?:老师)?(?:解答|解惑|回复|指点)|解答了|解开了|多年的疑",
    ),
    _cue(
        -3,
        r"(?:建议|推荐|提醒)(?:大家|同学|一下大家|各位|看|先读)|大家可以|同学可以|朋友|的同学|可以试试"
        r"|试试(?:把|用|看)|需要的同学",
        r"^(?:先|来)?(?:留|打|立|占|签)(?:个|下|一)?(?:言|卡|名|爪|脚印|坑|到|flag)|看看?(?:那时的|以后的)?自己",
        r"我选[A-D一二三]|思考题(?:答案)?我|^答|^总结|^笔记|^补充|^分享|^勘误|错别?字|应(?:该)?(?:为|改为)“|“”写错了",
    ),
    # a lecturer says "you" to the reader, a reader says 您 or 老师 to the lecturer
    _cue(
        -3,
        r"^.{0,16}(?<![老@])你(?:觉得|认为|会|在|还|知道|是如何|是怎么|有没有|能(?!不能|否)|怎么看|平时"
        r"|所在|的(?:团队|公司|项目)|们公司)",
    ),
    _cue(-1, r"^(?:我|个人)(?:可能|应该)?(?:会|选择|认为|觉得|感觉)|^如果是我|我会"),
)

_ENGLISH_CUES = (
    _cue(
        2,
        r"^\W*(?:how|why|what|which|where|when|who|whose|is|are|does|do|did|can|could|would|should|will|has"
        r"|have) (?!needs\b)",
        r"\bany (?:idea|recommend|way|chance|plan|advice|update)|\banyone\b|\bplease (?:add|explain|help"
        r"|share|cover)",
        r"\bi (?:don't|do not|can't|cannot) (?:get|understand|see|find)|\bi wonder|\bnot sure (?:why|how|if)"
        r"|\bquestion:",
        r"\b(?:it would be|would love|i wish)\b|\bdoes ?n.t (?:work|load|start)|\bno longer\b|\bfails?\b"
        r"|\bgetting (?:an? )?(?:error|[\"“])",
    ),
    _cue(
        -3,
        r"\b(?:finally|now i) (?:understand|know|get)|\bfixed\b|\bsolved\b|\bwho needs\b|\bmy answer\b"
        r"|\bthanks to\b",
    ),
)

_ADDRESSED = r".*?(?:[？?]|[吗嘛呢](?![\u4e00-\u9fff])|老师[，,:：\s好]|您|大佬|求[助教解])"
_ASKED_LATE = r"(?:[？?]|[吗嘛呢](?![\u4e00-\u9fff])).{0,120}\Z"

# Cues that speak for the whole comment, unless a sentence asks openly: a cure that was found, an answer or a note.
_COMMENT_CUES = (
    # long, and nobody is addressed or asked
    _cue(-1, rf"\A(?!{_ADDRESSED}).{{60,}}\Z"),
    _cue(-1, rf"\A(?!{_ADDRESSED}).{{160,}}\Z"),
    _cue(-3, rf"\A(?!.*(?:老师|您|请|大佬|{_ASKED_LATE})).{{200,}}\Z"),
    _cue(
        -4,
        r"解决了|已解决|遇到过一(?:个|次)|(?:后来|最后|才|终于)(?:才)?发现|找到(?:了)?原因"
        r"|(?<!没)(?<!没有)搞定|^(?!.*(?:要是|如果|希望|能)).*(?:就好|正常|成功)了?\s*$|原来是|踩坑|降级到",
    ),
    _cue(
        -2,
        r"多看[几两]遍|再看[几两一]遍|随着.{0,6}深入|慢慢(?:理解|消化|看|啃)|反复看",
        r"^\s*(?:#\s*)?(?:答|总结|笔记|今日|本讲|学习笔记|读后|打卡|一句话|补充|分享|推荐|回复|@\S+ (?:试|你那|谢))",
        r"^.{0,14}(?:回答|课后题|思考题|作业)(?!没|不|的?答案)|^\s*(?:问题[一1]|Q1"
        r"|1)[：:、.]?\s*\n?(?!.{0,80}(?:[？?]|吗|呢))",
    ),
)


def is_question(text: str) -> bool:
    """Say whether a course comment asks for something: a question, help with an error, a topic.

    Of a text over 4,000 characters the two ends are read.
    """
    own = _own_words(_ends(text))
    bias = _weigh(own, _COMMENT_CUES)
    return any(_score(sentence, bias) >= _THRESHOLD for sentence in _sentences(own))


def _ends(text: str) -> str:
    # The page's own limit is 2,000 characters; a bound on a pasted novel keeps the time of the searches small.
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]}\n{text[-half:]}"


def _own_words(text: str) -> str:
    text = _CODE.sub("", _FOREIGN.sub("“”", text))
    return _EXERCISE_QUOTED.sub("", _ANSWERED.sub("", _NUMBERED.sub("", text)))


def _sentences(text: str) -> Iterator[str]:
    return (part.strip() for part in _SENTENCE.findall(text) if part.strip())


def _score(sentence: str, bias: int) -> int:
    score = _weigh(sentence, _SENTENCE_CUES) + _weigh(sentence, _ENGLISH_CUES)
    return score + (_ASKING.weight if _ASKING.pattern.search(sentence) else bias)


def _weigh(text: str, cues: tuple[_Cue, ...]) -> int:
    return sum(cue.weight for cue in cues if cue.pattern.search(text))
