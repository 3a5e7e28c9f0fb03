"""Text from elsewhere, made safe for a terminal."""


def printable(text: str) -> str:
    """Text that came over the wire must not steer the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)
