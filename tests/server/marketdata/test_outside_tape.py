"""What of an exchange's trades is played: each once, in their order, and nothing from before anybody looked."""

from hypothesis import given
from hypothesis import strategies as st

from server.marketdata.outside_tape import OutsideTape

BEGAN = 1_000


def trade(number: int, at: int | None) -> dict[str, object]:
    return {"id": number, "timestamp": at}


def numbers(trades: list[dict[str, object]], tape: OutsideTape) -> list[object]:
    return [one["id"] for one in tape.fresh(trades)]


@given(st.lists(st.lists(st.integers(0, 40), max_size=12), max_size=8))
def test_however_it_is_told_each_trade_of_now_is_played_once(answers: list[list[int]]) -> None:
    """A trade's number is how many milliseconds after 20 before the beginning it was made."""
    tape = OutsideTape()
    tape.begin(BEGAN)
    played = [numbers([trade(one, BEGAN - 20 + one) for one in answer], tape) for answer in answers]
    flat = [one for answer in played for one in answer]
    assert sorted(flat) == sorted({one for answer in answers for one in answer if one >= 20})  # type: ignore[type-var]
    assert all(answer == sorted(answer) for answer in played)  # type: ignore[type-var]


def test_what_was_made_while_it_was_lost_is_past() -> None:
    tape = OutsideTape()
    tape.begin(BEGAN)
    assert numbers([trade(1, BEGAN)], tape) == [1]
    tape.lost()
    assert not tape.is_read
    tape.begin(BEGAN + 100)
    assert numbers([trade(3, BEGAN + 150), trade(2, BEGAN + 50), trade(1, BEGAN)], tape) == [3]


def test_without_times_what_is_passed_over_is_the_past() -> None:
    tape = OutsideTape()
    tape.begin(BEGAN)
    tape.pass_over([trade(1, None)])
    assert numbers([trade(1, None), trade(2, None)], tape) == [2]
