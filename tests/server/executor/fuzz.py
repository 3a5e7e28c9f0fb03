"""Bodies and commands as anybody might send them: sensible, at the edges, and plainly wrong; all from one seed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from server.domain.commands import CancelOrder, CloseAllPositions, Command, Kill, OpenAccount, ResetAccount, Resume
from server.gateway.commands import from_body

SYMBOLS = ("BTC/USD",) * 36 + ("DOGE/USD",) * 20 + ("NO/USD", "", "btc/usd")
HOSTILE_NUMBERS = (
    *("0", "-1", "1e5", "NaN", "Infinity", "", " 1", "1_0", "１", "0.1.2", "00", "-0", "+1", ".5", "5."),
    *("999999999999999999.999999999999999999", "0.000000000000000001", "999999999999999999", "0.00000001"),
    *("33.333333333333333333", "100000000000", "9999999.5", "1000000", "0.5", "0.1", "100", "99.9999999"),
)
HOSTILE_VALUES: tuple[Any, ...] = (None, True, 0, 1.5, -1, 10**30, [], {}, [[]], "x" * 100, "\x00", "\u202e")
TYPES = ("limit",) * 5 + ("market",) * 4 + ("stop", "stop_limit", "take_profit", "take_profit_limit", "trailing_stop")
LIMITS = (
    *("maxOrderQuantity", "maxOrderNotional", "orderNotionalPct", "maxPositionNotional", "maxGrossExposure"),
    *("maxOpenOrders", "ordersPerSecond", "dayLossPct", "collarPct", "leverage", "nothing"),
)
Body = dict[str, Any]


class Sender:
    """Makes commands for some users out of random bodies, through the same door as REST and the sockets."""

    def __init__(self, chance: Random, users: tuple[str, ...], prices: tuple[int, int]) -> None:
        self._chance, self._users, self._prices = chance, users, prices
        self._makers: list[tuple[int, Callable[[str, list[str], datetime], Command]]] = [
            (60, lambda user, ids, now: from_body.create_order(user, self.order(now))),
            (4, lambda user, ids, now: from_body.preview_order(user, self.order(now))),
            (5, lambda user, ids, now: from_body.create_oco(user, self.pair(now))),
            (12, lambda user, ids, now: from_body.amend_order(user, self._one_of(ids), self.totals())),
            (10, lambda user, ids, now: CancelOrder(user, self._one_of(ids))),
            (2, lambda user, ids, now: from_body.cancel_all(user, None, chance.choice(("all", None, "some")))),
            (5, lambda user, ids, now: from_body.close_position(user, chance.choice(SYMBOLS), self.named())),
            (1, lambda user, ids, now: CloseAllPositions(user)),
            (4, lambda user, ids, now: from_body.reverse_position(user, chance.choice(SYMBOLS), self.named())),
            (
                5,
                lambda user, ids, now: from_body.set_protection(
                    user, chance.choice(SYMBOLS), self.exits(chance.choice((1, -1)))
                ),
            ),
            (1, lambda user, ids, now: Kill(user)),
            (4, lambda user, ids, now: Resume(user)),
            (2, lambda user, ids, now: from_body.set_limits(user, self.limits())),
            (4, lambda user, ids, now: from_body.deposit(user, {"amount": self.amount()})),
            (1, lambda user, ids, now: ResetAccount(user)),
            (1, lambda user, ids, now: OpenAccount(user)),
        ]

    def command(self, ids: dict[str, list[str]], now: datetime) -> Command:
        """The next one; `ids` are orders by user. Raises BadRequest for what the border refuses."""
        user = self._chance.choice(self._users)
        weights = [weight for weight, _ in self._makers]
        make = self._chance.choices([maker for _, maker in self._makers], weights)[0]
        return make(user, ids[user], now)

    # ------------------------------------------------------------ values

    def number(self, usual: str) -> Any:
        draw = self._chance.random()
        if draw < 0.97:
            return usual
        return self._chance.choice(HOSTILE_NUMBERS if draw < 0.995 else HOSTILE_VALUES)

    def price(self, tilt: int = 0) -> Any:
        """Anywhere; with a `tilt` mostly above (1) or below (-1) the middle."""
        low, high = self._prices
        if tilt and self._chance.random() < 0.8:
            low, high = ((low + high) // 2, high) if tilt > 0 else (low, (low + high) // 2)
        return self.number(f"{self._chance.randint(low, high) / 2:.1f}")

    def quantity(self) -> Any:
        return self.number(f"{self._chance.randint(1, 60) / 10:g}")

    def amount(self) -> Any:
        return self.number(str(self._chance.randint(-3_000, 3_000) / 100))

    def _one_of(self, ids: list[str]) -> str:
        return self._chance.choice(ids) if ids and self._chance.random() < 0.9 else "nobody's"

    # ------------------------------------------------------------ bodies

    def order(self, now: datetime) -> Body:
        chance = self._chance
        kind = chance.choice(TYPES)
        body: Body = {"symbol": chance.choice(SYMBOLS), "side": chance.choice(("buy", "sell")), "type": kind}
        body["quantity"] = self.quantity()
        buys, stops = body["side"] == "buy", kind.startswith("stop")
        if "limit" in kind:
            body["price"] = self.price()
        if kind not in ("limit", "market", "trailing_stop"):
            body["stopPrice"] = self.price(1 if buys == stops else -1)
        if kind == "trailing_stop":
            body[chance.choice(("trailAmount", "trailPercent"))] = self.number(str(chance.randint(1, 12)))
        self._add_time(body, kind, now)
        for key, share in (("reduceOnly", 0.25), ("postOnly", 0.05)):
            if chance.random() < share:
                body[key] = True
        if chance.random() < 0.2 and not body.get("reduceOnly"):
            body.update(self.exits(1 if buys else -1))
        if chance.random() < 0.1:
            body["clientOrderId"] = f"id-{chance.randint(1, 400)}"
        if chance.random() < 0.1:
            body["selfTrade"] = chance.choice(("cancel_resting", "cancel_taking", "cancel_both", "all"))
        return self._spoilt(body)

    def _add_time(self, body: Body, kind: str, now: datetime) -> None:
        chance = self._chance
        if chance.random() < 0.25:
            words = ("ioc", "fok") if kind == "market" else ("gtc", "ioc", "fok", "day", "gtd")
            body["timeInForce"] = chance.choice(words)
            if body["timeInForce"] == "gtd":
                until = (now + timedelta(seconds=chance.randint(-5, 300))).isoformat()
                body["expireAt"] = until if chance.random() < 0.95 else "9999-12-31T23:59:59-23:59"

    def pair(self, now: datetime) -> Body:
        first, second = self.order(now), self.order(now)
        for key in ("symbol", "reduceOnly"):
            second.pop(key, None)
            if key in first:
                second[key] = first[key]
        return self._spoilt({"first": first, "second": second})

    def totals(self) -> Body:
        makers = (("quantity", self.quantity), ("price", self.price), ("stopPrice", self.price))
        return self._spoilt({key: make() for key, make in makers if self._chance.random() < 0.5})

    def exits(self, way: int) -> Body:
        """Of a position that was bought (1) or sold (-1)."""
        chance = self._chance
        body: Body = {}
        if chance.random() < 0.7:
            body["takeProfit"] = {"price": self.price(way)}
        if chance.random() < 0.7:
            body["stopLoss"] = {"stopPrice": self.price(-way)}
            if chance.random() < 0.3:
                body["stopLoss"]["price"] = self.price(-way)
        return body

    def named(self) -> Body:
        return {"clientOrderId": f"id-{self._chance.randint(1, 400)}"} if self._chance.random() < 0.2 else {}

    def limits(self) -> Body:
        chance = self._chance
        if chance.random() < 0.5:
            return dict.fromkeys(LIMITS[:-1])  # all of them taken away
        usual: tuple[Any, ...] = ("5", "20", "100", "0", "3.5", 5, 100, 0, *HOSTILE_NUMBERS, *HOSTILE_VALUES)
        return {chance.choice(LIMITS): chance.choice(usual) for _ in range(chance.randint(1, 2))}

    def _spoilt(self, body: Body) -> Body:
        """Now and then a key is missing, unknown, or of another kind."""
        draw = self._chance.random()
        if draw < 0.01 and body:
            del body[self._chance.choice(list(body))]
        elif draw < 0.02 and body:
            body[self._chance.choice(list(body))] = self._chance.choice(HOSTILE_VALUES)
        elif draw < 0.025:
            body["nobodyKnows"] = 1
        return body
