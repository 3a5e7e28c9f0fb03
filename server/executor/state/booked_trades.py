"""Which trades of a venue are booked, so that each counts once, however often it is told."""


class BookedTrades:
    """By open order, the venue's numbers of the trades booked in this process's life.

    Not written down: an order that fills in thousands of parts would be written longer each time, and no trade number
    comes back after a restart.
    """

    def __init__(self) -> None:
        self._booked: dict[str, set[str]] = {}
        self._new: list[tuple[str, str]] = []  # since `keep`
        self._ended: list[str] = []  # orders, since `keep`

    def take(self, order_id: str, venue_trade_id: str) -> bool:
        """Take note of a trade; False when that was done before."""
        booked = self._booked.get(order_id)
        if booked is not None and venue_trade_id in booked:
            return False
        # Before it is booked: so that it is taken back also when something fails between the two.
        self._new.append((order_id, venue_trade_id))
        if booked is None:
            self._booked[order_id] = {venue_trade_id}
        else:
            booked.add(venue_trade_id)
        return True

    def end(self, order_id: str) -> None:
        """No more trades come for an order, unless its end is undone."""
        self._ended.append(order_id)

    def keep(self) -> None:
        """What was noted so far stands."""
        self._new.clear()
        for order_id in self._ended:
            self._booked.pop(order_id, None)
        self._ended.clear()

    def undo(self) -> None:
        """Back to where it was at the last `keep`."""
        for order_id, venue_trade_id in self._new:
            booked = self._booked.get(order_id, set())
            booked.discard(venue_trade_id)
            if not booked:
                self._booked.pop(order_id, None)
        self._new.clear()
        self._ended.clear()
