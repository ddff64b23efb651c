"""Numbers on the command line are read as people write them, or refused: never off by tens."""

from pathlib import Path

import pytest
from tests.cli.conftest import Forefolio

from forefolio.cli.quantities import holdings_in, number_columns, prices_in, weights_in
from forefolio.core.errors import InputError
from forefolio.core.quantities import amount, fraction, multiple
from forefolio.core.wording import MINUS
from forefolio.studies.holding import amounts_by_ticker, weights_by_ticker


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("25000", 25_000.0),
        ("25,000", 25_000.0),
        ("$25,000", 25_000.0),
        ("25,000.50 USD", 25_000.5),
        ("€1,234,567", 1_234_567.0),
        ("1e5", 1e5),
    ],
)
def test_money(written: str, read: float) -> None:
    assert amount(written) == read
    assert amounts_by_ticker({"AAPL": written}) == {"AAPL": read}


@pytest.mark.parametrize(
    "written", ["25.000,00", "25,00", "2,5000", "0,3", "ten", "", "nan", "inf"]
)
def test_what_could_be_read_in_two_ways_is_refused(written: str) -> None:
    for read in (amount, fraction, multiple):
        with pytest.raises(ValueError, match="is not a number that can be read"):
            read(written)
    for by_ticker in (weights_by_ticker, amounts_by_ticker):
        with pytest.raises(ValueError, match="is no number for 'AAPL'"):
            by_ticker(f"AAPL={written}")


def test_fractions_may_be_per_cent() -> None:
    assert fraction("12%") == fraction("12 %") == fraction("0.12") == pytest.approx(0.12)
    assert fraction(f"{MINUS}30%") == pytest.approx(-0.3)
    assert multiple("1.1") == multiple("10%") == pytest.approx(1.1)


def test_weights_are_fractions_or_said_to_be_per_cent(tmp_path: Path) -> None:
    assert weights_by_ticker("AAA=60%,BBB=0.4") == pytest.approx({"AAA": 0.6, "BBB": 0.4})
    assert weights_by_ticker("aaa = 60 %  bbb=40%") == pytest.approx({"AAA": 0.6, "BBB": 0.4})
    assert weights_by_ticker("AAA=1.3,BBB=-30%") == pytest.approx({"AAA": 1.3, "BBB": -0.3})
    assert weights_by_ticker("AAA=200%") == weights_by_ticker({"AAA": 2.0}) == {"AAA": 2.0}
    for wrong in ("AAA=60,BBB=40", "AAA=0.5,BBB=2", "AAA=-40"):
        with pytest.raises(ValueError, match=r"if it is per cent, or .* if it is that much"):
            weights_by_ticker(wrong)
    for endless in ({"AAA": 1e308}, "AAA=1e308"):
        with pytest.raises(ValueError, match="AAA weighs more than any number"):
            weights_by_ticker(endless)
    held = tmp_path / "held.csv"
    for text in ("Ticker,Weight\nAAA,60%\nBBB,40%\n", "AAA;0.6\nBBB;0.4\n"):
        held.write_text(text)
        assert weights_by_ticker(weights_in(held)) == pytest.approx({"AAA": 0.6, "BBB": 0.4})
    held.write_text("Ticker,Weight\nAAA,60\nBBB,40\n")
    with pytest.raises(ValueError, match="AAA=60 is 6000% of the portfolio; write AAA=60% if"):
        weights_by_ticker(weights_in(held))


EXPORT = """Positions of account 123-456,,,,,
Symbol,Description,Quantity,Last Price,Market Value,% of account
AAPL,Apple Inc,"1,010",$185.20,"$187,052.00",60%
KO,Coca Cola,20.5,$60.00,"$1,230.00",40%
Cash,,,,$500.00,
"""


def test_what_a_bank_exports_is_read_by_its_headings(tmp_path: Path) -> None:
    held = tmp_path / "export.csv"
    held.write_text(EXPORT)
    assert amounts_by_ticker(holdings_in(held)) == {"AAPL": 1010.0, "KO": 20.5}
    assert amounts_by_ticker(prices_in(held)) == {"AAPL": 185.2, "KO": 60.0}
    assert weights_by_ticker(weights_in(held)) == pytest.approx({"AAPL": 0.6, "KO": 0.4})
    held.write_text("Symbol;Owner;Worth\nAAPL;me;5\n")
    with pytest.raises(InputError, match="Symbol, Owner, Worth, and none called shares beside"):
        holdings_in(held)


