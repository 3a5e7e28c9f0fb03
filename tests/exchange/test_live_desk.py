"""A desk on a real exchange, as far as a loopback one is real: unmodified ccxt on production addresses."""

from decimal import Decimal

from server.venues.exchange.known_orders import client_id_of
from tests.exchange.faults import coded
from tests.exchange.live_desk import SYMBOL, live_desk
from tests.exchange.loopback import until
from tradeterm.protocol.vocabulary import TimeInForce


async def test_an_order_rests_fills_and_is_counted_as_the_exchange_counts_it() -> None:
    """Accepted, partly filled, filled; the fee out of what was bought; a sell pays it in money; the holdings agree."""
    async with live_desk() as desk:
        order_id = await desk.order("buy", "0.3", "49000")
        resting = await desk.until_status(order_id, "accepted")
        (there,) = desk.of_client(order_id)
        assert (resting["venueOrderId"], resting["held"]) == (str(there.order_id), "venue")
        await desk.exchange.make("SELL", "0.1", "49000")
        await desk.until_status(order_id, "partially_filled")
        await desk.exchange.make("SELL", "0.2", "49000")
        filled = await desk.until_status(order_id, "filled")
        assert filled["feesByCurrency"] == {"BTC": "0.0003"}
        assert (desk.held, desk.cash) == (Decimal("0.2997"), Decimal(85_300))
        assert desk.events(order_id).count("order:filled") == 1
        await desk.exchange.make("BUY", "1", "50000")
        sold = await desk.until_status(await desk.order("sell", "0.2", "50000"), "filled")
        assert sold["feesByCurrency"] == {"USDT": "10.00"}
        assert (desk.held, desk.cash) == (Decimal("0.0997"), Decimal(95_290))
        account = desk.exchange.account
        assert account.free["USDT"] + account.locked["USDT"] == desk.cash
        assert account.free["BTC"] == 1 + desk.held


async def test_what_trades_at_once_ends_at_once() -> None:
    """At market, and immediate-or-cancel with a rest: filled as far as there was something, the rest expired."""
    async with live_desk() as desk:
        await desk.exchange.make("SELL", "0.5", "50000")
        await desk.quote("49900", "50000")
        await desk.until_status(await desk.order("buy", "0.1"), "filled")
        assert desk.held == Decimal("0.0999")
        order_id = await desk.order("buy", "1", "50000", time_in_force=TimeInForce.IOC)
        ended = await desk.until_status(order_id, "expired")
        assert (ended["filledQuantity"], ended["rejectReason"]) == ("0.4", "IOC_REMAINDER")
        killed = await desk.order("buy", "1", "50000", time_in_force=TimeInForce.FOK)
        assert (await desk.until_status(killed, "expired"))["rejectReason"] == "FOK_NOT_FILLABLE"
        sent = [asked for method, path, asked in desk.exchange.rest.requests if (method, path) == ("POST", "order")]
        # An order at market goes no further than one per cent past the touch.
        assert [(one["type"], one["timeInForce"], one["price"]) for one in sent] == [
            ("LIMIT", "IOC", "50500"),
            ("LIMIT", "IOC", "50000"),
            ("LIMIT", "FOK", "50000"),
        ]


async def test_a_refusal_of_the_exchange_is_a_rejection_with_its_reason() -> None:
    """Its own words, and none of them twice."""
    async with live_desk() as desk:
        await desk.exchange.make("SELL", "0.5", "50000")
        crossing = await desk.until_status(await desk.order("buy", "0.1", "50000", post_only=True), "rejected")
        assert (crossing["rejectReason"], crossing["rejectedBy"]) == ("POST_ONLY_WOULD_CROSS", "venue")
        desk.exchange.faults.meet(
            "POST", "order", coded(400, -2010, "Account has insufficient balance for requested action.")
        )
        refused = await desk.until_status(await desk.order("buy", "0.1", "49000"), "rejected")
        assert refused["rejectReason"] == "INSUFFICIENT_FUNDS"
        desk.exchange.faults.meet("POST", "order", coded(401, -2015, "Invalid API-key, IP, or permissions for action."))
        unknown = await desk.until_status(await desk.order("buy", "0.1", "49000"), "rejected")
        assert unknown["rejectReason"] == "VENUE_REFUSED"
        assert desk.budget.banned_for() == 0
        assert desk.core.ledger.valuation.margin(desk.core.ledger.accounts["ann"]).reserved == 0


async def test_a_cancel_ends_an_order_there_and_then_here() -> None:
    """With what had filled by then; one that fills on the way ends as filled."""
    async with live_desk() as desk:
        order_id = await desk.order("buy", "0.3", "49000")
        await desk.until_status(order_id, "accepted")
        await desk.exchange.make("SELL", "0.1", "49000")
        await desk.cancel(order_id)
        ended = await desk.until_status(order_id, "cancelled")
        assert (ended["filledQuantity"], ended["rejectReason"]) == ("0.1", "USER_REQUEST")
        assert desk.of_client(order_id)[0].status == "CANCELED"


async def test_an_order_that_is_cancelled_at_the_exchange_ends_here() -> None:
    """By another hand: said so."""
    async with live_desk() as desk:
        order_id = await desk.order("buy", "0.3", "49000")
        await desk.until_status(order_id, "accepted")
        desk.exchange.exchange.cancel(desk.of_client(order_id)[0], "by-hand")
        await desk.exchange.streams.flush()
        assert (await desk.until_status(order_id, "cancelled"))["rejectReason"] == "VENUE_ENDED"


