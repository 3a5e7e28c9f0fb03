"""Which history a seq counts in: the server's, until an account's own was disowned."""

from server.gateway.streams.epoch import EVERYBODY, Epoch
from server.identity.user_names import is_user_name
from tests.builders import CountedIds
from tests.fakes import MemoryEpochs
from tests.server.gateway.rig import MemoryJournal


def test_an_account_s_history_is_the_server_s_until_it_is_renewed() -> None:
    """For that account alone, anew each time, and for whoever starts after."""
    kept, view = MemoryEpochs(), MemoryJournal()
    epoch = Epoch(view, CountedIds(), kept)
    assert {epoch.of(name) for name in ("ann", "bob", EVERYBODY)} == {view.epoch()}
    epoch.renew("ann")
    first = epoch.of("ann")
    assert first != view.epoch()
    assert epoch.of("bob") == view.epoch()
    epoch.renew("ann")
    assert epoch.of("ann") not in {first, view.epoch()}
    assert Epoch(view, CountedIds(), kept).of("ann") == epoch.of("ann")


def test_nobody_can_be_called_everybody() -> None:
    """They would read everything."""
    assert not is_user_name(EVERYBODY)
