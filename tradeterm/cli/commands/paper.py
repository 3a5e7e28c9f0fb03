"""`tradeterm paper`: the paper account's money."""

import cyclopts
from pydantic import BaseModel

from tradeterm.cli.commands.command_client import CommandClient, carry_out
from tradeterm.cli.commands.options import DEFAULTS, Options
from tradeterm.cli.commands.printing import show_value, wire_value
from tradeterm.cli.commands.run_to_end import checked
from tradeterm.cli.exit_codes import DONE
from tradeterm.protocol.money import Money

app = cyclopts.App(name="paper", result_action="return_value", help="Paper money: deposit, reset.")


class _Amount(BaseModel):
    amount: Money


@app.command
def deposit(amount: str, /, *, options: Options = DEFAULTS) -> int:
    """Move paper money in, or out where the amount is negative. Prints the account.

    Parameters
    ----------
    amount
        How much, like 5000 or -250.50.
    """
    money = checked(_Amount, {"amount": amount}).amount

    async def work(client: CommandClient) -> int:
        show_value(options.json, wire_value(await client.deposit(money)))
        return DONE

    return carry_out(options, work)


@app.command
def reset(*, options: Options = DEFAULTS) -> int:
    """Cancel all, close all, and start again with the paper cash of the server's settings. Prints the account."""

    async def work(client: CommandClient) -> int:
        show_value(options.json, wire_value(await client.reset()))
        return DONE

    return carry_out(options, work)
