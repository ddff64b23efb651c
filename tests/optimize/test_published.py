"""What peers say on data that everybody has: the S&P 500 sample, which skfolio ships as well.

Weights of skfolio are those that its own tests expect (version 1.12, tests/test_optimization);
those of Riskfolio-Lib 7.4 are what it says of the last 120 sessions of eight assets, cash at
nothing. Of the least RLVaR, and of equal parts of the EVaR and the RLVaR, it has no answer.
Where definitions differ, `docs/peers.md` says how.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.optimize.conftest import market_of

from forefolio.core.units import Array
from forefolio.forecast import Forecast
from forefolio.market import Market, Sample, load_market
from forefolio.optimize import (
    ConditionalValueAtRisk,
    CovarianceEllipsoid,
    EqualWeighted,
    InverseVolatilityWeighted,
    MaximumReturnToRisk,
    MinimumRisk,
    MinimumVariance,
    Outlook,
    RiskParity,
    Stacked,
)
from forefolio.risk import Covariance


@pytest.fixture(scope="module")
def sample() -> Market:
    return load_market(Sample()).market


def outlook_of(sample: Market, first: str, assets: int = 20) -> Outlook:
    """Means and covariance of the sample's returns from a session on; cash earns nothing."""
    from_here = int(np.searchsorted(sample.sessions, np.datetime64(first)))
    close = sample.close[from_here - 1 :, :assets]
    returns: Array = close[1:] / close[:-1] - 1
    market = market_of(returns, sample.assets[:assets])
    return Outlook(
        forecast=Forecast(
            made=market.sessions[-1],
            horizon=1,
            assets=market.assets,
            mean=returns.mean(axis=0),
            std=returns.std(axis=0),
        ),
        covariance=Covariance(assets=market.assets, matrix=np.cov(returns, rowvar=False)),
        current=np.full(assets, 1.0 / assets),
        risk_free=0.0,
        periods_per_year=252.0,
        market=market,
    )


def numbers(text: str) -> Array:
    return np.array(text.split(), dtype=np.float64)


# -- skfolio ---------------------------------------------------------------------------------------

PARITY = """
.0420088 .0321681 .0368757 .0397691 .0397394 .0382183 .0464549 .0676572 .0406381 .0639892
.055542 .0681354 .0427415 .0597638 .0613296 .067267 .0314903 .0468024 .0749026 .0445065
"""
HELD = """
.5 .00903176 .01 .01046216 .01166263 .01081226 .01087975 .01202612 .01099958 .01162496 .01148655
.01207474 .01011174 .01159145 .01162177 .01161292 .01056359 .3 .01177834 .01165966
"""
GROUPED = """
.00091078 .00082199 .00061383 .00061259 .00061238 .00061318 .00060932 .00059876 .00061196
.00060047 .00060463 .00059849 .00061136 .00060261 .00060179 .00059898 .00061652 .00060902
.00059545 .00060999
"""


def test_equal_parts_of_the_volatility_are_those_of_skfolio(sample: Market) -> None:
    best = RiskParity().allocate(outlook_of(sample, "2018-01-03")).weights
    np.testing.assert_allclose(best, numbers(PARITY), atol=1.5e-5)


def test_bounds_on_equal_parts_are_those_of_skfolio(sample: Market) -> None:
    outlook = outlook_of(sample, "2022-01-03")
    limits: Any = ("AAPL >= 50%", "UNH >= 30%", "BAC <= 1%")
    best = RiskParity(constraints=limits).allocate(outlook).weights
    np.testing.assert_allclose(best, numbers(HELD), atol=1.5e-3)
    for limit in ("w <= 5%", "w >= 5%"):
        same = RiskParity(constraints=(limit,)).allocate(outlook).weights
        np.testing.assert_allclose(same, np.full(20, 0.05), atol=1e-7)


def test_groups_on_equal_parts_are_those_of_skfolio(sample: Market) -> None:
    outlook = outlook_of(sample, "2018-01-03")
    names = outlook.assets
    equity, bond, us = (" + ".join(names[a:b]) for a, b in ((0, 3), (8, 20), (0, 2)))
    halves = " - ".join(f"0.5 {name}" for name in names[8:])
    assert equity and bond
    limits: Any = (f"{equity} - {halves} <= 0", f"{us} >= 10%")
    best = RiskParity(constraints=limits).allocate(outlook).weights
    matrix = outlook.covariance.matrix
    parts = best * (matrix @ best) / np.sqrt(best @ matrix @ best)
    np.testing.assert_allclose(parts, numbers(GROUPED), atol=1.5e-7)


STACKED = """
0 0 0 0 0 0 0 .272459010 0 .147898551 0 .178790660 0 0 .0534806929 .0407012545 0 0 .268970614
.0376932238
"""
ERRORS = """
1.00282123e-10 2.07250009e-10 5.84834814e-11 9.15777287e-11 5.36936429e-11 7.18474089e-11
3.50068966e-11 1.94897375e-11 4.48309701e-11 1.99655430e-11
"""


