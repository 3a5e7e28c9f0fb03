"""What opens a position: a ticket of a size that suits, a limit at the ladder's price. Each, or why not. Sends nothing."""

from decimal import Decimal

from tradeterm.protocol.market import Market
from tradeterm.protocol.money import price_text, quantity_text
from tradeterm.protocol.vocabulary import OrderType, Side, TradingState
from tradeterm.tui.format import fixed
from tradeterm.tui.orders.draft import Draft, FieldFault, checked, default_quantity, reference_price
from tradeterm.tui.orders.exit_room import exits_in, left_to_close, stop_words
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.placing import Placing
from tradeterm.tui.orders.sendable import Sendable


def new_draft(trading: Trading, symbol: str, side: Side) -> Draft | str:
    """A market order of about 5 % of equity, of the whole position on the side that closes it, or why there is none."""
    if refusal := trading.refusal() or trading.not_now(symbol, side):
        return refusal
    market = trading.market(symbol)
    if market is None:
        return "No market yet: the server has not named its markets."
    held = trading.held(symbol)
    if held * side.sign < 0:
        return Draft(symbol, side, quantity=quantity_text(abs(held)), reduce_only=_only_reduces(trading))
    account, draft = trading.desk.account(), Draft(symbol, side)
    at = reference_price(draft, trading.desk.ticker(symbol))
    quantity = default_quantity(account.equity if account is not None else None, at, market)
    return Draft(symbol, side, quantity=quantity, type=OrderType.MARKET)


def _only_reduces(trading: Trading) -> bool:
    account = trading.desk.account()
    return account is not None and account.trading_state is not TradingState.ACTIVE


def order_at(trading: Trading, symbol: str, placing: Placing, cursor: Decimal | None) -> Sendable | str:
    """An order of the ladder's size at the price that is meant, which is the one that is displayed: a limit, or a stop."""
    if refusal := trading.refusal() or trading.not_now(symbol, placing.side):
        return refusal
    market, price = trading.market(symbol), placing.price(cursor, trading.desk.ticker(symbol))
    if market is None or price is None:
        return "No price at the cursor: j and k move it." if placing.is_at_cursor else f"Nobody quotes {symbol} now."
    if placing.is_stop:
        return _stop_at(trading, market, placing.side, price)
    draft = Draft(
        symbol,
        placing.side,
        OrderType.LIMIT,
        quantity=trading.ladder_size(market, placing.side),
        price=price_text(price, market.price_decimals),
        time_in_force=placing.time_in_force,
        post_only=placing.post_only,
    )
    request = checked(draft, market, trading.clocks.new_id())
    return request.text if isinstance(request, FieldFault) else request


def _stop_at(trading: Trading, market: Market, side: Side, price: Decimal) -> Sendable | str:
    """A stop that the market has to come to; one that only gets out of what is held says so, and stays when entries go."""
    ticker = trading.desk.ticker(market.symbol)
    if ticker is None or ticker.last is None:
        return f"{market.symbol} has no last price that a stop could wait from."
    if (price - ticker.last) * side.sign <= 0:
        where = "above" if side is Side.BUY else "below"
        at = fixed(ticker.last, market.price_decimals)
        return f"A {side} stop stands {where} the last price, {at}: m makes limits of B and S again."
    held, quantity = trading.held(market.symbol), trading.ladder_size(market, side)
    gets_out = held * side.sign < 0 and Decimal(quantity) <= abs(held)
    if gets_out:
        stops = exits_in(trading.working(market.symbol), stops=True)
        left = left_to_close(held, stops)
        if left < max(market.min_quantity, market.lot):
            return f"{stop_words(stops[0], market)} covers all of it: p moves one of its own, e in the orders another."
        quantity = quantity_text(min(Decimal(quantity), left))
    draft = Draft(
        market.symbol,
        side,
        OrderType.STOP,
        quantity=quantity,
        trigger=price_text(price, market.price_decimals),
        reduce_only=gets_out,
    )
    request = checked(draft, market, trading.clocks.new_id())
    return request.text if isinstance(request, FieldFault) else request
