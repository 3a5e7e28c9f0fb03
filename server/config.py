"""The server's settings: flag over environment over file over default. Reads, checks and explains; opens nothing."""

import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from server.domain.capacity import LARGEST_COUNT
from server.domain.limits import wrong_limit
from server.domain.markets import decimals_of

APP = "tradeterm"
PAPER = "paper"
ENV = "TRADETERM_"
SECTIONS = ("server", "auth", "paper", "limits", "risk", "venues")
# Environment names without a section: by name, the setting; the console's and the tools' have none.
ALONE = {"DB": ("server", "db"), "JWT_SECRET": ("jwt_secret",), "ADMIN_PASSWORD": ("admin_password",)}
OTHERS = ("SERVER", "TOKEN")
SYMBOL = re.compile(r"[A-Z0-9]{1,12}/[A-Z0-9]{1,12}")
USUAL_PORTS = {"http": 80, "https": 443}


def from_json(value: Any) -> Any:
    """A list or a table of the environment, written in JSON; what the file gave is one already."""
    try:
        return json.loads(value, parse_float=Decimal) if isinstance(value, str) else value
    except (RecursionError, ArithmeticError):
        raise ValueError("it is nested too deeply, or a number is too long") from None


def from_list(value: Any) -> Any:
    """A list of words of the environment: JSON, or with commas between them."""
    if not isinstance(value, str) or value.lstrip().startswith("["):
        return from_json(value)
    return [word.strip() for word in value.split(",") if word.strip()]


def listed_symbol(symbol: str) -> str:
    """Raises ValueError for what is no symbol of a market."""
    base, _, quote = symbol.partition("/")
    if not SYMBOL.fullmatch(symbol) or base == quote:
        raise ValueError("a symbol is BASE/QUOTE, two names of up to twelve capital letters and digits, like BTC/USD")
    return symbol


def listed_network(text: str) -> str:
    """Raises ValueError for what is neither an address nor a network."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        raise ValueError("a proxy is an address or a network, like 127.0.0.1 or 10.0.0.0/8") from None
    return text


def listed_origin(text: str) -> str:
    """The origin as a browser writes it, whose pages could never match another form. Raises ValueError for what is none."""
    wrong = "an origin is a scheme and a host, like https://desk.example or https://desk.example:8443"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(wrong) from None
    said_more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if not parts.scheme or not host or said_more or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(wrong)
    host = f"[{host}]" if ":" in host else host
    is_usual = port is None or port == USUAL_PORTS.get(parts.scheme)
    return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{port}"


def zone_of(name: str) -> tzinfo:
    """A time zone by its name. UTC needs no database of zones. Raises ValueError for a name that the machine's does not have."""
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"this machine knows no time zone {name[:40]!r}") from None


def known_zone(name: str) -> str:
    zone_of(name)
    return name


def sensible(limit: str) -> AfterValidator:
    """Holds a risk limit against what makes sense for it, whoever sets it."""

    def checked(value: Decimal | int) -> Decimal | int:
        wrong = wrong_limit({limit: value})
        if wrong is not None:
            raise ValueError(wrong)
        return value

    return AfterValidator(checked)


Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
Rate = Annotated[Decimal, Field(ge=0, lt=1)]
Percent = Annotated[Decimal, Field(ge=0, le=100)]
Positive = Annotated[Decimal, Field(gt=0)]
Origin = Annotated[str, AfterValidator(listed_origin)]


