"""The frontier and the pie: what must be on them is, and the same document gives the same bytes."""

from datetime import date
from typing import Any

import pytest

from forefolio.studies.frontier import AssetRisk, EfficientPortfolio, FrontierResult
from forefolio.studies.result import DataFacts
from forefolio.views.figures import encoded
from forefolio.views.figures.frontier import draw_frontier, draw_weights_pie, pie_slices


def point(risk: float | None, earned: float) -> EfficientPortfolio:
    return EfficientPortfolio(
        target=earned,
        expected_return=earned,
        risk=risk,
        volatility=risk,
        ratio=None if risk is None else (earned - 0.02) / risk,
        weights={"A": 0.6, "B": 0.4},
        solved_by="critical line",
        gap=0.0,
    )


def frontier(measure: str = "volatility") -> FrontierResult:
    day = date(2022, 12, 28)
    best = point(0.13, 0.09)
    return FrontierResult(
        as_of=day,
        data=DataFacts(
            name="sample data", source={}, version="", tickers=("A", "B", "C"), sessions=9,
            first=day, last=day,
        ),
        forecast="classical",
        assets=(),
        cash_return=0.02,
        risk_measure=measure,
        ratio_is="",
        neutral_return=0.02,
        points=(point(0.1, 0.05), point(0.12, 0.08), point(None, 0.5), point(0.2, 0.1)),
        best=best,
        weights=best.weights,
        alone=tuple(
            AssetRisk(ticker=name, risk=0.2 + k / 50, expected_return=0.1 - k / 100)
            for k, name in enumerate("ABC")
        ),
    )  # fmt: skip


def words(figure: Any) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


@pytest.mark.parametrize(
    ("measure", "star"),
    [("volatility", "maximum expected Sharpe 0.54"), ("cvar", "most return for its risk")],
)
def test_the_star_the_assets_and_the_axes_are_told(measure: str, star: str) -> None:
    figure = draw_frontier(frontier(measure))
    axes = figure.axes[0]
    assert f"\N{BLACK STAR} {star}" in words(figure) and {"A", "B", "C"} <= set(words(figure))
    curve = next(line for line in axes.lines if line.get_label() == "frontier")
    assert list(curve.get_xdata()) == [0.1, 0.12, 0.2]
    assert axes.get_ylabel() == "expected return a year" and axes.get_xlabel()
    assert encoded(figure) == encoded(draw_frontier(frontier(measure)))


def test_nine_positions_have_a_colour_each_or_share_one() -> None:
    figure = draw_weights_pie({f"A{k}": 1 / 9 for k in range(9)}, 0.0, "")
    assert any("Other" in word for word in words(figure))


def test_small_positions_share_a_slice() -> None:
    weights = {f"A{k}": 0.09 for k in range(10)} | {"S": 0.01, "T": 0.005}
    slices = dict(pie_slices(weights, cash=0.085))
    assert len(slices) == 9 and slices["Cash"] == 0.085
    assert slices["Other"] == pytest.approx(3 * 0.09 + 0.015)
    assert sum(slices.values()) == pytest.approx(1.0)
    assert dict(pie_slices({"A": 0.99, "B": 0.01}, cash=0.0)) == {"A": 0.99, "B": 0.01}


def test_the_pie_says_how_many_are_held_and_that_there_are_shorts() -> None:
    figure = draw_weights_pie({"A": 1.2, "B": -0.2}, 0.0, "after the close of 2022-12-28")
    assert "2\nheld" in words(figure) and any("shorts by size" in word for word in words(figure))
    assert any("A\n120.0 %" in word for word in words(figure))
