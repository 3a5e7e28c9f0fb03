"""Who may import whom, what may be loaded, and what a module may hold: the rules of the house as facts.

The floors (which package stands on which) are import-linter's contracts in pyproject.toml; here is what they cannot say.
"""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from tests.imports import PACKAGES, ROOT, Module, is_below, modules

# Who alone may import a library. Everybody else gets what it does through a port or through that package.
FENCES = {
    "textual": ("tradeterm.tui",),
    "rich": ("tradeterm.tui", "tradeterm.cli", "server.commands"),
    "cyclopts": ("tradeterm.cli", "server.commands"),
    "ccxt": ("server.marketdata", "server.venues"),
    "sqlalchemy": ("server.storage",),
    "sqlmodel": ("server.storage",),
    "alembic": ("server.storage",),
    "psycopg": ("server.storage",),
    "sqlite3": ("server.storage",),
    "websockets": ("tradeterm.client.connection", "server.gateway.transport"),
    "fastapi": ("server.gateway.rest",),
    "starlette": ("server.gateway.rest",),
    "uvicorn": ("server.gateway.transport", "server.web"),
    "socketio": ("server.gateway.socketio",),
    "engineio": ("server.gateway.socketio",),
    "jwt": ("server.identity",),
    "argon2": ("server.identity",),
    "prometheus_client": ("server.gateway.rest.metrics",),
    "httpx": ("tradeterm.lean_httpx",),
    "tradeterm.lean_httpx": ("tradeterm.client.rest", "tradeterm.cli"),
    "tomlkit": ("tradeterm.cli",),
    "platformdirs": ("tradeterm.config", "server.config", "server.signing", "server.venue_keys"),
    "pydantic": (
        *("tradeterm.protocol", "tradeterm.client.rest", "tradeterm.cli", "tradeterm.tui.desk.client_desk"),
        *("server.config", "server.gateway.commands", "server.gateway.rest"),
    ),
    "pydantic_core": ("tradeterm.protocol.wire",),
    "structlog": ("server",),
    "orjson": ("server",),
    "uvloop": ("server.commands.run_server",),
    "cryptography": ("server.identity",),
    "pyotp": ("server.identity",),
}
# Who loads a module by a name that is no import statement: nobody else can pass a fence that way.
LOADS_BY_NAME = {
    "tradeterm.protocol.attribute_docs",  # the source of a model
    "server.lean_ccxt",
    "server.storage.backends.postgres_server",  # the driver, an extra that not everybody has
    "server.venue_keys",  # the keyring, where there is one
}

# No I/O, clock, randomness or logging here: time, ids and chance are arguments.
PURE = (
    "tradeterm.protocol",
    "tradeterm.client.session",
    "tradeterm.client.store",
    "tradeterm.tui.drawing",
    "tradeterm.tui.format",
    "tradeterm.tui.orders",
    "server.domain",
    "server.executor.core",
    "server.executor.handlers",
    "server.executor.rules",
    "server.executor.state",
    "server.gateway.commands",
    "server.gateway.native.decisions",
    "server.gateway.native.messages",
    "server.gateway.native.reading",
    "server.gateway.native.session",
    "server.gateway.streams.ack_window",
    "server.gateway.streams.position",
    "server.venues.submit_outcome",
    "server.venues.unconfirmed",
)
WORLD = (
    *(
        "asyncio",
        "concurrent",
        "threading",
        "multiprocessing",
        "subprocess",
        "socket",
        "ssl",
        "selectors",
        "os",
        "io",
        "pathlib",
    ),
    *("time", "random", "secrets", "uuid", "logging", "structlog", "tempfile", "shutil", "httpx", "websockets"),
    *("server.storage", "server.gateway.transport"),
)
NOW = {"now", "utcnow", "today"}
CLOCKS = {"clock", "clocks"}  # what is given to be asked
OF_THE_MACHINE = {"open", "print", "input"}
BOTH_COMMAND_LINES = (
    "tradeterm.lean_imports",
    "tradeterm.secret_line",
    "tradeterm.standard_streams",
)  # how a process begins and what it is given, not what it says


def ours(*packages: str) -> list[Module]:
    return [module for module in modules() if module.is_in(*packages)]


