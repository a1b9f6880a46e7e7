"""A typed line <-> a command with its values; text made safe and short."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import parse_qsl, urlencode, urlsplit

from bot.core.chat import Command, Kind, Param, Reply
from bot.core.errors import UserError

TITLE = 60

# Nothing of these shows, and some of it makes the text around it read otherwise. Joiners stay: emoji are made of them.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_TRACKING = re.compile(
    r"utm_.*|mc_.*|.*clid|spm|from|ref|refer(rer)?|source|share.*|scene|timestamp|isappinstalled|_.*"
)
_SENTENCE = re.compile(r"(?<=[。？！?!])|(?<=\.)(?=\s)|\n")
_OPTION = re.compile(r"([^\s:：=\"“”]{1,32})[:：=]", re.UNICODE)
_QUOTED = re.compile(r"[\"“”]([^\"“”]*)[\"“”](?=\s|$)")
_QUOTE = re.compile(r"[\"“”]")
_TOKEN = re.compile(r"\S+")
_MORE = re.compile(r"\s+(\S+)")
_HALF = re.compile("[\ud800-\udfff]")

_FITS = {
    Kind.TOPIC: re.compile(r"[#＃]?\d{1,9}"),
    Kind.TOPICS: re.compile(r"[,、;]?#?\d{1,9}([,、;]#?\d{1,9})*[,、;]?"),
    Kind.NUMBER: re.compile(r"\d{1,9}"),
    Kind.ARTICLE: re.compile(r"\d{4}(-?[Qq][1-4]|-?review|[- ]?年\S*)"),
    Kind.URL: re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+"),
}


def fold(word: str) -> str:
    """How names are compared: width, case and a leading slash do not count."""
    return unicodedata.normalize("NFKC", word).casefold().lstrip("/")


@dataclass(frozen=True, slots=True)
class Grammar:
    """Every name that a command, an option (by command) and a choice (by command and option) goes by, folded."""

    commands: Mapping[str, Command]
    options: Mapping[tuple[str, str], str]
    choices: Mapping[tuple[str, str, str], str]

    def meant(self, command: str, param: str, typed: str) -> str:
        """The choice that goes by what was typed; else that itself."""
        return self.choices.get((command, param, fold(typed)), typed)


def read_line(line: str, grammar: Grammar) -> tuple[Command, dict[str, str]] | None:
    """The command that a line asks for and its values as typed; None where it asks for none; UserError for "/nonsense".

    "/ask why", "／提问 为什么" and "提问：为什么" are commands; an English name without a slash is one only alone.
    """
    line = line.strip()
    slash = line[:1] in "/／"
    head, rest = _head(line.lstrip("/／"), grammar, slash)
    command = grammar.commands.get(fold(head))
    if command is None:
        if not (slash and head):
            return None
        for near in get_close_matches(fold(head), list(grammar.commands), n=1):
            raise UserError("mistyped_command", name=head, meant=grammar.commands[near].name)
        raise UserError("unknown_command", name=head)
    if not slash and head.isascii() and rest:
        return None
    return command, _values(command, rest, grammar)


def _head(line: str, grammar: Grammar, slash: bool) -> tuple[str, str]:
    match = re.match(r"[^\s:：]+", line)
    head = match.group() if match else ""
    rest = line[len(head) :]
    if rest[:1] not in (":", "："):
        return head, rest.lstrip()
    return (head, rest[1:].lstrip()) if slash or fold(head) in grammar.commands else ("", line)


def _values(command: Command, rest: str, grammar: Grammar) -> dict[str, str]:
    values: dict[str, str] = {}
    while rest := rest.lstrip():
        named = _named(command, rest, grammar)
        if named and named[0].name not in values:
            param, rest = named
        else:
            param = _next(command, values, rest, grammar)
        verbatim = bool(named) or param.kind is not Kind.LONG
        end = len(rest) if verbatim else _trailing(command, {*values, param.name}, rest, grammar)
        value, left = _take(command, param, rest[:end].rstrip(), grammar, quoted=bool(named))
        rest = left + rest[end:]
        values[param.name] = grammar.meant(command.name, param.name, value)
    return values


def _trailing(command: Command, given: Set[str], rest: str, grammar: Grammar) -> int:
    """Where the options that are typed after a long text begin; whoever adds "anonymous:yes" means it."""
    end = len(rest)
    for token in reversed(list(_TOKEN.finditer(rest))[1:]):
        named = _named(command, token.group(), grammar)
        if named is None or named[0].name in given or not _is_meant(command, *named, grammar):
            break
        given, end = {*given, named[0].name}, token.start()
    return end


def _is_meant(command: Command, param: Param, typed: str, grammar: Grammar) -> bool:
    if param.hidden or not param.named:
        return False
    if param.kind is Kind.CHOICE:
        return (command.name, param.name, fold(typed)) in grammar.choices
    return param.kind is Kind.ARTICLE and _FITS[Kind.ARTICLE].fullmatch(typed) is not None


def _named(command: Command, rest: str, grammar: Grammar) -> tuple[Param, str] | None:
    match = _OPTION.match(rest)
    key = grammar.options.get((command.name, fold(match.group(1)))) if match else None
    return (command.param(key), rest[match.end() :]) if match and key else None


def _next(command: Command, values: Mapping[str, str], rest: str, grammar: Grammar) -> Param:
    left = [param for param in command.params if param.name not in values and not _by_name_only(param)]
    for param in left:
        if _may_take(command, param, rest, grammar):
            return param
        if param.required:
            return next((each for each in left if each.required and _is_one(command, each, rest, grammar)), param)
    raise UserError("too_much", rest=rest, command=command.name)


def _by_name_only(param: Param) -> bool:
    return param.hidden or param.named


def _may_take(command: Command, param: Param, rest: str, grammar: Grammar) -> bool:
    return param.kind not in {*_FITS, Kind.CHOICE} or _is_one(command, param, rest, grammar)


def _is_one(command: Command, param: Param, rest: str, grammar: Grammar) -> bool:
    """Whether the first word can be nothing but a value of this kind."""
    token = _first(rest)
    if param.kind is Kind.CHOICE:
        return (command.name, param.name, fold(token)) in grammar.choices
    return param.kind in _FITS and _fits(param.kind, token)


def _fits(kind: Kind, token: str) -> bool:
    return _FITS[kind].fullmatch(unicodedata.normalize("NFKC", token)) is not None


def _take(command: Command, param: Param, rest: str, grammar: Grammar, *, quoted: bool) -> tuple[str, str]:
    if quoted and (match := _QUOTED.match(rest)):
        return match.group(1), rest[match.end() :]
    if param.kind is Kind.LONG and not _by_name_only(param):
        return rest, ""
    if param.kind is Kind.LONG or (param.kind is Kind.TEXT and (_by_name_only(param) or _last_text(command) is param)):
        end = _next_option(command, rest, grammar)
        return rest[:end].rstrip(), rest[end:]
    token = _first(rest) if param.kind is not Kind.TOPICS else _numbers(rest)
    return token, rest[len(token) :]


def _numbers(rest: str) -> str:
    """As many words as are numbers, at least the first."""
    end = len(_first(rest))
    while (more := _MORE.match(rest, end)) and _fits(Kind.TOPICS, more.group(1)):
        end = more.end()
    return rest[:end]


def _next_option(command: Command, rest: str, grammar: Grammar) -> int:
    starts = (match.start() + 1 for match in re.finditer(r"\s(?=\S)", rest))
    return next((at for at in starts if _named(command, rest[at:], grammar)), len(rest))


def _first(rest: str) -> str:
    match = _TOKEN.match(rest)
    return match.group() if match else ""


def _last_text(command: Command) -> Param | None:
    texts = [p for p in command.params if not _by_name_only(p) and p.kind in (Kind.TEXT, Kind.LONG)]
    return texts[-1] if texts else None


def write_line(command: Command, args: Mapping[str, str], names: Mapping[str, str]) -> str:
    """The line that `read_line` reads as this command with these values; `names` maps "ask" and "ask.text" to words."""
    return "/" + " ".join([names[command.name], *_written(command, args, names)])


def show_line(command: Command, args: Mapping[str, str], names: Mapping[str, str]) -> str:
    """The same for people to read: without what buttons alone fill in."""
    filled = {param.name for param in command.params if param.hidden}
    return write_line(command, {name: value for name, value in args.items() if name not in filled}, names)


def _written(command: Command, args: Mapping[str, str], names: Mapping[str, str]) -> Iterator[str]:
    last = _last_text(command)
    skipped = False
    for param in command.params:
        value = args.get(param.name, "")
        if param is last:
            continue
        if not value:
            skipped = skipped or not _by_name_only(param)
            continue
        word = names.get(f"{command.name}.{param.name}.{value}", value)
        # A choice is one word in a line; its key is, whatever it is called.
        word = value if param.kind is Kind.CHOICE and " " in word else word
        if skipped or _by_name_only(param) or param.kind in (Kind.TEXT, Kind.LONG, Kind.WORD):
            open_ended = param.kind in (Kind.TEXT, Kind.LONG) and bool(_QUOTE.search(word))
            skipped = skipped or open_ended
            yield f"{names[f'{command.name}.{param.name}']}:{_quoted(param, word)}"
        else:
            yield word
    if last and (rest := args.get(last.name)):
        skipped = skipped or bool(_OPTION.match(rest)) or _seems_to_end_with_option(rest)
        yield f"{names[f'{command.name}.{last.name}']}:{rest}" if skipped else rest


def _seems_to_end_with_option(rest: str) -> bool:
    return bool(_OPTION.match(rest.split()[-1])) and not _QUOTE.match(rest)


def _quoted(param: Param, word: str) -> str:
    spaced = param.kind in (Kind.TEXT, Kind.LONG) or re.search(r"\s", word)
    return f'"{word}"' if spaced and not _QUOTE.search(word) else word


def received(text: str) -> str:
    """What arrived, without what no database or wire can hold: NUL and lone surrogates."""
    return _HALF.sub("\ufffd", text.replace("\x00", ""))


def shown(text: str) -> str:
    """What a person wrote, without what is invisible or turns the text around it."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def title_of(text: str) -> str:
    """The first sentence of a text on one line, at most `TITLE` characters."""
    first = next((part for part in _SENTENCE.split(shown(text)) if part.strip()), "")
    return shorten(" ".join(first.split()), TITLE)


def shorten(text: str, limit: int) -> str:
    """The text, or its beginning and "…" where it is longer than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plain(reply: Reply) -> str:
    """A reply as lines of plain text, without its buttons."""
    return "\n".join(part for part in (reply.title, reply.text, reply.url) if part)


def canonical(url: str) -> str:
    """What two addresses of one page share: no scheme, tracking parameters, fragment or final slash."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return url.strip()
    query = sorted((k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k))
    return host + parts.path.rstrip("/") + (f"?{urlencode(query)}" if query else "")
