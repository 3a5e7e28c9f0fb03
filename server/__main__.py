"""`python -m server`: the server's own command line, one group a command."""

import sys

from server.commands.main import main

sys.exit(main())
