"""WebSocket text frames as bytes, so that one can be built once and written to many sockets; and the plainest of a client's,
read without the library."""

from functools import lru_cache

from websockets.frames import apply_mask  # type: ignore[attr-defined]  # from C, where there is C

_TEXT = 0x81  # FIN, opcode 1
_SHORT, _MEDIUM = 126, 1 << 16
_MASKED = 0x80
_LEAST = 6  # bytes of a client's frame: the head, a size, and the mask


@lru_cache(maxsize=2_048)  # what is told is of few lengths
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


def plain_text(data: bytes, at: int, longest: int) -> tuple[str, int] | None:
    """The message that begins there, and where what follows it begins: of one masked text frame that is whole and has up to
    `longest` bytes (below 65,536). None for all else, and for what is wrong: the library has the words for it."""
    if len(data) - at < _LEAST or data[at] != _TEXT:
        return None
    start, size = at + _LEAST, data[at + 1] - _MASKED
    if size >= _SHORT:
        start, size = start + 2, int.from_bytes(data[at + 2 : at + 4], "big") if size == _SHORT else 0
        if size < _SHORT:
            return None
    end = start + size
    if not 0 <= size <= longest or end > len(data):
        return None
    try:
        return apply_mask(data[start:end], data[start - 4 : start]).decode(), end
    except UnicodeDecodeError:
        return None
