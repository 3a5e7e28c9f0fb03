"""WebSocket text frames as bytes, so that one can be built once and written to many sockets."""

_TEXT = 0x81  # FIN, opcode 1
_SHORT, _MEDIUM = 126, 1 << 16


def text_frame(payload: bytes) -> bytes:
    """One unmasked text frame with `payload` (UTF-8, up to 2**63 - 1 bytes)."""
    size = len(payload)
    if size < _SHORT:
        return bytes((_TEXT, size)) + payload
    if size < _MEDIUM:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload
