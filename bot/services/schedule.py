"""The plan changed by command and by the clock: dates, publications, and what is due."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.core.chat import Notice
from bot.core.errors import UserError
from bot.core.model import Article, Certainty, Change, State, Topic, Window
from bot.services import credits, hearing, ledger, plan, topics
from bot.services.ledger import LATE, TOO_LATE
from bot.services.when import key_of, slot_window
from bot.services.work import Work
from bot.store import articles, deliveries, events, numbers

PLANNED = 20
PAUSED = "paused"

# A topic's state, the article that it is for and the reason.
Standing = tuple[State, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a reader wants to know: the next article, the newest one that is out, and how many did not come.

    While the plan is `paused` nothing is announced by itself.
    """

    next: Article | None
    last: Article | None
    overdue: int
    paused: bool = False


def changes(work: Work) -> dict[str, Change]:
    """What holds of each slot of which anything was said, in the file or by command."""
    said = articles.changes(work.tx, work.course.key)
    keys = dict.fromkeys([*work.course.changes, *said])
    return {key: plan.merged(work.course.changes.get(key), said.get(key)) for key in keys}


def outlook(work: Work) -> Outlook:
    """How the plan stands now."""
    known = changes(work)
    out = plan.published(work.course, known, work.now)
    missing = plan.overdue(work.course, known, work.now)
    coming = plan.next_article(work.course, known, work.now)
    return Outlook(coming, out[0] if out else None, len(missing), paused(work))


def next_article(work: Work) -> Article | None:
    """The first article to come."""
    return plan.next_article(work.course, changes(work), work.now)


def coming(work: Work, count: int) -> tuple[Article, ...]:
    """The next slots."""
    return plan.plan(work.course, changes(work), work.now, count)


def archive(work: Work) -> tuple[Article, ...]:
    """What is out, newest first."""
    return plan.published(work.course, changes(work), work.now)


def spoken(work: Work) -> tuple[Article, ...]:
    """The slots and extras of which anything was said."""
    return tuple(plan.spoken(work.course, changes(work), work.now))


def find(work: Work, typed: str) -> Article:
    """The article that somebody means by "2026q4" or an extra's key; UserError that names the coming ones."""
    key, known = key_of(typed) or "", changes(work)
    default = slot_window(key)
    if default and default.first >= _begin(work):
        known.setdefault(key, Change())
    for article in plan.spoken(work.course, known, work.now):
        if article.key == key:
            return article
    near = [article.key for article in plan.plan(work.course, known, work.now, 3)]
    raise UserError("no_article", typed=typed, near=near)


def _lock(work: Work, typed: str) -> tuple[Article, Change]:
    """The same and what commands said of it; nobody else changes it until the transaction ends."""
    before = articles.lock(work.tx, work.course.key, find(work, typed).key)
    return find(work, typed), before


def open_article(work: Work, typed: str | None) -> Article:
    """The article that a topic is planned for, by default the next; UserError where it is out or skipped."""
    found = find(work, typed) if typed else next_article(work)
    if found is None:
        raise UserError("nothing_planned")
    if found.certainty in (Certainty.PUBLISHED, Certainty.SKIPPED):
        raise UserError("article_closed", key=found.key, certainty=found.certainty)
    return found


def standing_before(work: Work, done: events.Event) -> Standing:
    """How a topic stood before an act, as far as that is still so.

    What was planned for an article that is out by now waits for review; what one covered that is not is planned for it.
    """
    state, article = State(done.before["state"]), done.before["article"]
    if state is State.PLANNED and is_out(work, article):
        return State.NEW, None, None
    if state is State.COVERED and not is_out(work, article):
        return State.PLANNED, article, None
    return state, article, done.before["reason"]


def is_out(work: Work, key: str | None) -> bool:
    """Whether an article is published, so that no topic is planned for it any more."""
    return any(article.key == key for article in archive(work))


def schedule(work: Work, typed: str, change: Change) -> tuple[Article, int]:
    """Say something of a slot; how it stands then, and the event that undoes it.

    A date after the promised one is a slip: it keeps what was promised, and the group is told once.
    """
    was, before = _lock(work, typed)
    if was.certainty is Certainty.PUBLISHED and _moves(change):
        raise UserError("article_closed", key=was.key, certainty=was.certainty)
    change = _kept_promise(work, was, change)
    event = _save(work, "schedule", was.key, before, plan.merged(before, change))
    tell_correction(work, was, f"correct:{event}")
    tell_slip(work, was, f"{event}")
    return find(work, was.key), event


def tell_slip(work: Work, was: Article, once: str) -> None:
    """Tell the group that a slot slips, or slips otherwise than it did, or does not come; or comes after all."""
    article, skipped = find(work, was.key), was.certainty is Certainty.SKIPPED
    dates = (article.when, article.slipped)
    if article.certainty is Certainty.SLIPPED and (skipped or dates != (was.when, was.slipped)):
        kind, promised = "article.slipped", article.slipped
    elif article.certainty is Certainty.SKIPPED and not skipped and plan.is_coming(was, work.day(work.now)):
        kind, promised = "article.skipped", was.when
    elif article.certainty in (Certainty.WINDOW, Certainty.CONFIRMED) and _slip_was_told(work, was):
        kind, promised = "article.unskipped" if skipped else "article.unslipped", was.slipped
    else:
        return
    fields = {"key": was.key, "title": article.title, "was": _iso(promised), "when": _iso(article.when)}
    ledger.announce(work, _slip(was.key, once), Notice(kind, fields), work.course.channels)


