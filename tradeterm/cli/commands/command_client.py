"""Who trades where: the server that a command speaks to and the sign-in it uses, renewed when it has expired."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from tradeterm.cli.commands.options import Options
from tradeterm.cli.commands.run_to_end import run_to_end
from tradeterm.cli.commands.sign_in_store import SignIn, alone, kept_sign_in, kept_sign_ins, renew_kept
from tradeterm.cli.exit_codes import CONNECTION, Ending
from tradeterm.cli.named_server import EXAMPLE, named_server, named_token
from tradeterm.cli.private_server import is_alive, read_note
from tradeterm.client.rest import TIMEOUT_S, Rest
from tradeterm.config import LOCAL_USER, Folders
from tradeterm.lean_httpx import httpx
from tradeterm.protocol.balances import Account

CONNECT_TIMEOUT_S = 4.0
NO_SERVER = "no private server runs: open `tradeterm`, or name another with `tradeterm login --server URL`"


class CommandClient(Rest):
    """The REST client of one command. With a kept sign-in it renews that, for the commands after it too."""

    def __init__(self, url: str, token: str | None = None, kept: SignIn | None = None) -> None:
        super().__init__(url, kept.access_token if kept else token)
        self._kept = kept
        # Shorter than an order's whole wait: who was never reached must not be taken for one that does not answer.
        self._http.timeout = httpx.Timeout(TIMEOUT_S, connect=CONNECT_TIMEOUT_S)

    async def _refreshed(self) -> str:
        """A fresh token, kept for the next command as well. Raises SignInFailed when the session has ended."""
        if self._kept is None:
            return await super()._refreshed()
        folders = Folders.of_platform()
        with alone(folders):
            latest = kept_sign_in(folders, self._kept.url) or self._kept
            if latest.access_token != self.token:
                # Another command has renewed it meanwhile.
                self.token = latest.access_token
            else:
                # The same once more: where there is no room for it the old token is still good, and nothing was spent.
                renew_kept(folders, latest)
                self._refresh_token = latest.refresh_token
                token = await super()._refreshed()
                latest = replace(latest, access_token=token, refresh_token=str(self._refresh_token))
                renew_kept(folders, latest)
        self._kept = latest
        return latest.access_token

    def signed_in(self, user: str) -> SignIn:
        """What is to be kept of the session that was just opened."""
        assert self.token is not None, "sign_in() first"
        assert self._refresh_token is not None, "sign_in() first"
        return SignIn(self.url, user, self.token, self._refresh_token)

    async def deposit(self, amount: Decimal) -> Account:
        """Move paper money in, or out where it is negative. Not safe to retry."""
        return Account.model_validate(await self._command("POST", "/paper/deposit", {"amount": f"{amount:f}"}))

    async def reset(self) -> Account:
        """Start the paper account over."""
        return Account.model_validate(await self._command("POST", "/paper/reset"))


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A server, and the secret of user `local` where it is the console's private one."""

    url: str
    secret: str | None = None
    is_guess: bool = False  # nobody named it, and nothing is known to run there


def carry_out(options: Options, work: Callable[[CommandClient], Awaitable[int]]) -> int:
    """Run a command's work with a signed-in client; its exit code."""

    async def signed_in() -> int:
        async with await open_client(options) as client:
            return await work(client)

    return run_to_end(signed_in())


async def open_client(options: Options) -> CommandClient:
    """Signed in by TRADETERM_TOKEN, else by the kept session, else as `local` on the private server. Raises Ending."""
    server = await find_server(options)
    token = named_token()
    if token:
        return CommandClient(server.url, token)
    kept = kept_sign_in(Folders.of_platform(), server.url)
    if kept is not None:
        return CommandClient(server.url, kept=kept)
    if server.secret is None:
        if server.is_guess:
            raise Ending(CONNECTION, NO_SERVER)
        raise Ending(CONNECTION, f"not signed in on {server.url}: `tradeterm login --server {server.url}`")
    client = CommandClient(server.url)
    await client.sign_in(LOCAL_USER, server.secret)
    return client


async def find_server(options: Options) -> ServerAddress:
    """The one that is named, else that of the last sign-in, else the console's private one, else the usual address."""
    url = named_server(options.server)
    if url is not None:
        return ServerAddress(url)
    folders = Folders.of_platform()
    kept, note = kept_sign_ins(folders), read_note(folders)
    if kept:
        return ServerAddress(kept[-1].url)
    if note is not None and not named_token() and await is_alive(note.url):
        return ServerAddress(note.url, note.secret)
    return ServerAddress(EXAMPLE, is_guess=True)
