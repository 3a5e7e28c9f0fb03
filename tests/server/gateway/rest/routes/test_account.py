"""The own journal over REST, and what it says of events that are no longer kept."""

import pytest

from server.gateway.rest.turns import ROWS_A_SLICE
from server.ports import StoredEvent
from tests.server.gateway.rest.rig import Rig, StillView


def stored(seqs: range) -> list[StoredEvent]:
    return [StoredEvent("ann", seq, "order:created", b"{}", seq) for seq in seqs]


@pytest.mark.parametrize(
    ("after", "lost"), [(0, 3), (1, 3), (2, 3), (3, None), (4, None), (ROWS_A_SLICE * 2, None), (10**6, None)]
)
async def test_what_is_asked_for_and_not_kept_is_said(rig: Rig, after: int, lost: int | None) -> None:
    """Up to which seq, in the first page and whatever slices it is read in; whoever asks for what is kept hears nothing."""
    rig.history.rows = stored(range(4, 2 * ROWS_A_SLICE))
    async with await rig.signed_in() as http:
        said = (await http.get("/events", params={"after": after, "limit": 500})).json()
    assert [one["seq"] for one in said["items"]] == [*range(max(after + 1, 4), 2 * ROWS_A_SLICE)][:500]
    assert said.get("lostThrough") == lost
    assert said.get("reason") == (None if lost is None else "HISTORY_LOST")


async def test_account_whose_every_event_is_gone_says_so(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty page alone would mean that nothing ever happened."""
    monkeypatch.setattr(StillView, "head", lambda _view, _account: 12)
    async with await rig.signed_in() as http:
        found = {after: (await http.get("/events", params={"after": after})).json() for after in (0, 11, 12)}
    assert {after: page.get("lostThrough") for after, page in found.items()} == {0: 12, 11: 12, 12: None}
    assert all(page["items"] == [] for page in found.values())
