"""What every store of epochs must do: keep an account's own, for as long as the database's is the same."""

from collections.abc import Iterator
from contextlib import contextmanager

from server.ports import Epochs
from server.storage.database import open_database
from tests.fakes import MemoryEpochs


@contextmanager
def epochs_of(url: str) -> Iterator[tuple[str, Epochs]]:
    """What a server that starts on the database finds: its epoch, and the epochs of single accounts."""
    database = open_database(url, "paper")
    try:
        yield database.epoch, database.epochs
    finally:
        database.close()


def test_renewed_epoch_outlives_the_server(url: str) -> None:
    """What one server disowned the next one disowns too; the last renewal of an account holds."""
    with epochs_of(url) as (epoch, epochs):
        for account, suffix in (("ann", "1"), ("bob", "2"), ("ann", "3")):
            epochs.keep(account, f"{epoch}-{suffix}")
    with epochs_of(url) as (same, epochs):
        assert same == epoch
        assert epochs.renewed() == {"ann": f"{epoch}-3", "bob": f"{epoch}-2"}


def test_one_in_memory_keeps_the_last_renewal_too() -> None:
    """Other tests rely on it."""
    epochs = MemoryEpochs()
    for account, epoch in (("ann", "e-1"), ("bob", "e-2"), ("ann", "e-3")):
        epochs.keep(account, epoch)
    assert epochs.renewed() == {"ann": "e-3", "bob": "e-2"}


def test_epochs_of_another_history_are_forgotten(url: str) -> None:
    """Where the database's own epoch changed, an account's old one means nothing any more."""
    with epochs_of(url) as (epoch, epochs):
        epochs.keep("ann", "of-another-database-1")
        epochs.keep("bob", f"{epoch}-1")
    with epochs_of(url) as (epoch, epochs):
        assert epochs.renewed() == {"bob": f"{epoch}-1"}