@pytest.mark.parametrize("library", FENCES)
def test_a_library_stays_behind_its_fence(library: str) -> None:
    """One package alone imports it, so that it can be replaced there and nobody else pays for it."""
    outside = [module.name for module in modules() if module.reaches(library) and not module.is_in(*FENCES[library])]
    assert not outside


def test_every_library_has_a_fence() -> None:
    """One more that is imported is put behind one first."""
    imported = {name.partition(".")[0] for module in modules() for name in module.imports}
    assert imported - set(sys.stdlib_module_names) - set(PACKAGES) <= set(FENCES)


def test_no_fence_is_passed_by_a_name() -> None:
    """`import_module` would reach anything, and no contract would see it."""
    calls = {
        module.name
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__"))
    }
    assert calls == LOADS_BY_NAME


@pytest.mark.parametrize("package", PURE)
def test_what_decides_reaches_nothing_of_the_world(package: str) -> None:
    """The same arguments give the same answer: that is what makes it testable, and replayable from the journal."""
    assert ours(package), "the module has moved: say where to"
    assert not {module.name: found for module in ours(package) if (found := module.reaches(*WORLD))}
    called = [(module.name, node) for module in ours(package) for node in ast.walk(module.tree)]
    assert not [
        f"{name}:{node.lineno}"
        for name, node in called
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OF_THE_MACHINE
    ]


@pytest.mark.parametrize("package", PURE)
def test_what_decides_asks_no_clock(package: str) -> None:
    """`datetime.now` hides behind an import that is allowed, by whatever name it goes."""
    asked = [
        f"{module.name}:{node.lineno}"
        for module in ours(package)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in NOW
        and ast.unparse(node.func.value).rpartition(".")[2] not in CLOCKS
    ]
    assert not asked


@pytest.mark.parametrize("package", [one for one in PURE if one != "tradeterm.tui.orders"])
def test_what_decides_waits_for_nothing(package: str) -> None:
    """A rule that awaits could be overtaken between its question and its answer."""
    waits = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    assert not [m.name for m in ours(package) for node in ast.walk(m.tree) if isinstance(node, waits)]


def test_what_is_seen_knows_no_client() -> None:
    """State comes down as values, intent goes up as messages: only the desk's client side sees the client."""
    seen = [module for module in ours("tradeterm.tui") if not module.is_in("tradeterm.tui.desk")]
    assert not {m.name: found for m in seen if (found := m.reaches("tradeterm.client"))}


def test_what_draws_knows_no_widget() -> None:
    """So that a row can be drawn, and tested, without an app."""
    above = ("tradeterm.tui.widgets", "tradeterm.tui.screens", "tradeterm.tui.app")
    assert not {m.name: found for m in ours("tradeterm.tui.drawing") if (found := m.reaches(*above))}


def test_the_server_speaks_the_contract_and_nothing_else_of_the_terminal() -> None:
    """The client is for those who use a server; a server that imported it would test itself with itself."""
    allowed = ("tradeterm.protocol", "tradeterm.__version__", *BOTH_COMMAND_LINES)
    found = {m.name: {one for one in m.reaches("tradeterm") if one != "tradeterm"} for m in ours("server")}
    wrong = {name: {o for o in names if not any(is_below(o, a) for a in allowed)} for name, names in found.items()}
    assert not {name: names for name, names in wrong.items() if names}


def test_who_somebody_is_knows_no_way_in() -> None:
    """Tokens and passwords are the same for REST, the native socket and Socket.IO."""
    others = [f"server.{name}" for name in ("gateway", "executor", "venues", "marketdata", "storage", "bus")]
    assert not {m.name: found for m in ours("server.identity") if (found := m.reaches(*others))}


def test_the_shared_part_of_the_gateway_knows_no_dialect() -> None:
    """A third kind of client is a folder more, and no change in these."""
    dialects = [f"server.gateway.{name}" for name in ("native", "socketio", "rest")]
    shared = ours("server.gateway.streams", "server.gateway.transport", "server.gateway.commands")
    assert not {m.name: found for m in shared if (found := m.reaches(*dialects))}
    assert not {m.name: f for m in ours("server.gateway.native") if (f := m.reaches("server.gateway.socketio"))}
    assert not {m.name: f for m in ours("server.gateway.socketio") if (f := m.reaches("server.gateway.native"))}


