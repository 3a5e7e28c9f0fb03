"""The trading command line against a real server: what a script sees, and every exit code."""

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.faults import fault_proxy
from tests.e2e.servers import Server, Trader, running
from tests.e2e.shells import TIME_LIMIT_S, Shell
from tradeterm.cli.private_server import PrivateServer
from tradeterm.config import Folders

MISSED = 2  # events: what was missed is printed before it is said that it is followed, and a pipe holds only so much
AWAY = ("BTC/USD", "0.01", "--price", "40000")  # it rests, far from any price


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests here; they meet in one book, and each leaves it as it was."""
    with running(tmp_path_factory.mktemp("server"), users=("ann", "bob")) as started:
        yield started


@pytest.fixture
def bob(server: Server) -> Iterator[Trader]:
    """The other side; what they left in the book goes."""
    trader = server.sign_in("bob")
    yield trader
    trader.http.delete("/orders", params={"include": "all"})


@pytest.fixture
def ann(server: Server) -> Iterator[Shell]:
    """Ann's shell; her account starts over afterwards."""
    trader = server.sign_in("ann")
    yield Shell(server.url, trader.token)
    assert trader.http.post("/paper/reset").status_code == 200


# ---------------------------------------------------------------- orders


def test_a_market_order_is_told_when_it_is_filled(ann: Shell, bob: Trader) -> None:
    """Exit 0 and one line of JSON with the contract's keys; then every list shows it, one value a line."""
    bob.order("sell", "0.01", "45000.00")
    (order,) = ann.json("buy", "BTC/USD", "0.01", "--client-order-id", "mine-1")
    assert (order["status"], order["filledQuantity"], order["averagePrice"]) == ("filled", "0.01", "45000.00")
    assert (order["clientOrderId"], order["price"], order["type"]) == ("mine-1", None, "market")
    assert ann.json("orders", "--limit", "1") == [order]
    (position,) = ann.json("positions")
    assert (position["side"], position["quantity"], position["netTotalPnL"]) == ("long", "0.01", "-1.17")
    (fill,) = ann.json("fills", "--limit", "1")
    assert (fill["orderId"], fill["value"], fill["fee"]) == (order["id"], "450.00", "1.17")
    assert [one["asset"] for one in ann.json("balance")] == ["USD"]
    assert ann.json("account")[0]["tradingState"] == "active"


def test_the_same_id_is_the_same_order(ann: Shell) -> None:
    """A script that is run again after a break makes no second order; another order under that id is refused."""
    words = ("buy", *AWAY, "--client-order-id", "mine-2")
    assert ann.json(*words) == ann.json(*words)
    assert len(ann.json("orders", "--status", "open")) == 1
    other = ann.run("buy", "BTC/USD", "0.02", "--price", "40000", "--client-order-id", "mine-2")
    assert (other.code, other.out) == (1, "")
    assert "IDEMPOTENCY_CONFLICT" in other.err


def test_tables_are_plain_text_in_a_pipe(ann: Shell) -> None:
    """A heading, aligned columns, no escape code, no space at the end of a line, nothing cut."""
    bought = ann.run("buy", *AWAY)
    assert (bought.code, bought.err) == (0, "")
    heading, row = bought.out.splitlines()
    assert " ".join(heading.split()) == "ID SYMBOL SIDE TYPE QUANTITY FILLED PRICE STOP AVERAGE STATUS CREATED"
    assert " ".join(row.split()[1:10]) == "BTC/USD buy limit 0.01 0 40000.00 - - accepted"
    assert heading.index("SYMBOL") == row.index("BTC/USD")
    assert "\x1b" not in bought.out
    assert all(line == line.rstrip() for line in bought.out.splitlines())


@pytest.mark.parametrize(
    ("words", "code", "has_order"),
    [
        (("buy", "BTC/USD", "1000", "--price", "40000"), "INSUFFICIENT_FUNDS", True),
        (("buy", "BTC/USD", "0.01"), "NO_LIQUIDITY", True),
        (("buy", "BTC/USD", "0.01", "--price", "40000.01"), "OFF_TICK", False),
        (("buy", "BTC/USD", "0.0000001", "--price", "40000"), "OFF_LOT", False),
        (("buy", "NO/SUCH", "1", "--price", "1"), "UNKNOWN_SYMBOL", False),
        (("cancel", "0190a000-0000-7000-8000-000000000000"), "NOT_FOUND", False),
    ],
)
def test_what_risk_or_the_venue_refuses_exits_1(ann: Shell, words: tuple[str, ...], code: str, has_order: bool) -> None:
    """A refused order is printed, the reason said on standard error; what never was an order prints nothing."""
    done = ann.run(*words, "--json")
    assert done.code == 1
    assert code in done.err
    assert [order["rejectReason"] for order in done.values] == ([code] if has_order else [])


