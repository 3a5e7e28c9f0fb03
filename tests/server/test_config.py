"""Where settings come from, and what is said of a wrong one."""

import json
import sys
import zoneinfo
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.assembly import core_settings, list_markets, risk_limits
from server.config import Settings, SettingsError, database_url, default_database_url, load_settings, unknown_variables
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.database import backend_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('[server]\nport = 1111\nhost = "127.0.0.2"\n[limits]\ncommands_per_s = 7\n[ui]\npalette = "mono"\n')
    return path


def test_flag_wins_over_environment_over_file_over_default(file: Path) -> None:
    """Each source covers the next one, key by key."""
    environ = {
        "TRADETERM_SERVER__PORT": "2222",
        "TRADETERM_LIMITS__SOCKETS_PER_MIN": "0",
        "TRADETERM_SERVER": "http://x",
    }
    settings = load_settings(file, {"server": {"port": 3333, "host": None}}, environ)
    assert settings.server.port == 3333
    assert settings.server.host == "127.0.0.2"
    assert settings.limits.commands_per_s == 7
    assert settings.limits.sockets_per_min == 0
    assert settings.paper.cash == Decimal(100_000)


def test_database_url_comes_from_flag_then_environment() -> None:
    """--db beats TRADETERM_DB, which beats the platform's data folder."""
    assert (
        load_settings(None, {"server": {"db": "sqlite:///a"}}, {"TRADETERM_DB": "sqlite:///b"}).db_url == "sqlite:///a"
    )
    assert load_settings(None, None, {"TRADETERM_DB": "sqlite:///b"}).db_url == "sqlite:///b"
    assert default_database_url({}).startswith("sqlite:///")


def test_the_usual_database_is_found_in_a_folder_of_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an address gives a meaning of its own stands for itself in a folder's name."""
    folder = tmp_path / "50%25 off? #1"
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *_, **__: str(folder))
    assert backend_of(default_database_url({})) == SqliteFile(folder / "tradeterm.db")


@pytest.mark.parametrize("flag", [None, ""])
def test_an_empty_database_is_not_the_usual_one(flag: str | None) -> None:
    """A variable of a script that is empty: the server refuses it. One of the environment that is empty says nothing."""
    settings = load_settings(Path("/dev/null"), {"server": {"db": flag}}, {"TRADETERM_DB": ""})
    assert settings.db_url == (flag if flag is not None else default_database_url({}))
    assert database_url(flag) == (flag if flag is not None else default_database_url())


def test_money_in_the_file_is_exact(tmp_path: Path) -> None:
    """A TOML number becomes the decimal that was written, never a float."""
    path = tmp_path / "c.toml"
    path.write_text("[paper]\nmaker_fee = 0.0011\n")
    assert load_settings(path, None, {}).paper.maker_fee == Decimal("0.0011")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server]\nprot = 1\n", "there is no setting server.prot"),
        ("[server]\nport = 99999\n", "the setting server.port is wrong"),
        ("[paper]\ncash = -1\n", "the setting paper.cash is wrong"),
        ("[server\n", "is not TOML"),
        ("a = " + "[" * 5_000, "is not TOML"),
        ("a = " + "1" * 5_000, "is not TOML"),
        ("a = 1e99999999999999999999", "is not TOML"),
        ('[server]\nfeed = "magic"\n', "the setting server.feed is wrong"),
    ],
)
def test_wrong_setting_is_named_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    """The message names the setting and stays on one line."""
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=said) as caught:
        load_settings(path, None, {})
    assert "\n" not in str(caught.value)


def test_named_file_must_exist(tmp_path: Path) -> None:
    """A --config that is not there is an error; the default file may be missing."""
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings(tmp_path / "none.toml", None, {})


def test_secrets_never_show() -> None:
    """Neither the settings' text nor an error about them holds a secret."""
    settings = load_settings(None, None, {"TRADETERM_JWT_SECRET": "hush-hush", "TRADETERM_ADMIN_PASSWORD": "quiet"})
    assert isinstance(settings, Settings)
    assert "hush" not in repr(settings)
    assert "quiet" not in repr(settings)
    with pytest.raises(SettingsError) as caught:
        load_settings(None, None, {"TRADETERM_VENUES__X__SECRETS": "hush-hush"})
    assert "hush" not in str(caught.value)
    keys = load_settings(
        None, None, {"TRADETERM_VENUES__X__SECRET": "hush-hush", "TRADETERM_VENUES__X__API_KEY": "quiet"}
    )
    assert "hush" not in repr(keys)
    assert "quiet" not in repr(keys)


