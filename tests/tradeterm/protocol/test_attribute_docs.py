"""What stands below an attribute is found, also what a parent says; nothing is invented where there is no text."""

from tradeterm.protocol.attribute_docs import attribute_docs
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.wire import WireIn


class Parent:
    """A class."""

    first: int
    """What the parent
    says of it."""
    second: int
    third: int
    """Said by the parent."""


class Child(Parent):
    third: int
    """Said anew."""
    fourth: int = 4


def test_texts_are_found_by_attribute() -> None:
    assert attribute_docs(Parent) == {"first": "What the parent\nsays of it.", "third": "Said by the parent."}


def test_a_child_has_its_parents_texts_and_its_own() -> None:
    assert attribute_docs(Child)["first"].startswith("What the parent")
    assert attribute_docs(Child)["third"] == "Said anew."
    assert "fourth" not in attribute_docs(Child)


def test_where_there_is_no_source_there_is_no_text() -> None:
    made = type("Made", (), {"__module__": "builtins"})
    assert attribute_docs(made) == {}
    assert attribute_docs(int) == {}


def test_a_schema_says_them() -> None:
    """Under the names of the wire."""
    said = OrderRequest.model_json_schema()["properties"]
    assert said["timeInForce"]["description"] == attribute_docs(OrderRequest)["time_in_force"]


class Odd(WireIn):
    """A model with an attribute that nobody describes."""

    said: int = 1
    """In units."""
    unsaid: int = 2
    unsaid.bit_length()


def test_an_expression_below_an_attribute_is_no_text() -> None:
    assert attribute_docs(Odd)["said"] == "In units."
    assert "unsaid" not in attribute_docs(Odd)


def test_a_schema_leaves_what_is_not_described_alone() -> None:
    said = Odd.model_json_schema()["properties"]
    assert said["said"]["description"] == "In units."
    assert "description" not in said["unsaid"]
