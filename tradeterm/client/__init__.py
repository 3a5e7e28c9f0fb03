"""The SDK: everything a bot needs; the console uses nothing else."""

from tradeterm.client.errors import TradetermError as TradetermError
from tradeterm.client.trading_client import TradingClient as TradingClient
