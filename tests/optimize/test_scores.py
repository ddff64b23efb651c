"""Words may limit columns of numbers that somebody brings: as the sum that they stand for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import forefolio as ff
from forefolio.core.errors import Infeasible, InputError
from forefolio.optimize import (
    Group,
    MinimumVariance,
    Outlook,
    Soft,
    WeightedSum,
    optimize_from_estimates,
    parse_constraint,
)
from forefolio.optimize.names import Universe
from forefolio.optimize.words.scores import read_scores, scored

OutlookOf = Callable[..., Outlook]
MU = {"A": 0.03, "B": 0.08, "C": 0.05}
COV = np.diag([0.01, 0.04, 0.02])
FRAME: Any = pd.DataFrame(
    {"esg": [40, 75, 60], "carbon use": [0.9, 0.2, 0.5]}, index=["A", "B", "C"]
)


@pytest.mark.parametrize(
    ("words", "lower", "upper"),
    [
        ("esg >= 60", 60, None),
        ("ESG >= 60", 60, None),
        ("55 <= esg <= 60", 55, 60),
        ('"esg" == 60', 60, 60),
        ("care: esg <= 60", None, 60),
    ],
)
def test_a_column_is_the_sum_of_its_numbers(words: str, lower: Any, upper: Any) -> None:
    (one,) = scored(words, read_scores(FRAME), Universe(("C", "A")))  # type: ignore[misc]
    assert isinstance(one, WeightedSum)
    assert (one.lower, one.upper) == (lower, upper)
    assert one.assets == (("C", 60.0), ("A", 40.0))
    assert one.name == ("care" if "care" in words else "esg")


def test_what_names_no_column_stays_as_it_is() -> None:
    scores, universe = read_scores(FRAME), Universe(("A", "B", "C"), ("Tech", "Tech", "Energy"))
    words = "tech <= 30%; esg >= 60 if possible; A <= 20%; w <= 50%"
    tech, soft, *others = scored(words, scores, universe)  # type: ignore[misc]
    assert tech == Group(sector="tech", upper=0.3)
    assert isinstance(soft, Soft) and isinstance(soft.constraint, WeightedSum)
    assert others == [parse_constraint("A <= 20%"), parse_constraint("w <= 50%")]


@pytest.mark.parametrize(
    ("words", "limits"),
    [
        ("cap >= 5000", (5000.0, None)),
        ("5000 <= cap", (5000.0, None)),
        ("cap <= 5000", (None, 5000.0)),
        ("cap == 5000", (5000.0, 5000.0)),
    ],
)
def test_a_limit_of_a_score_may_look_like_a_ticker_of_digits(
    words: str, limits: tuple[float | None, float | None]
) -> None:
    scores = read_scores({"cap": {"A": 2000, "B": 9000, "5000": 1}})
    (one,) = scored(words, scores, Universe(("A", "B")))  # type: ignore[misc]
    assert isinstance(one, WeightedSum)
    assert one.assets == (("A", 2000.0), ("B", 9000.0)) and (one.lower, one.upper) == limits
    (other,) = scored(words, scores, Universe(("A", "B", "5000")))  # type: ignore[misc]
    assert isinstance(other, WeightedSum) and other.sectors


@pytest.mark.parametrize("words", ["2000 <= cap <= 5000", "5000 >= cap >= 2000"])
def test_the_ends_of_a_chain_are_numbers_and_no_tickers(words: str) -> None:
    scores = read_scores({"cap": {"A": "2,000", "B": "9000"}})
    (one,) = scored(words, scores, Universe(("A", "B")))  # type: ignore[misc]
    assert isinstance(one, WeightedSum)
    assert one.assets == (("A", 2000.0), ("B", 9000.0)) and (one.lower, one.upper) == (2000, 5000)
    assert parse_constraint(str(parse_constraint(words))) == parse_constraint(words)


def test_a_ticker_has_one_score() -> None:
    with pytest.raises(InputError, match="tickers more than once: A; keep one of each"):
        read_scores(pd.DataFrame({"esg": [1.0, 2.0]}, index=["A", "A"]))
    with pytest.raises(InputError, match="columns more than once: esg"):
        read_scores(pd.DataFrame([[1.0, 2.0]], index=["A"], columns=["esg", "esg"]))


def test_the_mean_score_is_reached_where_it_binds() -> None:
    free = optimize_from_estimates(MU, COV, objective=MinimumVariance())
    limits = ("esg >= 60", "carbon use <= 60%")
    kept = optimize_from_estimates(
        MU, COV, objective=MinimumVariance(), constraints=limits, scores=FRAME
    )
    mean = {name: sum(FRAME.loc[a, name] * w for a, w in kept.weights.items()) for name in FRAME}
    assert sum(FRAME.loc[a, "esg"] * w for a, w in free.weights.items()) < 55
    assert mean["esg"] == pytest.approx(60, abs=1e-8)
    assert mean["carbon use"] <= 0.6 + 1e-9
    assert kept.binding[0][0] == "esg at least 60"
    by_hand = "esg: 40 A + 75 B + 60 C >= 60"
    same = optimize_from_estimates(MU, COV, objective=MinimumVariance(), constraints=by_hand)
    assert same.weights == pytest.approx(kept.weights, abs=1e-12)


def test_a_score_out_of_reach_gives_way_before_limits_of_weights() -> None:
    with pytest.raises(Infeasible, match=r"lower the minimum for esg from 90\.0 to at most 75\.0"):
        optimize_from_estimates(MU, COV, constraints="esg >= 90", scores=FRAME)


def test_everything_that_takes_constraints_takes_scores() -> None:
    market = ff.simulated_market(seed=2, sessions=300, assets=3)
    scores: Any = pd.Series([1.0, 5.0, 30.0], index=list(market.assets), name="impact")
    best = ff.optimize(market, constraints="impact >= 20", scores=scores)
    curve = ff.frontier(market, constraints="impact >= 20", scores=scores, points=3)
    assert sum(scores[a] * w for a, w in best.weights.items()) >= 20 - 1e-8
    assert (curve.to_frame()[list(market.assets)] @ scores >= 20 - 1e-8).all()
    for study in (ff.PortfolioStudy, ff.FrontierStudy):
        result: Any = ff.ask(
            study(
                source=ff.Synthetic(sessions=600, assets=3),
                constraints=("impact >= 2",),
                scores={"impact": {"A0": 1, "A1": 2, "A2": 3}},
            )
        )
        weights = getattr(result, "weights", None) or result.best.weights
        assert (
            weights.get("A1", 0) * 2 + weights.get("A2", 0) * 3 + weights.get("A0", 0) >= 2 - 1e-8
        )


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({"esg": {"A": 40.0}}, "esg: the scores have no number for B and C; add it"),
        ({"esg": {"A": np.nan, "B": 1, "C": 1}}, "no number for A"),
        ({"esg": {"A": "high"}}, "'high' as esg of A, which is no number"),
        ({"esg": {"A": "70%", "B": 71}}, "71 as esg of B, beside percentages; write 71%"),
        ({"volatility": {"A": 1}}, "'volatility', which is a word of ours; call it otherwise"),
        ({"Tech": {"A": 1}}, "'Tech', which is a sector"),
        ({"b": {"A": 1}}, "'b', which is an asset"),
        ([1, 2, 3], "a frame with a row per ticker"),
    ],
)
def test_scores_that_would_mislead_are_refused(scores: Any, message: str) -> None:
    sectors = dict.fromkeys(MU, "Tech")
    with pytest.raises(InputError, match=message):
        optimize_from_estimates(MU, COV, constraints="esg >= 60", scores=scores, sectors=sectors)


def test_a_part_of_a_columns_name_will_do_where_nothing_else_has_it() -> None:
    numbers = {"A": 40.0, "B": 75.0}
    universe = Universe(("A", "B"), ("Technology", "Energy"))
    scores = {"ESG Score": numbers, "Tech use": numbers, "Carbon now": numbers, "Carbon": numbers}

    def read(words: str) -> Any:
        return scored(words, scores, universe)

    assert read("esg >= 60") == read('"ESG Score" >= 60')
    assert str(read("carbon <= 60")[0]).startswith("Carbon: ")  # of its whole name before any part
    # a sector, and a part of two columns
    assert read("tech <= 60%") == (parse_constraint("tech <= 60%"),)
    assert read("car <= 60%") == (parse_constraint("car <= 60%"),)
