"""ccxt's class for one exchange, without the hundred others: its packages load every exchange there is when they are
imported, which costs a server a second and a quarter of its memory.

So that does not happen, each of the packages is stood for by an empty one that finds the same modules and loads a class when
somebody asks for it. Where ccxt was imported before, or this does not work for an exchange, all of it is loaded.
"""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any

PACKAGES = ("ccxt", "ccxt.async_support", "ccxt.pro")


class CcxtMissing(Exception):
    """ccxt is not installed."""


class UnknownExchange(Exception):
    """ccxt has no exchange of that name."""


class _Shell(ModuleType):
    """A package of ccxt's whose own `__init__` is not run."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "Exchange":
            package = "ccxt" if self.__name__ == "ccxt" else "ccxt.async_support"
            return importlib.import_module(f"{package}.base.exchange").Exchange
        errors = importlib.import_module("ccxt.base.errors")
        if hasattr(errors, name):
            return getattr(errors, name)
        try:
            module = importlib.import_module(f"{self.__name__}.{name}")
        except ModuleNotFoundError:
            raise AttributeError(f"{self.__name__} has no {name}") from None
        found = getattr(module, name, module)
        setattr(self, name, found)  # the class, as in the package itself, and not its module
        return found


def exchange_class(name: str) -> Any:
    """ccxt.pro's class of that id. Raises CcxtMissing, UnknownExchange."""
    if importlib.util.find_spec("ccxt") is None:
        raise CcxtMissing
    _stand_in()
    try:
        is_there = name.isidentifier() and importlib.util.find_spec(f"ccxt.pro.{name}") is not None
        found = getattr(importlib.import_module("ccxt.pro"), name, None) if is_there else None
    except Exception:  # whatever its modules do at their import that a shell does not stand for
        found = _of_all(name)
    if not isinstance(found, type):
        raise UnknownExchange(name)
    return found


def _stand_in() -> None:
    """Unless somebody has imported ccxt itself."""
    if "ccxt" in sys.modules:
        return
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        assert spec is not None, "it is installed, and its parts with it"
        shell = _Shell(name)
        shell.__spec__, shell.__path__ = spec, list(spec.submodule_search_locations or ())
        sys.modules[name] = shell
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, shell)


def _of_all(name: str) -> Any:
    """From the packages as they are."""
    for module in [one for one in sys.modules if one.partition(".")[0] == "ccxt"]:
        del sys.modules[module]
    return getattr(importlib.import_module("ccxt.pro"), name, None)
