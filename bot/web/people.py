"""Who somebody says they are, and what that lets them do."""

import unicodedata

from bot.core.chat import Role
from bot.core.text import shown
from bot.web.refusal import Refused
from bot.web.site import Identity, Site

PLATFORM = "local:"
LONGEST = 30


def identify(site: Site, claim: str) -> Identity:
    """The listed identity of exactly this name, else a member of it; Refused for no name and for one that staff have.

    A role comes from the server's list only. What cleaning would turn into a staff id is refused, not cleaned: the
    commands know staff by their id. Their names are refused too: who typed one would seem to be them, also to oneself.
    """
    listed = {identity.id: identity for identity in site.people}
    if exact := listed.get(PLATFORM + claim):
        return exact
    name = " ".join(shown(claim).split())
    if not 1 <= len(name) <= LONGEST or not any(unicodedata.category(sign)[0] in "LNSP" for sign in name):
        raise Refused(422, "name", longest=LONGEST)
    key = PLATFORM + name
    known = listed.get(key, Identity(key, name))
    staff = {identity.name for identity in site.people if identity.role is not Role.MEMBER}
    if known.role is not Role.MEMBER or key in site.course.staff or name in staff:
        raise Refused(422, "staff_name", name=name)
    return known


def handle_of(identity: Identity) -> str:
    """The name that stands for an identity in an address."""
    return identity.id.removeprefix(PLATFORM)
