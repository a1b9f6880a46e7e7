"""The tables. Whoever changes one adds a migration; a test compares this file with what the migrations make."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite keeps no zone, so it goes in and comes out as UTC there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: nobody can say which moment it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id_type() -> BigInteger:
    return BigInteger().with_variant(Integer, "sqlite")


def _identity() -> Column[int]:
    return Column("id", _id_type(), primary_key=True)


def _no() -> Any:
    return {"nullable": False, "server_default": text("false")}


def _zero() -> Any:
    return {"nullable": False, "server_default": text("0")}


# What stands in a place and is not closed. As with all of which there are few among many rows, it is found where it is
# asked for in the words of the index: SQLite proves nothing else.
STANDING = "stands:"
_BEGINS = f"substr(key, 1, {len(STANDING)}) = '{STANDING}'"
STANDS = {
    "sqlite": f"{_BEGINS} and json_extract(notice, '$.fields.open') is not 0",
    "postgresql": f"{_BEGINS} and notice -> 'fields' ->> 'open' is distinct from 'false'",
}


def _few(sqlite: str, postgresql: str) -> Any:
    return {"sqlite_where": text(sqlite), "postgresql_where": text(postgresql)}


# Numbers given out and numbers kept: the last topic, the last message, how many topics are in a state.
counter = Table(
    "counter",
    metadata,
    Column("course", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Integer, **_zero()),
)

person = Table(
    "person",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("locale", Text),
    Column("seen", Instant, nullable=False),
    # An account that was linked acts as this one, and all that was its own is this one's.
    Column("main", ForeignKey("person.key")),
    Column("quiet", Boolean, **_no()),
    Column("digest", Text),
    # May be named for what they asked.
    Column("credit", Boolean, **_no()),
    Index(None, "main"),
)

# Who may do more than a member in a course whose file does not name them: as whom each account last came there.
staff = Table(
    "staff",
    metadata,
    Column("course", Text, primary_key=True),
    Column("person", ForeignKey("person.key"), primary_key=True),
    Column("role", Integer, nullable=False),
)

# Codes that link two accounts, and secrets that this installation made for itself.
link = Table(
    "link",
    metadata,
    Column("code", Text, primary_key=True),
    Column("person", ForeignKey("person.key"), nullable=False),
    Column("until", Instant, nullable=False),
)

secret = Table(
    "secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# Who may not ask: `digest` is a keyed hash of the person, so that nobody reads here who it is; `topic` is why.
block = Table(
    "block",
    metadata,
    Column("course", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("topic", Integer),
    Column("reason", Text, nullable=False),
    Column("until", Instant),
    Column("person", ForeignKey("person.key"), nullable=False),
    Column("at", Instant, nullable=False),
)

# What commands said of a slot; the file's word is in the file, and `services.plan` merges the two.
article = Table(
    "article",
    metadata,
    Column("course", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("change", JSON, nullable=False),
)

topic = Table(
    "topic",
    metadata,
    Column("course", Text, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("article", Text),
    Column("reason", Text),
    Column("wordings", Integer, **_zero()),
    Column("followers", Integer, **_zero()),
    Column("revision", Integer, **_zero()),
    Column("decided_by", ForeignKey("person.key")),
    Column("decided_at", Instant),
    Column("created", Instant, nullable=False),
    # Merged topics: `merged_into` is the step that split takes back, `root` the one that is listed and that holds the
    # counts of all; of one that is not merged it is its own number.
    Column("merged_into", Integer),
    Column("root", Integer, **_zero()),
    Column("voters", Integer, **_zero()),
    # What a review waits for ("details", "later") and how long.
    Column("hold", Text),
    Column("hold_until", Instant),
    # Whether its threads say how it stands; whatever changes a topic takes it back.
    Column("posted", Boolean, **_no()),
    Index(None, "course", "state", "n"),
    Index(None, "course", "article"),
    Index(None, "course", "root"),
    Index(None, "course", "hold_until"),
    Index("ix_topic_unposted", "course", "n", **_few("posted = 0", "not posted")),
)

question = Table(
    "question",
    metadata,
    _identity(),
    Column("course", Text, nullable=False),
    Column("topic", Integer, nullable=False),
    Column("person", ForeignKey("person.key"), nullable=False),
    Column("text", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("source", Text, nullable=False),
    Column("withdrawn", Boolean, **_no()),
    Column("anonymous", Boolean, **_no()),
    Column("about", Text),
    Column("filed_by", ForeignKey("person.key")),
    ForeignKeyConstraint(["course", "topic"], ["topic.course", "topic.n"]),
    Index(None, "course", "topic"),
    Index(None, "person", "course", "topic"),
    Index(None, "course", "digest"),
    Index("ix_question_about", "course", "about", **_few("about is not null", "about is not null")),
)

answer = Table(
    "answer",
    metadata,
    _identity(),
    Column("course", Text, nullable=False),
    Column("topic", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("person", ForeignKey("person.key"), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("withdrawn", Boolean, **_no()),
    Column("kind", Text, nullable=False, server_default="published"),
    Column("holds", Text),
    Column("endorsed_by", ForeignKey("person.key")),
    ForeignKeyConstraint(["course", "topic"], ["topic.course", "topic.n"]),
    UniqueConstraint("course", "topic", "version"),
    Index(
        "ix_answer_unpublished",
        "course",
        "topic",
        "version",
        **_few("kind in ('draft', 'suggested') and withdrawn = 0", "kind in ('draft', 'suggested') and not withdrawn"),
    ),
)

follow = Table(
    "follow",
    metadata,
    Column("course", Text, primary_key=True),
    Column("topic", Integer, primary_key=True),
    Column("person", ForeignKey("person.key"), primary_key=True),
    Column("kind", Text, nullable=False, server_default="asked"),
    # Counted, but told nothing more.
    Column("quiet", Boolean, **_no()),
    ForeignKeyConstraint(["course", "topic"], ["topic.course", "topic.n"]),
    Index(None, "person"),
)

# "This is no longer true", once a person.
flag = Table(
    "flag",
    metadata,
    Column("course", Text, primary_key=True),
    Column("topic", Integer, primary_key=True),
    Column("person", ForeignKey("person.key"), primary_key=True),
    Column("note", Text),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["course", "topic"], ["topic.course", "topic.n"]),
)

# What staff pasted to file for others, while they tick it.
paste = Table(
    "paste",
    metadata,
    _identity(),
    Column("course", Text, nullable=False),
    Column("person", ForeignKey("person.key"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("source", Text, nullable=False),
    Column("items", JSON, nullable=False),
)

# Who did what to what: the audit log, and what undo reads.
event = Table(
    "event",
    metadata,
    _identity(),
    Column("course", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("person", ForeignKey("person.key"), nullable=False),
    Column("verb", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Column("undone", Boolean, **_no()),
    # Done with others in one step, which is taken back in one: the first one's id.
    Column("batch", Integer),
    Index(None, "person", "course", "id"),
    Index(None, "course", "subject", "id"),
)

# What is said unasked; `person` is who caused it, null before version 0006.
announcement = Table(
    "announcement",
    metadata,
    _identity(),
    Column("course", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("notice", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Column("person", Text),
    UniqueConstraint("course", "key"),
    Index(None, "course", "at"),
    Index("ix_announcement_stands", "course", "key", **_few(**STANDS)),
)

# A row for each place and person that an announcement is said to. `due` is when it should be said (null: what stands is
# never late), `next_try` when it is looked at again (null: when a person decides), `lease_until` that a process has it
# and nobody else knows whether it was said; `corrects` is the delivery whose message it replaces, its own where that is
# reworded; `within` the one that says this one too.
delivery = Table(
    "delivery",
    metadata,
    _identity(),
    Column("announcement", ForeignKey("announcement.id"), nullable=False),
    Column("target", Text, nullable=False),
    Column("platform", Text, nullable=False, server_default=text("''")),
    Column("state", Text, nullable=False),
    Column("due", Instant),
    Column("attempts", Integer, **_zero()),
    Column("next_try", Instant),
    Column("lease_until", Instant),
    Column("owner", Text),
    Column("platform_id", Text),
    Column("error", Text),
    Column("corrects", _id_type()),
    Column("within", _id_type()),
    UniqueConstraint("announcement", "target"),
    Index(None, "state", "next_try"),
    Index(None, "platform", "state", "next_try", "id"),
    Index(None, "target", "state"),
    Index(None, "within"),
)

# When a platform may be asked for something again: whoever claims deliveries moves it on, so that all processes
# together keep the platform's limit.
pace = Table(
    "pace",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("free_at", Instant, nullable=False),
)

# Where a course's articles appear, and how looking there went; `read_at` null is before the first look.
outlet = Table(
    "outlet",
    metadata,
    Column("course", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("etag", Text),
    Column("modified", Text),
    Column("next_look", Instant, nullable=False),
    Column("read_at", Instant),
    Column("failing_since", Instant),
    Column("problem", Text),
)

# What was ever seen there: a row for each key that an entry goes by, `of` is the id of its first row.
entry = Table(
    "entry",
    metadata,
    _identity(),
    Column("course", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("of", _id_type()),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("at", Instant, nullable=False),
    Column("verdict", Text, nullable=False),
    UniqueConstraint("course", "key"),
    Index(None, "course", "verdict"),
)

# What arrived: a message that arrives twice acts once and gets the reply of the first time.
inbox = Table(
    "inbox",
    metadata,
    Column("sender", Text, primary_key=True),
    Column("message", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("reply", JSON, nullable=False),
    Index(None, "at"),
)

# The local chat: what each person sees; `person` null is everybody, `line` is what the person typed, `call` the id that
# their browser gave it: the same again is the same message.
message = Table(
    "message",
    metadata,
    Column("course", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("person", Text),
    Column("line", Text),
    Column("call", Text),
    Column("body", JSON, nullable=False),
    Index(None, "course", "person", "seq"),
    UniqueConstraint("course", "person", "call"),
)

# Similar questions. Which topics hold a token; both databases read it in the order of its key and nothing else.
posting = Table(
    "posting",
    metadata,
    Column("course", Text, primary_key=True),
    Column("token", Integer, primary_key=True, autoincrement=False),
    Column("topic", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# What a topic's wordings became: `tokens` and `vectors` one after another, `version` of the tokenizer. `vectors` is
# null until the extra [semantic] fills it; `revision` counts the changes of a course: a process can read the new ones.
wording = Table(
    "wording",
    metadata,
    Column("course", Text, primary_key=True),
    Column("topic", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("tokens", LargeBinary, nullable=False),
    Column("vectors", LargeBinary),
    Index(None, "course", "revision"),
    Index("ix_wording_bare", "course", "topic", **_few("vectors is null", "vectors is null")),
)

# What a button stands for where it does not fit into the button itself.
button = Table(
    "button",
    metadata,
    Column("key", Text, primary_key=True),
    Column("args", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "at"),
)
