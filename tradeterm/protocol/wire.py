"""What every wire model shares: camelCase outside, snake_case inside, strict about what comes in."""

from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from tradeterm.protocol.attribute_docs import attribute_docs


def wire_name(name: str) -> str:
    """camelCase, with P&L written as the wire writes it (`unrealizedPnL`)."""
    camel = to_camel(name)
    return camel.replace("Pnl", "PnL").replace("pnl", "pnL") if "nl" in camel else camel


class _Described(BaseModel):
    """A model whose schema says what each field holds: what stands below it in the source."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made = handler(schema)
        properties = handler.resolve_ref_schema(made).get("properties", {})
        docs = attribute_docs(cls)
        for name, field in cls.model_fields.items():
            if name in docs:
                properties[field.alias or name]["description"] = docs[name]
        return made


class WireIn(_Described):
    """A body that a client sends: unknown keys are refused."""

    model_config = ConfigDict(
        alias_generator=wire_name,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        defer_build=True,
    )


class WireOut(_Described):
    """A value that the server sends: a client must live with keys that are newer than itself."""

    model_config = ConfigDict(
        alias_generator=wire_name,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        defer_build=True,
    )

    def fields(self) -> dict[str, Any]:
        """As it is on the wire: every key by its name there, numbers as texts."""
        return self.model_dump(mode="json", by_alias=True)
