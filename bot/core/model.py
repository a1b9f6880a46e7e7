"""What Herald keeps, as its services hand it about."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from bot.core.chat import Notice, Reply, Role
from bot.core.tokens import Terms


class Certainty(StrEnum):
    """How sure the date of an article is."""

    WINDOW = "window"
    CONFIRMED = "confirmed"
    PUBLISHED = "published"
    SLIPPED = "slipped"
    SKIPPED = "skipped"


class State(StrEnum):
    """Where a topic stands."""

    NEW = "new"
    CANDIDATE = "candidate"
    PLANNED = "planned"
    COVERED = "covered"
    ANSWERED = "answered"
    DECLINED = "declined"


class Tie(StrEnum):
    """Why somebody hears of a topic; the first two count as votes."""

    ASKED = "asked"
    TOO = "too"
    FOLLOW = "follow"


class AnswerKind(StrEnum):
    """What an answer is: published, the editor's reply beside it, not published yet, or a member's proposal."""

    PUBLISHED = "published"
    EDITOR = "editor"
    DRAFT = "draft"
    SUGGESTED = "suggested"


T = TypeVar("T")

VOTES = (Tie.ASKED, Tie.TOO)
# Everybody who had themselves deleted: one person without a name.
GONE = "gone:"
OPEN = (State.NEW, State.CANDIDATE, State.PLANNED)
# Who hears of a topic is told nothing of these, but where they were told more before.
UNTOLD = (State.NEW, State.CANDIDATE)
LONGEST_ANSWER = 4000


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `first` to `last`, both included, in the course's zone."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a window ends before it begins")


@dataclass(frozen=True, slots=True)
class Change:
    """What is said of one slot, by the file or by a command; None leaves what was.

    `confirmed` is aware. `published` is a window because the day of an old article may be known by its month only.
    `slipped` is the window that was promised before; `late` says that it will not come then, without a new date.
    `feedback` is what the instructor says to the group about its survey.
    """

    title: str | None = None
    summary: str | None = None
    url: str | None = None
    window: Window | None = None
    confirmed: datetime | None = None
    published: Window | None = None
    slipped: Window | None = None
    late: bool | None = None
    skipped: bool | None = None
    feedback: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """A slot of the plan or an extra, as it stands at one moment.

    `key` is "2026-Q4", "2026-review" or an extra's own; `when` is the window, the day of the confirmed time or of the
    publication; `overdue` says that the promised end has passed and nothing came.
    """

    key: str
    when: Window
    certainty: Certainty
    title: str | None = None
    summary: str | None = None
    url: str | None = None
    confirmed: datetime | None = None
    slipped: Window | None = None
    overdue: bool = False
    feedback: str | None = None

    @property
    def standing(self) -> str:
        """How its date stands: "slipped_open" without a new one, "overdue" once it has passed, else its certainty."""
        if self.certainty is Certainty.SLIPPED and self.slipped in (None, self.when):
            return "slipped_open"
        return "overdue" if self.overdue else self.certainty.value


@dataclass(frozen=True, slots=True)
class Revised:
    """An article, how often commands changed it or took that back, and when it last changed (aware)."""

    article: Article
    revision: int
    changed: datetime


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The promise: an article a quarter from `first` ("2022-Q2") and, with `review`, one each December.

    It goes on until `last` is over; None is without end.
    """

    first: str
    review: bool = True
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Canned:
    """A ready-made answer to begin with; `key` is what staff call it."""

    key: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a course's articles appear; with `auto` a new one is announced without asking."""

    url: str
    auto: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What is said around an article: days before it at which staff are reminded and members called on for questions.

    `survey` is how many days after it the survey is asked for, asked for once more, and closed; `digest` tells of each
    month; with `announcement` that an article is out is said with the survey's link; `outcome` days after it is told
    what came of what the group said. What is empty or None is off.
    """

    reminder: tuple[int, ...] = ()
    questions: int | None = None
    survey: tuple[int, int, int] | None = None
    digest: bool = False
    announcement: bool = False
    outcome: int | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """A course as its file describes it.

    `staff` maps a person ("local:instructor") to a role, `granted` does so for a platform's own role
    ("discord-role:5"); `changes` maps a slot's key to what the file says of it. `terms`, each the spellings of one
    thing, and `canned` answers are the installation's. `mention` is a platform's own role that is called when an
    article is out. `card` is where the next article and the leading topics stand, `threads` where each topic has one,
    `calendars` where a confirmed article is an event.
    """

    key: str
    title: str
    zone: ZoneInfo
    locale: str
    rhythm: Rhythm
    changes: dict[str, Change] = field(default_factory=dict)
    staff: dict[str, Role] = field(default_factory=dict)
    granted: dict[str, Role] = field(default_factory=dict)
    url: str | None = None
    survey: str | None = None
    group: str | None = None
    channels: tuple[str, ...] = ("group:local",)
    mention: str | None = None
    terms: Terms = ()
    canned: tuple[Canned, ...] = ()
    feed: Feed | None = None
    around: Around = Around()
    card: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who used Herald, `key` is "platform:id"; `missed` says that something could not be said to them."""

    key: str
    name: str
    locale: str | None = None
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One person's own words under a topic; `digest` is the same where only white space differs.

    Who asked anonymously is not here: `person` and `name` are None, and `at` is noon of the day. `about` is the article
    that it is about, `source` where it was asked.
    """

    id: int
    topic: int
    person: str | None
    name: str | None
    text: str
    digest: str
    at: datetime
    source: str
    withdrawn: bool = False
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One version of an answer; only a published one answers.

    `holds` says for what or as of when it is true, `endorser` is the name of who took up a member's proposal, `updated`
    that it took the place of another.
    """

    topic: int
    version: int
    text: str
    person: str
    name: str
    at: datetime
    kind: AnswerKind = AnswerKind.PUBLISHED
    holds: str | None = None
    endorser: str | None = None
    updated: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """What the group wants to know: `title` on top, `revision` grows with every change of state.

    `wordings`, `voters` and `followers` count persons' words and persons over all that is merged into it;
    `merged_into` is None where it stands for itself. `hold` is what its review waits for until `hold_until`.
    """

    n: int
    title: str
    state: State
    created: datetime
    wordings: int = 1
    followers: int = 0
    voters: int = 0
    article: str | None = None
    reason: str | None = None
    revision: int = 0
    decided_by: str | None = None
    decided_name: str | None = None
    decided_at: datetime | None = None
    answered: bool = False
    merged_into: int | None = None
    hold: str | None = None
    hold_until: datetime | None = None

    @property
    def editable(self) -> bool:
        """Whether who asked it may change their words: before it is settled, or while it is reviewed again."""
        return self.state in UNTOLD or (self.state is State.PLANNED and not self.answered)

    @property
    def when_answered(self) -> State:
        """Its state once an answer is published: a corrected one leaves it to the article that takes it up."""
        taken_up = self.answered and self.state in (State.PLANNED, State.COVERED)
        return self.state if taken_up else State.ANSWERED


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: `number` of `pages`, `total` items over all."""

    items: tuple[T, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class PageReply:
    """One reply under a comment, by the course's author or its editor."""

    by: Literal["author", "editor"]
    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment as a saved page shows it.

    `name` is exact and may be empty or white space, `avatar` is an address or "". `text` has "\\n" for line breaks and
    no white space at its ends. `at` is an aware datetime, or a date where the page has only the day.
    """

    name: str
    avatar: str
    text: str
    at: datetime | date
    replies: tuple[PageReply, ...] = ()


@dataclass(frozen=True, slots=True)
class Pasted:
    """What one speaker said in one go, in what somebody copied by hand from a chat or a comment section.

    `name` is "" where nobody can tell who it was, `person` their account where that is known; `at` is aware. `quote` is
    what it replies to, another's words.
    """

    name: str
    text: str
    at: datetime
    quote: str = ""
    replies: tuple[PageReply, ...] = ()
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the local chat: what `person` (None: everybody) sees.

    `line` is what they typed themselves and `call` the id that their browser gave it; exactly one of `reply` and
    `notice` is there.
    """

    seq: int
    at: datetime
    person: str | None
    line: str | None = None
    reply: Reply | None = None
    notice: Notice | None = None
    call: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One announcement to one target, `state` is pending, held, sent, unsure, failed, by-hand or skipped.

    `due` is when it should be said (None: what stands is never late), `next_try` when it is looked at again (None: a
    person decides), `claimed` says that a process has it or had it when it ended, `sending` that one may have it now.
    `error` is JSON of a key and its fields; `corrects` is the delivery whose message it replaces, its own where that is
    reworded.
    """

    id: int
    course: str
    key: str
    notice: Notice
    target: str
    state: str
    at: datetime
    due: datetime | None = None
    next_try: datetime | None = None
    attempts: int = 0
    claimed: bool = False
    sending: bool = False
    platform_id: str | None = None
    error: str | None = None
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One article as a feed or a saved listing names it; by any of `keys` it is known again."""

    keys: tuple[str, ...]
    title: str
    url: str | None = None
    at: datetime | None = None
