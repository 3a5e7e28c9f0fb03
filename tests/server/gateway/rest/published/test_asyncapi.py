"""`/asyncapi.json`: complete, and every reference in it leads somewhere."""

from collections.abc import Iterator
from typing import Any

from server.gateway.native.decisions import CommandOp
from server.gateway.rest.published.asyncapi import document
from tests.server.gateway.rest.rig import Rig
from tradeterm.protocol.vocabulary import EventName


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def test_every_reference_leads_somewhere() -> None:
    """A reader of the document can follow it from operation to channel to message to schema."""
    made = document()
    for reference in references(made):
        found: Any = made
        for step in reference.removeprefix("#/").split("/"):
            assert step in found, reference
            found = found[step]


def test_every_event_and_every_op_is_described() -> None:
    """No event can be sent and no command taken that the document does not name."""
    made = document()
    named = {one["name"] for one in made["components"]["messages"].values()}
    assert {name.value for name in EventName} | {"ticker", "book", "trade", "candle"} <= named
    ops = {
        schema["properties"]["op"]["const"]
        for schema in made["components"]["schemas"].values()
        if "const" in schema.get("properties", {}).get("op", {})
    }
    assert {op.value for op in CommandOp} <= ops
    assert {"auth", "subscribe", "unsubscribe", "ack", "pong"} <= ops
    assert {"hello", "subscribed", "snapshot", "live", "heartbeat", "result", "error"} <= ops


async def test_document_is_served_to_everybody() -> None:
    """Version 3, without sign-in, outside `/api/v1`."""
    async with Rig().client() as client:
        answer = await client.get("http://desk/asyncapi.json")
    assert (answer.status_code, answer.json()["asyncapi"]) == (200, "3.0.0")
    assert answer.json() == document()
