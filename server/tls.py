"""The server's certificate: read at the start, read again when it is told to, never half of it."""

import ipaddress
import ssl
from pathlib import Path

import structlog

from server.config import ServerSection, SettingsError
from tradeterm.protocol.foreign_text import printable

HOST_SHOWN = 60

log = structlog.get_logger(__name__)


class Certificate:
    """A certificate and its key, in files. `context` is what the sockets use; it stays the same object."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises SettingsError for files that are not a certificate and its key."""
        self._files = (certificate, key)
        try:
            self.context = self._read()
        except (OSError, ValueError) as error:
            raise SettingsError(f"{certificate} and {key} are no certificate and key: {_reason(error)}") from None

    def read_again(self) -> None:
        """Use what is in the files now, from the next connection on; what cannot be used leaves the old one."""
        try:
            self._read()  # apart first: the one in use must not become half of another
            self.context.load_cert_chain(*self._files)
        except (OSError, ValueError) as error:
            log.error("the certificate cannot be used; the old one stays", reason=_reason(error))
        else:
            log.info("certificate read again", path=str(self._files[0]))

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION  # a client could have us sign again and again on one connection
        # A key with a pass phrase would make the library ask for it on the terminal.
        context.load_cert_chain(*self._files, password=lambda: "")
        return context


def certificate_of(server: ServerSection) -> Certificate | None:
    """What the settings name, if they name it. Raises SettingsError, also for an address that must not be without."""
    if bool(server.tls_cert) != bool(server.tls_key):
        raise SettingsError("--tls-cert and --tls-key go together")
    if server.tls_cert and server.tls_key:
        return Certificate(server.tls_cert, server.tls_key)
    if not server.insecure and not is_loopback(server.host):
        raise SettingsError(
            f"on {printable(server.host, HOST_SHOWN)} others can read what passes: name --tls-cert and --tls-key, or say --insecure"
        )
    return None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


def _reason(error: Exception) -> str:
    """In words, without what the files hold."""
    return (getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__).lower()
