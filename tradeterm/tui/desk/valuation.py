"""Positions and the account at the last price of the market stream: the server's own arithmetic, nothing rounded. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

from tradeterm.protocol.arithmetic import MONEY, ZERO, percent, unrealised
from tradeterm.protocol.balances import Account
from tradeterm.protocol.market import Ticker
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import PositionSide

STALE_AFTER = timedelta(seconds=3)


def is_stale(ticker: Ticker, now: datetime) -> bool:
    """Is this price too old to be called the present one?"""
    return ticker.stale or now - ticker.time >= STALE_AFTER


def open_cost(position: Position) -> Decimal:
    """What was paid for what is open, signed like the quantity; exact where the server named a mark."""
    held = signed_quantity(position)
    if position.current_price is None:
        return held * position.entry_price
    return held * position.current_price - position.unrealized_pnl


def net_percent(position: Position) -> Decimal:
    """What it has made after fees, in percent of what was paid for what is open: the sign of the money beside it."""
    with localcontext(MONEY):
        return percent(position.net_total_pnl, open_cost(position))


def marked(position: Position, last: Decimal | None) -> Position:
    """The position at the last price; as the server told it where there is none."""
    if last is None or last == position.current_price:
        return position
    with localcontext(MONEY):
        cost = open_cost(position)
        profit = unrealised(signed_quantity(position), cost, last)
        return position.model_copy(
            update={
                "current_price": last,
                "unrealized_pnl": profit,
                "unrealized_pnl_percent": percent(profit, cost),
                "total_pnl": position.realized_pnl + profit,
                "net_total_pnl": position.net_realized_pnl + profit,
            }
        )


def valued(account: Account, positions: Sequence[Position]) -> Account:
    """The account with these positions' marks. Margin and what is available stay as the server last told them.

    Without every mark nothing is moved: half a valuation would be a wrong one.
    """
    if any(position.current_price is None for position in positions):
        return account
    with localcontext(MONEY):
        profit = sum((position.unrealized_pnl for position in positions), ZERO)
        moved = profit - account.unrealized_pnl
        return account.model_copy(
            update={
                "unrealized_pnl": profit,
                "equity": account.equity + moved,
                "day_pnl": account.day_pnl + moved,
            }
        )


def signed_quantity(position: Position | None) -> Decimal:
    """Above zero for long, below for short, zero for flat."""
    if position is None:
        return Decimal(0)
    return position.quantity if position.side is PositionSide.LONG else -position.quantity


def day_loss_limit(account: Account) -> Decimal | None:
    """The day's profit, below zero, at which the account may only reduce; None where nothing stops it."""
    return None if account.day_loss_limit is None else -account.day_loss_limit
