"""A key that stands twice is found, wherever it stands; what a quick count of colons lets through has none."""

import json
from random import Random
from typing import Any

import orjson
import pytest

from server.gateway.native.reading import Wrong, refuse_repeated_keys

KEYS = ("op", "id", "data", "a", "b:c", "price")


def pairs(chance: Random, depth: int) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for _ in range(chance.randrange(4)):
        is_object = depth and chance.random() < 0.4
        value = pairs(chance, depth - 1) if is_object else chance.choice(("1", "x:y", 5, None, "{}"))
        found.append((chance.choice(KEYS), value))
    return found


def written(one: Any) -> str:
    if not isinstance(one, list):
        return json.dumps(one)
    return "{" + ",".join(f"{json.dumps(key)}:{written(value)}" for key, value in one) + "}"


def repeats(one: Any) -> bool:
    if not isinstance(one, list):
        return False
    names = [key for key, _ in one]
    return len(set(names)) < len(names) or any(repeats(value) for _, value in one)


def test_every_repeated_key_is_refused_and_nothing_else() -> None:
    chance, seen = Random(4), {True: 0, False: 0}
    for _ in range(5_000):
        said = pairs(chance, 3)
        message = written(said)
        seen[repeats(said)] += 1
        if repeats(said):
            with pytest.raises(Wrong):
                refuse_repeated_keys(message, orjson.loads(message))
        else:
            refuse_repeated_keys(message, orjson.loads(message))
    assert min(seen.values()) > 500
