"""`python -m server`: the server's own command line, one group a command."""

import gc
import sys

from tradeterm.standard_streams import open_standard_streams

open_standard_streams()  # before anything else opens a file

gc.set_threshold(50_000)  # what is imported stays: to look through it again and again is a tenth of a start

from server.commands.main import main  # noqa: E402

sys.exit(main())
