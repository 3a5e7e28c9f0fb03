"""The name of the history that a seq counts in: a resume from another one is no resume."""

from typing import Final

from server.ports import Epochs, Ids, View

EVERYBODY: Final = "*"  # the history of all accounts, which monitors read; no user can be called so


class Epoch:
    """The epoch of each account's history.

    It is renewed when a client of the account has seen more than there is: then this is not the history it saw. It is
    renewed for that account alone, because what a client says it has seen must not disturb anybody else.
    """

    def __init__(self, view: View, ids: Ids, epochs: Epochs) -> None:
        self._view = view
        self._ids = ids
        self._epochs = epochs
        self._renewed = dict(epochs.renewed())

    def of(self, account: str) -> str:
        return self._renewed.get(account) or self._view.epoch()

    def renew(self, account: str) -> None:
        epoch = self._renewed[account] = f"{self._view.epoch()}-{self._ids.new()[-6:]}"
        self._epochs.keep(account, epoch)
