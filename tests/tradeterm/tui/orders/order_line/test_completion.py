"""What Tab offers, and the lines of before."""

from tradeterm.tui.orders.order_line.completion import TypedLines, candidates

SYMBOLS = ["BTC/USD", "ETH/USD", "ETH/EUR"]


def offered(line: str) -> list[str]:
    return candidates(line, SYMBOLS, ["7f3a21", "7f9901"])


def test_verbs_markets_and_orders_are_completed_where_they_stand() -> None:
    """A base that two markets share is offered as the whole name."""
    assert offered("b") == ["buy"]
    assert offered("buy 0.5 b") == ["buy 0.5 btc"]
    assert offered("sym e") == ["sym eth/usd", "sym eth/eur"]
    assert offered("c 7f") == ["c 7f3a21", "c 7f9901"]
    assert offered("c a") == ["c all"]
    assert offered("buy 0.5 btc @ 45000 p") == ["buy 0.5 btc @ 45000 post"]
    assert offered("tf 1") == ["tf 1s", "tf 1m", "tf 15m", "tf 1h", "tf 1d"]
    assert offered("buy 0") == []
    assert "alert" in offered("")


def test_old_lines_come_back_newest_first_and_a_half_typed_one_is_kept() -> None:
    """Each once."""
    lines = TypedLines()
    for line in ("buy 1", "sell 1", "buy 1", "  "):
        lines.add(line)
    assert [lines.older("c a"), lines.older("buy 1"), lines.older("sell 1")] == ["buy 1", "sell 1", "sell 1"]
    assert [lines.newer("sell 1"), lines.newer("buy 1"), lines.newer("c a")] == ["buy 1", "c a", "c a"]
    assert TypedLines().older("x") == "x"
