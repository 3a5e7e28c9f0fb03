"""`tradeterm venues`: what orders can trade on, and how far trading there was tried."""

import cyclopts

from server.config import PAPER, load_settings
from server.live import venue_section
from server.venue_keys import KeysUnavailable, key_store
from server.venues.exchange.ccxt.quirks import QUIRKS, quirks_of
from tradeterm.standard_streams import output

app = cyclopts.App(
    name="venues", result_action="return_value", help="What orders can trade on, and how far it is tried."
)


@app.default
def venues() -> int:
    """One a line: name, exchange, paper, live or test, whether a key is kept, and how far it was tried."""
    settings = load_settings(None, {})
    try:
        kept = {*key_store(lambda: None).names()}
    except KeysUnavailable:
        kept = set()
    output.write(f"{PAPER}\t-\tpaper\t-\twhole\n")
    for name in sorted({*QUIRKS, *settings.venues}):
        section = venue_section(
            settings.model_copy(update={"server": settings.server.model_copy(update={"venue": name})})
        )
        has_key = name in kept or section.api_key is not None
        mode, key = "test" if section.sandbox else "live", "key" if has_key else "no key"
        output.write(f"{name}\t{section.exchange}\t{mode}\t{key}\t{quirks_of(section.exchange).tried}\n")
    return 0
