"""Answers, drafts, proposals and flags as rows: what the public reads, what stands, what is old."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot.core.model import AnswerKind, State
from bot.store import answers, events, flags, merges, people, topics
from tests.support import START, once

COURSE = "ebpf"
LIN, WANG = "local:lin", "local:wang"


def filed(tx: Connection, state: State = State.NEW, days: int = 0) -> int:
    people.meet_many(tx, {LIN: "lin", WANG: "wang"}, START)
    at = START - timedelta(days=days)
    asked = topics.Asked("Why?", LIN, "Why?", "d", at, "ask", state, LIN)
    return topics.file(tx, COURSE, [asked])[0]


def add(tx: Connection, n: int, text: str, kind: AnswerKind = AnswerKind.PUBLISHED, who: str = LIN) -> int:
    return answers.add(tx, COURSE, n, who, text, START, kind)


def read(tx: Connection, n: int) -> list[tuple[str, bool]]:
    return [(each.text, each.updated) for each in answers.of_topics(tx, COURSE, [n])[n]]


def test_the_public_reads_the_newest_of_what_is_published_and_nothing_else(url: str) -> None:
    def work(tx: Connection) -> None:
        n = filed(tx)
        add(tx, n, "a draft", AnswerKind.DRAFT)
        add(tx, n, "a proposal", AnswerKind.SUGGESTED)
        assert read(tx, n) == []
        add(tx, n, "one")
        assert read(tx, n) == [("one", False)]
        add(tx, n, "another draft", AnswerKind.DRAFT)
        two = add(tx, n, "two")
        add(tx, n, "the editor's", AnswerKind.EDITOR)
        assert read(tx, n) == [("two", True), ("the editor's", False)]
        answers.withdraw(tx, COURSE, n, two)
        assert read(tx, n) == [("one", False), ("the editor's", False)]
        assert (AnswerKind.PUBLISHED, "two") in answers.ever(tx, COURSE, [n])[n]

    once(url, work)


def test_an_endorsed_answer_carries_both_names_and_for_what_it_holds(url: str) -> None:
    def work(tx: Connection) -> None:
        n = filed(tx)
        answers.add(tx, COURSE, n, LIN, "one", START, holds="kernel 5.10", endorsed_by=WANG)
        [kept] = answers.of_topics(tx, COURSE, [n])[n]
        assert (kept.name, kept.endorser, kept.holds) == ("lin", "wang", "kernel 5.10")

    once(url, work)


def test_what_waits_is_listed_by_topic_and_by_its_author(url: str) -> None:
    def work(tx: Connection) -> None:
        one, two = filed(tx), filed(tx)
        add(tx, two, "second", AnswerKind.DRAFT)
        proposed = add(tx, one, "first", AnswerKind.SUGGESTED, WANG)
        add(tx, one, "published")
        assert [each.text for each in answers.waiting(tx, COURSE, 9)] == ["first", "second"]
        assert [each.text for each in answers.waiting(tx, COURSE, 1)] == ["first"]
        assert answers.waiting(tx, "another", 9) == []
        assert answers.proposed_by(tx, COURSE, WANG) == [one]
        answers.withdraw(tx, COURSE, one, proposed)
        assert answers.proposed_by(tx, COURSE, WANG) == []
        kept = answers.one(tx, COURSE, one, proposed)
        assert kept is not None
        assert kept.text == "first"

    once(url, work)


def test_what_waits_under_a_topic_is_its_own_and_that_of_what_is_merged_into_it(url: str) -> None:
    def work(tx: Connection) -> None:
        one, two, three = filed(tx), filed(tx), filed(tx)
        for n in (one, two, three):
            add(tx, n, f"draft {n}", AnswerKind.DRAFT)
        add(tx, two, "published")
        merges.merge(tx, COURSE, one, two)
        drafts = [AnswerKind.DRAFT]
        assert [each.text for each in answers.under(tx, COURSE, two, drafts)] == ["draft 2", "draft 1"]
        assert [each.text for each in answers.under(tx, COURSE, one, drafts)] == ["draft 1"]
        assert [each.text for each in answers.under(tx, COURSE, three, drafts)] == ["draft 3"]

    once(url, work)


def test_a_person_flags_a_topic_once_and_only_what_stands_is_listed(url: str) -> None:
    def work(tx: Connection) -> None:
        one, two, new = filed(tx, State.ANSWERED), filed(tx, State.COVERED), filed(tx)
        for n in (one, two, new):
            flags.put(tx, COURSE, n, LIN, None, START)
        flags.put(tx, COURSE, one, LIN, "since 6.4", START + timedelta(days=1))
        [kept] = flags.under(tx, COURSE, one)
        assert (kept.person, kept.note, kept.at) == (LIN, "since 6.4", START + timedelta(days=1))
        assert flags.flagged(tx, COURSE) == [one, two]
        merges.merge(tx, COURSE, two, one)
        assert flags.flagged(tx, COURSE) == [one]
        assert len(flags.under(tx, COURSE, one)) == 2
        flags.remove(tx, COURSE, one, LIN)
        assert flags.flagged(tx, COURSE) == []

    once(url, work)


def test_old_is_what_was_neither_changed_nor_checked_oldest_first(url: str) -> None:
    def work(tx: Connection) -> None:
        old, older, checked = (filed(tx, State.ANSWERED, days) for days in (400, 800, 900))
        filed(tx, State.ANSWERED, 10)
        filed(tx, State.COVERED, 900)
        before = START - timedelta(days=365)
        check = events.add(tx, COURSE, START, LIN, "check", f"topic:{checked}", {}, {})
        assert flags.old(tx, COURSE, before, 9) == [older, old]
        assert flags.old(tx, COURSE, before, 1) == [older]
        events.mark_undone(tx, check)
        assert flags.old(tx, COURSE, before, 9) == [checked, older, old]
        events.add(tx, COURSE, before - timedelta(days=1), LIN, "check", f"topic:{checked}", {}, {})
        assert flags.old(tx, COURSE, before, 9) == [checked, older, old]

    once(url, work)


def test_nothing_is_old_in_a_course_without_answers(url: str) -> None:
    def work(tx: Connection) -> None:
        people.meet(tx, LIN, "lin", START)
        assert flags.old(tx, COURSE, START, 9) == flags.flagged(tx, COURSE) == []

    once(url, work)


@pytest.mark.parametrize("verbs", [(), ("check",)])
def test_of_no_such_thing_there_is_no_last_one(url: str, verbs: tuple[str, ...]) -> None:
    def work(tx: Connection) -> None:
        filed(tx)
        events.add(tx, COURSE, START, LIN, "answer", "topic:1", {}, {})
        assert events.last_on(tx, COURSE, "topic:1", verbs) is None
        assert events.all_on(tx, COURSE, "topic:1", verbs) == []
        [done] = events.all_on(tx, COURSE, "topic:1", ("answer",))
        assert done.name == "lin"

    once(url, work)
