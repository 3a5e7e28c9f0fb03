"""A secret of its own in every place where one can be: found in no log, no error and no file that is not its own."""

import base64
import json
import secrets
from pathlib import Path

import httpx
import pyotp
import pytest

from tests.e2e.servers import Server, running
from tests.e2e.shells import Shell
from tests.eventually import PATIENCE_S


@pytest.mark.timeout(600)  # a dozen programs one after the other, each of which takes its time on a loaded machine
def test_no_secret_is_found_where_it_does_not_belong(tmp_path: Path) -> None:
    """Passwords right, wrong and new, tokens, the signing secret, a second factor's seed, a certificate's key, what is sent
    in an address: through REST, the command line, refusals and a backup."""
    names = ("signing", "admin", "wrong", "old", "new", "url", "key")
    canary = {name: f"canary-{name}-{secrets.token_hex(16)}" for name in names}
    environ = {"TRADETERM_JWT_SECRET": canary["signing"], "TRADETERM_ADMIN_PASSWORD": canary["admin"]}
    folder = tmp_path / "desk"
    folder.mkdir()
    with running(folder, "--feed", "none", "--log-level", "debug", users=(), **environ) as server:
        said = [*added_user(server, canary), *answers(server, canary), *codes(server, canary)]
        said += commands(server, folder, canary)
        said += [*refusals(folder, canary, environ), server.log]
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert folder / "backup.db" in files, said
    for name, secret in canary.items():
        if name != "wrong":  # of a name that was tried, the log tells the first characters
            assert not [text for text in said if secret in text], name
        assert not [path for path in files if secret in str(path)], name
        assert not [path for path, data in files.items() if secret.encode() in data and path.name != "server.log"], name
    assert f"password={canary['wrong']}" not in server.log
    seed = base64.b32decode(canary["seed"])
    assert not [path for path, data in files.items() if seed in data], "it is sealed"


def added_user(server: Server, canary: dict[str, str]) -> list[str]:
    """What is printed while a user is added."""
    added = server.run("user", "add", "ann", "--password-stdin", text=f"{canary['old']}\n")
    assert added.returncode == 0, added.stderr
    return [added.stdout, added.stderr]


def answers(server: Server, canary: dict[str, str]) -> list[str]:
    """What REST answers to secrets in every place of a request; the signatures of the tokens join the canaries."""
    tried = (("ann", canary["wrong"]), (canary["wrong"], "wrong password"), ("admin", canary["wrong"]))
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=PATIENCE_S) as http:
        refusals = [
            http.post("/auth/token", data={"username": name, "password": password}).text.replace(name, "")
            for name, password in tried
        ]
        tokens = http.post("/auth/token", data={"username": "ann", "password": canary["old"]}).json()
        for name in ("accessToken", "refreshToken"):
            canary[name] = tokens[name].rsplit(".", 1)[1]  # its signature: what makes it good
        bearer = {"Authorization": f"Bearer {tokens['accessToken']}"}
        change = {"oldPassword": canary["old"], "newPassword": canary["new"]}
        wrong = {"oldPassword": canary["wrong"], "newPassword": canary["new"]}
        return [
            *refusals,
            *(http.post("/auth/password", json=one, headers=bearer).text for one in (wrong, change)),
            http.get(f"/orders/{canary['url']}?cursor={canary['url']}", headers=bearer).text,
            http.post("/orders", content=json.dumps({"password": canary["new"]}), headers=bearer).text,
            http.get("/account", headers={"Authorization": f"Bearer {canary['url']}"}).text,
        ]


def codes(server: Server, canary: dict[str, str]) -> list[str]:
    """What codes are answered, wrong ones and the right one; the seed that they come of joins the canaries."""
    canary["seed"] = server.run("user", "totp", "ann").stdout.split()[1]
    tried = ("000000", canary["url"], pyotp.TOTP(canary["seed"]).now())
    form = {"username": "ann", "password": canary["new"]}
    found = [
        httpx.post(f"{server.url}/api/v1/auth/token", data=form | {"otp": code}, timeout=PATIENCE_S).text
        for code in tried
    ]
    assert "accessToken" in found[-1]
    return found


def refusals(folder: Path, canary: dict[str, str], environ: dict[str, str]) -> list[str]:
    """What servers say that do not start: with a secret that is too short, with a certificate's key that is none."""
    key = folder.parent / "server.key"
    key.write_text(f"-----BEGIN PRIVATE KEY-----\n{canary['key']}\n-----END PRIVATE KEY-----\n")
    weak = Server(folder, environ={**environ, "TRADETERM_JWT_SECRET": "x"}).run("serve", "--port", "0")
    unfit = Server(folder, environ=environ).run("serve", "--port", "0", "--tls-cert", str(key), "--tls-key", str(key))
    assert (weak.returncode, unfit.returncode) == (2, 2)
    return [weak.stdout, weak.stderr, unfit.stdout, unfit.stderr]


def commands(server: Server, folder: Path, canary: dict[str, str]) -> list[str]:
    """What a shell with a bad token prints, what is counted, and what a backup says."""
    done = Shell(server.url, f"x.{canary['url']}.y").run("orders")
    backup = server.run("db", "backup", str(folder / "backup.db"))
    counted = httpx.get(f"{server.url}/metrics", trust_env=False, timeout=PATIENCE_S).text
    return [done.out, done.err, counted, backup.stdout, backup.stderr]
