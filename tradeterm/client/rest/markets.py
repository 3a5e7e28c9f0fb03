"""Markets: what there is to trade, and at what prices."""

from tradeterm.client.rest.answers import items_of, read
from tradeterm.client.rest.signed_in import SignedIn
from tradeterm.client.rest.texts import dashed
from tradeterm.protocol.market import Book, Candle, Market, Print, Ticker, VenueStatus


class MarketRoutes(SignedIn):
    """`/markets`: for everybody who is signed in."""

    async def markets(self) -> list[Market]:
        """The markets there are, with tick and lot sizes and fee rates."""
        return [read(Market, item) for item in items_of(await self._get("/markets"))]

    async def venue(self) -> VenueStatus:
        """Where orders trade, whose money it is, and of a real exchange how it stands."""
        return read(VenueStatus, await self._get("/venue"))

    async def ticker(self, symbol: str) -> Ticker:
        """The newest prices of a market."""
        return read(Ticker, await self._get(f"/markets/{dashed(symbol)}/ticker"))

    async def book(self, symbol: str, depth: int = 20) -> Book:
        """The best `depth` levels of both sides, best first."""
        return read(Book, await self._get(f"/markets/{dashed(symbol)}/book", {"depth": depth}))

    async def prints(self, symbol: str, limit: int = 100) -> list[Print]:
        """The newest trades of a market, newest first: everybody's, without names."""
        found = await self._get(f"/markets/{dashed(symbol)}/trades", {"limit": limit})
        return [read(Print, item) for item in items_of(found)]

    async def candles(self, symbol: str, interval: str = "1m", limit: int = 500) -> list[Candle]:
        """The newest candles of an interval such as `1m`, oldest first; the last one is still moving."""
        asked = {"interval": interval, "limit": limit}
        found = await self._get(f"/markets/{dashed(symbol)}/candles", asked)
        return [read(Candle, item) for item in items_of(found)]
