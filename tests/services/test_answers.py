"""Answers over both databases: who was first, and that every step can be taken back."""

from asyncio import ensure_future, gather
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot.core.chat import Role
from bot.core.errors import UserError
from bot.core.model import AnswerKind, Person
from bot.services import answers, drafts, freshness, topics, undo
from bot.services.work import Work
from bot.store import answers as stored
from bot.store import people
from bot.store.database import writer_engine
from tests.support import START, World, course, opened_world, waited_for

COURSE = course()
STAFF, MEMBER = Person("local:ann", "ann"), Person("local:mia", "mia")
KINDS = tuple(AnswerKind)


async def test_of_an_endorsement_a_draft_and_an_answer_at_once_one_is_published(world: World) -> None:
    lin, mia = world.member("lin"), world.member("mia")
    ann, bob, cem = world.assistant("ann"), world.assistant("bob"), world.assistant("cem")
    await lin("/ask Why does it fail?")
    await mia("/suggest 1 By mia.")
    await cem("/answer 1 draft:yes By cem.")
    for each in (ann, bob, cem):
        await each("/review")
    await bob.press("Answer")
    await gather(ann.press("Endorse mia's answer"), bob("By bob."), cem.press("Publish the draft"))
    assert len(await world.group()) == 1
    assert sorted(bool(each.last.error) for each in (ann, bob, cem)) == [False, True, True]
    assert "By cem." in (await bob("/topic 1")).text
    assert "By mia." in (await bob("/topic 1")).text


async def test_of_two_drafts_at_once_one_stands_and_none_is_lost(world: World) -> None:
    await world.member("lin")("/ask Why does it fail?")
    staff = [world.assistant(f"ta{n}") for n in range(4)]
    await gather(*(each(f"/answer 1 draft:yes Draft {n}.") for n, each in enumerate(staff)))
    assert (await staff[0]("/topic 1")).text.count("Has a draft by") == 1
    kept = await world.database.read(lambda tx: stored.ever(tx, "ebpf", [1]))
    assert {text for _, text in kept[1]} == {"Draft 0.", "Draft 1.", "Draft 2.", "Draft 3."}


async def test_two_who_take_an_answer_back_at_once_take_it_back_once(world: World) -> None:
    lin, ann, bob = world.member("lin"), world.assistant("ann"), world.assistant("bob")
    await lin("/ask Why does it fail?")
    await ann("/answer 1 One.")
    await gather(ann("/unanswer 1"), ann("/unanswer 1"), bob("/unanswer 1"))
    assert len(await lin.heard()) == 2
    assert len(await world.group()) == 2


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_of_two_who_undo_the_same_in_two_processes_the_second_is_told_so(url: str) -> None:
    async with opened_world(url) as world:
        await world.member("lin")("/ask Why does it fail?")
        boss, other = world.instructor(), writer_engine(url)
        reply = await boss("/decide 1 planned")
        event = next(int(each.args["event"]) for each in reply.buttons if each.command == "undo")
        with other.begin() as tx:
            undo.undo(Work(tx, COURSE, Person("local:instructor", "x"), Role.INSTRUCTOR, world.clock()), event)
            waiting = ensure_future(boss(f"/undo {event}"))
            await waited_for(tx)
        assert (await waiting).error == "undone_already"
        other.dispose()


def proposal(work: Work) -> int:
    found = stored.standing(work.tx, COURSE.key, [1], [AnswerKind.SUGGESTED])
    return next((each.version for each in found), 0)


ACTS: dict[str, Callable[[Work, int], object]] = {
    "save": lambda work, n: drafts.save(work, 1, f"draft {n}", None),
    "discard": lambda work, n: drafts.discard(work, 1, None),
    "publish": lambda work, n: drafts.publish(work, 1, None, None, None),
    "answer": lambda work, n: drafts.answer(work, 1, f"answer {n}", None, None),
    "endorse": lambda work, n: drafts.endorse(work, 1, proposal(work), None, None),
    "thank": lambda work, n: drafts.thank(work, 1, proposal(work)),
    "unanswer": lambda work, n: answers.unanswer(work, 1, None, None),
    "check": lambda work, n: freshness.check(work, 1),
}


def everything(work: Work) -> Any:
    topic = topics.get(work, 1)
    standing = stored.standing(work.tx, COURSE.key, [1], KINDS)
    fresh = freshness.of_topic(work, topic)
    return topic.state, topic.decided_by, topic.answered, [(a.version, a.text) for a in standing], fresh


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_whatever_was_done_to_answers_taking_all_of_it_back_restores_what_was(url: str) -> None:
    engine = writer_engine(url)
    with engine.connect() as tx:
        work = _begun(tx)
        first = everything(work)

        @given(acts=st.lists(st.sampled_from(sorted(ACTS)), max_size=8))
        def holds(acts: list[str]) -> None:
            with tx.begin_nested() as example:
                before = [first]
                for n, act in enumerate(acts):
                    try:
                        ACTS[act](work, n)
                    except UserError:
                        continue
                    before.append(everything(work))
                while before[1:]:
                    assert everything(work) == before.pop()
                    undo.undo(work, None)
                assert everything(work) == first
                example.rollback()

        holds()
    engine.dispose()


def _begun(tx: Connection) -> Work:
    for person in (STAFF, MEMBER):
        people.meet(tx, person.key, person.name, START)
    member = Work(tx, COURSE, MEMBER, Role.MEMBER, START)
    topics.file(member, "Why does it fail?")
    drafts.propose(member, 1, "A proposal.")
    return Work(tx, COURSE, STAFF, Role.ASSISTANT, START)
