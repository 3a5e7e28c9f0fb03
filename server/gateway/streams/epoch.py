"""The name of the history that a seq counts in: a resume from another one is no resume."""

from typing import Final

from server.ports import Epochs, Ids, View

EVERYBODY: Final = "*"  # the history of all accounts, which monitors read; no user can be called so


class Epoch:
    """The epoch of each account's history.

    The server itself sees at its start when history was lost or rewound. What it cannot see, both the database and its
    mark put back, a client may know: one that has seen more than there is. Its word is taken only where it may trade on
    the account, for that account alone. What a reader or a monitor says it has seen is a matter of that one.
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
