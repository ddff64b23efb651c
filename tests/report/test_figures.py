from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.figures import FIGURES, draw_equity, draw_forecasts, draw_weights, save_figures
from forefolio.views.figures.series import (
    CASH,
    OTHER,
    growth_ticks,
    named_assets,
    usual_horizon,
    weight_layers,
    weight_slices,
)
from forefolio.views.look import COLOURS
from forefolio.views.report.svg import POINTS, linear_ticks, sample_rows


@pytest.mark.slow
def test_every_picture_is_saved_under_its_name_with_the_same_bytes(
    result: StrategyResult, tmp_path: Path
) -> None:
    first, second = save_figures(result, tmp_path / "a"), save_figures(result, tmp_path / "b")
    assert [p.name for p in first] == [f"{name}.png" for name in FIGURES]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes().startswith(b"\x89PNG")
        assert one.read_bytes() == other.read_bytes()


def test_pictures_scale_as_svg(result: StrategyResult, tmp_path: Path) -> None:
    for path in save_figures(result, tmp_path, "svg"):
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_pictures_of_what_is_not_known_can_be_drawn(
    unknown: StrategyResult, tmp_path: Path
) -> None:
    assert len(save_figures(unknown, tmp_path)) == len(FIGURES)


def test_equity_shows_every_strategy_and_the_deepest_fall(result: StrategyResult) -> None:
    growth, fall = draw_equity(result).axes
    drawn = {line.get_label(): line.get_ydata() for line in growth.lines}
    assert tuple(drawn) == tuple(one.name for one in result.curves.equity)
    equity = np.array(result.curves.equity[0].equity)
    assert np.array_equal(drawn["forefolio"], equity)
    deepest = min(equity[k] / equity[: k + 1].max() - 1.0 for k in range(len(equity)))
    assert fall.lines[0].get_ydata().min() == pytest.approx(deepest)


def test_forecasts_show_each_asset_of_the_usual_horizon(result: StrategyResult) -> None:
    axes = draw_forecasts(result).axes[0]
    shown = {label.get_text() for label in axes.get_yticklabels()}
    assert shown == {one.ticker for one in result.curves.weights}
    assert "21 sessions" in axes.get_title(loc="left")


def test_the_ring_holds_the_whole_portfolio(result: StrategyResult) -> None:
    slices = dict(weight_slices(result))
    assert sum(slices.values()) == pytest.approx(1.0)
    assert len(slices) <= len(COLOURS) + 2
    assert len(draw_weights(result).axes[0].patches) == len(slices)


def test_layers_of_weights_add_up_to_the_whole(result: StrategyResult) -> None:
    layers = weight_layers(result)
    assert layers.names[-2:] == (OTHER, CASH)
    assert np.allclose(layers.shares.sum(axis=0), 1.0)


def test_the_usual_horizon_is_the_one_nearest_to_a_month(result: StrategyResult) -> None:
    rows = tuple(row for row in result.forecasts if row.horizon != 21)
    assert usual_horizon(result) == 21
    assert usual_horizon(result.model_copy(update={"forecasts": rows})) == 5
    assert usual_horizon(result.model_copy(update={"forecasts": ()})) == 21


@pytest.mark.slow
def test_a_run_without_positions_can_be_drawn(result: StrategyResult, tmp_path: Path) -> None:
    idle = tuple(
        one.model_copy(update={"weights": (0.0,) * len(one.weights)})
        for one in result.curves.weights
    )
    curves = result.curves.model_copy(update={"weights": idle})
    empty = result.model_copy(update={"weights": {}, "cash": 1.0, "curves": curves})
    assert save_figures(empty, tmp_path)


def test_the_largest_positions_of_today_have_a_colour(result: StrategyResult) -> None:
    largest = sorted(result.weights, key=lambda ticker: -result.weights[ticker])
    assert named_assets(result) == tuple(largest[: len(COLOURS)])


@given(st.floats(1e-3, 1e3), st.floats(1.001, 1e4))
def test_growth_ticks_lie_on_the_axis_and_are_few(low: float, ratio: float) -> None:
    ticks = growth_ticks(low, low * ratio)
    assert ticks == sorted(ticks)
    assert len(ticks) <= 12
    assert all(low <= tick <= low * ratio for tick in ticks)


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_linear_ticks_lie_on_the_axis_and_are_few(low: float, width: float) -> None:
    ticks = linear_ticks(low, low + width)
    assert 1 <= len(ticks) <= 7
    assert all(low - 1e-6 * width <= tick <= low + width * (1 + 1e-6) for tick in ticks)


@given(st.integers(1, 5000), st.integers(0, 9))
def test_a_thinned_curve_keeps_its_ends_and_extremes(length: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=length).cumsum()
    rows = sample_rows(values)
    assert len(rows) <= POINTS
    assert {0, length - 1, int(values.argmin()), int(values.argmax())} <= set(rows.tolist())
    assert (np.diff(rows) > 0).all()
