"""Every request of the bot against Discord's own specification, which is read from beside the checkout."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FILE = Path(__file__).parents[3] / "shared" / "data" / "discord-openapi.json"
ABSENT = "shared/data is not beside the checkout: no specification of Discord's"

# discord.py sends these as numbers, and Discord takes both.
_IDS = {"recipient_id", "id", "message_id", "channel_id", "guild_id", "applied_tags", "roles", "users"}
_BITS = {"permissions", "allow", "deny"}
_QUERIES = {"use_nested_fields"}
_seen: dict[tuple[str, str], list[str]] = {}
_fits: dict[tuple[int, str], bool] = {}


@dataclass(frozen=True, slots=True)
class Request:
    """What the bot sent: "POST", "/channels/1/messages", the query and the JSON."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


@cache
def _specification() -> Any:
    return json.loads(FILE.read_text("utf-8"))


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    # A place without a blank first: "/users/@me" is no user of that id.
    paths = sorted(_specification()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in paths]


def _one_of(validator: Any, schemas: list[Any], instance: Any, schema: Any) -> Iterator[Any]:
    """Ask of each only whether it fits, once, and for every error only where not exactly one does."""
    written, fits = repr(instance), 0
    for each in schemas:
        known = id(each), written  # all are parts of the specification, which stays
        if known not in _fits:
            _fits[known] = validator.evolve(schema=each).is_valid(instance)
        fits += _fits[known]
    if fits != 1:
        yield from Draft202012Validator.VALIDATORS["oneOf"](validator, schemas, instance, schema)


_Validator: Any = extend(Draft202012Validator, {"oneOf": _one_of})  # type: ignore[no-untyped-call]


@cache
def _validator(reference: str) -> Any:
    registry = Registry().with_resource("urn:discord", DRAFT202012.create_resource(_specification()))
    return _Validator({"$ref": f"urn:discord#{reference}"}, registry=registry)


def faults(request: Request) -> Iterator[str]:
    """What the specification has against a request."""
    path = next((path for pattern, path in _paths() if pattern.fullmatch(request.path)), None)
    operation = _specification()["paths"].get(path, {}).get(request.method.lower())
    if operation is None:
        yield f"{request.method} {request.path} is no operation"
        return
    known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    for name in set(request.query) - known - _QUERIES:
        yield f"{request.method} {request.path} has no query {name}"
    if request.body is not None and "requestBody" in operation:
        yield from _body_faults(request, str(path))


def _body_faults(request: Request, path: str) -> Iterator[str]:
    schema, body = _schema(path, request.method.lower()), _normal(request.body)
    # Every start tells the same commands; what repr tells apart (1, True, "1") is looked at apart.
    known = schema, repr(body)
    if known not in _seen:
        _seen[known] = [f"{each.json_path}: {each.message[:400]}" for each in _validator(schema).iter_errors(body)]
    for fault in _seen[known]:
        yield f"{request.method} {request.path} {fault}"


@cache
def _schema(path: str, method: str) -> str:
    content = _specification()["paths"][path][method]["requestBody"]["content"]
    kind = "application/json" if "application/json" in content else next(iter(content))
    escaped = path.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
    return f"/paths/{escaped}/{method}/requestBody/content/{kind.replace('/', '~1')}/schema"


def _normal(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        # An upload is numbered, a component may be; neither is a snowflake.
        typed = "type" in value and "custom_id" not in value and "components" in value
        return {name: one if typed and name == "id" else _normal(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_normal(one, key) for one in value]
    if key in _IDS and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return int(value) if key in _BITS and isinstance(value, str) and value.isdigit() else value
