"""The one shape of an error."""

from decimal import Decimal

import orjson

from server.gateway.transport.errors import error_body


def test_an_error_has_its_three_keys_always() -> None:
    assert orjson.loads(error_body("BUSY", "later")) == {"error": {"code": "BUSY", "message": "later", "details": None}}


def test_numbers_of_the_details_go_as_text_and_foreign_text_on_one_line() -> None:
    """As on the rest of the wire; nothing in it steers who prints it."""
    said = orjson.loads(error_body("X", "a\n\x1b[2Jb", {"held": Decimal("1.50")}))["error"]
    assert said["details"] == {"held": "1.50"}
    assert said["message"].isprintable()
