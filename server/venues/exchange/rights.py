"""What a key may do, as the exchange says it. Where it does not say, nobody knows, and that is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rights:
    """None: the exchange does not say."""

    can_trade: bool | None
    can_withdraw: bool | None

    @property
    def text(self) -> str:
        """In words."""
        words = {True: "it can", False: "it cannot", None: "the exchange does not say whether it can"}
        return f"{words[self.can_trade]} trade, {words[self.can_withdraw]} withdraw"


async def rights_of(client: Any) -> Rights:
    """Of the key that a ccxt client holds. Raises whatever ccxt raises for a key that is none."""
    if client.id == "binance":
        return _of_binance(await client.request("account/apiRestrictions", ["sapi"], "GET", {}))
    if client.id == "bybit":
        return _of_bybit((await client.request("v5/user/query-api", ["private"], "GET", {})).get("result") or {})
    await client.fetch_balance()  # at least it is a key
    return Rights(None, None)


def _of_binance(said: Mapping[str, Any]) -> Rights:
    return Rights(_flag(said, "enableSpotAndMarginTrading"), _flag(said, "enableWithdrawals"))


def _of_bybit(said: Mapping[str, Any]) -> Rights:
    granted = said.get("permissions") or {}
    is_read_only = str(said.get("readOnly")) == "1"
    return Rights(not is_read_only and bool(granted.get("Spot")), "Withdraw" in (granted.get("Wallet") or ()))


def _flag(said: Mapping[str, Any], name: str) -> bool | None:
    value = said.get(name)
    return value if isinstance(value, bool) else None if value is None else str(value).lower() == "true"