class SettingsError(Exception):
    """A setting that cannot be used; the text is one sentence that names it."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MarketEntry(Section):
    """One `[[paper.markets]]`: its terms, and where the price starts. Prices in the quote currency."""

    symbol: Annotated[str, AfterValidator(listed_symbol)]
    tick: Positive
    lot: Positive
    minimum: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    min_notional: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    start_price: Positive
    price_decimals: Annotated[int, Field(ge=0, le=12)] | None = None

    @model_validator(mode="after")
    def _shows_every_tick(self) -> "MarketEntry":
        needed = decimals_of(self.tick)
        if self.price_decimals is not None and self.price_decimals < needed:
            raise ValueError(f"price_decimals {self.price_decimals} would hide the tick, which has {needed}")
        return self


def each_once(markets: tuple[MarketEntry, ...]) -> tuple[MarketEntry, ...]:
    """Raises ValueError for a symbol that is listed twice: only one could be traded."""
    symbols = [market.symbol for market in markets]
    for symbol in symbols:
        if symbols.count(symbol) > 1:
            raise ValueError(f"{symbol} is listed twice")
    return markets


class ServerSection(Section):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8787
    db: str | None = None
    venue: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")] = PAPER
    feed: Annotated[str, Field(pattern=r"^(synthetic|none|recorded:.+|ccxt:[a-z0-9_]+)$")] = "synthetic"
    seed: int | None = None
    allow_origin: Annotated[tuple[Origin, ...], BeforeValidator(from_list)] = ()
    allow_host: Annotated[tuple[str, ...], BeforeValidator(from_list)] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    insecure: bool = False
    trusted_proxies: Annotated[
        tuple[Annotated[str, AfterValidator(listed_network)], ...], BeforeValidator(from_list)
    ] = ()
    projector: Literal["thread", "process"] | None = (
        None  # absent: a process; the console's private server takes the thread
    )
    most_behind_mb: Annotated[float, Field(gt=0)] = 256.0  # the tables behind the journal, before orders are refused
    journal_keep_days: Annotated[float, Field(gt=0, le=36_500)] | None = None  # of events; absent: for ever
    database_wait_s: Annotated[float, Field(ge=0, le=3600)] = 60.0  # how long a database that is away is waited for


class AuthSection(Section):
    """How long an access token is good, and how long a session can be refreshed. Seconds."""

    access_token_s: Annotated[int, Field(ge=1, le=86_400)] = 900
    session_s: Annotated[int, Field(ge=60, le=31_536_000)] = 2_592_000


class PaperSection(Section):
    cash: Annotated[Decimal, Field(ge=0, le=10**15, decimal_places=12)] = Decimal(100_000)
    leverage: Annotated[Decimal, Field(ge=1, le=125)] = Decimal(5)
    maker_fee: Rate = Decimal("0.001")
    taker_fee: Rate = Decimal("0.0026")
    collar_pct: Percent = Decimal(5)
    account: Literal["margin", "cash"] = "margin"
    liquidation: bool | None = None  # absent: on where there is a feed
    fee_currency: Literal["quote", "base"] = "quote"
    latency_ms: str | None = None  # "20", or "10-50" to draw, or "feed,order,answer" of either
    reject_rate: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(0)
    funding_rate: Annotated[Decimal, Field(gt=-1, lt=1)] = Decimal(0)
    day_zone: Annotated[str, AfterValidator(known_zone)] = "UTC"
    markets: Annotated[tuple[MarketEntry, ...], BeforeValidator(from_json), AfterValidator(each_once)] = ()


class LimitsSection(Section):
    """What the gateway bounds. 0 is off. No number is larger than the wire can say."""

    commands_per_s: Count = 100
    sockets_per_min: Count = 600
    sockets_per_user: Count = 10
    connections_per_address: Count = 512
    connections: Count = 8_192
    read_bytes_per_s: Count = 4_000_000
    subscriptions: Count = 128
    sign_in_failures: Count = 5
    sign_in_window_s: Annotated[int, Field(ge=1, le=31_536_000)] = 900
    sign_ins_per_min: Count = 120  # of one user from one address
    frame_bytes: Annotated[int, Field(ge=1024, le=LARGEST_COUNT)] = 65_536


class RiskSection(Section):
    """Default risk limits of an account; absent is off, fractions are of equity. What an admin may not set, a file may not."""

    order_notional_pct: Annotated[Positive, sensible("orderNotionalPct")] | None = None
    max_order_quantity: Annotated[Positive, sensible("maxOrderQuantity")] | None = None
    max_order_notional: Annotated[Positive, sensible("maxOrderNotional")] | None = None
    max_position_notional: Annotated[Positive, sensible("maxPositionNotional")] | None = None
    max_gross_exposure: Annotated[Positive, sensible("maxGrossExposure")] | None = None
    max_open_orders: Annotated[int, Field(gt=0), sensible("maxOpenOrders")] | None = None
    orders_per_s: Annotated[Positive, sensible("ordersPerSecond")] | None = None  # 0.5 is one in two seconds
    # absent: 5 where there is a feed; 0 is off
    day_loss_pct: Annotated[Percent, sensible("dayLossPct")] | None = None
    flatten_on_day_loss: bool = False


class VenueSection(Section):
    """One `[venues.NAME]`: an account at a real exchange. `settle` is its one currency, `ccxt` goes into the library's
    constructor over ours, `follow` are markets whose data is read whoever looks, `shadow` has each order traded on paper too,
    to compare."""

    exchange: Annotated[str, Field(pattern=r"^[a-z0-9_]*$")] = ""  # absent: the venue's own name
    sandbox: bool = False
    user: str | None = None  # absent: the only trader
    settle: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,12}$")] = "USDT"
    follow: Annotated[tuple[Annotated[str, AfterValidator(listed_symbol)], ...], BeforeValidator(from_list)] = ()
    shadow: bool = False
    ccxt: Annotated[dict[str, Any], BeforeValidator(from_json)] = {}
    api_key: SecretStr | None = None
    secret: SecretStr | None = None


class Settings(Section):
    server: ServerSection = ServerSection()
    auth: AuthSection = AuthSection()
    paper: PaperSection = PaperSection()
    limits: LimitsSection = LimitsSection()
    risk: RiskSection = RiskSection()
    venues: dict[str, VenueSection] = {}
    jwt_secret: SecretStr | None = None
    admin_password: SecretStr | None = None

    @property
    def is_live(self) -> bool:
        """Does it trade on a real exchange?"""
        return self.server.venue != PAPER

    @property
    def db_url(self) -> str:
        db = self.server.db
        return default_database_url({}, self.server.venue) if db is None else db


def database_url(named: str | None) -> str:
    """The database that a flag names, else the usual one. An empty name is one too, and refused as no database's: a variable
    of a script is empty, and the usual database is not what was meant."""
    return default_database_url() if named is None else named


def default_database_url(environ: Mapping[str, str] | None = None, venue: str = PAPER) -> str:
    """`TRADETERM_DB`, else a file under the platform's data folder: one a venue."""
    named = (os.environ if environ is None else environ).get(f"{ENV}DB")
    if named:
        return named
    name = APP if venue == PAPER else f"{APP}-{venue}"
    path = str(Path(platformdirs.user_data_dir(APP, appauthor=False)) / f"{name}.db")
    return f"sqlite:///{path.replace('%', '%25').replace('?', '%3F')}"