def test_orders_are_changed_and_cancelled(ann: Shell) -> None:
    """Amends tell the new totals, cancels the end, of the order that ends so; --all takes exits only when they are asked for."""
    (order,) = ann.json("buy", *AWAY, "--tif", "gtc", "--post-only")
    (amended,) = ann.json("amend", order["id"][-6:], "--quantity", "0.02", "--price", "39000.00")
    assert (amended["id"], amended["quantity"], amended["price"]) == (order["id"], "0.02", "39000.00")
    (cancelled,) = ann.json("cancel", order["id"])
    assert (cancelled["id"], cancelled["status"]) == (order["id"], "cancelled")
    for _ in range(2):
        ann.json("buy", *AWAY)
    assert [one["status"] for one in ann.json("cancel", "--all", "--symbol", "BTC/USD")] == ["cancelled"] * 2
    assert ann.json("orders", "--status", "open") == []
    assert ann.json("cancel", "--all") == []


def test_flags_become_the_order_that_they_name(ann: Shell, bob: Trader) -> None:
    """Stops, brackets and exits, by the names of the contract."""
    bob.order("sell", "0.02", "45000.00")
    bracket = ("--take-profit", "46000.00", "--stop-loss", "44000.00")
    (entry,) = ann.json("buy", "BTC/USD", "0.02", "--price", "45000", "--tif", "ioc", *bracket)
    assert (entry["status"], entry["takeProfit"]["price"], entry["stopLoss"]["stopPrice"]) == (
        *("filled", "46000.00", "44000.00"),
    )
    (stop,) = ann.json("buy", "BTC/USD", "0.01", "--stop-price", "46000", "--price", "46100")
    assert (stop["type"], stop["stopPrice"], stop["price"]) == ("stop_limit", "46000.00", "46100.00")
    (trail,) = ann.json("buy", "BTC/USD", "0.01", "--trail-amount", "100")
    assert (trail["type"], trail["trailAmount"]) == ("trailing_stop", "100.00")


# ---------------------------------------------------------------- the line


@pytest.mark.parametrize("cut_after", [0, 20])
async def test_an_answer_that_is_lost_on_the_way_is_asked_for_again(ann: Shell, server: Server, cut_after: int) -> None:
    """The line breaks after the order was sent: exit 0, the order told, and there is one of it."""
    async with fault_proxy(server.port) as proxy:
        proxy.cut_after = cut_after
        shell = Shell(proxy.url, ann.token)
        done = await asyncio.to_thread(shell.run, "buy", *AWAY, "--json")
        assert (done.code, done.err) == (0, "")
        assert proxy.opened >= 2
    assert done.values == await asyncio.to_thread(ann.json, "orders", "--status", "open")