# ---------------------------------------------------------------- what is loaded

SLOW = ("textual", "rich", "httpx", "websockets", "pydantic", "ccxt", "sqlalchemy", "fastapi", "uvicorn", "server")
LOADS = {
    "tradeterm": set[str](),
    "tradeterm.protocol": set[str](),
    "tradeterm.protocol.arithmetic": set[str](),
    "tradeterm.cli.main": set[str](),
    "tradeterm.cli.app": {"rich"},
    "tradeterm.cli.private_server": set[str](),
    "tradeterm.cli.console": {"pydantic"},  # the private server starts while the rest is loaded
    "tradeterm.cli.commands.config": {"rich", "pydantic"},
    "tradeterm.cli.commands.orders": {"rich", "pydantic", "httpx", "websockets"},
    "tradeterm.cli.commands.doctor": {"rich", "pydantic", "httpx", "websockets"},
    "tradeterm.client": {"pydantic", "httpx", "websockets"},
    "server.commands.main": {"pydantic", "server"},
}

NOT_OF_A_CONSOLE = {"cyclopts", "attr", "click", "pygments", "tomlkit", "sqlalchemy", "ccxt", "uvicorn", "server"}


@pytest.mark.parametrize("module", LOADS)
def test_an_import_loads_no_more_than_it_needs(module: str) -> None:
    """A script should not wait for a screen, nor a help text for a database."""
    assert libraries(loaded_with(module)) & set(SLOW) <= LOADS[module]


def test_the_console_loads_no_more_than_it_trades_with() -> None:
    """It holds what it loads all day: the library that reads commands takes 4 MB, the HTTP library's own command line 3."""
    loaded = loaded_with(
        *("tradeterm.cli.main", "tradeterm.cli.console", "tradeterm.cli.opening", "tradeterm.tui.app", "textual.pilot")
    )
    assert not libraries(loaded) & NOT_OF_A_CONSOLE


def test_the_server_loads_no_more_than_it_serves_with() -> None:
    """Its start is a second of CPU: ccxt takes one more, FastAPI a fifth, the HTTP libraries of clients a quarter, rich and
    the database that it is not on a tenth each."""
    unwanted = {"ccxt", "fastapi", "aiohttp", "requests", "urllib3", "cryptography", "alembic", "textual", "rich"}
    loaded = loaded_with("server.commands.main", "server.app", "server.commands.serve")
    assert not libraries(loaded) & unwanted
    assert "sqlalchemy.dialects.postgresql" not in loaded


def test_a_console_s_own_server_loads_nothing_that_reads_flags() -> None:
    """A first price waits for its start: that would be a twentieth of it."""
    assert not libraries(loaded_with("server.commands.main", "server.app")) & {"cyclopts", "attr"}


def loaded_with(*modules: str) -> set[str]:
    """What a new process has loaded once it has imported these."""
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def libraries(loaded: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in loaded}


# ---------------------------------------------------------------- what a module holds


def test_no_module_keeps_state() -> None:
    """Two servers in one process would share it, and so would two tests. Tables that nobody changes are fine."""
    assert not [f"{module.name}: {name}" for module in modules() for name in _empty_containers(module)]


RUN_AS_FILES = {"tradeterm.__main__", "server.__main__", "server.storage.migrations.env"}
AT_WORK = {"open", "read_text", "read_bytes", "write_text", "mkdir", "makedirs", "getenv", "urlopen", "connect", "run"}


def test_an_import_does_no_work() -> None:
    """It defines. Who imports a module has not asked for a file to be read, or for anything to be started."""
    defining = [module for module in modules() if module.name not in RUN_AS_FILES]
    top = [(module.name, node) for module in defining for node in module.tree.body]
    calls = [(name, n.value) for name, n in top if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call)]
    valued = [(name, node) for name, node in top if isinstance(node, ast.Assign | ast.AnnAssign)]
    called = [
        (name, one)
        for name, node in valued
        for one in ast.walk(node)
        if isinstance(one, ast.Call) and ast.unparse(one.func).rpartition(".")[2] in AT_WORK
    ]
    assert not [f"{name}:{node.lineno}" for name, node in (*calls, *called)]


