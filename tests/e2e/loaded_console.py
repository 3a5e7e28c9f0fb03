"""A console that writes down which modules it has loaded, once it ends: `python -m … FILE`."""

import sys
from pathlib import Path

from tradeterm.cli.main import main

if __name__ == "__main__":
    code = main([])
    Path(sys.argv[1]).write_text(" ".join(sys.modules))
    sys.exit(code)