# ---------------------------------------------------------------- the environment


@pytest.mark.parametrize("text", ["[" * 5_000, "[" + "1" * 5_000 + "]", "[1e99999999999999999999]"])
@pytest.mark.parametrize("name", ["PAPER__MARKETS", "SERVER__ALLOW_ORIGIN"])
def test_json_that_cannot_be_read_is_a_wrong_setting(name: str, text: str) -> None:
    """However it is broken: a sentence with the setting's name."""
    section, _, key = name.lower().partition("__")
    with pytest.raises(SettingsError, match=f"the setting {section}.{key}"):
        load_settings(None, None, {f"TRADETERM_{name}": text})


@pytest.mark.parametrize(
    "text",
    ["https://a.test,https://b.test", " https://a.test , https://b.test ,", '["https://a.test", "https://b.test"]'],
)
def test_a_list_in_the_environment_is_commas_or_json(text: str) -> None:
    """An environment knows no lists: either way of writing one is taken, and one origin alone is a list of one."""
    settings = load_settings(None, None, {"TRADETERM_SERVER__ALLOW_ORIGIN": text})
    assert settings.server.allow_origin == ("https://a.test", "https://b.test")
    alone = load_settings(None, None, {"TRADETERM_SERVER__ALLOW_ORIGIN": "https://a.test"})
    assert alone.server.allow_origin == ("https://a.test",)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("https://a.test/", "https://a.test"),
        ("HTTPS://A.Test:443", "https://a.test"),
        ("http://a.test:80", "http://a.test"),
        ("https://a.test:80", "https://a.test:80"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("capacitor://localhost", "capacitor://localhost"),
    ],
)
def test_an_origin_is_kept_as_a_browser_writes_it(said: str, meant: str) -> None:
    """Written otherwise it would let nobody in, without a word."""
    assert load_settings(None, None, {"TRADETERM_SERVER__ALLOW_ORIGIN": said}).server.allow_origin == (meant,)


@pytest.mark.parametrize(
    "said",
    [
        *("*", "null", "a.test", "//a.test", "https://", "https://a.test/app", "https://a.test?x", "https://a.test#x"),
        *(
            "https://me@a.test",
            "https://a.test:x",
            "https://a.test:99999",
            "https://[::1",
            "https://a b",
            "https://ä.test",
        ),
    ],
)
def test_what_is_no_origin_is_refused(said: str) -> None:
    with pytest.raises(SettingsError, match=r"server\.allow_origin\.0 is wrong: an origin is a scheme and a host"):
        load_settings(None, None, {"TRADETERM_SERVER__ALLOW_ORIGIN": json.dumps([said])})


def test_markets_and_tables_in_the_environment_are_json() -> None:
    """Numbers in it are exact, as the file's are."""
    market = '[{"symbol": "BTC/USD", "tick": 0.1, "lot": "0.001", "start_price": 100}]'
    venue = {
        "TRADETERM_VENUES__KRAKEN__EXCHANGE": "kraken",
        "TRADETERM_VENUES__KRAKEN__USER": "ann",
        "TRADETERM_VENUES__KRAKEN__CCXT": '{"timeout": 5000}',
    }
    settings = load_settings(None, None, {"TRADETERM_PAPER__MARKETS": market, **venue})
    assert settings.paper.markets[0].tick == Decimal("0.1")
    assert settings.venues["kraken"].ccxt == {"timeout": 5000}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("TRADETERM_SERVER__PROT", "there is no setting server.prot"),
        ("TRADETERM_SERVR__PORT", "there is no setting servr"),
        ("TRADETERM_SERVER__", "there is no setting server."),
        ("TRADETERM_SERVER__PORT__NUMBER", "the setting server.port is wrong"),
        ("TRADETERM_PAPER__MARKETS", "the setting paper.markets is wrong"),
        ("TRADETERM_SERVER__ALLOW_ORIGIN", "the setting server.allow_origin is wrong"),
    ],
)
def test_a_wrong_name_or_list_in_the_environment_is_refused_as_the_files_is(name: str, said: str) -> None:
    """Also beside the right one, in either order."""
    value = "[" if "MARKETS" in name or "ORIGIN" in name else "1"
    for environ in ({name: value, "TRADETERM_SERVER__PORT": "1"}, {"TRADETERM_SERVER__PORT": "1", name: value}):
        with pytest.raises(SettingsError, match=said):
            load_settings(None, None, environ)


