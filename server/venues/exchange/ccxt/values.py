"""ccxt's orders and trades as values of ours. Numbers come as text, so that nothing is lost on the way.

Its dicts change while they are held: whoever keeps one copies it first.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from server.venues.exchange.seen import Ending, SeenOrder, SeenTrade
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import Liquidity, Side

LONGEST_WHY = 120
MOST_PLACES = 24  # of a number of an exchange's, and digits
# Coinbase's two (the message first), Bybit's, OKX's, Kraken's, and the one letter of Binance's stream.
_WORDS_OF_AN_END = (
    *("reject_message", "reject_reason", "cancel_message", "rejectReason", "cancelSourceReason", "reason"),
    *("cancel_reason", "r"),
)
_OURS = re.compile(r"[0-9a-f]{32}")
_NO_REASON = re.compile(r"^(NONE|EC_NoError|REJECT_REASON_UNSPECIFIED|UNKNOWN.*)$", re.IGNORECASE)
_CUT_OFF = ("canceled", "expired")
_ENDINGS = {"canceled": Ending.CANCELLED, "expired": Ending.EXPIRED, "rejected": Ending.REJECTED}


class Unreadable(Exception):
    """The exchange has answered, and what it means nobody knows."""


def account_in(raw: Any) -> Mapping[str, Any]:
    """An account's balances. Of a page or of nothing ccxt makes an account that holds nothing: Unreadable is raised."""
    info = raw.get("info") if isinstance(raw, Mapping) else None
    if not info or not isinstance(info, Mapping | list):
        raise Unreadable("the exchange's answer about the account cannot be read")
    return cast(Mapping[str, Any], raw)


def number(value: Any) -> Decimal | None:
    """A number of ccxt's; None for none. What is no number is none, nor is what no exchange counts in."""
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and _is_sane(found) else None


def _is_sane(found: Decimal) -> bool:
    """Can it be computed with exactly, together with others?"""
    return not found or (abs(found.adjusted()) <= MOST_PLACES and len(found.as_tuple().digits) <= MOST_PLACES)


def _amount(value: Any) -> Decimal | None:
    """Of what is traded, and its price: above zero, or not known."""
    found = number(value)
    return found if found is not None and found > 0 else None


def seen_order(raw: Mapping[str, Any]) -> SeenOrder | None:
    """None where it does not say which order it is, and of which side: then it shows nothing."""
    quantity, side = _amount(raw.get("amount")), raw.get("side")
    if not raw.get("id") or not raw.get("symbol") or side not in ("buy", "sell"):
        return None
    filled = _filled(raw, quantity)
    price = _amount(raw.get("price"))
    return SeenOrder(
        str(raw["id"]),
        client_id_in(raw),
        str(raw["symbol"]),
        Side(side),
        quantity,
        price if raw.get("type") != "market" else None,
        filled,
        _ending(raw.get("status"), filled, quantity),
        _why(raw),
    )


def _filled(raw: Mapping[str, Any], quantity: Decimal | None) -> Decimal | None:
    """Where a closed order does not say it, all of it: its trades must show that, and are asked for until they do. None
    would have it cancelled, and what it filled would be nobody's. Where one that was cut off does not, None."""
    said = (number(raw.get("filled")), number(_info(raw).get("cum_qty")))  # so Kraken's stream calls it
    known = [one for one in said if one is not None and one >= 0]
    if known or raw.get("status") not in _CUT_OFF:
        return max(known, default=quantity if raw.get("status") == "closed" else None) or ZERO
    return None


def client_id_in(raw: Mapping[str, Any]) -> str | None:
    """Our id for it. Kraken's stream says it, and ccxt reads another number in its place."""
    said = _info(raw).get("cl_ord_id") or raw.get("clientOrderId")
    plain = str(said or "").replace("-", "").lower()  # as a UUID it may come back written in another way
    return plain if _OURS.fullmatch(plain) else str(said) if said else None


def _info(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the exchange itself wrote."""
    info = raw.get("info")
    return info if isinstance(info, Mapping) else {}


def _ending(status: Any, filled: Decimal | None, quantity: Decimal | None) -> Ending | None:
    """Closed does not mean that it was not cancelled; what is no word of an end is none."""
    if status == "closed":
        return Ending.FILLED if filled and filled >= (quantity or ZERO) else Ending.CANCELLED
    return _ENDINGS.get(str(status))


def _why(raw: Mapping[str, Any]) -> str:
    """An exchange's own words of an end, under its own name for them; empty where it has none."""
    info = _info(raw)
    said = (str(info.get(name) or "") for name in _WORDS_OF_AN_END)
    found = next((words for words in said if words and not _NO_REASON.search(words)), "")
    return "".join(letter if letter.isprintable() else " " for letter in found)[:LONGEST_WHY]


def seen_trade(raw: Mapping[str, Any], order_id: str | None = None) -> SeenTrade | None:
    """None where it lacks what a trade is. `order_id`: whose it is, where it does not say so itself."""
    quantity, price, side = _amount(raw.get("amount")), _amount(raw.get("price")), raw.get("side")
    of_order = raw.get("order") or order_id
    if not raw.get("id") or not of_order or not quantity or not price or side not in ("buy", "sell"):
        return None
    fee, cost = _fee(raw)
    return SeenTrade(
        str(raw["id"]),
        str(of_order),
        str(raw["symbol"]),
        Side(side),
        quantity,
        price,
        Liquidity.MAKER if raw.get("takerOrMaker") == "maker" else Liquidity.TAKER,
        cost,
        fee,
    )


def _fee(raw: Mapping[str, Any]) -> tuple[str, Decimal | None]:
    """(in what, how much; negative: it was given). Without a currency nobody knows how much it was, unless it was nothing."""
    fee = raw.get("fee") or {}
    if number(fee.get("cost")) is None:
        fee = _sole(raw.get("fees") or ())
    cost, currency = number(fee.get("cost")), str(fee.get("currency") or "")
    if cost is not None and "fillFee" in _info(raw):  # OKX's stream, whose sign ccxt turns nowhere but in look-ups
        cost = -cost
    return currency, cost if currency or cost == 0 else None


def _sole(fees: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Of several fees the one that is not nothing: at Gate, who pays in its own coin is told of a zero in the other, and ccxt
    then names none. Of two that are something neither is the fee."""
    charged = [one for one in fees if number(one.get("cost"))]
    return charged[0] if len(charged) == 1 else {}
