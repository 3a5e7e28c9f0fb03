"""The server on TLS: reached by our clients, told to read its certificate again, and refused without one where others can listen."""

import contextlib
import functools
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.certificates import make_certificate, needs_openssl
from tests.e2e.lines import line
from tests.e2e.servers import COMMAND, PASSWORD, Server, running
from tests.e2e.shells import Shell
from tests.eventually import PATIENCE_S, eventually


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = make_certificate(folder, "server")
    with running(folder, "--feed", "none", "--tls-cert", str(certificate), "--tls-key", str(key)) as started:
        yield started


def shown(server: Server) -> bytes:
    """The certificate that a new connection is shown."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", server.port)) as plain, context.wrap_socket(plain) as secure:
        found = secure.getpeercert(binary_form=True)
        assert found is not None
        return found


def trust(server: Server) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(server.folder / "server.pem"))


@needs_openssl
async def test_rest_and_sockets_are_served_over_tls(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The `ready` line says https; answers bind clients to it; our own clients come in."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.folder / "server.pem"))
    assert server.url.startswith("https://")
    async with httpx.AsyncClient(
        base_url=server.url, trust_env=False, verify=trust(server), timeout=PATIENCE_S
    ) as http:
        answer = await http.get("/healthz")
        assert answer.status_code == 200
        assert "max-age=" in answer.headers["strict-transport-security"]
        form = {"username": "ann", "password": PASSWORD}
        token = (await http.post("/api/v1/auth/token", data=form)).json()["accessToken"]
    async with line(server.url, token) as client:
        await client.subscribe()
    done = Shell(server.url, token).run("balance", "--json")
    assert (done.code, done.err) == (0, "")
    monkeypatch.delenv("SSL_CERT_FILE")
    assert Shell(server.url, token).run("balance", "--json").code == 3


@needs_openssl
def test_the_certificate_is_read_again_on_sighup(server: Server) -> None:
    """New connections get the new one, the server goes on; files that do not fit leave the old one."""
    assert server.process is not None
    old = shown(server)
    for name in ("pem", "key"):
        (server.folder / f"kept.{name}").write_bytes((server.folder / f"server.{name}").read_bytes())
    (server.folder / "server.key").write_text("no key")
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: "the old one stays" in server.log)
    assert shown(server) == old
    make_certificate(server.folder, "server")
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: "certificate read again" in server.log)
    assert shown(server) != old
    assert "Traceback" not in server.log
    assert "no key" not in server.log


class Handshake:
    """One that has begun: its first message is half sent."""

    def __init__(self, server: Server, version: ssl.TLSVersion) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode, context.maximum_version = False, ssl.CERT_NONE, version
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out)
        self.plain = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S)
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
        hello = self._out.read()
        self.plain.sendall(hello[:40])
        self._rest = hello[40:]

    def answer(self, request: bytes) -> bytes:
        """Go on to its end, ask, and hear the beginning of the answer."""
        self.plain.sendall(self._rest)
        self._until(self._tls.do_handshake)
        self._tls.write(request)
        return bytes(self._until(lambda: self._tls.read(12)))

    def _until(self, step: Callable[[], Any]) -> Any:
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self.plain.sendall(self._out.read())
                self._in.write(self.plain.recv(65_536))
            else:
                self.plain.sendall(self._out.read())
                return done


def is_read_again(server: Server, before: int) -> bool:
    return server.log.count("certificate read again") > before


@needs_openssl
def test_a_sighup_breaks_off_no_handshake_and_no_connection(server: Server) -> None:
    """Those that are half done come about, those that are open go on, through twenty of them."""
    assert server.process is not None
    request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    halves = [Handshake(server, version) for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3) * 10]
    with httpx.Client(base_url=server.url, trust_env=False, verify=False, timeout=PATIENCE_S) as http:
        for _ in range(20):
            before = server.log.count("certificate read again")
            server.process.send_signal(signal.SIGHUP)
            assert http.get("/healthz").status_code == 200
            eventually(functools.partial(is_read_again, server, before))
        assert [one.answer(request) for one in halves] == [b"HTTP/1.1 200"] * len(halves)
    for one in halves:
        one.plain.close()
    assert "Traceback" not in server.log


WRONG = {
    "another address without a certificate": (("--host", "0.0.0.0"), "--insecure"),
    "every address of IPv6": (("--host", "::"), "--insecure"),
    "a certificate without its key": (("--tls-cert", "x.pem"), "--tls-key"),
    "a key without its certificate": (("--tls-key", "x.key"), "--tls-cert"),
    "files that are not there": (("--tls-cert", "x.pem", "--tls-key", "x.key"), "x.pem"),
}


@pytest.mark.parametrize(("flags", "named"), WRONG.values(), ids=WRONG.keys())
def test_an_open_door_is_refused_with_a_sentence(tmp_path: Path, flags: tuple[str, ...], named: str) -> None:
    """Exit 2, one line, and no database was made."""
    server = Server(tmp_path)
    command = [*COMMAND, "serve", "--port", "0", "--feed", "none", *flags]
    done = subprocess.run(command, capture_output=True, text=True, env=server.environment(), timeout=60, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert named in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "tradeterm.db").exists()


def test_another_address_is_served_where_one_says_so(tmp_path: Path) -> None:
    with running(tmp_path, "--feed", "none", "--host", "0.0.0.0", "--insecure") as server:
        answer = httpx.get(f"http://127.0.0.1:{server.port}/healthz", trust_env=False, timeout=PATIENCE_S)
        assert answer.status_code == 200
