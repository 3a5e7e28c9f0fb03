"""Domain state as journal rows, and back: what is kept of an order, a position and an account."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any

import orjson

from server.domain.accounts import Account
from server.domain.alerts import Alert
from server.domain.commands import BracketLeg
from server.domain.markets import Market
from server.domain.orders import Order, Replacing
from server.domain.positions import Position
from server.executor.state import payloads
from server.executor.state.payloads import quoted
from server.ports import AccountRow, OrderRow, PositionRow
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import (
    CONDITIONAL_TYPES,
    AlertCondition,
    OrderStatus,
    OrderType,
    Reason,
    SelfTrade,
    Side,
    TimeInForce,
)

# What most open orders have of them is nothing, or none.
_OPTIONAL = "stop_price", "trail_amount", "trail_percent", "requested", "rests_at", "venue_price", "peak"
_SUMS = "base_fees", "opened", "aside"
_MARKS = "post_only", "reduce_only", "closes_only", "parent_id", "oco_id", "triggered", "unconfirmed"
_TIMES = "expire_at", "filled_at"
_DECIMALS = (*_OPTIONAL, *_SUMS, "quantity", "price", "reserve_price", "filled", "filled_cost", "fees")
_PLAIN = (*_MARKS, "client_order_id", "fingerprint", "sent", "venue_order_id", "priority", "place")
_optional_of, _sums_of, _marks_of, _times_of = (attrgetter(*one) for one in (_OPTIONAL, _SUMS, _MARKS, _TIMES))
_USUAL_SELF_TRADE = SelfTrade.CANCEL_RESTING  # looked up once
_iso = lru_cache(maxsize=256)(datetime.isoformat)  # the same few moments in all rows of a batch


def order_row(order: Order, market: Market) -> OrderRow:
    """An order after the batch; an ended one keeps no state to restore."""
    is_open = order.is_open
    # In the order of the fields: to find a dozen names costs as much as to make the row.
    return OrderRow(
        order.id,
        order.account,
        order.client_order_id,
        order.fingerprint,
        order.symbol,
        order.side,
        order.status,
        is_open,
        order.created_at,
        order.updated_at,
        order.encoded or payloads.order_bytes(order, market),
        _order_state(order) if is_open else None,
    )


def _order_state(order: Order) -> bytes:
    """What an open order is restored from, beside its row: what every order has, and what few have."""
    price, reserve_price = order.price, order.reserve_price
    named = "null" if order.venue_order_id is None else quoted(order.venue_order_id)
    text = (
        f'{{"client_order_id":{quoted(order.client_order_id)},"fingerprint":{quoted(order.fingerprint)},"type":"'
        + order.type
        + '","tif":"'
        + order.time_in_force
        + f'","quantity":"{order.quantity!s}","sent":{"true" if order.sent else "false"},"venue_order_id":{named},'
        f'"priority":{order.priority},"place":{order.place},'
        f'"created_at":"{_iso(order.created_at)}","updated_at":"{_iso(order.updated_at)}",'
    )
    if price is not None:
        text += f'"price":"{price!s}",'
    if reserve_price is not None:
        text += f'"reserve_price":"{reserve_price!s}",'
    if order.filled or order.filled_cost or order.fees:
        text += f'"filled":"{order.filled!s}","filled_cost":"{order.filled_cost!s}","fees":"{order.fees!s}",'
    return text.encode() + (_AS_MOST if _is_plain(order) else orjson.dumps(_rarer_state(order))[1:])


def _is_plain(order: Order) -> bool:
    """Has it nothing of what few orders have? Asked one by one: to gather it all and compare takes three times as long."""
    if order.base_fees or order.other_fees or order.opened:
        return False
    if order.aside or order.replacing or order.cancel_reason or order.unconfirmed or order.triggered:
        return False
    if order.post_only or order.reduce_only or order.closes_only or order.tracks_position or order.origin:
        return False
    if order.parent_id or order.oco_id or order.self_trade is not _USUAL_SELF_TRADE:
        return False
    return (
        order.stop_price is None
        and order.trail_amount is None
        and order.trail_percent is None
        and order.requested is None
        and order.rests_at is None
        and order.venue_price is None
        and order.peak is None
        and order.expire_at is None
        and order.filled_at is None
        and order.take_profit is None
        and order.stop_loss is None
    )


def _rarer_state(order: Order) -> dict[str, Any]:
    """What few orders have, and what is said of all that have nothing of it."""
    state: dict[str, Any] = {}
    for name, value in zip(_OPTIONAL, _optional_of(order), strict=True):
        if value is not None:
            state[name] = str(value)
    for name, value in zip(_SUMS, _sums_of(order), strict=True):
        if value:
            state[name] = str(value)
    state |= {name: value for name, value in zip(_MARKS, _marks_of(order), strict=True) if value}
    for name, moment in zip(_TIMES, _times_of(order), strict=True):
        if moment is not None:
            state[name] = moment.isoformat()
    if order.other_fees:
        state["other_fees"] = {name: str(fee) for name, fee in order.other_fees.items()}
    if order.replacing is not None:
        state["replacing"], state["was_entry"] = str(order.replacing.quantity), order.replacing.was_entry
    state["self_trade"] = order.self_trade
    # These two keys are older than the attributes' names.
    state["follows"], state["ending"] = order.tracks_position, order.cancel_reason
    state["origin"] = order.origin
    state["take_profit"], state["stop_loss"] = _leg(order.take_profit), _leg(order.stop_loss)
    return state


def order_from_row(row: OrderRow) -> Order:
    """An open order as it was when its row was written."""
    assert row.state is not None, "only open orders are restored"
    state = orjson.loads(row.state)
    # A row of an older server lacks what was added since: there it stays as a new order has it.
    values: dict[str, Any] = {"client_order_id": row.client_order_id, "fingerprint": row.fingerprint}
    values |= {name: state[name] for name in _PLAIN if name in state}
    values |= {name: _decimal(state[name]) for name in _DECIMALS if name in state}
    # A row has its times in milliseconds.
    values |= {name: _moment(state.get(name)) for name in ("created_at", "updated_at", *_TIMES)}
    values["closes_only"] = bool(state.get("closes_only") or state.get("reduce_only"))
    if (replacing := _decimal(state.get("replacing"))) is not None:
        values["replacing"] = Replacing(replacing, bool(state.get("was_entry")))
    kind = OrderType(state["type"])
    return Order(
        id=row.id,
        account=row.account,
        symbol=row.symbol,
        side=Side(row.side),
        type=kind,
        time_in_force=TimeInForce(state["tif"]),
        status=OrderStatus(row.status),
        origin=_reason(state["origin"]),
        cancel_reason=_reason(state["ending"]),
        tracks_position=bool(state.get("follows")),
        take_profit=_leg_back(state["take_profit"]),
        stop_loss=_leg_back(state["stop_loss"]),
        self_trade=SelfTrade(state.get("self_trade", _USUAL_SELF_TRADE)),
        other_fees={name: Decimal(fee) for name, fee in state.get("other_fees", {}).items()},
        awaits_trigger=kind in CONDITIONAL_TYPES and not state.get("triggered"),
        **values,
    )


def position_row(position: Position, market: Market, mark: Decimal) -> PositionRow:
    """A position after the batch."""
    quantity = position.quantity
    return PositionRow(
        position.id,
        position.account,
        position.symbol,
        quantity,
        position.open_cost,
        bool(quantity),
        position.opened_at,
        position.updated_at,
        position.encoded or payloads.position_bytes(position, market, mark, None),
        f'{{"realised":"{position.realised!s}","fees":"{position.fees!s}","side":"{position.side!s}"}}'.encode(),
    )


def position_from_row(row: PositionRow) -> Position:
    state = orjson.loads(row.state)
    side, realised, fees = Side(state["side"]), Decimal(state["realised"]), Decimal(state["fees"])
    moments = row.opened_at, row.updated_at
    return Position(row.id, row.account, row.symbol, *moments, side, row.quantity, row.open_cost, realised, fees)


def account_row(account: Account) -> AccountRow:
    """An account after the batch."""
    text = (
        f'{{"realised":"{account.realised!s}","fees_paid":"{account.fees_paid!s}",'
        f'"day_start":"{account.day_start!s}","day_capital":"{account.day_capital!s}","day":"{account.day}",'
    )
    is_calm = not (account.holds or account.liquidating or account.is_stuck or account.warnings)
    is_plain = is_calm and not (account.limits or account.alerts or account.dead_man_s)
    rarer = _PLAINLY if is_plain else orjson.dumps(_rarer(account))[1:]
    return AccountRow(account.name, account.seq, account.cash, account.deposits, text.encode() + rarer)


def _rarer(account: Account) -> dict[str, Any]:
    """What seldom changes."""
    state: dict[str, Any] = {
        "holds": sorted(account.holds) if account.holds else [],
        "liquidating": account.liquidating,
        "is_stuck": account.is_stuck,
        "warnings": account.warnings,
        "limits": {key: _text(value) if isinstance(value, Decimal) else value for key, value in account.limits.items()},
    }
    if account.alerts:
        state["alerts"] = [_alert(alert) for alert in account.alerts.values()]
    if account.dead_man_s:
        state["dead_man_s"] = account.dead_man_s
    return state


_PLAINLY = orjson.dumps(_rarer(Account("")))[1:]


def account_from_row(row: AccountRow) -> Account:
    state = orjson.loads(row.state)
    account = Account(
        name=row.account,
        seq=row.seq,
        cash=row.cash,
        deposits=row.deposits,
        realised=Decimal(state["realised"]),
        fees_paid=Decimal(state["fees_paid"]),
        day_start=Decimal(state["day_start"]),
        day_capital=Decimal(state.get("day_capital", state["day_start"])),  # an older server had one for both
        day=state["day"],
        liquidating=state["liquidating"],
        is_stuck=state.get("is_stuck", False),
        warnings=tuple(Reason(one) for one in state["warnings"]),
        limits={key: Decimal(value) if isinstance(value, str) else value for key, value in state["limits"].items()},
        alerts={parts[0]: _alert_back(parts) for parts in state.get("alerts", ())},
        dead_man_s=state.get("dead_man_s", 0),
    )
    # An older server knew one reason at a time.
    for reason in state.get("holds", [one for one in (state.get("halt"),) if one]):
        account.hold(Reason(reason))
    return account


def _text(value: Decimal | datetime | None) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _reason(text: str | None) -> Reason | None:
    return None if text is None else Reason(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _leg(leg: BracketLeg | None) -> list[str | None] | None:
    return None if leg is None else [str(leg.trigger), _text(leg.price)]


def _leg_back(parts: list[str | None] | None) -> BracketLeg | None:
    return None if parts is None else BracketLeg(Decimal(parts[0] or 0), _decimal(parts[1]))


def _alert(alert: Alert) -> list[str]:
    return [alert.id, alert.symbol, alert.condition, str(alert.price), alert.created_at.isoformat()]


def _alert_back(parts: list[str]) -> Alert:
    id_, symbol, condition, price, created_at = parts
    return Alert(id_, symbol, AlertCondition(condition), Decimal(price), datetime.fromisoformat(created_at))


# An order that was asked for with nothing besides, and has just been made.
_SOME = datetime.min.replace(tzinfo=UTC)
_PLAINEST = Order("", "", "", Side.BUY, OrderType.LIMIT, ZERO, TimeInForce.GTC, _SOME, _SOME, "", "")
_AS_MOST = orjson.dumps(_rarer_state(_PLAINEST))[1:]
