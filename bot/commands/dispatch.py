"""Roles, missing values, language and errors, once for every command and platform."""

import logging
import secrets
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from bot.commands.binding import bind
from bot.commands.context import Context, Declared
from bot.commands.explain import explain, given_back
from bot.commands.hearing import with_news
from bot.core.chat import Call, Command, Reply
from bot.core.errors import UserError
from bot.core.model import Course
from bot.services import presence
from bot.services.work import Store, Work
from bot.words import locale_of, words_in

log = logging.getLogger(__name__)


class _Unsaid(Exception):
    """There is something to say under the reply, and keeping that it was said takes a write."""


def _with_news(context: Context, reply: Reply, call: Call, *, writes: bool) -> Reply:
    if not writes and presence.was_missed(context.work):
        raise _Unsaid
    return with_news(context, reply, call) if writes else reply


def _traceback(call: Call) -> str:
    """What went wrong where, without the person: PostgreSQL tells in a line of its own which values it refused."""
    lines = traceback.format_exc().splitlines()
    return "\n".join(line for line in lines if not line.startswith("DETAIL:")).replace(call.person, "…")


class Dispatcher:
    """Runs calls: each command is one transaction, in which the call is received, acted on and answered."""

    def __init__(self, store: Store, courses: Mapping[str, Course], declared: Iterable[Declared]) -> None:
        self._store = store
        self._courses = courses
        self._declared = {each.command.name: each for each in declared}

    @property
    def commands(self) -> tuple[Command, ...]:
        """Every command that there is."""
        return tuple(each.command for each in self._declared.values())

    async def handle(self, call: Call) -> Reply:
        """The reply to a call; whatever happens it is one, and what a person wrote stands in it if it was refused."""
        declared, course = self._declared.get(call.command), self._course(call)
        if declared is None or course is None:
            return self.explain(UserError("unknown_command", name=call.command), locale_of(call.locale))
        spoken = [locale_of(call.locale, course.locale)]
        try:
            return await self._answer(declared, course, call, spoken)
        except UserError as error:
            said = self.explain(error, spoken[-1])
            return given_back(said, declared.command, call.args, words_in(spoken[-1]))
        except Exception:
            incident = secrets.token_hex(3)
            log.error("incident %s in /%s\n%s", incident, call.command, _traceback(call))
            said = self.explain(UserError("broken", incident=incident), spoken[-1])
            return given_back(said, declared.command, call.args, words_in(spoken[-1]))

    async def _answer(self, declared: Declared, course: Course, call: Call, spoken: list[str]) -> Reply:
        run = self._store.write if declared.command.writes else self._store.read
        try:
            return await run(partial(self._run, declared, course, call, spoken))
        except _Unsaid:
            return await self._store.write(partial(self._run, declared, course, call, spoken, unsaid=True))

    def explain(self, error: UserError, locale: str) -> Reply:
        """An error in words, with the ways on."""
        return replace(explain(error, words_in(locale)), locale=locale)

    def within(self, tx: Connection, call: Call) -> Reply:
        """The reply to a call as part of a transaction that is under way; what is wrong is raised."""
        course = self._course(call)
        if course is None:
            raise UserError("unknown_command", name=call.command)
        return self._run(self._declared[call.command], course, call, [], tx)

    def _course(self, call: Call) -> Course | None:
        return self._courses.get(call.course or next(iter(self._courses)))

    def _run(
        self,
        declared: Declared,
        course: Course,
        call: Call,
        spoken: list[str],
        tx: Connection,
        *,
        unsaid: bool = False,
    ) -> Reply:
        command = declared.command
        person = presence.meet(tx, call, course) if command.writes else presence.known(tx, call)
        spoken.append(locale_of(person.locale, call.locale, course.locale))
        if call.role < command.role:
            raise UserError("not_allowed", command=command.name, role=command.role.name.lower())
        values = bind(command, call.args)
        if command.writes and (earlier := presence.receive(tx, call)):
            return earlier
        work = Work(tx, course, person, call.role, call.at)
        context = Context(work, words_in(spoken[-1]))
        reply = declared.run(context, **values)
        if not reply.form:  # its words are gone with it
            reply = _with_news(context, reply, call, writes=command.writes or unsaid)
        reply = replace(reply, locale=reply.locale or spoken[-1])
        if command.writes:
            presence.replied(tx, call, reply)
        return reply