def default_config_file() -> Path:
    return Path(platformdirs.user_config_dir(APP, appauthor=False)) / "config.toml"


def load_settings(
    file: Path | None = None,
    flags: Mapping[str, Mapping[str, Any]] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read the settings. `flags` holds what the command line said, by section; None there means not said.

    Raises SettingsError: a file that is named and missing, TOML that does not parse, a value out of its range.
    """
    environ = os.environ if environ is None else environ
    values = _from_file(file)
    _overlay(values, _from_environment(environ))
    for section, said in (flags or {}).items():
        _overlay(values, {section: {key: value for key, value in said.items() if value is not None}})
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _from_file(file: Path | None) -> dict[str, Any]:
    path = file or default_config_file()
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        if file is not None:
            raise SettingsError(f"the settings file {file} does not exist") from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {path} cannot be read: {error}") from None
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise SettingsError(f"the settings file {path} is not TOML: {error}") from None
    # The console keeps its own sections in the same file; they are its to check.
    return {key: value for key, value in values.items() if key in SECTIONS}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """`TRADETERM_LIMITS__COMMANDS_PER_S=5` is `[limits] commands_per_s`; a few names stand alone.

    A name of two parts that is no setting is refused as the file's is; see `unknown_variables` for the others.
    """
    values: dict[str, Any] = {}
    for name, value in sorted(environ.items()):
        if not name.startswith(ENV) or not value:
            continue
        key = name.removeprefix(ENV)
        if key in ALONE:
            _put(values, ALONE[key], value)
        elif "__" in key:
            _put(values, tuple(part.lower() for part in key.split("__")), value)
    return values


def unknown_variables(environ: Mapping[str, str] | None = None) -> list[str]:
    """Names that look like settings and are none: told at start, not refused, for a container's links look so too."""
    names = (os.environ if environ is None else environ).keys()
    known = {*ALONE, *OTHERS}
    keys = sorted(name.removeprefix(ENV) for name in names if name.startswith(ENV))
    return [f"{ENV}{key}" for key in keys if "__" not in key and key not in known]


def _put(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Raises SettingsError where one name says a value and another one a part of it."""
    for part in path[:-1]:
        values = values.setdefault(part, {})
        if not isinstance(values, dict):
            raise SettingsError(f"the setting {'.'.join(path[:-1])} is wrong: it has no part {path[-1]}")
    values[path[-1]] = value


def _overlay(values: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(values.get(key), dict):
            _overlay(values[key], value)
        else:
            values[key] = value


def _sentence(error: ValidationError) -> str:
    """The first fault in words. Never the value: it may be a secret."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"there is no setting {where}"
    ours, said = first["type"] == "value_error", first["msg"].removeprefix("Value error, ")
    return f"the setting {where} is wrong: {said if ours else said[0].lower() + said[1:]}"
