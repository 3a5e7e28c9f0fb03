"""The text below an attribute, as a sentence about it.

Python keeps no such texts: they are read from the source, a module at a time, when somebody asks. pydantic would do so
for every model while it is imported, which was a third of the server's start.
"""

import ast
import importlib
import inspect
from collections.abc import Iterator, Mapping
from functools import cache


def attribute_docs(model: type) -> Mapping[str, str]:
    """By attribute, what stands below it in the class or in one that it is derived from. Nothing where there is no
    source."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        found |= _of_module(one.__module__).get(one.__qualname__, {})
    return found


@cache
def _of_module(name: str) -> Mapping[str, Mapping[str, str]]:
    try:
        source = inspect.getsource(importlib.import_module(name))
    except (OSError, TypeError, ImportError):
        return {}
    tree = ast.parse(source)
    return {one.name: dict(_of_class(one)) for one in tree.body if isinstance(one, ast.ClassDef)}


def _of_class(found: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for above, below in zip(found.body, found.body[1:], strict=False):
        if isinstance(above, ast.AnnAssign) and isinstance(above.target, ast.Name) and isinstance(below, ast.Expr):
            text = below.value
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield above.target.id, inspect.cleandoc(text.value)
