"""Tax lots: which of them a sale takes, and what is gained."""

from datetime import date

import pytest

from forefolio.core.errors import BadSettings, InputError
from forefolio.optimize.lots import Lot, LotOrder, parse_lot, sold_lots
from forefolio.studies.orders import OrdersStudy

LOTS = tuple(
    map(
        parse_lot,
        (
            "A 4 at 80 on 2019-01-02",
            "A 4 at 130 on 2020-01-02",
            "A 4 at 110 on 2022-06-01",
            "A 4 at 140 on 2022-09-01",
        ),
    )
)
TODAY = date(2022, 12, 28)


@pytest.mark.parametrize(
    ("order", "costs", "gain"),
    [
        ("highest_cost", [140, 130], 4 * (100 - 140) + 2 * (100 - 130)),
        ("oldest", [80, 130], 4 * (100 - 80) + 2 * (100 - 130)),
        ("long_term", [130, 80], 4 * (100 - 130) + 2 * (100 - 80)),
    ],
)
def test_lots_are_taken_in_their_order(order: LotOrder, costs: list[float], gain: float) -> None:
    sold = sold_lots(LOTS, 6, 100.0, TODAY, order)
    assert [one.cost for one in sold] == costs and [one.shares for one in sold] == [4, 2]
    assert sum(one.gain for one in sold) == pytest.approx(gain)


def test_no_rounding_takes_a_share_of_one_more_lot() -> None:
    lots = [parse_lot(words) for words in ("A 0.7 at 90", "A 0.2 at 80", "A 0.1 at 70", "A 5 at 6")]
    assert [one.shares for one in sold_lots(lots, 1.0, 100.0, TODAY)] == [0.7, 0.2, 0.1]


def test_what_was_held_for_a_year_is_not_yet_long_term() -> None:
    lot = parse_lot("A 1 at 50 on 2021-12-28")
    (year,), (longer,) = (sold_lots((lot,), 1, 60.0, date(2022, 12, day)) for day in (28, 29))
    assert (year.long_term, longer.long_term) == (False, True)
    assert sold_lots((parse_lot("A 1 at 50"),), 1, 60.0, TODAY)[0].long_term is None


def test_a_year_with_a_leap_day_is_no_more_than_a_year() -> None:
    lot, born = parse_lot("A 1 at 50 on 2020-01-02"), parse_lot("A 1 at 50 on 2020-02-29")
    days = (lot, date(2021, 1, 2)), (lot, date(2021, 1, 3)), (born, date(2021, 2, 28))
    held = [sold_lots((one,), 1, 60.0, day)[0].long_term for one, day in days]
    assert held == [False, True, False]
    assert sold_lots((born,), 1, 60.0, date(2021, 3, 1))[0].long_term


@pytest.mark.parametrize("words", ["A 4 at 80 on 2019-01-02", "BRK-B 0.5 at 190.25"])
def test_a_lot_is_read_and_printed(words: str) -> None:
    assert str(parse_lot(words)) == words


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="is no lot; write AAPL 10 at 90"):
        parse_lot("AAPL 10")
    with pytest.raises(ValueError, match="there is no day 2020-02-30"):
        parse_lot("AAPL 10 at 90 on 2020-02-30")
    with pytest.raises(InputError, match="20 shares are sold, but the lots have 16"):
        sold_lots(LOTS, 20, 100.0, TODAY)
    with pytest.raises(InputError, match=r"A 1 at 2 on 2030-01-01 is bought after .* not held yet"):
        sold_lots((*LOTS, parse_lot("A 1 at 2 on 2030-01-01")), 1, 100.0, TODAY)
    with pytest.raises(BadSettings, match="10 A are held, and its lots have 16"):
        OrdersStudy(capital=1000.0, holdings={"A": 10.0}, lots=LOTS)
    assert OrdersStudy(cash=100.0, lots=LOTS, holdings={"B": 2.0}).held == {"A": 16.0, "B": 2.0}
    assert OrdersStudy(cash=1.0, lots=("brk-b 2 at 3",), holdings="BRK-B=2").held == {"BRK-B": 2.0}
    assert Lot(ticker="A", shares=1, cost=2).bought is None
