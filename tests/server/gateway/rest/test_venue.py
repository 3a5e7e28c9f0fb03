"""Where orders trade, over REST."""

from tests.server.gateway.rest.rig import Rig


async def test_everybody_who_is_signed_in_sees_whose_money_it_is(rig: Rig) -> None:
    """And of a real exchange how it stands."""
    granted = await rig.grant("ann")
    async with rig.client(granted.access_token) as http:
        assert (await http.get("/venue")).json() == {"venue": "paper", "mode": "paper"}
        rig.services.mode, rig.services.exchange = "live", lambda: {"weightLeft": 5}
        assert (await http.get("/venue")).json() == {"venue": "paper", "mode": "live", "weightLeft": 5}
    async with rig.client("nonsense") as http:
        assert (await http.get("/venue")).status_code == 401
