"""The port: taken once, named as clients write it, and quick on whichever loop."""

import asyncio
import socket
from collections.abc import Callable

import pytest
import uvloop

from server.web import PortUnavailable, bind, url_of


def test_a_port_that_is_taken_is_said_to_be() -> None:
    with bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert url_of(listener) == f"http://127.0.0.1:{port}"
        assert url_of(listener, secure=True) == f"https://127.0.0.1:{port}"
        with pytest.raises(PortUnavailable, match=f"127.0.0.1:{port}: address already in use"):
            bind("127.0.0.1", port)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_what_is_written_is_sent_at_once(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """Nothing waits for the other end's acknowledgment, which comes 40 ms late."""

    async def accepted() -> int:
        told: asyncio.Future[asyncio.BaseTransport] = asyncio.get_running_loop().create_future()

        class Telling(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                told.set_result(transport)

        server = await asyncio.get_running_loop().create_server(Telling, sock=bind("127.0.0.1", 0))
        with socket.create_connection(server.sockets[0].getsockname()):
            transport = await told
            option: int = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            transport.close()
        server.close()
        return option

    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(accepted())