def test_a_stack_is_that_of_skfolio(sample: Market) -> None:
    outlook = outlook_of(sample, "2020-01-03")
    tail = MinimumRisk(risk_measure=ConditionalValueAtRisk(window=1000))
    mix = Stacked(optimizers=(tail, MinimumVariance()), window=1000).allocate(outlook)
    np.testing.assert_allclose(mix.weights, numbers(STACKED), atol=1e-3)


def test_errors_of_a_covariance_are_those_of_skfolio(sample: Market) -> None:
    """Of the elements of the first row; theirs are squared, and the radius stands beside them."""
    outlook = outlook_of(sample, "2014-01-03")
    count = len(outlook.scenarios(10_000))
    doubt = CovarianceEllipsoid(sessions=count).doubt(outlook)
    std = outlook.covariance.std
    squared = (doubt.errors * np.outer(std, std) / 21.15732657569969) ** 2
    np.testing.assert_allclose(squared[0, :10], numbers(ERRORS), rtol=1e-3)


def test_simple_rules_are_those_of_skfolio(sample: Market) -> None:
    outlook = outlook_of(sample, "2014-01-03")
    inverse = 1.0 / outlook.covariance.std
    got = InverseVolatilityWeighted().allocate(outlook).weights
    np.testing.assert_allclose(got, inverse / inverse.sum(), atol=1e-7)
    np.testing.assert_allclose(EqualWeighted().allocate(outlook).weights, np.full(20, 0.05))


def test_fixed_weights_and_small_trades_are_those_of_skfolio(sample: Market) -> None:
    outlook = outlook_of(sample, "2018-01-03")
    usual: Any = ("sum(w) == 1", "w >= 0")
    fixed = MinimumVariance(constraints=(*usual, "AMD == 20%", "UNH == 60%")).allocate(outlook)
    np.testing.assert_allclose(fixed.weights[[1, 17]], (0.2, 0.6), atol=1e-7)
    near = MinimumVariance(constraints=(*usual, "trade <= 2%")).allocate(outlook).weights
    assert (np.abs(near - 0.05) <= 0.02 + 1e-12).all()


# -- Riskfolio-Lib ---------------------------------------------------------------------------------

