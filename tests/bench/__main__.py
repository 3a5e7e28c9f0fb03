"""All benchmarks, or those that are named: `python -m tests.bench [engine] [server] …`. They print figures and assert nothing."""

import importlib
import pkgutil
import sys

import tests.bench


def main() -> None:
    known = sorted(one.name for one in pkgutil.iter_modules(tests.bench.__path__) if not one.name.startswith("_"))
    for name in sys.argv[1:] or known:
        if name not in known:
            sys.exit(f"there is no benchmark {name}; there are {', '.join(known)}")
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"tests.bench.{name}").main()


main()
