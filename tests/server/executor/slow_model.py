"""The money once more, slow and simple: everything is computed anew from the journal, with fractions, after every step."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import orjson

from server.ports import Batch

EXITS = "reduceOnly"


@dataclass
class Book:
    """One account as its own events tell it."""

    deposits: Fraction = Fraction(0)
    cash: Fraction = Fraction(0)
    fees: Fraction = Fraction(0)
    held: defaultdict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    filled: defaultdict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    balance: dict[str, Any] = field(default_factory=dict)
    account: dict[str, Any] = field(default_factory=dict)
    seq: int = 0


class SlowModel:
    """All accounts, from nothing but what was journaled."""

    def __init__(self) -> None:
        self.books: defaultdict[str, Book] = defaultdict(Book)
        self.sides: defaultdict[str, list[tuple[str, str, Fraction, str]]] = defaultdict(list)

    def take(self, batch: Batch) -> None:
        for row in batch.transfers:
            for name, amount in ((row.target, row.amount), (row.source, -row.amount)):
                self.books[name].deposits += Fraction(amount)
                self.books[name].cash += Fraction(amount)
        for event in batch.events:
            book = self.books[event.account]
            assert event.seq == book.seq + 1, "seqs have no gaps"
            book.seq = event.seq
            payload = orjson.loads(event.data)
            for noun, take in (("order", self._order), ("trade", self._trade)):
                if noun in payload:
                    take(event.account, book, payload[noun])
            for noun in ("balance", "account"):
                if noun in payload:
                    setattr(book, noun, payload[noun])

    def _order(self, name: str, book: Book, order: dict[str, Any]) -> None:
        if order["status"] in ("filled", "cancelled", "rejected", "expired"):
            book.orders.pop(order["id"], None)
        else:
            book.orders[order["id"]] = order
        assert Fraction(order["filledQuantity"]) <= Fraction(order["quantity"]), "a fill never exceeds its order"

    def _trade(self, name: str, book: Book, trade: dict[str, Any]) -> None:
        quantity, price = Fraction(trade["quantity"]), Fraction(trade["price"])
        sign = 1 if trade["side"] == "buy" else -1
        book.cash -= sign * quantity * price
        book.held[trade["symbol"]] += sign * quantity
        if trade["feeCurrency"] == "USD":
            book.cash -= Fraction(trade["fee"])
            book.fees += Fraction(trade["fee"])
        else:
            book.held[trade["symbol"]] -= Fraction(trade["fee"])
        book.filled[trade["orderId"]] += quantity
        self.sides[trade["venueTradeId"]].append((name, trade["side"], quantity, trade["price"]))

    def reserved(self, name: str, marks: dict[str, Decimal], leverage: int, taker: Fraction) -> Fraction:
        """What the open entries of an account reserve, by the formula of the book alone."""
        book = self.books[name]
        total = Fraction(0)
        for symbol in {order["symbol"] for order in book.orders.values()}:
            entries = [one for one in book.orders.values() if one["symbol"] == symbol and not one.get(EXITS)]
            buys, sells, charged = _worth(entries)
            held = book.held[symbol] * Fraction(marks.get(symbol, Decimal(0)))
            exposure = max(abs(held), held + buys, sells - held)
            total += (exposure - abs(held)) / leverage + charged * taker
        return total

    def set_aside(self, name: str, taker: Fraction) -> Fraction:
        """What the open buys of a cash account cost with their fees."""
        orders = self.books[name].orders.values()
        by_symbol = {order["symbol"]: [one for one in orders if one["symbol"] == order["symbol"]] for order in orders}
        return sum((_worth(entries)[0] * (1 + taker) for entries in by_symbol.values()), Fraction(0))

    def mirrored(self, users: Iterable[str]) -> bool:
        """Whether two users' sides of each trade are the same quantity at the same price, and opposite."""
        for sides in self.sides.values():
            names = {name for name, *_ in sides}
            if len(names & set(users)) < 2:
                continue
            bought = sum((quantity for _, side, quantity, _ in sides if side == "buy"), Fraction(0))
            sold = sum((quantity for _, side, quantity, _ in sides if side == "sell"), Fraction(0))
            if bought != sold or len({price for *_, price in sides}) != 1:
                return False
        return True


def _worth(entries: list[dict[str, Any]]) -> tuple[Fraction, Fraction, Fraction]:
    """(buys, sells, what fees may fall due on) of entries of one symbol; a linked pair counts its dearer leg."""
    pairs: defaultdict[str, list[tuple[str, Fraction]]] = defaultdict(list)
    for order in entries:
        if not order.get(EXITS):
            price = Fraction(order["price"] or order["stopPrice"])
            pairs[order.get("ocoId", order["id"])].append((order["side"], Fraction(order["leavesQuantity"]) * price))
    largest = {
        side: sum(max((value for one, value in legs if one == side), default=Fraction(0)) for legs in pairs.values())
        for side in ("buy", "sell")
    }
    charged = sum((max(value for _, value in legs) for legs in pairs.values()), Fraction(0))
    return Fraction(largest["buy"]), Fraction(largest["sell"]), charged
