"""The SDK: everything a bot needs; the console uses nothing else."""

from tradeterm.client.client import TradingClient as TradingClient
from tradeterm.client.errors import TradetermError as TradetermError
