"""Expected returns and a covariance, given: labels decide, and what is wrong is one error."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from forefolio.core.errors import BadConstraint, DataError, ForefolioError, InputError, UnclearName
from forefolio.optimize import (
    Bounds,
    Budget,
    ConditionalValueAtRisk,
    EqualWeighted,
    LongOnly,
    MinimumTailLoss,
    MinimumVariance,
    Turnover,
    Utility,
    exact_frontier,
    frontier_from_estimates,
    optimize_from_estimates,
    outlook_from_estimates,
    with_usual,
)
from forefolio.risk import Covariance, FactorCovariance

NAMES = ["A", "B", "C", "D", "E"]
RNG = np.random.default_rng(3)
ROOT = RNG.normal(size=(40, 5)) * 0.2
MU = pd.Series([0.04, 0.06, 0.05, 0.09, 0.07], index=NAMES)
COV = pd.DataFrame(ROOT.T @ ROOT / 40, index=NAMES, columns=NAMES)


def weights_of(result: Any) -> Any:
    return np.array([result.weights.get(name, 0.0) for name in NAMES])


def test_the_maximum_sharpe_portfolio_is_that_of_the_exact_frontier() -> None:
    got = optimize_from_estimates(MU, COV, annual_cash_rate=0.01)
    line = exact_frontier(MU.to_numpy() - 0.01, COV.to_numpy())
    star = line.maximum_sharpe()
    assert weights_of(got) == pytest.approx(star.weights, abs=1e-9)
    assert got.volatility == pytest.approx(star.volatility)
    assert got.sharpe == pytest.approx(star.mean / star.volatility)
    assert np.isnat(got.as_of)


@pytest.mark.parametrize("objective", [None, MinimumVariance(), Utility()])
def test_daily_estimates_are_the_annual_ones_by_another_unit(objective: Any) -> None:
    annual = optimize_from_estimates(MU, COV, objective=objective, annual_cash_rate=0.0)
    daily = optimize_from_estimates(
        MU / 252, COV / 252, objective=objective, periods_per_year=252, annual_cash_rate=0.0
    )
    assert weights_of(daily) == pytest.approx(weights_of(annual), abs=1e-7)
    assert daily.expected_return == pytest.approx(annual.expected_return)
    assert daily.volatility == pytest.approx(annual.volatility)


SHUFFLED = ["C", "A", "E", "B", "D"]
PLAIN = COV.to_numpy()


@pytest.mark.parametrize(
    ("mu", "cov"),
    [
        (MU, COV.loc[SHUFFLED, SHUFFLED]),
        (MU, COV.loc[SHUFFLED]),
        (MU[SHUFFLED], COV),
        (dict(MU), COV),
        (MU, PLAIN),
        (MU.to_numpy(), COV),
        (MU.tolist(), COV),
        (MU, PLAIN.tolist()),
        (MU, pd.DataFrame(PLAIN, columns=NAMES)),
        (MU, pl.DataFrame(PLAIN, schema=NAMES)),
        (
            MU,
            pl.DataFrame(COV.loc[SHUFFLED].to_numpy(), schema=NAMES, orient="row").insert_column(
                0, pl.Series("asset", SHUFFLED)
            ),
        ),
        (pl.Series(MU.to_numpy()), COV),
        (MU, Covariance(assets=tuple(NAMES), matrix=PLAIN.copy())),
    ],
)
def test_labels_decide_and_not_the_order(mu: Any, cov: Any) -> None:
    expected = optimize_from_estimates(MU, COV, constraints="w <= 40%")
    got = optimize_from_estimates(mu, cov, constraints="w <= 40%")
    assert got.weights == pytest.approx(expected.weights, abs=1e-9)


def test_without_labels_the_assets_are_numbered() -> None:
    got = outlook_from_estimates(MU.to_numpy(), PLAIN)
    assert got.assets == ("0", "1", "2", "3", "4")


def test_a_factor_model_is_put_in_order_and_never_written_down() -> None:
    loadings, specific = RNG.normal(size=(5, 2)), np.full(5, 0.02)
    factors = FactorCovariance(
        assets=tuple(SHUFFLED), loadings=loadings, factors=np.eye(2) * 0.02, specific=specific
    )
    whole = pd.DataFrame(factors.matrix, index=SHUFFLED, columns=SHUFFLED)
    got, expected = optimize_from_estimates(MU, factors), optimize_from_estimates(MU, whole)
    assert got.status == "factor Newton" and expected.status == "critical line"
    assert got.weights == pytest.approx(expected.weights, abs=1e-8)


def _without(name: str) -> Any:
    return COV.drop(index=name, columns=name)


HOLED = COV.copy()
HOLED.loc[["A", "B"], ["B", "A"]] = np.nan
WRONG: list[tuple[Any, Any, dict[str, Any], str]] = [
    (MU.drop("B"), COV, {}, "mu lacks B"),
    (MU, _without("C"), {}, "cov lacks C"),
    (MU.rename({"A": "X"}), COV, {}, "cov lacks X and mu lacks A"),
    (MU.rename({"A": "B"}), COV, {}, "mu has B twice"),
    (MU, COV.rename(columns={"A": "B"}), {}, "cov has B twice"),
    (MU, COV.rename(columns={"A": "X"}), {}, "other labels"),
    (MU, PLAIN[:4], {}, r"shape \(4, 5\)"),
    (MU, PLAIN[:4, :4], {}, "mu is of 5 assets and cov of 4"),
    (MU.tolist()[:4], PLAIN, {}, r"mu has shape \(4,\)"),
    (MU.where(MU != 0.09), COV, {}, "expected return of D is missing"),
    (MU, HOLED, {}, "covariance of A, B.* is missing"),
    (MU * 100, COV, {}, "give fractions"),
    (MU, COV * 1e4, {}, "give fractions"),
    (MU, COV + np.triu(np.full((5, 5), 0.01), 1), {}, "not symmetric"),
    (MU, COV - 0.02 * np.eye(5) * PLAIN.max() * 100, {}, "least eigenvalue|negative"),
    (["a", 1, 2, 3, 4], COV, {}, "no number"),
    (MU, "cov.csv", {}, "no number"),
    (MU, None, {}, "shape"),
    (None, COV, {}, "shape"),
    (MU, COV, {"periods_per_year": 0}, "periods_per_year"),
    (MU, COV, {"sectors": {"Z": "Tech"}}, "sectors are given for Z"),
]


@pytest.mark.parametrize(("mu", "cov", "more", "told"), WRONG, ids=[w[-1] for w in WRONG])
def test_what_is_wrong_is_one_input_error(mu: Any, cov: Any, more: Any, told: str) -> None:
    for ask in (outlook_from_estimates, optimize_from_estimates, frontier_from_estimates):
        with pytest.raises(InputError, match=told):
            ask(mu, cov, **more)


def test_what_needs_prices_says_so() -> None:
    with pytest.raises(DataError, match="give prices"):
        optimize_from_estimates(MU, COV, objective=MinimumTailLoss())
    with pytest.raises(DataError, match="give prices"):
        frontier_from_estimates(MU, COV, risk_measure=ConditionalValueAtRisk())
    with pytest.raises(InputError, match="takes no constraints"):
        optimize_from_estimates(MU, COV, objective=EqualWeighted(), constraints="w <= 40%")
    with pytest.raises(UnclearName, match="no asset X"):
        optimize_from_estimates(MU, COV, constraints="X <= 40%")
    with pytest.raises(BadConstraint):
        frontier_from_estimates(MU, COV, constraints="w =< 40%")


def test_the_frontier_keeps_labels_and_heeds_constraints_and_sectors() -> None:
    sectors = dict(zip(NAMES, ["Tech", "Health", "Tech", "Tech", "Health"], strict=True))
    curve = frontier_from_estimates(MU, COV, constraints="tech <= 30%", sectors=sectors, points=7)
    frame = curve.to_frame()
    assert list(frame.columns[-5:]) == NAMES and len(frame) == 7
    assert frame[["A", "C", "D"]].sum(axis=1).max() <= 0.3 + 1e-9
    assert frame[NAMES].sum(axis=1).to_numpy() == pytest.approx(1.0)
    for _, row in frame.iterrows():
        held = row[NAMES].to_numpy(dtype=np.float64)
        assert row["expected_return"] == pytest.approx(held @ MU.to_numpy())
        assert row["volatility"] ** 2 == pytest.approx(held @ PLAIN @ held)


def test_turnover_counts_from_the_weights_that_are_held() -> None:
    now = {"A": 0.5, "B": 0.5}
    got = optimize_from_estimates(MU, COV, constraints=Turnover(at_most=0.1), current=now)
    before = np.array([now.get(name, 0.0) for name in NAMES])
    assert 0.5 * np.abs(weights_of(got) - before).sum() <= 0.1 + 1e-9
    idle = optimize_from_estimates(MU, COV, constraints=Turnover(at_most=0.1))
    assert "nothing is held yet" in idle.notes[0]
    curve = frontier_from_estimates(MU, COV, constraints=Turnover(at_most=0.1))
    assert "nothing is held yet" in curve.notes[-1]


@pytest.mark.parametrize(
    ("given", "usual"),
    [
        ((), (Budget(), LongOnly())),
        ("w <= 20%", (Budget(), LongOnly())),
        (Bounds(upper=0.2), (Budget(), LongOnly())),
        ([Bounds(upper=0.2), "tech <= 30%"], (Budget(), LongOnly())),
        ("80% <= sum(w) <= 100%", (LongOnly(),)),
        ("w >= 0", (Budget(),)),
        ("w free", (Budget(),)),
        ("-10% <= w <= 20%", (Budget(),)),
        ("1% <= w <= 20%", (Budget(),)),
        ("1% <= w <= 20%, A <= 30%", (Budget(), LongOnly())),
        ("1% <= w <= 20%, A >= -30%", (Budget(),)),
        (["gross <= 150%", "sum(w) == 1"], ()),
    ],
)
def test_the_usual_constraints_stand_beside_what_does_not_speak_of_them(
    given: Any, usual: tuple[Any, ...]
) -> None:
    got = with_usual(given)
    count = len(usual)
    assert got[:count] == usual
    assert not any(isinstance(one, type(each)) for one in got[count:] for each in usual)


def test_every_error_is_one_of_ours() -> None:
    for mu, cov, more, _ in WRONG:
        with pytest.raises(ForefolioError):
            optimize_from_estimates(mu, cov, **more)
