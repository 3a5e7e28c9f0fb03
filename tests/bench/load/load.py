"""What `load.c` does, where there is no compiler: the same arguments, the same line of JSON. One process, raw sockets."""

import json
import os
import selectors
import socket
import sys
import time
from collections.abc import Callable

WARM_UP_S = 0.5
ACK_EVERY = 20
ORDER = '{"symbol":"BTC/USD","side":"%s","type":"%s","quantity":"%s"%s}'


def frame(text: str) -> bytes:
    """A text frame of a client, masked by nothing."""
    size = len(text)
    head = bytes((0x81, 0x80 | size)) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    return head + bytes(4) + text.encode()


class Trader:
    """A connection for orders and a socket for events; one command at a time."""

    def __init__(self, address: tuple[str, int], token: str, mode: str, done: Callable[[float], None]) -> None:
        self._mode, self._done, self._token = mode, done, token
        self._host = f"{address[0]}:{address[1]}"
        self.http, self.ws = socket.create_connection(address), socket.create_connection(address)
        self._in = self._events = b""
        self._id, self._step, self._number, self._seq, self._began = "", 0, 0, 0, 0.0
        self._answered = self._filled = False
        self.ws.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {token}\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self._events:
            self._events += self.ws.recv(1)
        assert b" 101 " in self._events, self._events
        self._events = b""
        self.ws.sendall(frame('{"op":"subscribe","id":1,"channel":"trading"}'))
        for one in (self.http, self.ws):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def next(self) -> None:
        """Give the next command."""
        self._number += 1
        self._answered, self._filled = False, self._mode == "resting"
        if self._number % ACK_EVERY == 0 and self._seq:
            self.ws.sendall(frame(f'{{"op":"ack","channel":"trading","seq":{self._seq}}}'))
        self._began = time.perf_counter()
        side = "buy" if self._number % 2 else "sell"
        if self._mode == "resting":
            self._resting()
        elif self._mode == "post":
            self._request("POST", "", ORDER % (side, "market", "0.001", ""))
        else:
            body = ORDER % (side, "market", "0.001", "")
            self.ws.sendall(frame(f'{{"op":"order.create","id":{self._number},"data":{body}}}'))

    def _resting(self) -> None:
        price = f',"price":"{40000 - self._number % 500}.00"'
        match self._step:
            case 0:
                self._request("POST", "", ORDER % ("buy", "limit", "0.002", price))
            case 1:
                self._request("PATCH", f"/{self._id}", '{"quantity":"0.001"}')
            case _:
                self._request("DELETE", f"/{self._id}", "")

    def _request(self, method: str, path: str, body: str) -> None:
        self.http.sendall(
            f"{method} /api/v1/orders{path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )

    def answer(self) -> None:
        """Bytes of an answer came."""
        self._in += self.http.recv(1 << 16)
        head, _, body = self._in.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if not length or len(body) < int(length):
            return
        assert head[9:10] == b"2", self._in
        if self._step == 0:
            self._id = body.partition(b'"id":"')[2].partition(b'"')[0].decode()
        self._in, self._answered = b"", True
        self._maybe_done()

    def events(self) -> None:
        """Bytes of the account's events came."""
        self._events += self.ws.recv(1 << 18)
        at, held = 0, self._events
        while len(held) - at >= 4:
            size, head = held[at + 1], 2
            if size >= 126:
                head = 4 if size == 126 else 10
                size = int.from_bytes(held[at + 2 : at + head], "big")
            if len(held) - at < head + size:
                break
            self._hear(held[at + head : at + head + size])
            at += head + size
        self._events = held[at:]
        self._maybe_done()

    def _hear(self, text: bytes) -> None:
        if text.startswith(b'{"event":'):
            seq = text[:200].partition(b'"seq":')[2].partition(b",")[0]
            self._seq = int(seq) if seq else self._seq
            self._filled = self._filled or text.startswith(b'{"event":"order:filled"')
        elif text.startswith(b'{"op":"result"'):
            self._answered = self._answered or self._mode == "socket"
        assert not text.startswith(b'{"op":"error"'), text

    def _maybe_done(self) -> None:
        if self._answered and self._filled:
            self._done(time.perf_counter() - self._began)
            self._step = (self._step + 1) % 3
            self.next()


def main() -> None:
    host, port, seconds, mode = sys.argv[1:]
    latencies: list[float] = []
    counted: list[float] = []
    tokens = sys.stdin.read().split()
    started = time.perf_counter() + 3600

    def done(latency: float) -> None:
        latencies.append(latency)
        if time.perf_counter() - started >= WARM_UP_S:
            counted.append(latency)

    traders = [Trader((host, int(port)), token, mode, done) for token in tokens]
    selector = selectors.DefaultSelector()
    for one in traders:
        selector.register(one.http, selectors.EVENT_READ, one.answer)
        selector.register(one.ws, selectors.EVENT_READ, one.events)
    started = time.perf_counter()
    for one in traders:
        one.next()
    while time.perf_counter() < started + WARM_UP_S + float(seconds):
        for key, _ in selector.select(0.1):
            key.data()
    spent = time.perf_counter() - started - WARM_UP_S
    counted.sort()
    p50, p99 = (1e3 * counted[len(counted) * part // 100] for part in (50, 99))
    said = {"measured": len(counted), "all": len(latencies), "errors": 0, "seconds": spent, "p50": p50, "p99": p99}
    print(json.dumps(said | {"cpu": sum(os.times()[:2])}))


main()
