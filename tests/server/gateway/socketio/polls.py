"""Socket.IO's endpoint, asked as a poll asks it: without a socket between."""

import json
from collections.abc import MutableMapping
from typing import Any

from server.gateway.limits import GatewayLimits, Limits, SessionLimits
from server.gateway.socketio.endpoint import SocketIoEndpoint
from tests.server.gateway.rig import GatewayRig, check

GOOD = "https://desk.example"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


class Polls:
    """The endpoint, asked without a socket between."""

    def __init__(self, limits: GatewayLimits | None = None) -> None:
        self.rig = GatewayRig()
        self.early: list[str] = []  # what came in one poll with the answer to a CONNECT
        self.limits = Limits(limits or GatewayLimits(sockets_per_user=0), self.rig.clock)
        self.endpoint = SocketIoEndpoint(
            hub=self.rig.hub,
            check=check,
            limits=self.limits,
            session_limits=SessionLimits(commands_per_s=0),
            allow_origins=(GOOD,),
        )

    async def ask(
        self, method: str, sid: str | None = None, body: str = "", *, of: str = HERE, more: str = "", origin: str = ""
    ) -> tuple[int, str]:
        """The status and the body of the answer."""
        query = f"EIO=4&transport=polling{f'&sid={sid}' if sid else ''}{more}"
        scope = {
            "type": "http",
            "method": method,
            "path": "/socket.io/",
            "query_string": query.encode(),
            "headers": [
                (b"host", b"localhost"),
                (b"content-length", str(len(body)).encode()),
                *([(b"origin", origin.encode())] if origin else []),
            ],
            "client": (of, 4000),
        }
        said: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body.encode(), "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            said.append(message)

        await self.endpoint(scope, receive, send)
        return said[0]["status"], b"".join(one.get("body", b"") for one in said[1:]).decode()

    async def open(self) -> str:
        """A session that nobody has signed in; its id."""
        status, text = await self.ask("GET")
        assert status == 200, text
        sid: str = json.loads(text.removeprefix("0"))["sid"]
        return sid

    async def sign_in(self, token: str = "ann", sid: str | None = None, **more: Any) -> tuple[str, dict[str, Any]]:
        """The session's id, and what the CONNECT is answered with."""
        sid = sid or await self.open()
        assert (await self.ask("POST", sid, "40" + json.dumps({"token": token, **more})))[0] == 200
        answer, *self.early = await self.poll(sid)
        return sid, json.loads(answer[2:])

    async def poll(self, sid: str) -> list[str]:
        """The packets that wait."""
        self.rig.turns.run()
        status, text = await self.ask("GET", sid)
        assert status == 200, text
        return text.split("\x1e")

    async def say(self, sid: str, event: str, *said: object) -> list[str]:
        """An event of the client, and what it is answered."""
        assert (await self.ask("POST", sid, "42" + json.dumps([event, *said])))[0] == 200
        return await self.poll(sid)
