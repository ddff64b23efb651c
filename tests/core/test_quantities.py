"""Numbers and lists are read as people write them, by one reader, wherever a component stands."""

from collections.abc import Callable

import pytest

from forefolio.core.component import Component
from forefolio.core.errors import BadSettings
from forefolio.core.quantities import amount, basis_points, fraction, money, words
from forefolio.core.units import AnnualRate, Bps, Money, Probability, Share, Words


class Wanted(Component):
    share: Share = 0.5
    rate: AnnualRate = 0.0
    level: Probability = 0.95
    cost: Bps = 10.0
    capital: Money | None = None
    tickers: Words = ()


def test_a_setting_is_written_as_people_write_it() -> None:
    text = {
        "share": "12%",
        "rate": "-3 %",
        "level": "99 %",
        "cost": "0.1%",
        "capital": "$25,000",
        "tickers": "AAPL, MSFT KO",
    }
    expected = Wanted(
        share=0.12, rate=-0.03, level=0.99, cost=10, capital=25_000, tickers=("AAPL", "MSFT", "KO")
    )
    assert Wanted(**text) == Wanted.model_validate(text) == expected
    assert Wanted.model_validate_json(expected.model_dump_json()) == expected
    assert Wanted(tickers=["AAPL"]).tickers == ("AAPL",)


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("share", "120%", "share: must be less than or equal to 1, not 1.2"),
        ("share", "55", "or equal to 1 (55 per cent is 55% or 0.55), not 55"),
        ("share", 55, "or equal to 1 (55 per cent is 55% or 0.55), not 55"),
        ("share", "0,3", "share: '0,3' is not a number that can be read; write 12% or 0.12"),
        ("capital", "25.000,00", "is not a number that can be read; write 25,000 or 25000.50"),
        ("cost", "few", "'few' is not a number that can be read; write 10 or 10 bps, or 0.1%"),
        ("tickers", 5, "tickers: must be a list, not 5"),
    ],
)
def test_what_is_no_quantity_says_what_to_write(setting: str, value: object, told: str) -> None:
    with pytest.raises(BadSettings) as refused:
        Wanted(**{setting: value})
    assert told in str(refused.value)


def test_the_schema_says_the_unit() -> None:
    settings = Wanted.model_json_schema()["properties"]
    units = [settings[name]["unit"] for name in ("share", "rate", "level", "cost")]
    assert units == ["fraction", "fraction per year", "probability", "basis points"]
    assert settings["share"]["maximum"] == 1 and settings["share"]["type"] == "number"


@pytest.mark.parametrize(
    ("read", "text", "number"),
    [
        (amount, "€1,234,567", 1_234_567.0),
        (amount, "25,000.50 USD", 25_000.5),
        (fraction, "12.5 %", 0.125),
        (fraction, ".3", 0.3),
        (basis_points, "25 bps", 25.0),
        (money, "10m", 10_000_000.0),
        (money, "$10m", 10_000_000.0),
        (money, "10 million", 10_000_000.0),
        (money, "2.5 Bn USD", 2_500_000_000.0),
        (money, "€1,250k", 1_250_000.0),
        (money, "25,000.50 USD", 25_000.5),
    ],
)
def test_one_number(read: Callable[[str], float], text: str, number: float) -> None:
    assert read(text) == number


@pytest.mark.parametrize("text", ["10mm", "m", "1.000,5m", "10m5", "10 millions of", "1,00k"])
def test_money_that_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number that can be read"):
        money(text)


def test_words() -> None:
    assert words(" AAPL;MSFT,, KO ") == ("AAPL", "MSFT", "KO") and words("") == ()
