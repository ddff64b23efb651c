"""Limits that nobody means are refused, and what limits come to together is told."""

from typing import Any

import pytest

from forefolio.core.errors import BadConstraint, BadSettings
from forefolio.market import simulated_market
from forefolio.optimize import (
    Budget,
    Leverage,
    LongPositions,
    MinimumVariance,
    RiskLimit,
    ShortPositions,
    TargetVolatility,
    TrackingError,
    VolatilityCap,
    optimize_portfolio,
    parse_constraint,
)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("volatility <= 12 per year", "12 is 1200 % a year; write 12% if that is meant"),
        ("te(equal weight) <= 4 per year", "4 is 400 % a year; write 4%"),
        ("cvar <= 2", "2 is 200 % of the portfolio; write 2%"),
        ("drawdown <= 15", "15 is 1500 % of the portfolio; write 15%"),
        ("w <= 5", "5 is 500 % of the portfolio: write 5%"),
        ("0 <= w <= 5", "5 is 500 % of the portfolio: write 5%"),
        ("-3 <= w <= 10%", "-3 is -300 % of the portfolio: write -3%"),
        ("w in [0, 5]", "5 is 500 % of the portfolio: write 5%"),
        ("short <= 30", "30 is 3000 % of the portfolio: write 30%"),
        ("long <= 10", "10 is 1000 % of the portfolio: write 10%"),
        ("gross <= 150", "150 is 15000 % of the portfolio: write 150%"),
        ("sum(w) == 100", "100 is 10000 % of the portfolio: write 100%"),
        ("gross <= 15000%", "150 is 15000 % of the portfolio; write 150%"),
    ],
)
def test_a_limit_that_nobody_means_is_refused(words: str, said: str) -> None:
    with pytest.raises(BadConstraint) as caught:
        parse_constraint(words)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "words",
    ["gross <= 1000%", "w <= 130%", "w <= 1", "gross <= 1.5", "volatility <= 90% per year"],
)
def test_what_somebody_may_mean_is_not(words: str) -> None:
    assert parse_constraint(str(parse_constraint(words))) == parse_constraint(words)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (Budget, {"lower": 0.0, "upper": 100}),
        (LongPositions, {"at_most": 130}),
        (ShortPositions, {"at_most": 30}),
        (Leverage, {"gross": 150}),
        (VolatilityCap, {"at_most": 12}),
        (TrackingError, {"at_most": 4}),
        (RiskLimit, {"at_most": 2}),
        (TargetVolatility, {"annual_volatility": 10}),
    ],
)
def test_nor_is_it_accepted_in_python(kind: Any, settings: dict[str, float]) -> None:
    with pytest.raises(BadSettings, match="if that is meant"):
        kind(**settings)


@pytest.mark.parametrize(
    ("limits", "noted"),
    [
        ("gross <= 130%", "gross <= 130%: this allows short positions; where none are meant"),
        ("long <= 130%", "long <= 130%: this allows short positions"),
        ("gross <= 130%; w >= 0", "gross <= 130%: this limits nothing, for no more than 100%"),
        ("w <= 500%", "w <= 500%: this limits nothing, for no more than 100% is invested"),
        ("A0 <= 300%", "A0 <= 300%: this limits nothing"),
        ("gross <= 130%; short <= 15%", ""),
        ("gross <= 130%; w >= -10%", ""),
        ("gross <= 100%", ""),
        ("w <= 30%", ""),
    ],
)
def test_what_limits_come_to_together_is_noted(limits: str, noted: str) -> None:
    own = MinimumVariance(constraints=("sum(w) == 1", "w >= 0", "w <= 90%"))
    for objective in (None, own):
        found = optimize_portfolio(simulated_market(), objective=objective, constraints=limits)
        told = [note for note in found.notes if "this " in note]
        assert len(told) == bool(noted) and all(note.startswith(noted) for note in told)
