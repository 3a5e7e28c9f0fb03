"""A body as a client sent it: checked against its wire model, or refused in one sentence in the words of the wire.

The sentence never holds a value that was sent, nor the library's own terms.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tradeterm.protocol.foreign_text import printable
from tradeterm.protocol.vocabulary import ErrorCode

Body = TypeVar("Body", bound=BaseModel)
Raw = bytes | Mapping[str, Any]


class BadRequest(Exception):
    """A body that cannot be used; the text is one sentence that names the key."""

    def __init__(self, text: str, *, code: ErrorCode = ErrorCode.VALIDATION_FAILED, field: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.field = field


def parse(model: type[Body], body: Raw) -> Body:
    """The checked body. Raises BadRequest."""
    try:
        if not isinstance(body, bytes):
            return model.model_validate(body, by_alias=True, by_name=False)
        checked = model.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _bad_request(error.errors(include_url=False)[0]) from None
    except RecursionError:
        raise BadRequest("the body is nested too deeply", code=ErrorCode.MALFORMED) from None
    # JSON lets a key stand twice and the last one wins: an order with two prices is nobody's intention.
    if body.count(b":") != _keys(checked):
        _refuse_repeated_keys(body)
    return checked


def _keys(value: BaseModel) -> int:
    """How many keys a body without repetition has: each brings one colon."""
    fields = value.__pydantic_fields_set__
    keys = len(fields)
    for name in fields:
        inner = getattr(value, name)
        if isinstance(inner, BaseModel):
            keys += _keys(inner)
    return keys


def _refuse_repeated_keys(body: bytes) -> None:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise BadRequest(f"{shown(twice)} is there twice", field=shown(twice))
        return found

    json.loads(body, object_pairs_hook=once)


def _bad_request(error: Mapping[str, Any]) -> BadRequest:
    field = shown(".".join(str(part) for part in error["loc"]))
    code = ErrorCode.MALFORMED if error["type"] == "json_invalid" else ErrorCode.VALIDATION_FAILED
    return BadRequest(_sentence(field, error), code=code, field=field or None)


def _sentence(field: str, error: Mapping[str, Any]) -> str:
    text: str = error["msg"].removeprefix("Value error, ")
    context: Mapping[str, Any] = error.get("ctx") or {}
    match error["type"]:
        case "value_error":
            return _subject(field, text)
        case "missing":
            return f"{field or 'the body'} is missing"
        case "extra_forbidden":
            return f"there is no key {field}"
        case "json_invalid":
            return f"the body is not JSON: {text.removeprefix('Invalid JSON: ')}"
        case "model_attributes_type" | "model_type" | "dict_type":
            return f"{field or 'the body'} must be a JSON object"
        case "enum" | "literal_error":
            return f"{field} must be {context['expected']}"
        case "bool_type" | "bool_parsing":
            return f"{field} must be true or false"
        case "string_type":
            return f"{field} must be a string"
        case "string_too_short" | "string_too_long":
            return f"{field} must have {text.removeprefix('String should have ')}"
        case "string_pattern_mismatch":
            return f"{field} must match {context['pattern']}"
        case _:
            return f"{field or 'the body'} {_lower(text).replace('input should', 'must')}"


def _subject(field: str, text: str) -> str:
    """`quantity must be above zero`, `quantity: a decimal is …`, or the text alone where it is about the whole."""
    if text.startswith("Invalid isoformat string"):
        text = "a time is written like 2026-01-05T12:00:00Z"
    if not field:
        return text
    return f"{field} {text}" if text.startswith("must ") else f"{field}: {text}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def shown(name: str) -> str:
    """A key as a client wrote it, fit to stand in a sentence."""
    return printable(name, 64)