def test_names_that_only_look_like_settings_are_told() -> None:
    """They may be somebody else's (a container's service links are), so they are told and not refused."""
    environ = {
        "TRADETERM_SERVER_PORT": "1",
        "TRADETERM_JWT_SECERT": "x",
        "TRADETERM_TOKEN": "x",
        "TRADETERM_SERVER": "x",
        "TRADETERM_DB": "x",
        "TRADETERM_LIMITS__COMMANDS_PER_S": "1",
        "HOME": "/",
    }
    assert unknown_variables(environ) == ["TRADETERM_JWT_SECERT", "TRADETERM_SERVER_PORT"]


# ---------------------------------------------------------------- markets

MARKET = '[[paper.markets]]\nsymbol = "{}"\ntick = "{}"\nlot = "0.001"\nstart_price = "100"\n'


def settings_of(path: Path, text: str) -> Settings:
    path.write_text(text)
    return load_settings(path, None, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MARKET.format("BTC/USD", "0.0001") + "price_decimals = 2\n", "price_decimals.*4"),
        (MARKET.format("btc/usd", "0.5"), "capital letters"),
        (MARKET.format("BTC.X/USD", "0.5"), "capital letters"),
        (MARKET.format("BTCUSD", "0.5"), "capital letters"),
        (MARKET.format("USD/USD", "0.5"), "capital letters|itself"),
        (MARKET.format("BTC/USD", "0.5") + MARKET.format("BTC/USD", "0.1"), "BTC/USD.*twice"),
        (MARKET.format("BTC/USD", "nan"), "tick is wrong"),
        (MARKET.format("BTC/USD", "inf"), "tick is wrong"),
    ],
)
def test_a_market_that_makes_no_sense_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """Decimals that would hide a tick, names that no channel can carry, one symbol with two sets of terms."""
    with pytest.raises(SettingsError, match=said) as caught:
        settings_of(tmp_path / "c.toml", text)
    assert "paper.markets" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_decimals_may_be_more_than_the_ticks(tmp_path: Path) -> None:
    """Prices of half a dollar are written with cents."""
    settings = settings_of(tmp_path / "c.toml", MARKET.format("BTC/USD", "0.5") + "price_decimals = 2\n")
    assert settings.paper.markets[0].price_decimals == 2


@pytest.mark.parametrize("others", ["", MARKET.format("BTC/USD", "0.5")])
def test_only_markets_that_settle_in_dollars_are_listed_on_paper(tmp_path: Path, others: str) -> None:
    """An account's money is in USD: a market in another currency is refused, alone and among others."""
    settings = settings_of(tmp_path / "c.toml", MARKET.format("ETH/EUR", "0.5") + others)
    with pytest.raises(SettingsError, match=r"ETH/EUR .* USD"):
        list_markets(settings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[paper]\ntaker_fee = "0.00012345678901234567890123456789012345"', "decimals together"),
        ('[paper]\nmaker_fee = "0.0000000000000001"', "decimals together"),
        ('[paper]\nfunding_rate = "0.000000000000000000000000000000000000001"', "decimals together"),
    ],
)
def test_rates_that_cannot_be_computed_with_exactly_are_refused_at_start(tmp_path: Path, text: str, said: str) -> None:
    """Sizes, prices and rates of a market have only so many decimals together."""
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=said):
        list_markets(load_settings(path, environ={}))


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"tick": "1e30"}, "tick"),
        ({"lot": "1e30"}, "lot"),
        ({"start_price": "1e40"}, "start_price"),
        ({"minimum": "1e30"}, "minimum"),
        ({"min_notional": "1e60"}, "min_notional"),
        ({"tick": "1e30", "lot": "1e30", "start_price": "1e40"}, "start_price"),
    ],
)
def test_a_market_in_which_nothing_could_be_traded_is_refused_at_start(
    tmp_path: Path, terms: dict[str, str], said: str
) -> None:
    """Every order there would be above what can be computed with, or off the tick or the lot."""
    named = {"symbol": "A/USD", "tick": "1", "lot": "1", "start_price": "100"} | terms
    text = "[[paper.markets]]\n" + "".join(f'{name} = "{value}"\n' for name, value in named.items())
    with pytest.raises(SettingsError, match=f"^nothing can be traded on A/USD: its {said} is above [0-9]+, "):
        list_markets(settings_of(tmp_path / "c.toml", text))


def test_small_coins_with_usual_rates_are_listed(tmp_path: Path) -> None:
    """A tick of 1e-12 and a lot of 1e-8 leave room for the fee."""
    path = tmp_path / "settings.toml"
    entry = 'symbol = "SHIB/USD"\ntick = "0.000000000001"\nlot = "0.00000001"\nstart_price = "0.00001"\n'
    path.write_text(f"[[paper.markets]]\n{entry}")
    assert list_markets(load_settings(path, environ={}))[0].largest_quantity >= 10**12