def _slip_was_told(work: Work, was: Article) -> bool:
    if was.certainty not in (Certainty.SLIPPED, Certainty.SKIPPED):
        return False
    moved = events.all_on(work.tx, work.course.key, f"article:{was.key}", ("schedule",))
    return bool(deliveries.said(work.tx, work.course.key, [_slip(was.key, f"{each.id}") for each in moved]))


def _slip(key: str, once: str) -> str:
    return f"slip:{key}:{once}"


def forget(work: Work, typed: str) -> tuple[Article, int]:
    """Take back all that commands said of a slot: the file's word holds again.

    UserError where a command published it: that it is out is taken back by undoing that.
    """
    was, before = _lock(work, typed)
    if before.published:
        raise UserError("article_closed", key=was.key, certainty=was.certainty)
    event = _save(work, "schedule", was.key, before, Change())
    tell_correction(work, was, f"correct:{event}")
    tell_slip(work, was, f"{event}")
    return find(work, was.key), event


def publish(work: Work, typed: str, url: str, title: str | None) -> tuple[Article, list[Topic], int]:
    """An article is out: say so at once, and tell everyone whose topic it covers; article, topics and event.

    UserError where it was published already, with who did it.
    """
    was, before = _lock(work, typed)
    if was.certainty is Certainty.PUBLISHED:
        raise _published_already(work, was)
    return _publish(work, was, before, url, title)


def _publish(
    work: Work,
    was: Article,
    before: Change,
    url: str,
    title: str | None,
    *,
    late: bool = False,
    quiet: bool = False,
) -> tuple[Article, list[Topic], int]:
    today = work.day(work.now)
    said = Change(url=url, title=title, published=Window(today, today), skipped=False if before.skipped else None)
    covered = topics.taken_up(work, was.key, lock=True)
    event = _save(work, "publish", was.key, before, plan.merged(before, said), [topic.n for topic in covered])
    article = find(work, was.key)
    once = f"article:{was.key}:{event}"
    promised = was.when if late else None
    to = () if quiet else work.course.channels
    ledger.announce(work, once, _notice(work, article, covered, promised), to)
    for topic in covered:
        topics.move(work, topic, State.COVERED, topic.article, None, "cover")
        hearing.tell(work, topic, "topic.covered", once, article=article.title or article.key, url=url)
    return article, covered, event


def _notice(work: Work, article: Article, covered: list[Topic], promised: Window | None = None) -> Notice:
    fields = {
        "key": article.key,
        "title": article.title,
        "summary": article.summary,
        "topics": [[topic.n, topic.title] for topic in covered],
        "credits": credits.of(work, [topic.n for topic in covered]),
        "late": _iso(promised),
        "survey": _survey(work),
    }
    return Notice("article.published", fields, article.url)


def notice_of(work: Work, article: Article) -> Notice:
    """What is said of an article when it is out, as things stand."""
    state = State.COVERED if article.certainty is Certainty.PUBLISHED else State.PLANNED
    return _notice(work, article, topics.taken_up(work, article.key, state))


def _survey(work: Work) -> str | None:
    return work.course.survey if work.course.around.announcement else None


def announced_as(work: Work, key: str) -> str:
    """The key under which the publication of a slot was announced, or would be where only the file tells of it."""
    done = events.last_on(work.tx, work.course.key, f"article:{key}", ("publish",))
    return f"article:{key}:{done.id if done else 'file'}"


def tell_correction(work: Work, was: Article, once: str) -> None:
    """Where an article that was announced has another title, summary or link now, put that right wherever it stands."""
    article = find(work, was.key)
    said = [(each.title, each.summary, each.url) for each in (was, article)]
    if article.certainty is not Certainty.PUBLISHED or said[0] == said[1]:
        return
    fields = {"key": article.key, "title": article.title, "summary": article.summary}
    correction = Notice("article.corrected", fields, article.url)
    of = announced_as(work, was.key)
    told = ledger.correct(work, of, once, notice_of(work, article), correction)
    if not told and deliveries.said(work.tx, work.course.key, [of]):
        # One that was late was said together with others, in a message that stays as it is.
        ledger.announce(work, once, correction, work.course.channels)


def tick(work: Work) -> datetime | None:
    """Do what is due: announce what is confirmed and has its link, remind the instructors of what has none.

    Later than `TOO_LATE` nothing goes out by itself: the instructors are asked. Called any number of times, each is
    done once. Returns the next confirmed time. While the plan is paused nothing is done.
    """
    if paused(work):
        return None
    known = changes(work)
    due = plan.due(work.course, known, work.now)
    ready = [article for article in due if article.url and _behind(work, article) < TOO_LATE]
    _announce_due(work, ready)
    _ask_about(work, [article for article in due if article not in ready])
    return plan.confirmed_next(work.course, known, work.now)


