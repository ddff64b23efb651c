"""What investors write for limits: each text is read, printed back, and changes the portfolio."""

from typing import Any

import numpy as np
import pytest
from tests.optimize.conftest import market_of

from forefolio.core.errors import ForefolioError
from forefolio.core.units import Array
from forefolio.forecast import Forecast
from forefolio.optimize import Outlook, Utility, optimize_from_estimates, parse_constraint
from forefolio.optimize.measures.sessions import ConditionalValueAtRisk
from forefolio.optimize.words.scores import scored
from forefolio.risk import Covariance

FIRMS = ("AAPL", "MSFT", "NVDA", "JPM", "GS", "XOM", "CVX", "JNJ")
SECTORS = (*("Technology",) * 3, *("Financials",) * 2, *("Energy",) * 2, "Health Care")
SCORES = {
    "esg": dict(zip(FIRMS, (70.0, 75, 66, 52, 48, 21, 25, 80), strict=True)),
    "cap": dict(zip(FIRMS, (2500.0, 2100, 900, 400, 120, 450, 280, 420), strict=True)),
}
USUAL = ("sum(w) == 1", "w >= 0")
SHORT = ("sum(w) == 1", "-50% <= w <= 100%")

TEXTS = [  # (as it is written, as it is printed, unless it is the same)
    ("w <= 20%", ""),
    ("5% <= w <= 30%", ""),
    ("MSFT <= 10%", ""),
    ("1% <= CVX <= 5%", ""),
    ("tech <= 30%", ""),
    ("20% <= energy <= 30%", ""),
    ("mega: AAPL + MSFT <= 10%", ""),
    ("2 AAPL + 3 MSFT <= 40%", ""),
    ("tech <= 2 financials", "tech - 2 financials <= 0%"),
    ("AAPL - MSFT >= 0", "AAPL - MSFT >= 0%"),
    ("MSFT <= 50% of tech", "MSFT - 0.5 tech <= 0%"),
    ("esg >= 70", "esg >= 7000%"),
    ("1000 <= cap <= 1200", "100000% <= cap <= 120000%"),
    ("momentum(window=42) >= 0%", "momentum(window=42) >= 0"),
    ("volatility <= 13% per year", ""),
    ("te(equal weight) <= 4% per year", ""),
    ("active share(60% AAPL + 40% JPM) <= 60%", ""),
    ("active weight(equal weight) <= 3%", ""),
    ("active weight of tech(equal weight) <= 5%", ""),
    ("cvar <= 1.6%", ""),
    ("cvar(level=0.99) <= 1.8%", ""),
    ("drawdown <= 12%", "maximum drawdown <= 12%"),
    ("ulcer index <= 6%", ""),
    ("gini(window=60) <= 0.9%", "gini mean difference(window=60) <= 0.9%"),
    ("semideviation <= 0.55%", ""),
    ("risk of MSFT <= 10%", ""),
    ("risk of AAPL + MSFT <= 20%", ""),
    ("risk of tech <= 30%", ""),
    ("risk of w <= 20%", ""),
    ("return >= 12.6% per year", ""),
    ("turnover <= 20%", ""),
    ("trade <= 5%, MSFT <= 10%", ""),
    ("gross <= 130%", ""),
    ("long <= 120%", ""),
    ("short <= 10%", ""),
    ("names <= 2", ""),
    ("names >= 8 of 4%", ""),
    ("names(tech) <= 1", ""),
    ("w >= 25% or 0", ""),
    ("exclude MSFT, CVX", ""),
    ("hold GS >= 5%", ""),
    ("80% <= sum(w) <= 90%", ""),
    ("turnover <= 10% if possible", ""),
    ("CVX in [0%, 12%]", "0% <= CVX <= 12%"),
    ("JPM == 5%", ""),
    ("tech == 20 %", "tech == 20%"),
    ("MSFT ≤ 0.08", "MSFT <= 8%"),
    ("names(AAPL, MSFT, NVDA) <= 1", ""),
    ("names(financials) >= 2 of 6%", ""),
    ("MSFT + NVDA + CVX <= 25%", ""),
    ("3 JPM >= MSFT", "3 JPM - MSFT >= 0%"),
    ("tech + energy <= 60%", "tech + energy <= 60%"),
    ("tech - health care <= 10%", "tech - health care <= 10%"),
    ("esg >= 65 if possible", "esg >= 6500% if possible"),
    ("exclude NVDA", ""),
    ("hold GS, JNJ >= 4%", "hold GS, JNJ >= 4%"),
    ("70% ≤ invested ≤ 85%", "70% <= sum(w) <= 85%"),
    ("4% <= XOM", "XOM >= 4%"),
    ("worst loss <= 2%", ""),
    ("w <= 12%, MSFT <= 30%", ""),
    ("XOM + CVX == 10%", ""),
    ("active weight of energy(80% AAPL + 20% XOM) <= 10%", ""),
    ("volatility <= 12.8% per year if possible", ""),
]
REFUSED = [  # (as it is written, what is said to write instead)
    ("tech <= 30", "write 30% if that is meant"),
    ("w <= 15", "write 15% if that is meant"),
    ("sum(w) == 100", "write 100% if that is meant"),
    ("gross <= 150", "write 150% if that is meant"),
    ("long <= 130", "write 130% if that is meant"),
    ("short <= 30", "write 30% if that is meant"),
    ("AAPL + MSFT <= 25", "write 25% if that is meant"),
    ("esg >= 70", "given as scores"),
    ("no more than 10% in AAPL", "tech <= 30%"),
    ("w <= 10% and names <= 5", "a semicolon before another statement"),
    ("w <= 10%, names <= 5", "AAPL <= 10%"),
    ("AAPL != 5%", '"<="'),
    ("AAPL => 5%", '"<="'),
    ("5% <= 10%", "the end"),
    ("w <= 0,05", '"<="'),
    ("w <= 1/20", "the end"),
    ("w <= ten percent", "a number or a percentage"),
    ("sector <= 25%", "one statement for each"),
    ("cash >= 5%", "80% <= sum"),
    ("sharpe >= 1", "maximised, not limited"),
    ("var <= 3%", "cvar"),
    ("volatility <= 12%", "per year"),
    ("risk <= 10%", "risk of tech <= 40%"),
    ("cvar of MSFT <= 10%", "risk of AAPL <= 10%"),
    ("risk of MSFT >= 10%", "one limit, with <="),
    ("beta between 0.9 and 1.1", '"<="'),
    ("technolgy <= 30%", "did you mean Technology"),
    ("APPL <= 10%", "did you mean AAPL"),
    ("energy >= 60%; tech >= 60%", "at least|at most"),
]


