"""What a chart says over its frame."""

from tests.tradeterm.tui.desks import candles, market
from tradeterm.tui.drawing.chart.title import chart_title, readout

BTC, SOME = market("BTC", "0.5", "0.00001", 2), candles()


def test_figures_come_as_there_is_room() -> None:
    """All four and the VWAP, then less, then none."""
    texts = [chart_title(BTC, "1m", 1, SOME[-1], 45_001.234, room) for room in (100, 70, 50, 40, 20)]
    assert f"O{SOME[-1].open:,.2f}" in texts[0]
    assert texts[0].endswith("VWAP 45,001.23")
    assert "VWAP" not in texts[1]
    assert texts[-1] == "2 BTC/USD 1m"
    assert all(len(text) <= room for text, room in zip(texts, (100, 70, 50, 40, 20), strict=True))


def test_zoomed_out_it_says_how_many_are_one() -> None:
    """Beside the interval; without a candle that is all."""
    assert chart_title(BTC, "1m", 10, None, None, 60) == "2 BTC/USD 1m ×10"


def test_a_candle_is_read_out_in_two_lines_as_long() -> None:
    """Time, four prices, volume; a day by its date."""
    first, second = readout(SOME[-3], 2)
    assert len(first) == len(second)
    assert first.startswith(f"{SOME[-3].time:%H:%M:%S} O{SOME[-3].open:,.2f} H")
    assert f"C{SOME[-3].close:,.2f}" in second
    assert readout(SOME[-3].model_copy(update={"interval": "1d"}), 2)[0].startswith("05 Jan")
