"""What goes wrong on the way: limits, errors, resets and answers that are lost, for chosen requests."""

import json as format_
import re
import time
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(slots=True)
class Fault:
    """The next `times` requests that match fail.

    `status` 0 cuts the connection, or says nothing where it is `silent`: before anything happened, or `after` it took
    effect. A 429 says `seconds`; an error of Discord's has a `code`, one of what stands before it has none.
    """

    pattern: re.Pattern[str]
    status: int = 0
    after: bool = False
    times: int = 1
    seconds: float = 0.0
    everywhere: bool = False
    via: bool = True
    code: int = 0
    silent: bool = False


@dataclass(slots=True)
class Limit:
    """At most `allowed` matching requests in each `seconds`."""

    pattern: re.Pattern[str]
    allowed: int
    seconds: float
    began: float = 0.0
    used: int = 0

    def wait(self) -> float:
        """How long a request that comes now must wait; 0 counts it."""
        now = time.monotonic()
        if now - self.began >= self.seconds:
            self.began, self.used = now, 0
        if self.used < self.allowed:
            self.used += 1
            return 0.0
        return self.began + self.seconds - now


@dataclass
class Faults:
    """Every fault and limit in force; patterns are searched in "POST /channels/1/messages"."""

    faults: list[Fault] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    refused: int = 0

    def add(self, pattern: str, status: int = 0, **more: bool | int | float) -> None:
        """Let the next matching request fail; `more` are fields of `Fault`."""
        self.faults.append(Fault(re.compile(pattern), status, **more))  # type: ignore[arg-type]

    def limit(self, pattern: str, allowed: int, seconds: float) -> None:
        """Allow so many matching requests in so many seconds."""
        self.limits.append(Limit(re.compile(pattern), allowed, seconds))

    def take(self, request: str) -> Fault | None:
        """What is to go wrong with this request."""
        for fault in self.faults:
            if fault.times and fault.pattern.search(request):
                fault.times -= 1
                return fault
        for limit in self.limits:
            if limit.pattern.search(request) and (seconds := limit.wait()):
                self.refused += 1
                return Fault(limit.pattern, 429, seconds=seconds)
        return None


def limited(fault: Fault) -> web.Response:
    """A 429 as Discord words it; without "Via" it comes from the wall in front of Discord."""
    body = {"message": "You are being rate limited.", "retry_after": fault.seconds, "global": fault.everywhere}
    headers = {"Retry-After": str(fault.seconds), **({"Via": "1.1 google"} if fault.via else {})}
    return json(body, 429, headers)


def json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON with exactly the content type that discord.py looks for."""
    data = format_.dumps(body, ensure_ascii=False).encode()
    return web.Response(body=data, status=status, headers={"Content-Type": "application/json", **(headers or {})})


class Refused(Exception):
    """An error of Discord's API."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message}


MISSING_ACCESS = (403, 50001, "Missing Access")
MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
CANNOT_SEND = (403, 50007, "Cannot send messages to this user")
UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
UNKNOWN_ROLE = 404, 10011, "Unknown Role"
UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
UNKNOWN_EVENT = (404, 10070, "Unknown Guild Scheduled Event")
UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
INVALID_TOKEN = (401, 50027, "Invalid Webhook Token")
ACKNOWLEDGED = (400, 40060, "Interaction has already been acknowledged.")
BEGUN = (400, 160004, "A thread has already been created for this message")
ARCHIVED = (400, 50083, "Thread is archived")
CROSSPOSTED = (400, 40033, "This message has already been crossposted.")
EMPTY = (400, 50006, "Cannot send an empty message")
INVALID = (400, 50035, "Invalid Form Body")
