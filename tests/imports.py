"""The import graph of both packages, read from the source: what the tests of the architecture look at."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.garbage import what_stays

ROOT = Path(__file__).parents[1]
PACKAGES = ("tradeterm", "server")


@dataclass(frozen=True, slots=True)
class Module:
    """One file: its dotted name, its tree, and every name that an import statement in it reaches, at whatever depth."""

    name: str
    path: Path
    tree: ast.Module
    imports: frozenset[str]

    def is_in(self, *packages: str) -> bool:
        return any(is_below(self.name, package) for package in packages)

    def reaches(self, *packages: str) -> set[str]:
        """What it imports of these packages (dotted names: `time`, `server.executor`)."""
        return {one for one in self.imports if any(is_below(one, package) for package in packages)}


def is_below(name: str, package: str) -> bool:
    """Whether a dotted name is a package or something in it."""
    return name == package or name.startswith(f"{package}.")


@cache
def modules() -> tuple[Module, ...]:
    """Every module of both packages, by name."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    with what_stays():
        return tuple(_read(path) for path in paths)


def _read(path: Path) -> Module:
    tree = ast.parse(path.read_text("utf-8"))
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    return Module(name, path, tree, frozenset(_imported(tree)))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None
            assert node.level == 0, "imports are absolute"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
