"""A secret of its own in every place where one can be: found in no log, no error and no file that is not its own."""

import json
import secrets
from pathlib import Path

import httpx

from tests.e2e.servers import Server, running
from tests.e2e.shells import Shell


def test_no_secret_is_found_where_it_does_not_belong(tmp_path: Path) -> None:
    """Passwords right, wrong and new, tokens, the signing secret, what is sent in an address: through REST, the command
    line, refusals and a backup."""
    canary = {
        name: f"canary-{name}-{secrets.token_hex(16)}" for name in ("signing", "admin", "wrong", "old", "new", "url")
    }
    environ = {"TRADETERM_JWT_SECRET": canary["signing"], "TRADETERM_ADMIN_PASSWORD": canary["admin"]}
    said: list[str] = []
    folder = tmp_path / "desk"
    folder.mkdir()
    with running(folder, "--feed", "none", "--log-level", "debug", users=(), **environ) as server:
        added = server.run("user", "add", "ann", "--password-stdin", text=f"{canary['old']}\n")
        assert added.returncode == 0, added.stderr
        with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False) as http:
            for name, password in (
                ("ann", canary["wrong"]),
                (canary["wrong"], "wrong password"),
                ("admin", canary["wrong"]),
            ):
                said.append(
                    http.post("/auth/token", data={"username": name, "password": password}).text.replace(name, "")
                )
            tokens = http.post("/auth/token", data={"username": "ann", "password": canary["old"]}).json()
            for name in ("accessToken", "refreshToken"):
                canary[name] = tokens[name].rsplit(".", 1)[1]  # its signature: what makes it good
            bearer = {"Authorization": f"Bearer {tokens['accessToken']}"}
            change = {"oldPassword": canary["old"], "newPassword": canary["new"]}
            wrong = {"oldPassword": canary["wrong"], "newPassword": canary["new"]}
            said += [http.post("/auth/password", json=one, headers=bearer).text for one in (wrong, change)]
            said.append(http.get(f"/orders/{canary['url']}?cursor={canary['url']}", headers=bearer).text)
            said.append(http.post("/orders", content=json.dumps({"password": canary["new"]}), headers=bearer).text)
            said.append(http.get("/account", headers={"Authorization": f"Bearer {canary['url']}"}).text)
        done = Shell(server.url, f"x.{canary['url']}.y").run("orders")
        said += [done.out, done.err, httpx.get(f"{server.url}/metrics", trust_env=False).text]
        backup = server.run("db", "backup", str(folder / "backup.db"))
        said += [added.stdout, added.stderr, backup.stdout, backup.stderr]
        again = Server(folder, environ={**environ, "TRADETERM_JWT_SECRET": "x"})
        refused = again.run("serve", "--port", "0", "--feed", "none")
        said += [refused.stdout, refused.stderr, server.log]
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert folder / "backup.db" in files, backup.stderr
    for name, secret in canary.items():
        if name != "wrong":  # of a name that was tried, the log tells the first characters
            assert not [text for text in said if secret in text], name
        assert not [path for path in files if secret in str(path)], name
        assert not [path for path, data in files.items() if secret.encode() in data and path.name != "server.log"], name
    assert f"password={canary['wrong']}" not in server.log
