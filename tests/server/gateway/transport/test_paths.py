"""Paths and names that are written otherwise: one way leads to each thing, and no other way leads past a check."""

import asyncio

from tests.server.gateway.rest.rig import Rig
from tests.server.gateway.served import Served, served

ACCOUNT = "/api/v1/account"
# What percent-decoding makes the path of: the same resource, behind the same checks.
SAME = (
    "/api/v1/acc%6funt",
    "/%61pi/v1/account",
    "/api%2fv1%2faccount",
    f"{ACCOUNT}?",
    f"{ACCOUNT}??x=%00",
    f"{ACCOUNT}#x",
)
NOTHING = (
    *(
        "//api/v1/account",
        "/api//v1/account",
        f"{ACCOUNT}/",
        f"{ACCOUNT}//",
        f"{ACCOUNT}.",
        f"{ACCOUNT}/.",
        "//metrics",
    ),
    *("/api/v1/./account", "/api/v1/orders/../account", "/api/v1/orders/%2e%2e/account", "/api/v1/orders/..%2faccount"),
    *(
        "/api/v1/orders/%252e%252e/account",
        "/docs/../api/v1/account",
        "/docs/%2e%2e/%2e%2e/etc/passwd",
        "/../etc/passwd",
    ),
    *("/API/V1/ACCOUNT", "/api/v1/Account", f"{ACCOUNT};x=1", "/api;/v1/account", "/metrics;x", "/metrics/"),
    *(
        f"{ACCOUNT}%00",
        f"{ACCOUNT}%20",
        f"{ACCOUNT}%0d%0aX:1",
        f"{ACCOUNT}%c0%af",
        f"{ACCOUNT}%ff",
        "/api\\v1\\account",
    ),
    *(f"{ACCOUNT}{'/x' * 2_000}", "//elsewhere.example/api/v1/account", "*"),
)
NO_ADDRESS = (
    "api/v1/account",
    "\\api",
    "elsewhere.example:443",
    "http://127.0.0.1",
    "http:///api/v1/account",
    f"{ACCOUNT}\u00ff",
)
ELSEWHERE = ("http://elsewhere.example", "http://127.0.0.1:80@elsewhere.example", "ftp://x")
TOO_LONG = "/" + "a" * 9_000


async def status(server: Served, target: str, head: str = "") -> int:
    """Of a GET, as it is written; nothing leads anywhere else by a redirection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    request = f"GET {target} HTTP/1.1\r\nConnection: close\r\n{head or 'Host: 127.0.0.1'}\r\n\r\n"
    writer.write(request.encode("latin-1"))
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
    writer.close()
    assert b"location:" not in answer.lower()
    return int(answer.split()[1])


async def test_each_thing_has_one_path() -> None:
    """Slashes, dots, cases, parameters and codings that some server or other would take for it are nothing here, signed
    in or not; what decodes to it wants the same sign-in."""
    rig = Rig()
    async with served(rig) as server:
        token = (await rig.grant()).access_token
        for sign_in in ("", f"\r\nAuthorization: Bearer {token}"):
            head = f"Host: 127.0.0.1{sign_in}"
            assert {path: await status(server, path, head) for path in NOTHING} == dict.fromkeys(NOTHING, 404)
            assert {path: await status(server, path, head) for path in NO_ADDRESS} == dict.fromkeys(NO_ADDRESS, 400)
            assert await status(server, TOO_LONG, head) == 414
            assert {await status(server, f"{one}{ACCOUNT}", head) for one in ELSEWHERE} == {400}
        assert {path: await status(server, path) for path in SAME} == dict.fromkeys(SAME, 401)


HEADS = (
    *(
        ("Host: elsewhere.example", 421),
        ("Host: 127.0.0.1.elsewhere.example", 421),
        ("Host: elsewhere.example.", 421),
    ),
    *(("Host: 127.0.0.1@elsewhere.example", 421), ("Host: [::1]elsewhere.example", 421), ("Host: a.b:80:80", 421)),
    *(("Host: 127.1", 421), ("Host: x/elsewhere.example", 421), ("Host: 127.0.0.1, elsewhere.example", 421)),
    *(("Host: a.localhost.elsewhere.example", 421), ("Host: \u00e2\u0080\u00ae.example", 421)),
    *(("Host: 127.0.0.1\r\nHost: elsewhere.example", 400), ("X-None: 1", 400), ("Host : 127.0.0.1", 400)),
    *(("Host: 127.0.0.1\r\nX-Forwarded-Host: elsewhere.example", 401), ("Host: a.localhost", 401)),
)


async def test_no_other_name_is_taken_for_ours() -> None:
    """However it is written round one of ours."""
    async with served(Rig()) as server:
        assert [(head, await status(server, ACCOUNT, head)) for head, _ in HEADS] == [*HEADS]
