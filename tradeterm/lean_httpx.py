"""The library that speaks HTTP, without its own command line: that draws in colours by four more libraries, of which the desk
needs none, nor does a script.
"""

from tradeterm.lean_imports import without

with without("click"):
    import httpx as httpx
