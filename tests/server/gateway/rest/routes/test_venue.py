"""Where orders trade, over REST."""

from decimal import Decimal

from tests.server.gateway.rest.rig import Rig


async def test_everybody_who_is_signed_in_sees_whose_money_it_is(rig: Rig) -> None:
    """And of a real exchange how it stands."""
    granted = await rig.grant("ann")
    async with rig.client(granted.access_token) as http:
        paper = {"venue": "paper", "mode": "paper", "marketReachPct": None, "leverage": None}
        assert (await http.get("/venue")).json() == paper
        rig.services.mode, rig.services.exchange = "live", lambda: {"weightLeft": 5}
        assert (await http.get("/venue")).json() == {**paper, "mode": "live", "weightLeft": 5}
        rig.services.market_reach_pct, rig.services.leverage = Decimal("1.0"), Decimal("2.5")
        told = (await http.get("/venue")).json()
        assert (told["marketReachPct"], told["leverage"]) == ("1", "2.5")
    async with rig.client("nonsense") as http:
        assert (await http.get("/venue")).status_code == 401


async def test_who_trades_there_alone_sees_their_orders_beside_paper(rig: Rig) -> None:
    """Somebody else has none; a monitor has no account."""
    rig.services.shadow = lambda user: {"on": True} if user == "ann" else None
    for user, status in (("ann", 200), ("bob", 404)):
        granted = await rig.grant(user)
        async with rig.client(granted.access_token) as http:
            answer = await http.get("/venue/shadow")
            assert answer.status_code == status, answer.text
    granted = await rig.grant("mona")
    async with rig.client(granted.access_token) as http:
        assert (await http.get("/venue/shadow")).status_code == 403