@pytest.fixture(scope="module")
def slow_venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose venue answers after a minute."""
    flags = ("--feed", "none", "--paper-latency-ms", "20,60000,60000")
    with running(tmp_path_factory.mktemp("slow"), *flags) as started:
        yield started


@pytest.mark.slow
def test_an_outcome_that_nobody_knows_in_time_exits_4(slow_venue: Server) -> None:
    """The order as last seen is printed, and what is not known said."""
    done = Shell(slow_venue.url, slow_venue.sign_in("ann").token).run("buy", *AWAY, "--json")
    assert (done.code, [order["status"] for order in done.values]) == (4, ["submitted"])
    assert "has not answered yet" in done.err


def test_an_interrupted_wait_exits_130(slow_venue: Server) -> None:
    """It says how to ask for the order, which may be there."""
    trader = slow_venue.sign_in("ann")
    waiting = Shell(slow_venue.url, trader.token).started("buy", *AWAY, "--client-order-id", "mine-3")
    while "mine-3" not in {order["clientOrderId"] for order in trader.items("/orders")}:
        assert waiting.poll() is None
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=TIME_LIMIT_S)
    assert (waiting.returncode, out) == (130, "")
    assert "client order id mine-3" in err


def test_a_bad_token_exits_3(server: Server) -> None:
    """And says how to get a good one."""
    done = Shell(server.url, "nonsense").run("buy", "BTC/USD", "0.01")
    assert (done.code, done.out) == (3, "")
    assert "tradeterm login" in done.err


# ---------------------------------------------------------------- sign-in


def test_a_kept_session_serves_the_next_commands(server: Server, ann: Shell) -> None:
    """Also without naming the server again; no token is printed, and logout ends it."""
    done = Shell(server.url).login("ann")
    assert (done.code, done.values) == (0, [{"server": server.url, "user": "ann", "role": "trader"}])
    file = Folders.of_platform().state / "sign-ins.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert Shell().json("balance") == ann.json("balance")
    assert Shell().run("logout").code == 0
    assert Shell(server.url).run("balance").code == 3


def test_an_expired_token_is_renewed_and_kept(server: Server) -> None:
    """Once: the next command finds the new one."""
    assert Shell(server.url).login("bob").code == 0
    file = Folders.of_platform().state / "sign-ins.json"
    (kept,) = json.loads(file.read_text())
    # A server cannot be told to be 15 minutes older; a token that it does not take is answered in the same way.
    file.write_text(json.dumps([{**kept, "access_token": "expired"}]))
    assert Shell().json("balance")
    (renewed,) = json.loads(file.read_text())
    assert renewed["access_token"] != "expired"
    assert renewed["refresh_token"] != kept["refresh_token"]
    assert Shell().json("balance")
    assert json.loads(file.read_text()) == [renewed]


def test_a_wrong_password_exits_3(server: Server) -> None:
    """Nothing is kept."""
    done = Shell(server.url).login("bob", "wrong horse battery")
    assert (done.code, done.out) == (3, "")
    assert Shell(server.url).run("balance").code == 3


@pytest.mark.slow
async def test_without_a_server_the_consoles_private_one_is_used(tmp_path: Path) -> None:
    """While a console is open, as its trader; nothing has to be set up."""
    house = PrivateServer(Folders.of_platform(), ("--db", f"sqlite:///{tmp_path / 'private.db'}", "--feed", "none"))
    await house.open()
    try:
        (balance,) = await asyncio.to_thread(Shell().json, "balance")
    finally:
        await house.close()
    assert balance["asset"] == "USD"
    assert (await asyncio.to_thread(Shell(house.note.url).run, "balance")).code == 3


# ---------------------------------------------------------------- events


def test_prices_are_to_be_had_without_the_console(ann: Shell, bob: Trader) -> None:
    """Markets and their terms, quotes by any name, the book and candles; as JSON with the contract's keys."""
    bob.order("sell", "0.01", "45000.00")
    assert "BTC/USD" in [market["symbol"] for market in ann.json("markets")]
    (quote,) = ann.json("quote", "btc")
    assert (quote["symbol"], quote["ask"], quote["askSize"]) == ("BTC/USD", "45000.00", "0.01")
    assert ann.json("depth", "btc-usd")[0]["asks"][0] == ["45000.00", "0.01"]
    ann.json("buy", "btc", "0.01")
    assert ann.json("candles", "btc", "--limit", "1")[0]["close"] == "45000.00"
    heading, row, *_ = ann.run("quote", "BTC").out.splitlines()
    assert (heading.split()[0], row.split()[0]) == ("SYMBOL", "BTC/USD")
    assert ann.run("depth", "btc").out.split()[:3] == ["BID", "SIZE", "BID"]


def test_a_dry_run_places_nothing(ann: Shell, bob: Trader) -> None:
    """It says what the order would cost and do, and has the exit code that the order would have."""
    bob.order("sell", "0.01", "45000.00")
    before = ann.json("orders")
    (found,) = ann.json("buy", "btc", "0.01", "--dry-run")
    assert (found["accepted"], found["averagePrice"], found["fee"]) == (True, "45000.00", "1.17")
    refused = ann.run("buy", "btc", "1000", "--price", "45000", "--dry-run", "--json")
    assert (refused.code, refused.values[0]["accepted"]) == (1, False)
    assert "would be rejected" in refused.err
    assert ann.json("orders") == before


def test_the_journal_is_printed_as_on_the_socket(ann: Shell, server: Server) -> None:
    """From the beginning, or after a seq."""
    ann.json("buy", *AWAY)
    story = server.sign_in("ann").events()
    assert ann.json("events") == story
    assert ann.json("events", "--after", str(story[-3]["seq"])) == story[-2:]
    assert len(ann.run("events").out.splitlines()) == len(story) + 1