def test_amounts_may_have_thousands() -> None:
    assert amounts_by_ticker("AAPL=1,900.10,KO=5") == {"AAPL": 1900.1, "KO": 5.0}
    assert amounts_by_ticker("AAPL=10 KO=5;AAPL=1") == {"AAPL": 11.0, "KO": 5.0}


def test_commands_read_weights_alike(forefolio: Forefolio) -> None:
    """One reader: what one command takes for per cent every other does."""
    data = ("--source", "sample", "--end", "1995-01-01")
    for command in ("risk", "simulate", "stress", "orders"):
        more = ("--capital", "$10,000", "--source", "sample") if command == "orders" else data
        said = forefolio(command, *more, "--weights", "KO=60,XOM=40")
        assert (said.code, said.out) == (2, "")
        assert "--weights: KO=60 is 6000% of the portfolio; write KO=60%" in said.err
    read = [
        forefolio("stress", *data, "--json", "--weights", words).document["portfolio"]
        for words in ("KO=60%,XOM=40%", "KO=0.6 XOM=0.4")
    ]
    assert read[0] == read[1]


def test_an_example_is_one_that_the_option_takes() -> None:
    with pytest.raises(ValueError, match="write AAPL=60%,KO=40%, or"):
        weights_by_ticker("AAA=x")
    with pytest.raises(ValueError, match="write AAPL=10,KO=5, or"):
        amounts_by_ticker("AAA=x")


@pytest.mark.parametrize("typed", ["16.67%", "0.1667", "17%", "0.17"])
def test_weights_that_were_rounded_are_the_whole(typed: str) -> None:
    six = weights_by_ticker(",".join(f"A{k}={typed}" for k in range(6)))
    assert sum(six.values()) == pytest.approx(1.0, abs=1e-12)
    assert set(six.values()) == {six["A0"]}


def test_more_than_rounding_is_borrowed() -> None:
    assert sum(weights_by_ticker("A=60%,B=60%").values()) == pytest.approx(1.2)
    assert weights_by_ticker("A=33.4%,B=0.2") == {"A": 0.334, "B": 0.2}


def test_columns_of_numbers_are_read_by_ticker(tmp_path: Path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text("ticker;name;esg;carbon\nAAPL; Apple ;71;\n\nXOM;Exxon;30.5;0.9\n")
    assert number_columns(file) == {"esg": {"AAPL": 71.0, "XOM": 30.5}, "carbon": {"XOM": 0.9}}
    file.write_text("ticker,esg,name\nAAPL,71,Apple\nXOM,N/A,Exxon\nMMM,-,3\n")
    assert number_columns(file) == {"esg": {"AAPL": 71.0}}
    file.write_text("Company;Symbol;ESG Score\nApple;aapl;71\nExxon;XOM;\n")
    assert number_columns(file) == {"ESG Score": {"AAPL": 71.0}}
    file.write_text("ticker,name\nAAPL,Apple\n")
    with pytest.raises(InputError, match="no column of numbers beside its tickers"):
        number_columns(file)
    with pytest.raises(InputError, match="there is no file"):
        number_columns(tmp_path / "none.csv")
    file.write_text('ticker,esg,cap\nAAPL,70%,"2,500"\nXOM,0.3,1e3\n')
    assert number_columns(file) == {
        "esg": {"AAPL": 0.7, "XOM": 0.3},
        "cap": {"AAPL": 2500.0, "XOM": 1000.0},
    }
    for text, message in (
        ("ticker,esg\nAAPL,70\nXOM,poor\n", "has 'poor' as esg of XOM, which is no number"),
        ("ticker,esg\nAAPL,70\nAAPL,20\n", "tickers more than once: AAPL"),
        ("ticker,esg,esg\nAAPL,70,20\n", "columns more than once: esg"),
        ("ticker,esg\nAAPL,70%\nXOM,30\n", "has 30 as esg of XOM, beside percentages; write 30%"),
    ):
        file.write_text(text)
        with pytest.raises(InputError, match=message):
            number_columns(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="no text in UTF-8"):
        number_columns(file)


def test_a_column_of_a_file_is_limited_in_words(forefolio: Forefolio, tmp_path: Path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text("ticker,esg\nA0,40\nA1,75\nA2,60\n")
    source = '{"kind": "synthetic", "sessions": 600, "assets": 3}'
    study = tmp_path / "study.json"
    study.write_text(f'{{"kind": "portfolio", "source": {source}}}')
    options = ("--study", str(study), "--scores", str(file), "--objective", "minimum_variance")
    said = forefolio("optimize", *options, "--constraint", "esg >= 99")
    assert said.code == 2
    assert "lower the minimum for esg from 99.0 to at most 75.0" in said.err
