"""`python -m server`: the server's own command line, one group a command."""

import sys

from tradeterm.standard_streams import open_standard_streams

open_standard_streams()  # before anything else opens a file

from server.commands.main import main  # noqa: E402

sys.exit(main())
