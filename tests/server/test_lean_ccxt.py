"""One exchange of ccxt's is loaded, in a process that has not loaded them all."""

import subprocess
import sys

import pytest

from server.lean_ccxt import UnknownExchange, exchange_class

ALONE = """
import sys
from server.lean_ccxt import UnknownExchange, exchange_class
found = exchange_class({name!r})
client = found()
assert client.id == {name!r}, client.id
import ccxt
assert issubclass(ccxt.RequestTimeout, ccxt.BaseError)
assert {name!r} == "binance" or "ccxt.pro.binance" not in sys.modules
assert len([one for one in sys.modules if one.startswith("ccxt.pro.")]) <= {most}
for name in ("nowhere", "../os", "base"):
    try:
        exchange_class(name)
    except UnknownExchange:
        continue
    raise AssertionError(name)
"""


@pytest.mark.parametrize(
    ("name", "most"), [("binance", 1), ("kraken", 1), ("coinbase", 1), ("okx", 1), ("bybit", 1), ("myokx", 2)]
)
def test_one_exchange_is_loaded_alone(name: str, most: int) -> None:
    """With ccxt's errors, and whatever it is derived from; a name that is none is no exchange."""
    code = ALONE.format(name=name, most=most)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_where_ccxt_was_loaded_it_is_taken_from_there() -> None:
    """The same class; and what is none there is none here."""
    import ccxt.pro

    assert exchange_class("kraken") is ccxt.pro.kraken
    with pytest.raises(UnknownExchange):
        exchange_class("nowhere")
