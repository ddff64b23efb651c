"""Constraints that are functions of the weights."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import forefolio as ff
from forefolio.core.errors import ForefolioError, Infeasible, InputError, UnclearName
from forefolio.optimize.names import Universe
from forefolio.optimize.words.recorded import recorded

ASSETS = ("A", "B", "C")
MU = pd.Series([0.03, 0.08, 0.05], index=ASSETS)
COV = pd.DataFrame(
    [[0.0025, 0.001, 0.0], [0.001, 0.04, 0.002], [0.0, 0.002, 0.02]], index=ASSETS, columns=ASSETS
)
BETAS = pd.Series({"C": 0.5, "A": 1.0, "B": 2.0})


def written(*constraints: Any) -> list[str]:
    several = constraints if len(constraints) > 1 else constraints[0]
    made = recorded(several, Universe(ASSETS))
    return [str(one) for one in (made if isinstance(made, tuple | list) else (made,))]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda w: w[["A", "B"]].sum() <= 0.4, ["A + B <= 40%"]),
        (lambda w: w[0] == 0.2, ["sum(A) == 20%"]),
        (lambda w: w[-1] >= 0.2, ["sum(C) >= 20%"]),
        (lambda w: w["C"] / 2 <= 0.2, ["sum(C) <= 40%"]),
        (lambda w: w <= 0.3, ["w <= 30%"]),
        (lambda w: [w >= 0.02, w <= 0.5], ["w >= 2%", "w <= 50%"]),
        (lambda w: (w >= -0.1) & (w[:2].sum() <= 0.5), ["A + B <= 50%", "w >= -10%"]),
        (lambda w: w.sum() == 1, ["sum(w) == 100%"]),
        (lambda w: sum(w) == 1, ["sum(w) == 100%"]),
        (lambda w: np.sum(w) == 1, ["sum(w) == 100%"]),
        (lambda w: 1 - w.sum() == 0, ["sum(w) == 100%"]),
        (lambda w: w.mean() == 0.25, ["sum(w) == 75%"]),
        (lambda w: w.sum() <= 0.8, ["0% <= sum(w) <= 80%"]),
        (lambda w: w.sum() >= 0.8, ["80% <= sum(w) <= 100%"]),
        (lambda w: [w.sum() >= 0.8, w.sum() <= 1, w.sum() >= 0.5], ["80% <= sum(w) <= 100%"]),
        (lambda w: w @ [1, 2, 0.5] <= 1, ["A + 2 B + 0.5 C <= 100%"]),
        (lambda w: np.array([1, 2, 0.5]) @ w <= 1, ["A + 2 B + 0.5 C <= 100%"]),
        (lambda w: w @ BETAS <= 1, ["A + 2 B + 0.5 C <= 100%"]),
        (lambda w: (w * BETAS).sum() <= 1, ["A + 2 B + 0.5 C <= 100%"]),
        (lambda w: w["A"] >= 2 * w["B"], ["A - 2 B >= 0%"]),
        (lambda w: w[["A", "B"]] <= w["C"], ["A - C <= 0%", "B - C <= 0%"]),
        (lambda w: w <= BETAS / 4, ["A <= 25%, B <= 50%, C <= 12.5%"]),
        (lambda w: w[[name != "B" for name in w.index]].sum() <= 0.5, ["A + C <= 50%"]),
    ],
)
def test_linear_statements_become_what_words_would_have_said(
    function: Callable[[Any], Any], words: list[str]
) -> None:
    assert written(function) == words


def test_several_functions_stand_beside_words() -> None:
    own = (lambda w: w.sum() <= 1, "gross <= 150%", lambda w: w.sum() >= 0.9)
    assert written(*own) == ["gross <= 150%", "90% <= sum(w) <= 100%"]


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda w: 0.1 <= w["A"] <= 0.2, "one by one"),
        (lambda w: w["A"] < 0.2, "write <= instead of <"),
        (lambda w: w["A"] != 0.2, "write <= or >="),
        (lambda w: w @ w <= 0.2, "not linear"),
        (lambda w: w**2 <= 0.2, "volatility <= 12%"),
        (lambda w: abs(w).sum() <= 1.5, "gross <= 150%"),
        (lambda w: np.abs(w) <= 0.2, "write sums of weights"),
        (lambda w: w.max() <= 0.2, "weights have no max"),
        (lambda w: w <= 0.1 if w["A"] else w <= 0.2, "not known yet"),
        (lambda w: BETAS @ w <= 1, "put them first, as in w @ betas"),
        (lambda w: w["Z"] <= 0.2, "there is no asset Z"),
        (lambda w: w @ pd.Series({"Z": 1.0}) <= 0.2, "there is no asset Z"),
        (lambda w: w[3] <= 0.2, "none at place 3"),
        (lambda w: w[["A", "B"]] @ [1, 2, 3] <= 0.2, "do not go with 3 numbers"),
        (lambda w: w["A"] <= float("nan"), "missing or infinite"),
        (lambda w: w["A"] <= "little", "is no number"),
        (lambda w: w["A"] - w["A"] <= 0, "says nothing of any weight"),
        (lambda _: True, "returned bool"),
        (lambda _: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_what_is_not_linear_is_refused_with_what_to_write(
    function: Callable[[Any], Any], reason: str
) -> None:
    with pytest.raises(ForefolioError, match=reason) as caught:
        written(function)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, InputError | UnclearName)


def test_weights_are_those_of_the_same_limits_in_words() -> None:
    own = ff.optimize(MU, COV, constraints=lambda w: w[["A", "C"]].sum() <= 0.4)
    words = ff.optimize(MU, COV, constraints="A + C <= 40%")
    assert own.weights == words.weights
    assert own.binding == words.binding
    assert own.status == words.status == "critical line"
    together: Any = [lambda w: w["B"] >= 2 * w["A"], "C <= 10%"]
    result = ff.optimize(MU, COV, constraints=together)
    assert result.weights["B"] == pytest.approx(2 * result.weights["A"], abs=1e-9)
    assert result.weights["C"] <= 0.1 + 1e-9


@pytest.mark.slow
def test_every_call_that_knows_the_assets_takes_functions(prices: pd.DataFrame) -> None:
    few = lambda w: w[["A", "B"]].sum() <= 0.3  # noqa: E731
    words = "A + B <= 30%"
    assert ff.optimize(prices, constraints=few).weights == (
        ff.optimize(prices, constraints=words).weights
    )
    assert ff.optimize_portfolio(prices, constraints=few).weights == (
        ff.optimize_portfolio(prices, constraints=words).weights
    )
    for moments in ((prices,), (MU, COV)):
        own = ff.frontier(*moments, constraints=few, points=3).to_frame()
        pd.testing.assert_frame_equal(
            own, ff.frontier(*moments, constraints=words, points=3).to_frame()
        )
    returns = prices.pct_change().dropna()
    fitted = ff.PortfolioEstimator("minimum_variance", constraints=few).fit(returns)
    assert fitted.weights_[:2].sum() <= 0.3 + 1e-9


def test_an_asset_that_no_longer_trades_keeps_its_place(prices: pd.DataFrame) -> None:
    ended = prices.copy()
    ended.loc[ended.index[-60:], "A"] = np.nan
    result = ff.optimize(ended, constraints=[lambda w: w >= 0.05, lambda w: w[3] <= 0.2])
    assert "A" not in result.weights
    assert min(result.weights.values()) >= 0.05 - 1e-9
    assert result.weights["D"] <= 0.2 + 1e-9


def test_a_contradiction_says_how_far_it_must_give() -> None:
    with pytest.raises(Infeasible, match="raise the limit on A from 70"):
        ff.optimize(MU, COV, constraints=lambda w: [w["A"] >= 0.8, w["A"] <= 0.7])


def test_where_the_assets_are_not_known_words_are_asked_for() -> None:
    own = lambda w: w <= 0.2  # noqa: E731
    refusals: list[Callable[[], Any]] = [
        lambda: ff.MaximumSharpe(constraints=(own,)),
        lambda: ff.PortfolioStudy(constraints=own),
        lambda: ff.FrontierStudy(constraints=[own]),
    ]
    for refused in refusals:
        with pytest.raises(ForefolioError, match=r"function of the weights.* write it in words"):
            refused()
