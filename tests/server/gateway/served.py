"""The whole gateway on a real port, in the test's own process: so that a test can count what it keeps."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator

from server.gateway.app import Gateway
from server.web import Listening, bind, listening, url_of
from tests.builders import CountedIds
from tests.server.gateway.rest.rig import Rig


class Served:
    """A gateway that listens on `url`."""

    def __init__(self, rig: Rig, gateway: Gateway, web: Listening, url: str) -> None:
        self.rig, self.gateway, self.web, self.url = rig, gateway, web, url
        self.port = int(url.rsplit(":", 1)[1])


@contextlib.asynccontextmanager
async def served(rig: Rig, tls: ssl.SSLContext | None = None) -> AsyncIterator[Served]:
    """Serve the rig's parts on a free port, over TLS if there is a context, until the end of the block."""
    gateway = Gateway(rig.app, rig.services, CountedIds(), rig.hub)
    listener = bind("127.0.0.1", 0)
    web = listening(gateway, gateway.uvicorn_options(tls), secure=tls is not None)
    serving = asyncio.create_task(web.serve(sockets=[listener]))
    working = asyncio.create_task(gateway.run())
    try:
        await web.accepting.wait()
        yield Served(rig, gateway, web, url_of(listener, secure=tls is not None))
    finally:
        web.should_exit = True
        await serving
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
        listener.close()
