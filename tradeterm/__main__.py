"""`python -m tradeterm` is the command `tradeterm`."""

import sys

from tradeterm.cli.main import main

sys.exit(main())
