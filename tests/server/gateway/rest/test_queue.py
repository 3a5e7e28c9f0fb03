"""Where own orders stand in the queue, over REST."""

from decimal import Decimal

from tests.server.gateway.rest.rig import Rig


async def test_everybody_sees_the_places_of_their_own_orders(rig: Rig) -> None:
    """Decimal strings; those whose place nobody knows are not there."""
    rig.view.places = {"ann": {"o-1": Decimal("3.20"), "o-2": Decimal(0)}}
    for user, seen in (("ann", [{"orderId": "o-1", "ahead": "3.2"}, {"orderId": "o-2", "ahead": "0"}]), ("bob", [])):
        granted = await rig.grant(user)
        async with rig.client(granted.access_token) as http:
            answer = await http.get("/orders/queue")
        assert (answer.status_code, answer.json()["items"]) == (200, seen)
