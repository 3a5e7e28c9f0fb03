"""What can be asked of the executor: every command is taken by somebody, and none shares anything with another."""

from dataclasses import fields, is_dataclass
from typing import get_args

from server.domain import commands
from server.domain.commands import BracketLeg, Command, OrderTerms, SetLimits
from tests.builders import Desk
from tradeterm.protocol.vocabulary import SelfTrade

PARTS = {BracketLeg, OrderTerms}  # of a command


def test_every_command_belongs_to_an_account_and_has_a_handler() -> None:
    """Whose it is comes first; a kind that nobody handles would be a fault of the server when somebody sends it."""
    made = {one for one in vars(commands).values() if is_dataclass(one) and one not in PARTS}
    kinds = set(get_args(Command))
    assert made == kinds
    assert {fields(kind)[0].name for kind in kinds} == {"account"}
    assert set(Desk().core._handlers) == kinds


def test_what_is_not_said_of_an_order_binds_nobody() -> None:
    """No limit, no trigger, no exits, and whoever rests gives way to the own order."""
    asked = {one.name: one.default for one in fields(OrderTerms)}
    said = {"symbol", "side", "type", "quantity"}
    free = {name: value for name, value in asked.items() if name not in {*said, "self_trade"}}
    assert not any(free.values())
    assert asked["self_trade"] is SelfTrade.CANCEL_RESTING


def test_two_commands_share_no_limits() -> None:
    """What is said of one account is not said of the next."""
    first, second = SetLimits("ann"), SetLimits("bob")
    first.limits["maxOpenOrders"] = 1
    assert second.limits == {}
