"""Numbers on the command line are read as people write them, or refused: never off by tens."""

from pathlib import Path

import pytest
import typer
from tests.cli.conftest import Forefolio

from forefolio.cli.quantities import amounts, fraction, fractions, money, multiple, weights
from forefolio.core.errors import InputError
from forefolio.core.wording import MINUS


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("25000", 25_000.0),
        ("25,000", 25_000.0),
        ("$25,000", 25_000.0),
        ("25,000.50 USD", 25_000.5),
        ("€1,234,567", 1_234_567.0),
        ("1e5", 1e5),
        (25_000.0, 25_000.0),
    ],
)
def test_money(written: object, read: float) -> None:
    assert money(written) == read


@pytest.mark.parametrize(
    "written", ["25.000,00", "25,00", "2,5000", "0,3", "ten", "", "nan", "inf"]
)
def test_what_could_be_read_in_two_ways_is_refused(written: str) -> None:
    for read in (money, fraction, multiple):
        with pytest.raises(typer.BadParameter, match="is no number that can be read; say for"):
            read(written)
    with pytest.raises(InputError, match="is no number for 'AAPL'"):
        weights(f"AAPL={written}")


def test_fractions_may_be_per_cent() -> None:
    assert fraction("12%") == fraction("12 %") == fraction(0.12) == pytest.approx(0.12)
    assert fraction(f"{MINUS}30%") == pytest.approx(-0.3)
    assert multiple("1.1") == multiple("10%") == pytest.approx(1.1)
    assert fractions("10%, 15 %", "--target") == pytest.approx((0.10, 0.15))
    with pytest.raises(InputError, match="--target 12: not between -100% and 100%"):
        fractions("12", "--target")


def test_weights_are_fractions_or_said_to_be_per_cent(tmp_path: Path) -> None:
    assert weights("AAA=60%,BBB=0.4") == pytest.approx({"AAA": 0.6, "BBB": 0.4})
    assert weights("aaa = 60 %  bbb=40%") == pytest.approx({"AAA": 0.6, "BBB": 0.4})
    assert weights("AAA=1.3,BBB=-30%") == pytest.approx({"AAA": 1.3, "BBB": -0.3})
    assert weights("AAA=200%") == {"AAA": 2.0}
    for wrong in ("AAA=60,BBB=40", "AAA=0.5,BBB=2", "AAA=-40"):
        with pytest.raises(InputError, match=r"if it is per cent, or .* if it is that much"):
            weights(wrong)
    held = tmp_path / "held.csv"
    for text in ("Ticker,Weight\nAAA,60%\nBBB,40%\n", "AAA;0.6\nBBB;0.4\n"):
        held.write_text(text)
        assert weights(str(held)) == pytest.approx({"AAA": 0.6, "BBB": 0.4})
    held.write_text("Ticker,Weight\nAAA,60\nBBB,40\n")
    with pytest.raises(InputError, match="AAA=60 is 6000% of the portfolio; write AAA=60% if"):
        weights(str(held))


def test_amounts_may_have_thousands() -> None:
    assert amounts("AAPL=1,900.10,KO=5", "--prices") == {"AAPL": 1900.1, "KO": 5.0}
    assert amounts("AAPL=10 KO=5;AAPL=1", "--holdings") == {"AAPL": 11.0, "KO": 5.0}


def test_commands_read_weights_alike(forefolio: Forefolio) -> None:
    """One reader: what one command takes for per cent every other does."""
    data = ("--source", "sample", "--end", "1995-01-01")
    for command in ("risk", "simulate", "stress", "orders"):
        more = ("--capital", "$10,000", "--source", "sample") if command == "orders" else data
        said = forefolio(command, *more, "--weights", "KO=60,XOM=40")
        assert (said.code, said.out) == (2, "")
        assert "--weights KO=60 is 6000% of the portfolio; write KO=60%" in said.err
    read = [
        forefolio("stress", *data, "--json", "--weights", words).document["weights"]
        for words in ("KO=60%,XOM=40%", "KO=0.6 XOM=0.4")
    ]
    assert read[0] == read[1]


def test_an_example_is_one_that_the_option_takes() -> None:
    with pytest.raises(InputError, match="write AAPL=60%,KO=40%, or"):
        weights("AAA=x")
    with pytest.raises(InputError, match="write AAPL=10,KO=5, or"):
        amounts("AAA=x", "--holdings")


@pytest.mark.parametrize("typed", ["16.67%", "0.1667", "17%", "0.17"])
def test_weights_that_were_rounded_are_the_whole(typed: str) -> None:
    six = weights(",".join(f"A{k}={typed}" for k in range(6)))
    assert sum(six.values()) == pytest.approx(1.0, abs=1e-12)
    assert set(six.values()) == {six["A0"]}


def test_more_than_rounding_is_borrowed() -> None:
    assert sum(weights("A=60%,B=60%").values()) == pytest.approx(1.2)
    assert weights("A=33.4%,B=0.2") == {"A": 0.334, "B": 0.2}