def test_no_day_loss_limit_is_none_and_half_an_order_a_second_is_half(tmp_path: Path) -> None:
    """0 is off, not the default; rates below one are taken."""
    path = tmp_path / "settings.toml"
    path.write_text("[risk]\nday_loss_pct = 0\norders_per_s = 0.5\n")
    limits = core_settings(load_settings(path, environ={})).limits
    assert (limits["dayLossPct"], limits["ordersPerSecond"]) == (0, Decimal("0.5"))


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("risk", "max_open_orders", "99999999999999999999999"),
        ("risk", "max_order_notional", '"1e40"'),
        ("risk", "max_order_quantity", '"1e-30"'),
        ("risk", "order_notional_pct", '"12501"'),
        ("risk", "orders_per_s", '"0.0000000000001"'),
        ("risk", "day_loss_pct", '"33.333333333333333333333"'),
        ("limits", "commands_per_s", "9223372036854775808"),
        ("limits", "subscriptions", "99999999999999999999999"),
        ("limits", "frame_bytes", "99999999999999999999999"),
        ("limits", "sign_in_window_s", "99999999999999999999999"),
        ("limits", "read_bytes_per_s", "-1"),
    ],
)
def test_a_limit_that_no_answer_can_say_is_refused_at_start(tmp_path: Path, section: str, key: str, value: str) -> None:
    """One over 64 bits would fail each account's figures, or each socket's greeting; what an admin may not set is refused
    here too."""
    with pytest.raises(SettingsError, match=f"^the setting {section}.{key} is wrong: "):
        settings_of(tmp_path / "c.toml", f"[{section}]\n{key} = {value}\n")


def test_the_largest_limits_are_taken(tmp_path: Path) -> None:
    """To the last one."""
    text = f"[risk]\nmax_open_orders = {2**63 - 1}\nday_loss_pct = 100\n[limits]\ncommands_per_s = {2**63 - 1}\n"
    settings = settings_of(tmp_path / "c.toml", text)
    assert settings.risk.max_open_orders == settings.limits.commands_per_s == 2**63 - 1


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    """Some editors write one."""
    path = tmp_path / "c.toml"
    path.write_bytes(b"\xef\xbb\xbf[server]\nport = 1234\n")
    assert load_settings(path, None, {}).server.port == 1234


# ---------------------------------------------------------------- the day's time zone


@pytest.mark.parametrize("zone", ["Mars/Phobos", "", "/etc/passwd", "../UTC", "Europe", "a\\u0000b", "x" * 5_000])
def test_a_day_zone_that_does_not_exist_is_named(tmp_path: Path, zone: str) -> None:
    """Whatever a file system says about such a name."""
    with pytest.raises(SettingsError, match=r"the setting paper\.day_zone is wrong"):
        settings_of(tmp_path / "c.toml", f'[paper]\nday_zone = "{zone}"\n')


def test_a_day_turns_where_it_is_said_to(tmp_path: Path) -> None:
    """Midnight in Auckland is no midnight in UTC."""
    settings = settings_of(tmp_path / "c.toml", '[paper]\nday_zone = "Pacific/Auckland"\n')
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert noon.astimezone(core_settings(settings).day_zone).isoformat() == "2026-01-06T01:00:00+13:00"


def test_utc_needs_no_time_zone_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slim images have none."""
    for name in ("tzdata", *(one for one in sys.modules if one.startswith("tzdata."))):
        monkeypatch.setitem(sys.modules, name, None)
    zoneinfo.reset_tzpath(())
    try:
        ZoneInfo.clear_cache()
        assert core_settings(load_settings(None, None, {})).day_zone is UTC
        with pytest.raises(SettingsError, match="Europe/Berlin"):
            load_settings(None, {"paper": {"day_zone": "Europe/Berlin"}}, {})
    finally:
        zoneinfo.reset_tzpath()


@pytest.mark.parametrize(("feed", "configured", "bound"), [("synthetic", None, 1_000), ("none", None, None), ("none", 7, 7), ("synthetic", 7, 7)])  # fmt: skip
def test_open_orders_are_bounded_unless_nothing_is(feed: str, configured: int | None, bound: int | None) -> None:
    """With no feed only what is configured binds."""
    said: dict[str, dict[str, Any]] = {"server": {"feed": feed}, "risk": {"max_open_orders": configured}}
    assert risk_limits(load_settings(flags=said, environ={})).get("maxOpenOrders") == bound
