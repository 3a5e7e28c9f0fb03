"""The contract explains itself: what `/docs` and `/asyncapi.json` show people has a sentence for every model and field."""

import importlib
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tests.imports import modules
from tradeterm.protocol.attribute_docs import attribute_docs
from tradeterm.protocol.wire import WireIn, WireOut

UNITS = re.compile(r"currency|percent|fraction|asset|base|quote|in that|multiple of|as a", re.IGNORECASE)


def _models() -> list[type[BaseModel]]:
    for module in modules():
        if module.reaches("tradeterm.protocol.wire"):
            importlib.import_module(module.name)
    found = [model for base in (WireIn, WireOut) for model in _below(base)]
    return [
        model for model in found if model.__module__.startswith(("tradeterm.", "server.")) and "[" not in model.__name__
    ]


def _below(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _below(model)


MODELS = sorted(set(_models()), key=lambda model: (model.__module__, model.__name__))
FIELDS = [(model, name, field) for model in MODELS for name, field in model.model_fields.items()]


def _is_a(field: FieldInfo, kind: type) -> bool:
    return kind.__name__ in str(field.annotation)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_says_what_it_is(model: type[BaseModel]) -> None:
    """In a sentence of its own, not its parent's."""
    assert (model.__doc__ or "").strip().endswith(".")


@pytest.mark.parametrize(("model", "name", "field"), FIELDS, ids=[f"{m.__name__}.{n}" for m, n, _ in FIELDS])
def test_every_field_says_what_it_holds(model: type[BaseModel], name: str, field: FieldInfo) -> None:
    """And in what: an amount without its currency, or a time without its zone, is a riddle."""
    text = attribute_docs(model).get(name, "")
    assert text, f"{model.__name__}.{name} has no description"
    assert text.endswith((".", "!")), text
    if _is_a(field, datetime):
        assert "UTC" in text, text
    if name.endswith("_ms"):
        assert "millisecond" in text, text
    if name in {"seconds", "expires_in"} or name.endswith("_seconds"):
        assert "second" in text, text
    if name.endswith("_bytes"):
        assert "bytes" in text, text
    if _is_a(field, Decimal) and "currency" not in model.model_fields:
        assert UNITS.search(text), text