RISKFOLIO = {
    "least volatility": "0.0000 0.0000 0.0000 0.0000 0.1603 0.0075 0.0020 0.8302",
    "least mean_absolute_deviation": "0.0000 0.0000 0.0077 0.0000 0.1924 0.0249 0.0000 0.7751",
    "least gini_mean_difference": "0.0000 0.0000 0.0030 0.0000 0.1533 0.0138 0.0000 0.8299",
    "least semideviation": "0.0000 0.0000 0.0335 0.0000 0.1776 0.0000 0.0000 0.7889",
    "least lower_partial_moment": "0.0000 0.0000 0.0000 0.0000 0.2045 0.0529 0.0243 0.7183",
    "least second": "0.0000 0.0000 0.0002 0.0000 0.2069 0.0303 0.0000 0.7625",
    "least cvar": "0.0000 0.0000 0.0000 0.0000 0.2299 0.0269 0.0000 0.7432",
    "least tail_gini": "0.0000 0.0000 0.0000 0.0000 0.2399 0.0000 0.0000 0.7601",
    "least evar": "0.0000 0.0000 0.0000 0.0000 0.2699 0.0000 0.0000 0.7301",
    "least worst_loss": "0.0000 0.0000 0.0000 0.0000 0.3872 0.0000 0.0000 0.6128",
    "least maximum_drawdown": "0.0000 0.0000 0.0000 0.0000 0.0924 0.0000 0.1827 0.7249",
    "least average_drawdown": "0.0000 0.0000 0.0000 0.0000 0.3019 0.0000 0.2970 0.4010",
    "least cdar": "0.0000 0.0000 0.0000 0.0000 0.1782 0.0000 0.0171 0.8047",
    "least edar": "0.0000 0.0000 0.0000 0.0000 0.1170 0.0000 0.1185 0.7645",
    "least rldar": "0.0000 0.0000 0.0000 0.0000 0.1041 0.0000 0.1478 0.7481",
    "least ulcer_index": "0.0000 0.0000 0.0554 0.0000 0.2206 0.0000 0.2418 0.4821",
    "ratio volatility": "0.0000 0.0000 0.0000 0.0000 0.4081 0.5919 0.0000 0.0000",
    "ratio mean_absolute_deviation": "0.0000 0.0000 0.0000 0.0000 0.4320 0.5680 0.0000 0.0000",
    "ratio semideviation": "0.0000 0.0000 0.0000 0.0000 0.4354 0.5646 0.0000 0.0000",
    "ratio lower_partial_moment": "0.0000 0.0000 0.0000 0.0000 0.3748 0.6252 0.0000 0.0000",
    "ratio second": "0.0000 0.0000 0.0000 0.0000 0.4378 0.5622 0.0000 0.0000",
    "ratio cvar": "0.0000 0.0000 0.0000 0.0764 0.3802 0.5434 0.0000 0.0000",
    "ratio tail_gini": "0.0000 0.0000 0.0000 0.0757 0.3660 0.5583 0.0000 0.0000",
    "ratio evar": "0.0000 0.0000 0.0000 0.0000 0.4820 0.5180 0.0000 0.0000",
    "ratio rlvar": "0.0000 0.0000 0.0000 0.0000 0.4911 0.5089 0.0000 0.0000",
    "ratio worst_loss": "0.0000 0.0000 0.0000 0.0000 0.5042 0.4958 0.0000 0.0000",
    "ratio maximum_drawdown": "0.0000 0.0000 0.0000 0.0000 0.9956 0.0000 0.0000 0.0044",
    "ratio average_drawdown": "0.0000 0.0000 0.0000 0.0735 0.9265 0.0000 0.0000 0.0000",
    "ratio cdar": "0.0000 0.0000 0.0000 0.0000 0.9956 0.0000 0.0000 0.0044",
    "ratio edar": "0.0000 0.0000 0.0000 0.0000 0.9956 0.0000 0.0000 0.0044",
    "ratio rldar": "0.0000 0.0000 0.0000 0.0000 0.9956 0.0000 0.0000 0.0044",
    "ratio ulcer_index": "0.0000 0.0000 0.0000 0.0747 0.9253 0.0000 0.0000 0.0000",
    "parity volatility": "0.0919 0.0607 0.1084 0.0808 0.1322 0.1089 0.1133 0.3039",
    "parity mean_absolute_deviation": "0.0867 0.0614 0.0966 0.0715 0.1172 0.1019 0.1129 0.3518",
    "parity gini_mean_difference": "0.0937 0.0620 0.1067 0.0778 0.1252 0.1082 0.1167 0.3096",
    "parity semideviation": "0.0984 0.0593 0.1220 0.0785 0.1332 0.1029 0.1156 0.2900",
    "parity lower_partial_moment": "0.0748 0.0517 0.0959 0.0742 0.1371 0.1206 0.1187 0.3269",
    "parity second": "0.0911 0.0550 0.1211 0.0797 0.1444 0.1098 0.1177 0.2812",
    "parity cvar": "0.0851 0.0452 0.1253 0.0865 0.1844 0.1079 0.1098 0.2559",
    "parity tail_gini": "0.0882 0.0449 0.1291 0.0890 0.2159 0.1040 0.0989 0.2300",
    "parity cdar": "0.0649 0.0248 0.0698 0.0463 0.2028 0.0512 0.0760 0.4642",
    "parity edar": "0.0613 0.0260 0.0702 0.0466 0.1826 0.0493 0.0787 0.4853",
    "parity rldar": "0.0594 0.0266 0.0702 0.0466 0.1732 0.0488 0.0800 0.4952",
    "parity ulcer_index": "0.0552 0.0232 0.0707 0.0500 0.2085 0.0534 0.0782 0.4607",
}


def measure_of(kind: str) -> Any:
    if kind == "second":
        return {"kind": "lower_partial_moment", "order": 2, "window": 120}
    return kind if kind == "volatility" else {"kind": kind, "window": 120}


@pytest.fixture(scope="module")
def eight(sample: Market) -> Outlook:
    return outlook_of(sample, str(pd.Timestamp(sample.sessions[-120]).date()), 8)


def agrees(case: str, outlook: Outlook) -> None:
    task, kind = case.split()
    made: Any = {"least": MinimumRisk, "ratio": MaximumReturnToRisk, "parity": RiskParity}[task]
    objective = made(risk_measure=measure_of(kind))
    got, theirs = objective.allocate(outlook).weights, numbers(RISKFOLIO[case])
    np.testing.assert_allclose(got, theirs, atol=APART.get(case, 1e-3))
    risk = objective.risk_measure
    ours, peers = (risk.of(w / w.sum(), outlook) for w in (got, theirs))
    if task == "least":
        assert ours <= peers * (1 + 1e-7)
    if task == "ratio":
        earned = [float(outlook.mean @ w / w.sum()) for w in (got, theirs)]
        assert earned[0] / ours >= earned[1] / peers * (1 - 1e-7)


APART = {  # theirs is near the measure: GMD by norms, tail Gini by 100 levels; it has more of ours
    "least gini_mean_difference": 4e-3,
    "least tail_gini": 4e-3,
    "ratio tail_gini": 2e-2,
    "parity tail_gini": 5e-3,
}
DEAR = ("gini_mean_difference", "tail_gini", "evar", "rlvar", "edar", "rldar")


@pytest.mark.parametrize("case", [case for case in RISKFOLIO if not case.endswith(DEAR)])
def test_it_is_what_riskfolio_says(case: str, eight: Outlook) -> None:
    agrees(case, eight)


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in RISKFOLIO if case.endswith(DEAR)])
def test_it_is_what_riskfolio_says_of_the_dear_ones(case: str, eight: Outlook) -> None:
    agrees(case, eight)
