"""What every wire model shares: camelCase outside, snake_case inside, strict about what comes in."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def wire_name(name: str) -> str:
    """camelCase, with P&L written as the wire writes it (`unrealizedPnL`)."""
    camel = to_camel(name)
    return camel.replace("Pnl", "PnL").replace("pnl", "pnL") if "nl" in camel else camel


class WireIn(BaseModel):
    """A body that a client sends: unknown keys are refused."""

    model_config = ConfigDict(
        alias_generator=wire_name,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        defer_build=True,
    )


class WireOut(BaseModel):
    """A value that the server sends: a client must live with keys that are newer than itself."""

    model_config = ConfigDict(
        alias_generator=wire_name,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
        defer_build=True,
    )
