"""What a key may do, as the exchange says it. Where it does not say, nobody knows, and that is said."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from server.venues.exchange.ccxt.values import Unreadable, account_in
from server.venues.submit_outcome import class_names

NOTHING_THERE = re.compile(r" 404 ")


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


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that ccxt does not ask by itself, and what the answer means."""

    path: str
    api: tuple[str, ...]
    method: str
    read: Callable[[Mapping[str, Any]], Rights]


async def rights_of(client: Any) -> Rights:
    """Of the key that a ccxt client holds. Raises whatever ccxt raises for a key that is none."""
    asked = _ASKED.get(client.id)
    if asked is not None and not _is_elsewhere(client, asked):
        try:
            said = await client.request(asked.path, [*asked.api], asked.method, {})
        except Exception as error:
            if not _is_unknown_there(error):
                raise
        else:
            if not isinstance(said, Mapping):
                raise Unreadable("the exchange's answer about the key cannot be read")
            return asked.read(said)
    return _of_account(account_in(await client.fetch_balance()))  # at least it is a key


def _is_elsewhere(client: Any, asked: _Asked) -> bool:
    """Orders were pointed at another address, and this question was not: it would show the key to somebody else."""
    addresses = client.urls["api"]
    asked_at, ordered_at = addresses.get(asked.api[0]), addresses.get("private")
    if not isinstance(asked_at, str) or not isinstance(ordered_at, str):
        return False
    return urlsplit(asked_at).netloc != urlsplit(ordered_at).netloc


def _is_unknown_there(error: Exception) -> bool:
    """An exchange that has no such question says so in words of its own, or that there is nothing at that address; what is
    wrong with a key is said by class."""
    if error.__cause__ is None and NOTHING_THERE.search(str(error)):
        return True
    return not {"AuthenticationError", "NetworkError"} & {*class_names(error)}


def _of_account(said: Mapping[str, Any]) -> Rights:
    """What an account may not do, no key of it may; what it may do says nothing of the key."""
    info = said["info"]
    flags = (_flag(info, name) if isinstance(info, Mapping) else None for name in ("canTrade", "canWithdraw"))
    return Rights(*(None if flag else flag for flag in flags))


def _of_binance(said: Mapping[str, Any]) -> Rights:
    return Rights(_flag(said, "enableSpotAndMarginTrading"), _flag(said, "enableWithdrawals"))


def _of_bybit(said: Mapping[str, Any]) -> Rights:
    result = said.get("result") or {}
    granted = result.get("permissions") or {}
    is_read_only = str(result.get("readOnly")) == "1"
    return Rights(not is_read_only and bool(granted.get("Spot")), "Withdraw" in (granted.get("Wallet") or ()))


def _of_okx(said: Mapping[str, Any]) -> Rights:
    granted = ((said.get("data") or [{}])[0]).get("perm")
    if not isinstance(granted, str):
        return Rights(None, None)
    return Rights("trade" in granted.split(","), "withdraw" in granted.split(","))


def _of_coinbase(said: Mapping[str, Any]) -> Rights:
    """A transfer is any way out of the account, to others as well."""
    return Rights(_flag(said, "can_trade"), _flag(said, "can_transfer"))


def _of_kraken(said: Mapping[str, Any]) -> Rights:
    """Its names for what concerns orders are several: whether all that are needed are there is not guessed."""
    granted = (said.get("result") or {}).get("permissions")
    if not isinstance(granted, list):
        return Rights(None, None)
    return Rights(None, any("withdraw" in str(one).lower() for one in granted))


def _flag(said: Mapping[str, Any], name: str) -> bool | None:
    value = said.get(name)
    return value if isinstance(value, bool) else None if value is None else str(value).lower() == "true"


_ASKED = {
    "binance": _Asked("account/apiRestrictions", ("sapi",), "GET", _of_binance),
    "bybit": _Asked("v5/user/query-api", ("private",), "GET", _of_bybit),
    "okx": _Asked("account/config", ("private",), "GET", _of_okx),
    "coinbase": _Asked("brokerage/key_permissions", ("v3", "private"), "GET", _of_coinbase),
    "kraken": _Asked("GetApiKeyInfo", ("private",), "POST", _of_kraken),
}
