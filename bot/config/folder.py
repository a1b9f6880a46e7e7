"""The whole folder: which courses there are, each file checked and made a `Course`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.config.blocks import ArticleBlock, CourseFile, HeraldFile, TermsFile, checked, zone_named
from bot.config.canned import canned
from bot.config.problems import ConfigError, Problem, nearest, shown
from bot.config.reading import read
from bot.core.model import Canned, Change, Course, Rhythm
from bot.core.tokens import Terms
from bot.services.when import key_of, slot_window

_GRANTED = "discord-role:"


@dataclass(frozen=True, slots=True)
class DiscordConfig:
    """The servers that get the commands (none: all that Herald is in), and where Discord is, None its own address."""

    guilds: tuple[int, ...] = ()
    api_base: str | None = None
    gateway_url: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """What the operator decided; the first of `courses` (never empty) is the installation's own."""

    courses: tuple[Course, ...]
    discord: DiscordConfig = DiscordConfig()


def load(folder: Path) -> Config:
    """Read every `courses/<key>.yaml`, and `herald.yaml`, `terms.yaml` and `answers/<key>.md`, which may be absent.

    ConfigError with every problem of every file at once.
    """
    problems: list[Problem] = []
    terms = _terms(folder, problems)
    ready = canned(folder / "answers", problems)
    courses = {key: _course(folder, key, terms, ready, problems) for key in _course_keys(folder, problems)}
    file = _herald(folder, problems)
    order = _order(folder, file.courses, list(courses), problems)
    if problems:
        raise ConfigError(problems)
    return Config(tuple(course for key in order if (course := courses[key])), _discord(file))


def load_discord(folder: Path) -> DiscordConfig:
    """What `herald.yaml` alone says of Discord; ConfigError with all that is wrong with it."""
    problems: list[Problem] = []
    file = _herald(folder, problems)
    if problems:
        raise ConfigError(problems)
    return _discord(file)


def _course_keys(folder: Path, problems: list[Problem]) -> list[str]:
    """The keys of the course files; a file with a name that is no key is a problem."""
    try:
        names = sorted(path.name for path in (folder / "courses").iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as error:
        problems.append(Problem(str(folder / "courses"), "", "", "no_folder", {"reason": error.strerror}))
        return []
    if not names:
        problems.append(Problem(str(folder / "courses"), "", "", "no_course"))
    good = [name for name in names if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}\.yaml", name)]
    for name in sorted(set(names) - set(good)):
        problems.append(Problem(str(folder / "courses" / name), "", "", "course_name"))
    return [name.removesuffix(".yaml") for name in good]


def _herald(folder: Path, problems: list[Problem]) -> HeraldFile:
    path = folder / "herald.yaml"
    raw = read(path, problems) if path.exists() else {}
    return (checked(HeraldFile, raw, str(path), problems) if raw is not None else None) or HeraldFile()


def _discord(file: HeraldFile) -> DiscordConfig:
    block = file.discord
    return DiscordConfig(tuple(map(int, block.guilds)), block.api_base, block.gateway_url)


def _order(folder: Path, named: list[str], keys: list[str], problems: list[Problem]) -> list[str]:
    """The courses that `herald.yaml` names, in its order, then the others by key."""
    first = list(dict.fromkeys(named))
    for n, key in enumerate(first):
        if key not in keys:
            near = nearest(key, keys)
            why = ("no_file_near" if near else "no_file", {"key": key, "near": near})
            problems.append(Problem(str(folder / "herald.yaml"), f"courses.{n}", shown(key), *why))
    return first + [key for key in keys if key not in first]


def _terms(folder: Path, problems: list[Problem]) -> Terms:
    path = folder / "terms.yaml"
    raw = read(path, problems) if path.exists() else None
    file = checked(TermsFile, raw, str(path), problems) if raw else None
    return file.terms() if file else ()


def _course(folder: Path, key: str, terms: Terms, ready: tuple[Canned, ...], problems: list[Problem]) -> Course | None:
    path = folder / "courses" / f"{key}.yaml"
    raw = read(path, problems)
    if raw is None:
        return None
    file = checked(CourseFile, raw, str(path), problems)
    articles = raw.get("articles")
    changes = _changes(articles if isinstance(articles, dict) else {}, _zone_of(raw), str(path), problems)
    return replace(_converted(key, file, changes), terms=terms, canned=ready) if file else None


def _converted(key: str, file: CourseFile, changes: dict[str, Change]) -> Course:
    roles = file.staff.roles()
    return Course(
        key=key,
        title=file.title,
        zone=file.zone,
        locale=file.language,
        rhythm=Rhythm(file.plan.first, file.plan.review, file.plan.last),
        changes=changes,
        staff={key: role for key, role in roles.items() if not key.startswith(_GRANTED)},
        granted={key: role for key, role in roles.items() if key.startswith(_GRANTED)},
        url=file.url,
        survey=file.survey,
        group=file.group,
        channels=file.channels,
        mention=file.mention,
        feed=file.feed.feed() if file.feed else None,
        around=file.around.around(),
        card=file.card or (),
        threads=file.threads or (),
        calendars=tuple(f"group:discord:server:{id_}" for id_ in file.events or ()),
    )


def _zone_of(raw: Mapping[Any, Any]) -> ZoneInfo:
    """The zone to read times in while the file is checked; a wrong one is reported with the other keys."""
    try:
        return zone_named(raw.get("zone"))
    except ValueError:
        return ZoneInfo("UTC")


def _changes(articles: Mapping[Any, Any], zone: ZoneInfo, file: str, problems: list[Problem]) -> dict[str, Change]:
    changes: dict[str, Change] = {}
    for name, raw in articles.items():
        place, key = f"articles.{name}", key_of(str(name))
        if key is None or key in changes:
            problems.append(Problem(file, place, shown(name), "same_slot" if key else "no_slot", {"key": key}))
        block = checked(ArticleBlock, raw, file, problems, place, {"zone": zone, "promised": slot_window(key or "")})
        if key and block:
            changes[key] = block.change()
            problems.extend(_contradictions(key, changes[key], file, place))
    return changes


def _contradictions(key: str, change: Change, file: str, place: str) -> Iterator[Problem]:
    if change.skipped and change.published:
        yield Problem(file, f"{place}.skipped", "true", "skipped_published")
    if not slot_window(key) and not (change.window or change.confirmed or change.published or change.slipped):
        yield Problem(file, place, shown(key), "no_date")
