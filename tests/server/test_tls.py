"""When a server needs a certificate, which files are one, and what becomes of one that changes under it."""

import shutil
import subprocess
from pathlib import Path

import pytest
import structlog

from server.config import ServerSection, SettingsError
from server.tls import Certificate, certificate_of, is_loopback
from tests.certificates import make_certificate, needs_openssl


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::1%lo", True),
        ("localhost", True),
        ("LocalHost", True),
        ("desk.localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("localhost.example", False),
        ("notlocalhost", False),
        ("", False),
    ],
)
def test_only_what_this_machine_alone_can_reach_is_loopback(host: str, is_here: bool) -> None:
    assert is_loopback(host) is is_here


def test_an_address_that_others_reach_needs_a_certificate_or_a_word() -> None:
    """Half of one is none, and `--insecure` is said for the address, not for half a certificate."""
    assert certificate_of(ServerSection(host="127.0.0.1")) is None
    assert certificate_of(ServerSection(host="0.0.0.0", insecure=True)) is None
    with pytest.raises(SettingsError, match="--insecure"):
        certificate_of(ServerSection(host="0.0.0.0"))
    for half in ({"tls_cert": Path("a.pem")}, {"tls_key": Path("a.key")}):
        with pytest.raises(SettingsError, match="go together"):
            certificate_of(ServerSection(host="127.0.0.1", insecure=True, **half))


@pytest.mark.parametrize("text", [None, "", "a letter to my aunt\n"])
def test_files_that_are_no_certificate_are_named_and_nothing_of_them_is_shown(text: str | None, tmp_path: Path) -> None:
    certificate, key = tmp_path / "a.pem", tmp_path / "a.key"
    if text is not None:
        certificate.write_text(text)
        key.write_text(text)
    with pytest.raises(SettingsError, match="no certificate and key") as refused:
        Certificate(certificate, key)
    assert str(certificate) in str(refused.value)
    assert "aunt" not in str(refused.value)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Path]]:
    """Two certificates with their keys."""
    folder = tmp_path_factory.mktemp("certificates")
    return [make_certificate(folder, name) for name in ("one", "two")]


@needs_openssl
def test_what_is_read_again_counts_from_then_on_and_what_is_none_changes_nothing(
    pairs: list[tuple[Path, Path]], tmp_path: Path
) -> None:
    """Always in the same context, which the listening sockets hold; a key of another certificate is half of one."""
    files = tmp_path / "a.pem", tmp_path / "a.key"
    for source, target in zip(pairs[0], files, strict=True):
        shutil.copy(source, target)
    certificate = certificate_of(ServerSection(host="0.0.0.0", tls_cert=files[0], tls_key=files[1]))
    assert certificate is not None
    context = certificate.context
    with structlog.testing.capture_logs() as logged:
        shutil.copy(pairs[1][0], files[0])
        certificate.read_again()
        files[1].unlink()
        certificate.read_again()
        shutil.copy(pairs[1][1], files[1])
        certificate.read_again()
    assert certificate.context is context
    assert [one["log_level"] for one in logged] == ["error", "error", "info"]
    assert all("PRIVATE" not in str(one) for one in logged)


@needs_openssl
def test_a_key_behind_a_pass_phrase_asks_nobody(tmp_path: Path) -> None:
    """A server that waits at the terminal for words does not start, and nobody knows why."""
    certificate, key = make_certificate(tmp_path, "locked")
    locked = tmp_path / "locked.key8"
    command = ["openssl", "pkcs8", "-topk8", "-in", str(key), "-out", str(locked), "-passout", "pass:secret"]
    subprocess.run(command, check=True, capture_output=True)
    with pytest.raises(SettingsError, match="no certificate and key"):
        Certificate(certificate, locked)