CONTAINERS = {
    *("set", "dict", "list", "deque", "defaultdict", "Counter", "OrderedDict", "bytearray", "count", "cycle", "Queue"),
    *("SimpleQueue", "WeakKeyDictionary", "WeakValueDictionary", "WeakSet"),
}
COPIED_FOR_EACH = {"server.config"}  # defaults of pydantic's


def _empty_containers(module: Module) -> Iterator[str]:
    """What stands empty at the top of a module or a class waits to be filled."""
    classes = [node.body for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    bodies = [module.tree.body, *([] if module.is_in(*COPIED_FOR_EACH) else classes)]
    for node in (node for body in bodies for node in body):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            value = ast.unparse(node.value)
            kind = value.partition("(")[0].partition("[")[0].rpartition(".")[2]
            if value in {"[]", "{}"} or ("(" in value and kind in CONTAINERS):
                yield ast.unparse(node)
    yield from (ast.unparse(node) for node in ast.walk(module.tree) if isinstance(node, ast.Global))


# Who hears is set from outside only where a library or the life of a connection asks for it.
SET_LATER = {
    "server.gateway.native.endpoint": {"wire.on_text"},  # after the handshake, who speaks on it now
    "server.gateway.transport.websocket_protocol": {"self.conn.reject"},  # of the library's own answer
    "server.venues.exchange.ccxt.stream": {"client.handle_message"},  # ccxt's
    "server.venues.exchange.ccxt.in_turn": {"client.incrementing_nonce"},  # ccxt's
    "server.venues.exchange.ccxt.loading": {"made.log", "made.number"},  # ccxt's
}


def test_a_part_is_whole_when_it_is_built() -> None:
    """Whom it asks and whom it tells are arguments: nobody can forget to write them into it afterwards."""
    functions = _function_names()
    found = {module.name: set(_callables_set_from_outside(module, functions)) for module in modules()}
    assert {name: targets for name, targets in found.items() if targets} == SET_LATER


# Where parts are put together. What stands there may not write into what was built.
ROOTS = (
    *("server.app", "server.assembly", "server.chores", "server.composition", "server.live", "server.practice"),
    *("server.serving", "server.web", "server.gateway.app", "server.commands", "tradeterm.cli"),
)
WRITTEN_THERE = {
    "server.assembly": {"market.min_quantity", "market.min_notional"},  # a value, before anybody has it
    "server.composition": {"self.board.symbol(symbol).last"},  # the price that a market went on from, once it is known
    "server.serving": {"web.should_exit"},  # uvicorn's
    "server.gateway.app": {"scope['extensions'][EXTENSION]['wire'].client"},  # whose address it is, behind a proxy
    "tradeterm.cli.ended": {"output.is_unread"},  # nobody reads what a pipe took
    "tradeterm.cli.commands.command_client": {"self._http.timeout"},  # httpx's
}


def test_nothing_is_written_into_a_part_where_it_is_built() -> None:
    """`services.sockets = sockets` would be a part that is not whole yet, whatever it is that is written."""
    found: dict[str, set[str]] = {}
    for module in ours(*ROOTS):
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Store):
                continue
            if ast.unparse(node.value) not in {"self", "cls"}:
                found.setdefault(module.name, set()).add(ast.unparse(node))
    assert found == WRITTEN_THERE


