"""What stands beside and under the ticket's fields: what the draft would do, written anew with every key. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from tradeterm.protocol.market import Market
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType, TimeInForce
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.drawing.words.cost_and_risk import (
    above_most,
    cost_line,
    leverage_warning,
    market_line,
    stop_note,
    target_note,
    walk_lines,
)
from tradeterm.tui.format import age, moment, price
from tradeterm.tui.orders.draft import (
    EXITS,
    Draft,
    checked,
    checked_price,
    checked_quantity,
    distance,
    exit_prices,
    wrong_exit,
)
from tradeterm.tui.orders.expected import Expected, expected, means_of
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.position_effect import effect, is_alarming, is_way_out
from tradeterm.tui.orders.typed_level import is_worded, said_level
from tradeterm.tui.orders.typed_number import NotANumber, typed_number
from tradeterm.tui.orders.typed_size import Means, is_plain, size_words, typed_size
from tradeterm.tui.orders.typed_time import typed_time

WORDS = "25% 1%risk max"  # as many as fit beside the field


@dataclass(frozen=True, slots=True)
class TicketText:
    """`faults` are what is no number, `facts` what the order would do, `notes` stand beside the fields by their names."""

    faults: list[str] = field(default_factory=list)
    facts: list[Line] = field(default_factory=list)
    notes: Mapping[str, Line] = field(default_factory=dict)


def ticket_text(draft: Draft, trading: Trading) -> TicketText:
    market, ticker = trading.market(draft.symbol), trading.desk.ticker(draft.symbol)
    if market is None:
        return TicketText()
    means = means_of(trading.desk, draft, market)
    means = replace(means, stop=_exits(draft, market, means).get("stop"))
    quantity = checked_quantity(draft.quantity, market, means)
    request = _request(draft, market, quantity) if isinstance(quantity, Decimal) else None
    known = expected(trading.desk, market, request) if request is not None else None
    facts: list[Line] = [market_line(market, ticker, None)]
    if isinstance(quantity, Decimal):
        words = effect(means.held, draft.side, quantity, reduce_only=request is not None and request.reduce_only)
        does: Line = [Part(words, Tone.ALERT if is_alarming(words) else Tone.STRONG)]
        above = above_most(request, trading.desk, market) if request is not None else None
        warned: list[Line] = [[Part(f"! {one}", Tone.ALERT)] for one in (above, leverage_warning(known)) if one]
        facts = [
            does,
            cost_line(known, is_way_out=is_way_out(words)),
            *warned,
            *walk_lines(known, market),
            *facts,
        ]
    return TicketText(_faults(draft, means), facts, _notes(draft, trading, market, means, known))


def _request(draft: Draft, market: Market, quantity: Decimal) -> OrderRequest | None:
    """The order without its exits and its end, which may be half typed; None while it is none itself."""
    plain = replace(draft, quantity=quantity_text(quantity), stop="", target="")
    if draft.works_for is TimeInForce.GTD:
        plain = replace(plain, time_in_force=TimeInForce.GTC)  # when it ends changes no figure
    request = checked(plain, market, "draft")
    return request if isinstance(request, OrderRequest) else None


def _notes(draft: Draft, trading: Trading, market: Market, means: Means, known: Expected | None) -> Mapping[str, Line]:
    notes: dict[str, Line] = {"quantity": _size_note(draft.quantity, market, means)}
    ticker = trading.desk.ticker(draft.symbol)
    for name in ("price", "trigger"):
        at = _level(draft, name, market)
        if at is not None and ticker is not None and (name == "price" or draft.type is not OrderType.TRAILING_STOP):
            notes[name] = [Part(_short(distance(at, ticker, market.tick)), Tone.MUTED)]
    if draft.type is OrderType.TRAILING_STOP:
        notes["trigger"] = [Part("behind the best, or 1%", Tone.MUTED)]
    if "until" in draft.fields:
        notes["until"] = _until_note(draft.until, trading.clocks.now())
    exits = _exits(draft, market, means)
    stop, target = exits.get("stop"), exits.get("target")
    if known is not None and stop is not None:
        notes["stop"] = stop_note(known, draft.side, stop, market, trading.equity)
    if known is not None and target is not None:
        notes["target"] = target_note(known, draft.side, target, market, stop)
    for name, at in exits.items():
        if is_worded(getattr(draft, name)):
            stands = Part(price(at, market.price_decimals), Tone.STRONG)
            notes[name] = [stands, *(replace(part, rank=part.rank or 1) for part in (Part(" "), *notes.get(name, ())))]
    return {**notes, **_wrong_notes(draft, market, means)}


def _wrong_notes(draft: Draft, market: Market, means: Means) -> Mapping[str, Line]:
    """`below 45,000.00` beside an exit that stands on the wrong side, where its money would say nothing."""
    entry = _entry(draft, market, means)
    wrong = wrong_exit(draft.side, _exits(draft, market, means), entry)
    if wrong is None or entry is None:
        return {}
    name, where = wrong
    return {name: [Part(f"! {where} {price(entry, market.price_decimals)}", Tone.ALERT)]}


def _until_note(text: str, now: datetime) -> Line:
    """`ends 18:00:00Z, in 2h`; of another day the date first."""
    at = typed_time(text, now)
    if isinstance(at, str):
        return [Part("18:00, 90m, 2h, 3d", Tone.MUTED)]
    return [Part(f"{moment(at, now)}, in {age(at - now)}", Tone.MUTED)]


def _short(words: str) -> str:
    """`14t below bid`."""
    return words.replace(" ticks", "t").replace(" tick", "t")


def _size_note(text: str, market: Market, means: Means) -> Line:
    """What a word came to; beside a plain number the words there are."""
    if not text.strip() or is_plain(text):
        return [Part(WORDS, Tone.MUTED)]
    size = typed_size(text, means)
    return [] if isinstance(size, NotANumber) else [Part(size_words(size, market), Tone.STRONG)]


def _level(draft: Draft, name: str, market: Market) -> Decimal | None:
    """The price in this field, where it is one that the type has."""
    at = checked_price(getattr(draft, name), market, name) if name in draft.fields else None
    return at if isinstance(at, Decimal) else None


def _entry(draft: Draft, market: Market, means: Means) -> Decimal | None:
    return _level(draft, "price", market) or _level(draft, "trigger", market) or means.entry


def _exits(draft: Draft, market: Market, means: Means) -> dict[str, Decimal]:
    found = exit_prices(draft, _entry(draft, market, means), market)
    return {name: at for name, at in found.items() if isinstance(at, Decimal)}


def _faults(draft: Draft, means: Means) -> list[str]:
    """What is no number, said while it is typed and not first when it is sent."""
    numbers = [name for name in draft.fields if name != "until"]
    texts = {name: getattr(draft, name) for name in numbers if getattr(draft, name).strip()}
    typed = [_read(draft, name, text, means) for name, text in texts.items()]
    return [fault.text for fault in typed if isinstance(fault, NotANumber)]


def _read(draft: Draft, name: str, text: str, means: Means) -> object:
    if name == "quantity":
        return typed_size(text, means)
    if name in EXITS:
        return said_level(text)
    return typed_number(text.removesuffix("%") if _trails(draft, name) else text)


def _trails(draft: Draft, name: str) -> bool:
    """May this field be a percentage?"""
    return name == "trigger" and draft.type is OrderType.TRAILING_STOP