def test_following_prints_each_event_as_it_comes_until_it_is_interrupted(ann: Shell, server: Server) -> None:
    """First what was missed, then what happens; SIGINT ends it with 130."""
    ann.json("buy", *AWAY)
    before = server.sign_in("ann").events()
    seen = len(before) - MISSED
    following = ann.started("events", "--follow", "--json", "--after", str(before[seen - 1]["seq"]))
    assert following.stdout is not None
    assert following.stderr is not None
    try:
        assert following.stderr.readline() == "tradeterm: following\n"
        (order,) = ann.json("buy", *AWAY)
        story = server.sign_in("ann").events()
        assert [json.loads(following.stdout.readline()) for _ in story[seen:]] == story[seen:]
        assert len(story) > len(before)
        assert order["id"] in json.dumps(story[len(before) :])
        following.send_signal(signal.SIGINT)
        rest, err = following.communicate(timeout=TIME_LIMIT_S)
    finally:
        following.kill()
    assert (following.returncode, rest, err) == (130, "", "")


def test_a_reader_that_has_enough_ends_the_following_in_peace(ann: Shell, server: Server) -> None:
    """As `| head` does: exit 0 and no word."""
    ann.json("buy", *AWAY)
    last = server.sign_in("ann").events()[-1]
    following = ann.started("events", "--follow", "--json", "--after", str(last["seq"]))
    assert following.stdout is not None
    assert following.stderr is not None
    try:
        assert following.stderr.readline() == "tradeterm: following\n"
        following.stdout.close()
        ann.json("buy", *AWAY)
        assert following.wait(TIME_LIMIT_S) == 0
        assert following.stderr.read() == ""
    finally:
        following.kill()
        following.stderr.close()


# ---------------------------------------------------------------- leaving


def test_flatten_closes_what_it_can(ann: Shell, bob: Trader) -> None:
    """With nobody to buy it exits 1 and says what is still open; then it closes and exits 0."""
    bob.order("sell", "0.01", "45000.00")
    ann.json("buy", "BTC/USD", "0.01")
    alone = ann.run("flatten")
    assert alone.code == 1
    assert "still open: BTC/USD" in alone.err
    bob.order("buy", "0.01", "44900.00")
    (closing,) = ann.json("flatten")
    assert (closing["side"], closing["status"], closing["reduceOnly"]) == ("sell", "filled", True)
    assert ann.json("positions") == []
    assert ann.json("flatten") == []


def test_kill_halts_and_resume_ends_it(ann: Shell, bob: Trader) -> None:
    """What is left decides the exit code; while halted, orders are refused."""
    bob.order("sell", "0.01", "45000.00")
    ann.json("buy", "BTC/USD", "0.01")
    ann.json("buy", *AWAY)
    left = ann.run("kill", "--json")
    assert left.code == 1
    assert [len(left.values[0][key]) for key in ("positions", "orders", "withoutStop")] == [1, 0, 1]
    bob.order("buy", "0.01", "44900.00")
    (clean,) = ann.json("kill")
    assert (clean["tradingState"], clean["positions"], clean["orders"]) == ("halted", [], [])
    refused = ann.run("buy", *AWAY, "--json")
    assert (refused.code, refused.values[0]["rejectReason"]) == (1, "TRADING_HALTED")
    assert ann.json("resume")[0]["tradingState"] == "active"


def test_paper_money_moves(ann: Shell) -> None:
    """In, out, no more than there is, and back to the start."""
    assert ann.json("paper", "deposit", "500.50")[0]["cash"] == "100500.50"
    assert ann.json("paper", "deposit", "-100")[0]["cash"] == "100400.50"
    assert ann.run("paper", "deposit", "-1000000").code == 1
    assert ann.json("paper", "reset")[0]["cash"] == "100000.00"


def test_doctor_finds_nothing_wrong_with_a_running_server(ann: Shell) -> None:
    """Exit 0; every check is fine or a note."""
    rows = {row["check"]: row for row in ann.json("doctor")}
    assert {row["state"] for row in rows.values()} <= {"ok", "note"}
    assert "venue paper" in rows["server"]["detail"]
    assert rows["sign-in"]["detail"] == "ann, trader, scope trade"
