"""Who implements a port, or writes a program on the SDK, is told what each name promises, where it stands."""

import ast
from collections.abc import Iterator

import pytest

from tests.imports import modules

FACES = ("server.ports", "tradeterm.client", "tradeterm.tui.desk.port", "server.storage.backends.backend")


def _silent(tree: ast.Module | ast.ClassDef, of: str = "") -> Iterator[str]:
    """Public classes, functions and methods without a word."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            if ast.get_docstring(node) is None:
                yield f"{of}{node.name}"
            if isinstance(node, ast.ClassDef):
                yield from _silent(node, f"{node.name}.")


@pytest.mark.parametrize("face", FACES)
def test_every_public_name_has_a_sentence(face: str) -> None:
    looked_at = [module for module in modules() if module.is_in(face)]
    assert looked_at, "the face has moved"
    assert not {module.name: found for module in looked_at if (found := list(_silent(module.tree)))}