def _behind(work: Work, article: Article) -> timedelta:
    return work.now - article.confirmed if article.confirmed else timedelta(0)


def _announce_due(work: Work, ready: list[Article]) -> None:
    """Say what is out; several that are late in one message, so that nobody who was away hears a burst."""
    several = sum(_behind(work, article) > LATE for article in ready) > 1
    out = []
    for article in ready:
        before = articles.lock(work.tx, work.course.key, article.key)
        if find(work, article.key).certainty is Certainty.PUBLISHED or not article.url:
            continue
        late = _behind(work, article) > LATE
        quiet = several and late
        done = _publish(work, article, before, article.url, None, late=late, quiet=quiet)
        out += [done[0]] if quiet else []
    if out:
        listed = [{"key": each.key, "title": each.title, "url": each.url} for each in out]
        once = "articles:" + ":".join(each.key for each in out) + f":{work.now.isoformat()}"
        notice = Notice("articles.published", {"articles": listed, "survey": _survey(work)})
        ledger.announce(work, once, notice, work.course.channels)


def _ask_about(work: Work, waiting: list[Article]) -> None:
    """Ask the instructors once about each that is not announced by itself, in one message."""
    kinds = {article.key: "article.held" if article.url else "article.unlinked" for article in waiting}
    keys = {a.key: f"{kinds[a.key]}:{a.key}:{a.confirmed.isoformat()}" for a in waiting if a.confirmed}
    said = deliveries.said(work.tx, work.course.key, list(keys.values()))
    new = [article for article in waiting if keys[article.key] not in said]
    if len(new) == 1:
        _ask(work, new[0], kinds[new[0].key], keys[new[0].key])
    elif new:
        listed = [{"key": each.key, "title": each.title} for each in new]
        first, *others = (keys[each.key] for each in new)
        if ledger.announce(work, first, Notice("articles.waiting", {"articles": listed}), ledger.instructors(work)):
            for once in others:
                ledger.announce(work, once, Notice("articles.waiting", {"articles": listed}), ())


def _ask(work: Work, article: Article, kind: str, once: str) -> None:
    at = article.confirmed.isoformat() if article.confirmed else None
    fields = {"key": article.key, "title": article.title, "at": at}
    ledger.announce(work, once, Notice(kind, fields, article.url), ledger.instructors(work))


def paused(work: Work) -> bool:
    """Whether the plan is paused: then nothing is said of it by itself."""
    return bool(numbers.get(work.tx, work.course.key, PAUSED))


def pause(work: Work, on: bool) -> int:
    """Pause or resume the plan, and return the event that undoes it; UserError as `put_pause`."""
    put_pause(work, on)
    before, after = {"paused": not on}, {"paused": on}
    return events.add(work.tx, work.course.key, work.now, work.person.key, "pause", "plan:all", before, after)


def put_pause(work: Work, on: bool) -> None:
    """Let the plan be paused or not; UserError where that changes nothing."""
    now = numbers.add(work.tx, work.course.key, PAUSED, 0)
    if bool(now) == on:
        raise UserError("paused_already" if on else "not_paused")
    numbers.add(work.tx, work.course.key, PAUSED, 1 if on else -now)


def is_due(work: Work, key: str) -> bool:
    """Whether a slot's confirmed time has come and it is not called published."""
    return any(article.key == key for article in plan.due(work.course, changes(work), work.now))


def _begin(work: Work) -> date:
    first = slot_window(work.course.rhythm.first)
    return first.first if first else date.min


def _moves(change: Change) -> bool:
    return any((change.window, change.confirmed, change.slipped, change.late, change.skipped))


def _kept_promise(work: Work, was: Article, change: Change) -> Change:
    """A later date remembers the first promise, an earlier one or the same forgets it."""
    if change.confirmed:
        last = work.day(change.confirmed)
    elif change.window:
        last = change.window.last
    else:
        return change
    promised = was.slipped or was.when
    return replace(change, slipped=promised) if last > promised.last else change


def _save(work: Work, verb: str, key: str, before: Change, after: Change, covered: list[int] | None = None) -> int:
    articles.save(work.tx, work.course.key, key, after)
    old, new = articles.change_to_data(before), articles.change_to_data(after)
    was, now = {"change": old, "topics": covered or []}, {"change": new}
    return events.add(work.tx, work.course.key, work.now, work.person.key, verb, f"article:{key}", was, now)


def _published_already(work: Work, was: Article) -> UserError:
    done = events.last_on(work.tx, work.course.key, f"article:{was.key}", ("publish",))
    if done is None:
        return UserError("article_closed", key=was.key, certainty=was.certainty)
    return UserError("published_already", key=was.key, name=done.name, ago=work.now - done.at)


def _iso(window: Window | None) -> list[str] | None:
    return [window.first.isoformat(), window.last.isoformat()] if window else None