# What an order, a position and an account know of themselves. The core's own sets and queues are the core's.
ENTITIES = ("server.domain.orders", "server.domain.positions", "server.domain.accounts")
MUTATORS = {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update"}
# Who writes an object as text leaves the text there: nobody in the domain reads it, and what changes the object drops it.
TEXTS = {"order.encoded", "order.encoded_terms", "position.encoded"}
NO_ENTITIES = {"self", "cls", "ledger", "found", "batch"}  # the core's own, what was found out, and rows


def test_an_order_a_position_and_an_account_own_their_writes() -> None:
    """Whoever handles them asks them to change, by a method of a name that says what happens."""
    names = {
        target.target.id
        for module in ours(*ENTITIES)
        for class_ in module.tree.body
        if isinstance(class_, ast.ClassDef)
        for target in class_.body
        if isinstance(target, ast.AnnAssign) and isinstance(target.target, ast.Name)
    }
    found = {one for module in ours("server.executor") for one in _changed(module.tree, names)}
    assert found == TEXTS


def _changed(tree: ast.AST, names: set[str]) -> Iterator[str]:
    """`order.filled = …`, `del account.alerts[…]`, `account.limits.update(…)`: attributes of these names, changed where it
    is not their own object that does it."""
    for node in ast.walk(tree):
        target: ast.AST | None = None
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            target = node.value if isinstance(node, ast.Subscript) else node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
            target = node.func.value
        if isinstance(target, ast.Attribute) and target.attr in names and _owner(target) not in NO_ENTITIES:
            yield ast.unparse(target)


def _owner(target: ast.Attribute) -> str:
    return ast.unparse(target.value).rpartition(".")[2].lstrip("_")


def test_what_decides_about_orders_speaks_no_dialect_of_the_wire() -> None:
    """No status of HTTP and no bytes: who tells somebody finds the words."""
    statuses = {int(one) for one in HTTPStatus if one >= HTTPStatus.OK}
    found = {
        f"{module.name}: {node.value!r}"
        for module in ours("server.domain")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and (isinstance(node.value, bytes) or _is_number_of(node.value, statuses))
    }
    assert found == set()


def _is_number_of(value: object, numbers: set[int]) -> bool:
    return type(value) is int and value in numbers


# A function of such a name answers: what it is asked about, and everybody's state, are afterwards as they were.
ANSWERS = re.compile(
    r"_?(assess|deny|denied|lets|only|takes|keeps|claimed|price|sweep|preview|closable|closing_room)(_|$)|.*_denial$|_look_at_(entry|exit|trigger|reverse)$"
)
ACTS = {
    "append",
    "appendleft",
    "because",
    "blame",
    "cancel",
    "count",
    "moved",
    "tell",
    "tell_order",
    "tell_state",
    "touch",
    "write_order",
}


def test_a_rule_changes_nothing_of_what_it_is_asked_about() -> None:
    """It may only write down what it found."""
    looked_at, found = set[str](), set[str]()
    for module in ours("server.domain", "server.executor.rules"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef) and ANSWERS.match(node.name):
                looked_at.add(node.name)
                found |= {f"{node.name}: {one}" for one in _acts(node)}
    assert {"assess", "deny_limits", "funds_denial", "_look_at_entry", "_look_at_reverse", "preview"} <= looked_at
    assert found == set()


def _acts(function: ast.FunctionDef) -> Iterator[str]:
    """What it writes into anything but its own names and what it found, and what it has done by others."""
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Attribute)
            and not isinstance(node.ctx, ast.Load)
            and ast.unparse(node.value) != "found"
        ):
            yield ast.unparse(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_of_something = isinstance(node.func.value, ast.Attribute) and node.func.attr in MUTATORS
            if is_of_something or node.func.attr in ACTS:
                yield ast.unparse(node.func)


def _function_names() -> set[str]:
    """What names functions and methods and never a value: of a name that means both, nobody can tell by its look."""
    functions, values = {"str"}, set[str]()
    for node in (node for module in modules() for node in ast.walk(module.tree)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            (values if node.decorator_list else functions).add(node.name)
        elif isinstance(node, ast.arg):
            values.add(node.arg)
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            values.add(node.id if isinstance(node, ast.Name) else node.attr)
    return functions - values


def _callables_set_from_outside(module: Module, functions: set[str]) -> Iterator[str]:
    """`part.hears = lambda …`, and the same with a function's or a method's name."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Assign):
            continue
        value = node.value
        name = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
        is_partial = isinstance(value, ast.Call) and ast.unparse(value.func).rpartition(".")[2] == "partial"
        if isinstance(value, ast.Lambda) or is_partial or name in functions:
            yield from (
                ast.unparse(target)
                for target in node.targets
                if isinstance(target, ast.Attribute) and ast.unparse(target.value) not in {"self", "cls"}
            )


@pytest.mark.parametrize("package", PACKAGES)
def test_a_class_name_stands_for_one_class(package: str) -> None:
    """Who searches for a name finds one thing."""
    names = Counter(
        node.name
        for module in ours(package)
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []
