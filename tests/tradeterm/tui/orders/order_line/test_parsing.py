"""Every line has one meaning or is refused at a column with a word; every meaning writes a line that has it again."""

from datetime import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeterm.protocol.vocabulary import AlertCondition, Side
from tradeterm.tui.orders.order_line.commands import (
    AlertWords,
    Anchor,
    ArmWords,
    BareWords,
    CancelWords,
    DeadManWords,
    Distance,
    Flag,
    LeaveWords,
    MoveWords,
    NameWords,
    OrderWords,
    Price,
    ProtectWords,
    QuantityWords,
    Size,
    SizeUnit,
    TapeWords,
    UnalertWords,
)
from tradeterm.tui.orders.order_line.parsing import BARE, Parsed, parse
from tradeterm.tui.orders.order_line.reading import Refusal
from tradeterm.tui.orders.typed_level import Level, Unit

D = Decimal
BUY, SELL = Side.BUY, Side.SELL


def fixed(text: str) -> Price:
    return Price(Anchor.FIXED, D(text))


def meaning(line: str) -> object:
    parsed = parse(line)
    assert isinstance(parsed, Parsed), f"{line}: {parsed}"
    return parsed.command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("buy 0.5", OrderWords(BUY, Size(D("0.5")))),
        ("b 1.5k btc", OrderWords(BUY, Size(D(1500)), "btc")),
        ("LONG 0.5 BTC/USD @ 45,000.5", OrderWords(BUY, Size(D("0.5")), "btc/usd", fixed("45000.5"))),
        ("short 500usdt eth", OrderWords(SELL, Size(D(500), SizeUnit.QUOTE), "eth")),
        ("buy $500", OrderWords(BUY, Size(D(500), SizeUnit.QUOTE))),
        ("buy $1.5k eth", OrderWords(BUY, Size(D(1500), SizeUnit.QUOTE), "eth")),
        ("buy 500$", OrderWords(BUY, Size(D(500), SizeUnit.QUOTE))),
        (
            "b 1 btc when trail +2%",
            OrderWords(BUY, Size(D(1)), "btc", trail=Level(D(2), Unit.PERCENT), trails_in=True),
        ),
        ("buy 1 @ $45000", OrderWords(BUY, Size(D(1)), None, fixed("45000"))),
        ("s 25%p @ ask", OrderWords(SELL, Size(D(25), SizeUnit.OF_POSITION), None, Price(Anchor.ASK))),
        (
            "buy 25%bp btc @ bid -2t post",
            OrderWords(
                *(BUY, Size(D(25), SizeUnit.OF_BUYING_POWER), "btc"),
                Price(Anchor.BID, None, Distance(D(-2), Unit.TICKS)),
                flags=frozenset({Flag.POST}),
            ),
        ),
        (
            "buy 1%risk @45000 stop 44000 tp 2r",
            OrderWords(
                *(BUY, Size(D(1), SizeUnit.AT_RISK), None, fixed("45000")),
                stop=Level(D(44000)),
                target=Level(D(2), Unit.RISK),
            ),
        ),
        (
            "sell max mid+0.1% ioc".replace("max ", "max @ "),
            OrderWords(
                *(SELL, Size(None, SizeUnit.MAX), None, Price(Anchor.MID, None, Distance(D("0.1"), Unit.PERCENT))),
                flags=frozenset({Flag.IOC}),
            ),
        ),
        ("buy 0.5 when 46000 @ 46010", OrderWords(BUY, Size(D("0.5")), None, fixed("46010"), when=fixed("46000"))),
        (
            "sell 0.5 when last -50t",
            OrderWords(SELL, Size(D("0.5")), when=Price(Anchor.LAST, None, Distance(D(-50), Unit.TICKS))),
        ),
        ("buy 1 @ 44.900,5", OrderWords(BUY, Size(D(1)), None, fixed("44900.5"))),
        ("buy 1 @ 45000 until 18:00", OrderWords(BUY, Size(D(1)), None, fixed("45000"), until=time(18))),
        (
            "sell 0.5 trail -2% reduce",
            OrderWords(SELL, Size(D("0.5")), trail=Level(D(-2), Unit.PERCENT), flags=frozenset({Flag.REDUCE})),
        ),
        ("c", CancelWords()),
        ("cancel btc", CancelWords("btc")),
        ("c all", CancelWords("all")),
        ("mv 7f3a @ 45000 qty 0.5", MoveWords("7f3a", fixed("45000"), D("0.5"))),
        ("flat", LeaveWords("flat")),
        ("flat all", LeaveWords("flat", "all")),
        ("rev btc", LeaveWords("rev", "btc")),
        ("protect btc stop 44000 tp 47000", ProtectWords("btc", Level(D(44000)), Level(D(47000)))),
        ("protect trail -2%", ProtectWords(trail=Level(D(-2), Unit.PERCENT))),
        ("alert btc > 46000", AlertWords(AlertCondition.ABOVE, D(46000), "btc")),
        ("alert btc>46000", AlertWords(AlertCondition.ABOVE, D(46000), "btc")),
        ("alert <= 44,000.5", AlertWords(AlertCondition.BELOW, D("44000.5"))),
        ("unalert all", UnalertWords("all")),
        ("arm", ArmWords()),
        ("arm 10m 5000", ArmWords(10, D(5000))),
        ("qty 0.5", QuantityWords(D("0.5"))),
        ("tape 0", TapeWords(D(0))),
        ("deadman 60", DeadManWords(60)),
        ("deadman off", DeadManWords(0)),
        ("sym eth", NameWords("sym", "eth")),
        ("tf 5m", NameWords("tf", "5m")),
        ("theme blue-orange", NameWords("theme", "blue-orange")),
        ("sound off", NameWords("sound", "off")),
        *((word, BareWords(word)) for word in BARE),
    ],
)
def test_a_line_means_what_it_says(line: str, command: object) -> None:
    """In any case, with or without blanks round the signs."""
    assert meaning(line) == command


@pytest.mark.parametrize(
    ("line", "at", "word"),
    [
        ("", 0, "buy"),
        ("buy", 3, "How much"),
        ("by 1", 0, "no command by"),
        ("buy 1e5", 4, "not a number"),
        ("buy -1", 4, "not a number"),
        ("buy 0", 4, "above zero"),
        ("buy 25%", 4, "Percent of what"),
        ("buy 150%bp", 4, "More than 100"),
        ("buy $5%bp", 4, "is a value"),
        ("qty $500", 4, "$500 is a value"),
        ("tape $500", 5, "$500 is a value"),
        ("mv 7f3a @ 45000 qty 500$", 20, "500$ is a value"),
        ("buy 1.500, btc", 4, "ends in a comma"),
        ("buy 1 @ 45.00,5", 8, "no thousands"),
        ("buy 1 when mkt", 11, "wakes at a price"),
        ("buy 1 when last+5e", 16, "not a number"),
        ("buy 1 @ 45,000", 8, "45000 or 45.000"),
        ("buy 1 @", 7, "which price"),
        ("buy 1 @ mkt -2t", 12, "no distance"),
        ("buy 1 @ bid -1.5t", 13, "whole"),
        ("buy ١", 4, "plain letters"),
        ("buy 1 @ 45000 stop -2% stop -3%", 23, "said already"),
        ("buy 1 @ 45000 ioc fok", 18, "said already"),
        ("buy 1 @ 45000 stop 2%", 19, "Which way"),
        ("buy 1 @ 45000 stop 2r", 19, "for tp"),
        ("buy 1 @ 45000 tp 2r", 17, "needs a stop"),
        ("buy 1 post", 6, "goes with @"),
        ("buy 1 @ 45000 post ioc", 14, "not with ioc"),
        ("buy 1 gtc", 6, "at once"),
        ("buy 1 trail -2%", 12, "when trail"),
        ("buy 1 when trail -2% trail -1%", 21, "said already"),
        ("buy 1 when trail 44000", 17, "a distance"),
        ("buy 1 when trail -2% @ 45000", 17, "of its own"),
        ("buy 1 btc eth", 10, "not expected"),
        ("buy 1 until 25:00", 12, "18:00"),
        ("c b@d", 3, "not expected"),
        ("mv 7f3a 45000", 8, "mv ID @"),
        ("mv 7f3a @ mkt", 10, "to a price"),
        ("protect btc", 11, "With what"),
        ("protect btc trail 2", 18, "a distance"),
        ("protect btc trail -2% tp 47000", 18, "of its own"),
        ("protect btc post", 12, "or trail"),
        ("alert btc 46000", 10, "above is >"),
        ("arm 0m", 4, "1 to 60"),
        ("deadman 0", 8, "1 to 3600"),
        ("tf 7m", 3, "1m"),
        ("disarm now", 7, "not expected"),
        ("x" * 200, 160, "too long"),
    ],
)
def test_a_refusal_points_at_the_word_that_is_wrong(line: str, at: int, word: str) -> None:
    """A column and a sentence; nothing is guessed."""
    refusal = parse(line)
    assert isinstance(refusal, Refusal)
    assert word in refusal.text
    assert refusal.at == at


# ---------------------------------------------------------------- properties

NUMBERS = st.decimals("0.00001", "999999", places=5)
SYMBOLS = st.none() | st.sampled_from(["btc", "eth", "btc/usd", "1inch"])
FAR = st.builds(
    Distance,
    st.integers(1, 5000).map(Decimal).flatmap(lambda n: st.sampled_from([n, -n])),
    st.sampled_from([Unit.TICKS, Unit.PERCENT, Unit.PRICE]),
)
QUOTES = st.sampled_from([Anchor.BID, Anchor.ASK, Anchor.MID, Anchor.LAST])
PRICES = st.builds(lambda n: Price(Anchor.FIXED, n), NUMBERS) | st.builds(
    lambda anchor, away: Price(anchor, None, away), QUOTES, st.none() | FAR
)
LEVELS = st.builds(Level, NUMBERS) | FAR.filter(lambda far: far.unit is not Unit.PRICE).map(
    lambda far: Level(far.value, far.unit)
)
SIZES = (
    st.builds(Size, NUMBERS, st.sampled_from([SizeUnit.BASE, SizeUnit.QUOTE]))
    | st.builds(
        Size,
        st.decimals("0.01", "100", places=2),
        st.sampled_from([SizeUnit.OF_POSITION, SizeUnit.OF_BUYING_POWER, SizeUnit.AT_RISK]),
    )
    | st.just(Size(None, SizeUnit.MAX))
)
TIFS = st.sampled_from([None, Flag.IOC, Flag.FOK, Flag.GTC, Flag.DAY])
LIMITS = st.builds(
    lambda side, size, symbol, price, when, stop, target, tif, reduce: OrderWords(
        *(side, size, symbol, price, when, stop, target),
        flags=frozenset(flag for flag in (tif, Flag.REDUCE if reduce else None) if flag),
    ),
    *(st.sampled_from(Side), SIZES, SYMBOLS, PRICES, st.none() | PRICES),
    *(st.none() | LEVELS, st.none() | LEVELS, TIFS, st.booleans()),
)
COMMANDS = (
    LIMITS
    | st.builds(OrderWords, st.sampled_from(Side), SIZES, SYMBOLS)
    | st.builds(
        lambda side, size, price, at: OrderWords(side, size, None, price, until=at),
        *(st.sampled_from(Side), SIZES, PRICES),
        st.times(time(0), time(23, 59)).map(lambda at: time(at.hour, at.minute)),
    )
    | st.builds(AlertWords, st.sampled_from(AlertCondition), NUMBERS, SYMBOLS)
    | st.builds(MoveWords, st.from_regex("[0-9a-f]{4,8}", fullmatch=True), PRICES, st.none() | NUMBERS)
    | st.builds(ProtectWords, SYMBOLS, LEVELS, st.none() | LEVELS)
    | st.builds(
        lambda symbol, far: ProtectWords(symbol, trail=Level(far.value, far.unit)),
        *(SYMBOLS, FAR.filter(lambda far: far.unit is not Unit.PRICE)),
    )
    | st.builds(ArmWords, st.none() | st.integers(1, 60), st.none() | NUMBERS)
    | st.builds(LeaveWords, st.sampled_from(["flat", "rev"]), SYMBOLS | st.just("all"))
    | st.builds(QuantityWords, NUMBERS)
    | st.builds(TapeWords, NUMBERS | st.just(D(0)))
    | st.builds(DeadManWords, st.integers(0, 3600))
)


@given(COMMANDS)
def test_what_is_written_is_read_again(command: OrderWords) -> None:
    """Every meaning has a line, and that line no other meaning."""
    assert meaning(command.text) == command


PIECES = ["buy", "sell", "c", "mv", "alert", "@", ">", "stop", "tp", "trail", "when", "until", "18:00", "post", "ioc"]
PIECES += [
    "0.5",
    "45,000.5",
    "1e5",
    "-1",
    "25%",
    "25%bp",
    "1%risk",
    "bid",
    "last+50t",
    "44.900,5",
    "mkt",
    "protect",
    "reduce",
    "-2t",
    "+0.1%",
    "2r",
    "btc",
    "max",
    "٣",
    " ",
]


@given(st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=10).map(" ".join))
def test_every_text_round_trips_or_is_refused(text: str) -> None:
    """Nothing raises, a refusal points into the line, and what is taken can be written down and means the same."""
    parsed = parse(text)
    if isinstance(parsed, Refusal):
        assert 0 <= parsed.at <= len(text)
        assert parsed.text
    else:
        assert meaning(parsed.command.text) == parsed.command
