"""Every public name has somebody who uses it: a door that nobody opens misleads those who read the plan."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

import tradeterm.client
from tests.imports import PACKAGES, Module, modules

PLAIN = {"property", "staticmethod", "classmethod", "cached_property", "override", "dataclass", "cache", "lru_cache"}
PLAIN |= {"contextmanager", "asynccontextmanager"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# Used from outside of what is read here; each says by whom.
OUTSIDE = {
    "server.storage.migrations.env": "alembic runs the file",
    "server.storage.migrations.versions": "alembic runs the files",
    "server.storage.tables.schema": "SQLModel registers each table as its class is made",
}

KEPT = {
    "Ladder.shown_prices": "what is painted, as values, for tests",
    "code_at": "what a telephone shows: the counterpart that a code is held against",
    "WholeLines.render_line": "called by Textual of the widgets that it is part of",
    "Position": "an old name of the SDK",
}


@dataclass(frozen=True, slots=True)
class Name:
    """A public function, class, method or constant, and where it stands."""

    module: str
    owner: tuple[str, ...]
    name: str
    line: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {'.'.join((*self.owner, self.name))}"


def test_every_public_name_is_used() -> None:
    """In the product itself: a test alone keeps nothing alive. What a framework calls is known by its base class."""
    used = {name for module in modules() for name in _used(module)}
    exported = set(tradeterm.client.__all__)
    unused = [
        str(name)
        for module in modules()
        if not module.is_in(*OUTSIDE)
        for name in _defined(module.name, (), module.tree.body)
        if str(name).rpartition(" ")[2] not in KEPT
        if name.name not in used and not exported & {name.name, *name.owner} and not _is_hook(name)
    ]
    assert not unused


def _used(module: Module) -> Iterator[str]:
    """A function that alone speaks of itself is used by nobody."""
    own = {id(one): node.name for node in module.tree.body for one in _mentions(node) if isinstance(node, FUNCTIONS)}
    for node in ast.walk(module.tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()) if (
                own.get(id(node)) != name
            ):
                yield name
            case ast.alias(name=name, asname=str(other)) if other != name:
                yield name
            case _:
                pass
    for text in _texts_that_name(module.tree):
        yield from re.findall(r"\w+", text)


def _mentions(node: ast.stmt) -> Iterator[ast.AST]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Name))


def _texts_that_name(tree: ast.Module) -> Iterator[str]:
    """Annotations in quotes, casts, what is looked up by name, and tables of commands: no other text opens a door."""
    for node in ast.walk(tree):
        spots: list[ast.AST | None] = []
        match node:
            case ast.FunctionDef(returns=found, args=arguments) | ast.AsyncFunctionDef(returns=found, args=arguments):
                taken = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
                spots = [found, *(one.annotation for one in taken)]
            case ast.AnnAssign(annotation=found):
                spots = [found]
            case ast.Assign(targets=[ast.Name(id="COMMANDS")]) | ast.Subscript():
                spots = [node]
            case ast.Call(func=ast.Name(id="cast" | "getattr" | "TypeVar")):
                spots = [node]
            case _:
                pass
        inside = (one for spot in spots if spot is not None for one in ast.walk(spot))
        yield from (one.value for one in inside if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _defined(module: str, owner: tuple[str, ...], body: list[ast.stmt]) -> Iterator[Name]:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("_") or _is_registered(node):
                continue
            yield Name(module, owner, node.name, node.lineno)
            if isinstance(node, ast.ClassDef):
                yield from _defined(module, (*owner, node.name), node.body)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and not owner:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for found in (one for target in targets for one in ast.walk(target)):
                if isinstance(found, ast.Name) and not found.id.startswith("_"):
                    yield Name(module, owner, found.id, node.lineno)


def _is_registered(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A decorator like `@router.get` or `@app.command` hands it to somebody who calls it."""
    names = {ast.unparse(one).partition("(")[0].rpartition(".")[2] for one in node.decorator_list}
    return bool(names - PLAIN - {"setter"})


def _is_hook(name: Name) -> bool:
    """A method that a base class of somebody else's knows, or that Textual finds by its name."""
    if not name.owner:
        return False
    if name.name.startswith(("action_", "on_", "watch_", "validate_")):
        return True
    held: object = importlib.import_module(name.module)
    for part in name.owner:
        held = getattr(held, part)
    assert isinstance(held, type)
    return any(hasattr(base, name.name) for base in held.__mro__ if not base.__module__.startswith(PACKAGES))


# A library calls these by name.
PRIVATE_HOOKS = {"_check_bindings", "_on_paste", "_on_click"}


def test_every_private_name_is_used() -> None:
    """In its own module, or by who is derived from it."""
    used = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    defined = [
        (module.name, node)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and re.match(r"_[^_]", node.name) and not _is_registered(node)
    ]
    assert not [f"{name}:{node.lineno} {node.name}" for name, node in defined if node.name not in used | PRIVATE_HOOKS]


def test_every_parameter_is_read() -> None:
    """Of a function that is always called, never handed on: what it is given there, nobody asked it to take."""
    spoken = [
        node for module in modules() for node in ast.walk(module.tree) if isinstance(node, ast.Name | ast.Attribute)
    ]
    called = {id(node.func) for module in modules() for node in ast.walk(module.tree) if isinstance(node, ast.Call)}
    handed_on = {one.attr if isinstance(one, ast.Attribute) else one.id for one in spoken if id(one) not in called}
    unread = [
        f"{module.name}:{node.lineno} {node.name}({argument.arg})"
        for module in modules()
        for node in module.tree.body
        if isinstance(node, FUNCTIONS) and node.name not in handed_on and not node.decorator_list
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        if argument.arg not in {one.id for part in node.body for one in ast.walk(part) if isinstance(one, ast.Name)}
    ]
    assert not unread
