"""WebSocket text frames as bytes, so that one can be built once and written to many sockets."""

_TEXT = 0x81  # FIN, opcode 1
_SHORT, _MEDIUM = 126, 1 << 16


def text_start(size: int) -> bytes:
    """What stands before a payload of so many bytes (up to 2**63 - 1)."""
    if size < _SHORT:
        return bytes((_TEXT, size))
    if size < _MEDIUM:
        return b"\x81\x7e" + size.to_bytes(2, "big")
    return b"\x81\x7f" + size.to_bytes(8, "big")


def text_frame(payload: bytes) -> bytes:
    """One unmasked text frame with `payload` (UTF-8)."""
    return text_start(len(payload)) + payload