async def test_an_amend_cancels_and_puts_anew_and_says_so() -> None:
    """Under another id of ours; what fills goes on counting for the one order."""
    async with live_desk() as desk:
        order_id = await desk.order("buy", "0.3", "49000")
        await desk.until_status(order_id, "accepted")
        await desk.exchange.make("SELL", "0.1", "49000")
        await desk.until_status(order_id, "partially_filled")
        await desk.amend(order_id, quantity="0.4", price="49100")
        await until(lambda: "order:amended" in desk.events(order_id))
        changed, (first,) = desk.wire(order_id), desk.of_client(order_id)
        next_id = client_id_of(order_id, str(first.order_id))
        assert (changed["price"], changed["quantity"], changed["leavesQuantity"]) == ("49100.00", "0.4", "0.3")
        (anew,) = [one for one in desk.exchange.exchange.orders.values() if one.client_id == next_id]
        terms = (anew.quantity, anew.price, changed["venueOrderId"])
        assert terms == (Decimal("0.3"), Decimal(49_100), str(anew.order_id))
        await desk.exchange.make("SELL", "0.3", "49100")
        await desk.until_status(order_id, "filled")
        assert desk.held == Decimal("0.3996")
        assert not [
            one for one in desk.exchange.exchange.orders.values() if one.account != "loopback-maker" and one.works
        ]


async def test_an_amend_that_cannot_be_leaves_the_order_as_it_was() -> None:
    """Below the exchange's least value: refused before the old one is touched."""
    async with live_desk() as desk:
        order_id = await desk.order("buy", "0.3", "49000")
        await desk.until_status(order_id, "accepted")
        answer = await desk.amend(order_id, quantity="0.00005")
        assert (answer.status, answer.code) == (422, "BELOW_MINIMUM")
        assert desk.wire(order_id)["quantity"] == "0.3"
        assert desk.of_client(order_id)[0].works


async def test_a_position_is_closed_with_what_fees_left_of_it() -> None:
    """In whole lots; the dust stays and is no position to close."""
    async with live_desk() as desk:
        await desk.exchange.make("SELL", "1", "50000")
        await desk.quote("49900", "50000")
        await desk.until_status(await desk.order("buy", "0.12345"), "filled")
        assert desk.held == Decimal("0.12332655")
        await desk.exchange.make("BUY", "1", "49900")
        await desk.close()
        await until(lambda: desk.held < Decimal("0.00001"))
        assert desk.held == Decimal("0.00000655")


async def test_a_restart_goes_on_with_what_works_and_what_happened_meanwhile() -> None:
    """One filled, one partly, one cancelled by hand while nobody looked: each trade counted once."""
    async with live_desk() as desk:
        names = [await desk.order("buy", "0.2", price) for price in ("49000", "48900", "48800")]
        for name in names:
            await desk.until_status(name, "accepted")
        await desk.exchange.make("SELL", "0.05", "49000")
        await desk.until_status(names[0], "partially_filled")
        await desk.kill()
        await desk.exchange.make("SELL", "0.15", "49000")
        await desk.exchange.make("SELL", "0.1", "48900")
        desk.exchange.exchange.cancel(desk.of_client(names[2])[0], "by-hand")
        await desk.start()
        await desk.until_status(names[0], "filled")
        await desk.until_status(names[1], "partially_filled")
        await desk.until_status(names[2], "cancelled")
        assert desk.held == Decimal("0.2997")
        await desk.exchange.make("SELL", "0.1", "48900")
        await desk.until_status(names[1], "filled")
        trades = [trade.venue_trade_id for batch in desk.journal.batches for trade in batch.trades]
        assert len(trades) == len({*trades}) == 4


async def test_orders_made_elsewhere_are_shown_and_differences_named() -> None:
    """They end here when they end there; the holdings that nobody traded here are named, and nothing waits for them."""
    async with live_desk() as desk:
        exchange = desk.exchange.exchange
        exchange.place(
            *(desk.exchange.account.key, "BTCUSDT", "BUY", "LIMIT"),
            client_id="from-a-telephone",
            quantity=Decimal("0.1"),
            price=Decimal(48_000),
        )
        await desk.exchange.streams.flush()
        await until(lambda: any(one.get("reason") == "EXTERNAL" for one in desk.orders()))
        (external,) = desk.orders()
        await desk.exchange.make("SELL", "0.1", "48000")
        await desk.until_status(external["id"], "filled")
        assert desk.held == 0
        desk.venue.reconciliation.soon()
        await until(lambda: len(desk.venue.reconciliation.differences) == 2)
        assert desk.venue.reconciliation.differences == (
            "BTC: 1.0999 at the exchange, 1.0999 more than was traded here",
            "USDT: 95200 at the exchange, 4800 less than was traded here",
        )
        assert SYMBOL in desk.loaded.markets


async def test_an_exchange_of_other_habits_is_understood_all_the_same() -> None:
    """An answer that names the order alone, events without an envelope, and a partner who is quick: what trades at once is
    told once, from its trades."""
    async with live_desk() as desk:
        desk.exchange.rest.is_brief = desk.exchange.streams.is_plain = True
        await desk.exchange.make("SELL", "0.05", "50000")
        await desk.exchange.make("SELL", "0.05", "50001")
        bought = await desk.until_status(await desk.order("buy", "0.1", "50001"), "filled")
        assert (bought["averagePrice"], bought["feesByCurrency"]) == ("50000.50", {"BTC": "0.0001"})
        none = await desk.order("buy", "0.2", "50000", time_in_force=TimeInForce.IOC)
        assert (await desk.until_status(none, "expired"))["filledQuantity"] == "0"
        resting = await desk.order("buy", "0.2", "49000")
        await desk.until_status(resting, "accepted")
        desk.exchange.streams.is_mute = True
        await desk.exchange.make("SELL", "0.1", "49000")
        await desk.cancel(resting)
        assert (await desk.until_status(resting, "cancelled"))["filledQuantity"] == "0.1"
        assert desk.held == Decimal("0.1998")
