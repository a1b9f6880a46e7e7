"""People who use Discord: each types, presses and fills in for themselves, several at the same moment too."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from tests.discord.server import Server
from tests.discord.state import Channel, Data, Interaction, member, user, walk
from tests.support import PATIENCE


@dataclass
class Seen:
    """What a person sees of the bot's answer."""

    of: Interaction

    @property
    def text(self) -> str:
        """All words, of every message."""
        return "\n".join(text for message in self.of.messages for text in texts(message))

    @property
    def plain(self) -> str:
        """All words as they are shown, without the marks that keep them plain."""
        return unescaped(self.text)

    @property
    def private(self) -> bool:
        """Whether nobody else sees it."""
        return self.of.ephemeral

    @property
    def labels(self) -> list[str]:
        """What can be pressed."""
        return [part["label"] for part in self._parts() if part.get("custom_id")]

    @property
    def links(self) -> list[str]:
        """Where its buttons lead."""
        return [part["url"] for part in self._parts() if part["type"] == 2 and part.get("url")]

    @property
    def fields(self) -> dict[str, Data]:
        """The fields of the modal."""
        assert self.of.modal, self.text
        return {part["custom_id"]: part for part in walk(self.of.modal["components"]) if "custom_id" in part}

    @property
    def files(self) -> list[str]:
        """What is attached."""
        return [each["text"] for message in self.of.messages for each in message["attachments"]]

    def button(self, label: str) -> tuple[Data, Data]:
        """The message and the button of that label; AssertionError names those that there are."""
        for message in self.of.messages:
            for part in walk(message["components"]):
                if part.get("label") == label and part.get("custom_id"):
                    return message, part
        raise AssertionError(f"no button {label!r}; there are {self.labels}")

    def _parts(self) -> list[Data]:
        return [part for message in self.of.messages for part in walk(message["components"])]


def texts(message: Data) -> list[str]:
    """The words of a message."""
    return [part["content"] for part in walk(message["components"]) if part["type"] == 10]


def unescaped(text: str) -> str:
    """Markdown as it is shown where all of it is escaped."""
    shown, escape = [], False
    for one in text:
        if one == "\\" and not escape:
            escape = True
            continue
        shown.append(one)
        escape = False
    return "".join(shown)


