"""How good models were out of sample: their skill beside the baselines, and one against another."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from forefolio.core.kinds import model_in_words
from forefolio.core.wording import sessions
from forefolio.studies.comparison import ModelComparison
from forefolio.studies.forecast_rows import ModelScore
from forefolio.views.figures.style import headed, new_figure, percent_axis, plain, titled
from forefolio.views.look import COLOURS, DASHES, INK, LOSS, MUTED


def draw_scores(board: Sequence[ModelScore]) -> Any:
    """R² across assets of every model with two standard errors; the baselines are lines."""
    rows = [row for row in board if row.kind != "volatility"]
    horizons = sorted({row.horizon for row in rows})
    figure = new_figure((2.6 * max(len(horizons), 1) + 1.0, 3.8))
    panels = figure.subplots(1, max(len(horizons), 1), sharey=True, squeeze=False)[0]
    for axes, horizon in zip(panels, horizons, strict=False):
        _panel(axes, [row for row in rows if row.horizon == horizon])
        axes.set_title(sessions(horizon), fontsize=9, color=INK, loc="left")
        plain(axes, along="x")
    if horizons:
        lines, names = panels[0].get_legend_handles_labels()
        figure.legend(lines, names, loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    headed(
        figure,
        "Out-of-sample R² across assets, ± 2 standard errors; baselines as lines",
    )
    return figure


def _panel(axes: Any, rows: Sequence[ModelScore]) -> None:
    models = [row for row in rows if row.kind != "baseline"][::-1]
    baselines = [row for row in rows if row.kind == "baseline"]
    for k, row in enumerate(baselines):
        dash = DASHES[k % len(DASHES)]
        axes.axvline(
            _points(row.r2_across), color=MUTED, lw=1.0, ls=dash, label=model_in_words(row.model)
        )
    for place, row in enumerate(models):
        colour = COLOURS[0] if row.kind == "combined" else INK
        gain, error = _points(row.r2_across), _points(row.r2_across_se)
        axes.errorbar(gain, place, xerr=2 * error, fmt="o", ms=4, lw=1.4, color=colour)
    axes.axvline(0, color=MUTED, lw=0.8)
    axes.set_yticks(range(len(models)), [model_in_words(row.model) for row in models])
    axes.set_xlabel("points", fontsize=8, color=MUTED)


def draw_differential(one: ModelComparison) -> Any:
    """By how much one model loses less or more than each other, with its 90 % interval."""
    figure = new_figure((9.0, 1.6 + 0.4 * len(one.pairs)))
    axes = figure.subplots()
    for place, pair in enumerate(one.pairs):
        apart = pair.low > 0 or pair.high < 0
        colour = MUTED if not apart else COLOURS[0] if pair.change < 0 else LOSS
        error = [[pair.change - pair.low], [pair.high - pair.change]]
        axes.errorbar(pair.change, place, xerr=error, fmt="o", ms=4, lw=1.4, color=colour)
    axes.axvline(0.0, color=MUTED, lw=0.8)
    axes.set_yticks(
        np.arange(len(one.pairs)),
        [f"against {model_in_words(pair.reference)}" for pair in one.pairs],
    )
    axes.invert_yaxis()
    percent_axis(axes.xaxis)
    first = model_in_words(one.pairs[0].name if one.pairs else one.names[0])
    subtitle = f"below zero {first} loses less; with 90 % intervals, grey where they hold zero"
    titled(
        axes, f"{one.measure} of {first} less the others', {sessions(one.horizon)} ahead", subtitle
    )
    plain(axes, along="x")
    axes.tick_params(axis="y", colors=INK)
    return figure


def _points(value: float | None) -> float:
    return float("nan") if value is None else 100.0 * value