@pytest.fixture(scope="module")
def outlook() -> Outlook:
    rng = np.random.default_rng(4)
    returns = 0.01 * rng.normal(size=(300, 8)) + 0.006 * rng.normal(size=(300, 1)) + 2e-4
    return Outlook(
        forecast=Forecast(
            made=np.datetime64("2020-01-31"),
            horizon=21,
            assets=FIRMS,
            mean=np.array([0.7, 1.1, 0.9, 0.4, 0.3, 0.2, 1.0, 0.5]) / 100,
            std=np.full(8, 0.05),
        ),
        covariance=Covariance(assets=FIRMS, matrix=np.cov(returns, rowvar=False)),
        current=np.array([0.3, 0.0, 0.2, 0.1, 0.2, 0.1, 0.0, 0.1]),
        sectors=SECTORS,
        risk_free=0.001,
        periods_per_year=250.0,
        market=market_of(returns, FIRMS),
    )


def chosen(outlook: Outlook, limits: tuple[Any, ...]) -> Array:
    return Utility(constraints=limits).allocate(outlook).weights


@pytest.mark.parametrize(("words", "printed"), TEXTS, ids=[words for words, _ in TEXTS])
def test_it_is_read_printed_back_and_binds(words: str, printed: str, outlook: Outlook) -> None:
    limit = parse_constraint(words)
    assert str(limit) == (printed or words)
    assert parse_constraint(str(limit)) == limit
    usual: tuple[str, ...] = SHORT if words.startswith(("gross", "long", "short")) else USUAL
    if "sum(w)" in words or "invested" in words:
        usual = ("w >= 0",)
    meant = scored((limit,), SCORES, outlook.universe)
    free = chosen(outlook, usual if len(usual) > 1 else ("sum(w) == 1", *usual))
    kept = chosen(outlook, (*usual, *meant))  # type: ignore[misc]
    assert np.abs(kept - free).max() > 1e-3


def test_there_are_as_many_as_were_asked_for_and_each_is_another() -> None:
    assert len({str(parse_constraint(words)) for words, _ in TEXTS}) == len(TEXTS) >= 60
    kinds = {type(getattr(one, "constraint", one)) for one in map(parse_constraint, dict(TEXTS))}
    assert len(kinds) >= 20


@pytest.mark.parametrize(("words", "instead"), REFUSED, ids=[words for words, _ in REFUSED])
def test_what_is_unclear_is_refused_with_what_to_write(
    words: str, instead: str, outlook: Outlook
) -> None:
    mu = dict(zip(FIRMS, (10 * outlook.mean).tolist(), strict=True))
    with pytest.raises(ForefolioError, match=instead) as caught:
        optimize_from_estimates(
            mu, 12 * outlook.risk, constraints=words, sectors=dict(zip(FIRMS, SECTORS, strict=True))
        )
    assert "\n" not in str(caught.value)


def test_limits_that_stand_together_hold_together(outlook: Outlook) -> None:
    words = (
        "w <= 30%",
        "tech <= 2 financials",
        "2 AAPL + 3 MSFT <= 60%",
        "names >= 5 of 3%",
        "active weight of energy(equal weight) <= 10%",
        "cvar <= 1.6%",
        "esg >= 50",
    )
    limits = scored(words, SCORES, outlook.universe)
    got = chosen(outlook, (*USUAL, *limits))  # type: ignore[misc]
    assert got.max() <= 0.3 + 1e-9 and got.sum() == pytest.approx(1.0)
    assert got[:3].sum() <= 2 * got[3:5].sum() + 1e-9
    assert 2 * got[0] + 3 * got[1] <= 0.6 + 1e-9
    assert (got >= 0.03 - 1e-9).sum() >= 5
    assert abs(got[5:7].sum() - 0.25) <= 0.1 + 1e-9
    assert got @ list(SCORES["esg"].values()) >= 50 - 1e-7
    assert ConditionalValueAtRisk().of(got, outlook) <= 0.016 + 1e-9
