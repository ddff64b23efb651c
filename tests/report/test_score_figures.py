"""Pictures of how good models were: skill beside the baselines, and one against another."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import forefolio as ff
from forefolio.studies.comparison import ComparisonStudy
from forefolio.studies.forecast import ForecastStudy

RECIPE = {
    "features": ({"kind": "momentum", "window": 21}, {"kind": "volatility", "window": 21}),
    "models": ("bayesian_ridge",),
    "baselines": ("zero",),
    "volatility": ("ewma",),
    "walk": {"first": 260, "refit": 100},
}
ASKED = {
    "source": {"kind": "synthetic", "sessions": 420, "assets": 3},
    "minimum_sessions": 100,
    "horizons": (1, 5),
    "recipe": RECIPE,
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ff.Settings:
    home: Path = tmp_path_factory.mktemp("scores")
    return ff.Settings(home=home, executor="inline:")


def test_skill_is_drawn_with_its_interval_and_baselines_are_lines(settings: ff.Settings) -> None:
    result = ff.ask(ForecastStudy.model_validate(ASKED), settings)
    figure, panels = result.plot("skill")
    assert [axes.get_title(loc="left") for axes in panels] == ["1 session", "5 sessions"]
    names = [label.get_text() for label in panels[0].get_yticklabels()]
    assert "Bayesian ridge" in names and "zero" not in names
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "zero" in legend
    row = next(r for r in result.leaderboard if r.model == "BayesianRidge" and r.horizon == 5)
    assert row.r2_across is not None and row.r2_across_se is not None
    drawn = panels[1].containers[names.index("Bayesian ridge")]
    assert drawn.lines[0].get_xdata()[0] == pytest.approx(100 * row.r2_across)
    ends: Any = np.ptp(drawn.lines[2][0].get_segments()[0][:, 0])
    assert ends == pytest.approx(4 * 100 * row.r2_across_se)
    zero = next(r for r in result.leaderboard if r.model == "zero" and r.horizon == 5)
    lines = {line.get_label(): line.get_xdata()[0] for line in panels[1].lines}
    assert lines["zero"] == pytest.approx(100 * (zero.r2_across or 0.0))


def test_a_comparison_draws_each_loss_beside_the_first(settings: ff.Settings) -> None:
    asked = {**ASKED, "models": ("bayesian_ridge", "zero", "historical_mean")}
    result = ff.ask(ComparisonStudy.model_validate(asked), settings)
    _, axes = result.plot("differential_5")
    one = next(row for row in result.comparisons if row.horizon == 5)
    shown = [label.get_text() for label in axes.get_yticklabels()]
    assert shown == [f"against {pair.reference}" for pair in one.pairs]
    for pair, drawn in zip(one.pairs, axes.containers, strict=True):
        assert drawn.lines[0].get_xdata()[0] == pytest.approx(pair.change)
        ends = drawn.lines[2][0].get_segments()[0][:, 0]
        assert list(ends) == pytest.approx([pair.low, pair.high])
    assert "5 sessions ahead" in axes.get_title(loc="left")