@dataclass
class Person:
    """Somebody in a guild; `locale` is what their Discord speaks."""

    server: Server
    guild: int
    channel: Channel
    name: str
    locale: str = "en-US"
    roles: tuple[int, ...] = ()
    id: int = 0
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.id = self.id or self.server.state.id()

    async def slash(self, name: str, **options: str | int) -> Seen:
        """Send a command with its options, which must have been synced."""
        command = self.command(name)
        return await self._do(2, self._command(command, options))

    async def complete(self, name: str, option: str, typed: str) -> list[Data]:
        """What is offered while an option is typed."""
        data = self._command(self.command(name), {option: typed})
        data["options"][0]["focused"] = True
        return (await self._do(4, data)).of.choices or []

    async def menu(self, name: str, message: Data) -> Seen:
        """Choose an entry of a message's menu."""
        command = self.command(name, 3)
        data = {"id": command["id"], "name": command["name"], "type": 3, "target_id": message["id"]}
        return await self._do(2, {**data, "resolved": {"messages": {message["id"]: message}}})

    async def press(self, seen: Seen, label: str) -> Seen:
        """Press a button."""
        message, button = seen.button(label)
        return await self.press_id(message, button["custom_id"])

    async def form(self, seen: Seen) -> Seen:
        """The form that an answer is, or leads to where the machine was too slow to open it at once."""
        return seen if seen.of.modal else await self.press(seen, "Fill it in")

    async def press_id(self, message: Data, custom_id: str) -> Seen:
        """Press a button of a message, also one that is not there."""
        data = {"custom_id": custom_id, "component_type": 2, "id": 1}
        return await self._do(3, data, message=message)

    async def fill(self, seen: Seen, **values: str) -> Seen:
        """Fill in the modal and send it; what is not named stays as it was."""
        modal = seen.of.modal
        assert modal
        parts = [self._filled(part, values) for part in modal["components"] if part["type"] == 18]
        return await self._do(5, {"custom_id": modal["custom_id"], "components": parts})

    def command(self, name: str, type_: int = 1) -> Data:
        """The command as it was synced; AssertionError names those that there are."""
        known = self.server.state.commands.get(self.guild) or self.server.state.commands.get(0) or []
        for command in known:
            names = {command["name"], *command.get("name_localizations", {}).values()}
            if command.get("type", 1) == type_ and name in names:
                return command
        raise AssertionError(f"no command {name}; there are {[each['name'] for each in known]}")

    async def write(self, text: str) -> Data:
        """Write a message that the bot does not see."""
        message = self.server.state.message(self.channel.id, user(self.id, self.name), {"content": text})
        self.channel.messages[int(message["id"])] = message
        return message

    def _command(self, command: Data, options: dict[str, Any]) -> Data:
        declared = {option["name"]: option for option in command.get("options") or []}
        given = [{"name": name, "type": declared[name]["type"], "value": value} for name, value in options.items()]
        place = {"guild_id": command["guild_id"]} if "guild_id" in command else {}
        return {"id": command["id"], "name": command["name"], "type": 1, "options": given, **place}

    def _filled(self, part: Data, values: dict[str, str]) -> Data:
        inner = part["component"]
        name = inner["custom_id"]
        told = {"type": inner["type"], "custom_id": name, "id": 2}
        if inner["type"] == 3:
            chosen = [option["value"] for option in inner["options"] if option.get("default")]
            told["values"] = [values[name]] if name in values else chosen
        else:
            told["value"] = values.get(name, inner.get("value") or "")
        return {"type": 18, "id": 1, "component": told}

    def prepare(self, type_: int, data: Data, **more: object) -> Interaction:
        """An interaction that has not been sent yet."""
        state, id_, token = self.server.state, self.server.state.id(), secrets.token_urlsafe(48)
        source: Data = {"id": str(id_), "application_id": str(state.application), "type": type_, "token": token}
        place = {"id": str(self.channel.id), "type": self.channel.type, "name": self.channel.name, "position": 0}
        source |= {"data": data, "version": 1, "locale": self.locale, "guild_locale": "en-US", "entitlements": []}
        source |= {"channel_id": str(self.channel.id), "channel": place, "app_permissions": str(0x7FFFFFFFFFF)}
        source |= {"authorizing_integration_owners": {}, "context": 0, "attachment_size_limit": 10_485_760, **more}
        who = user(self.id, self.name)
        if self.guild:
            held = tuple(role for person, role in state.held if person == self.id)
            source |= {"guild_id": str(self.guild), "member": member(who, (*self.roles, *held))}
            source["guild"] = {"id": str(self.guild), "locale": "en-US", "features": []}
        else:
            source["user"] = who
        interaction = Interaction(id_, token, self.server.clock(), source, self.channel.id)
        state.interactions[token] = interaction
        return interaction

    async def send(self, interaction: Interaction) -> None:
        """Let the bot hear of an interaction, now or when it comes back; also a second time."""
        await self.server.gateway.dispatch("INTERACTION_CREATE", interaction.source)

    async def answered(self, interaction: Interaction) -> Seen:
        """What the person sees once there is something to read."""
        async with asyncio.timeout(PATIENCE):
            await interaction.settled.wait()
        seen = Seen(interaction)
        self.seen.append(seen)
        return seen

    async def _do(self, type_: int, data: Data, **more: object) -> Seen:
        interaction = self.prepare(type_, data, **more)
        began = time.perf_counter()
        await self.send(interaction)
        seen = await self.answered(interaction)
        interaction.took = time.perf_counter() - began
        return seen
