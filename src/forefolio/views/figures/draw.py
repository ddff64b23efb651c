"""One small function per picture: a run's outcome to a matplotlib figure.

The figures are free of global state: they can be drawn in any thread and are never leaked.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.wording import TIMES, percent, sessions
from forefolio.outcome import Outcome
from forefolio.views.figures.series import (
    CASH,
    COLOURS,
    LINE_COLOURS,
    OTHER,
    drawdowns,
    forecasts_at,
    grown,
    growth_ticks,
    held,
    named_assets,
    usual_horizon,
    weight_layers,
    weight_slices,
)
from forefolio.views.figures.style import INK, MUTED, WIDE, new_figure, percent_axis, plain, titled

ticker: Any = lazy("matplotlib.ticker")

GREYS = {OTHER: "#b6bfc9", CASH: "#e7ebef"}


def draw_equity(outcome: Outcome) -> Any:
    """Growth of one on a log scale, and below it the fall from the highest value so far."""
    curves, equity = outcome.curves, grown(outcome.curves)
    figure = new_figure((9.0, 5.6))
    growth, fall = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    for k, name in enumerate(curves.names):
        growth.plot(curves.sessions, equity[k], label=name, **_line(k))
        fall.plot(curves.sessions, drawdowns(curves)[k], **_line(k))
    growth.set_yscale("log")
    ticks = growth_ticks(float(equity.min()), float(equity.max()))
    growth.yaxis.set_major_locator(ticker.FixedLocator(ticks))
    growth.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g}{TIMES}"))
    growth.yaxis.set_minor_locator(ticker.NullLocator())
    percent_axis(fall.yaxis)
    first, last = curves.sessions[0], curves.sessions[-1]
    titled(growth, "Growth of 1 after costs", f"out of sample, {first} to {last}")
    growth.legend(frameon=False, fontsize=8, labelcolor=INK)
    fall.set_ylabel("drawdown", color=MUTED, fontsize=8)
    plain(growth, fall)
    return figure


def draw_weights(outcome: Outcome) -> Any:
    """Tomorrow's portfolio as a ring: at most six names, Other and Cash."""
    figure = new_figure((5.6, 5.0))
    axes = figure.subplots()
    slices, colours = weight_slices(outcome), _asset_colours(outcome)
    axes.pie(
        [abs(weight) for _, weight in slices],
        labels=[f"{name}\n{percent(weight)}" for name, weight in slices],
        colors=[colours[name] for name, _ in slices],
        startangle=90,
        counterclock=False,
        wedgeprops={"width": 0.42, "edgecolor": "white", "linewidth": 1.5},
        textprops={"fontsize": 8, "color": INK},
    )
    axes.text(0, 0, f"{len(outcome.document['weights'])}\nheld", ha="center", va="center",
              fontsize=15, color=INK)  # fmt: skip
    titled(axes, "Weights", f"for the session after {outcome.document['as_of']}")
    return figure


def draw_weight_history(outcome: Outcome) -> Any:
    """What the followed strategy held, stacked to the whole."""
    figure = new_figure(WIDE)
    axes = figure.subplots()
    layers, colours = weight_layers(outcome), _asset_colours(outcome)
    axes.stackplot(
        outcome.curves.sessions,
        layers.shares,
        labels=layers.names,
        colors=[colours[name] for name in layers.names],
        linewidth=0,
    )
    axes.set_ylim(0, max(1.0, float(layers.shares.sum(axis=0).max())))
    axes.margins(x=0)
    percent_axis(axes.yaxis)
    titled(axes, "Weights over time", f"{outcome.document['strategy']}, at each close")
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    plain(axes)
    return figure


def draw_forecasts(outcome: Outcome) -> Any:
    """The forecast of each asset with its interval, and what is expected without models."""
    document = outcome.document
    horizon = usual_horizon(document)
    rows = _ranked(list(forecasts_at(document, horizon).values()))
    figure = new_figure((7.0, 1.4 + 0.24 * len(rows)))
    axes = figure.subplots()
    weights = dict(held(document))
    for y, row in enumerate(rows):
        strong = row["ticker"] in weights
        axes.plot([row["low"], row["high"]], [y, y], lw=3, color=COLOURS[0],
                  alpha=0.45 if strong else 0.18, solid_capstyle="butt")  # fmt: skip
        axes.plot(row["mean"], y, "o", ms=5, color=COLOURS[0] if strong else MUTED)
        axes.plot(row["prior"], y, "|", ms=9, color=INK)
    axes.set_yticks(range(len(rows)), [row["ticker"] for row in rows])
    axes.axvline(0, color=MUTED, lw=0.8)
    percent_axis(axes.xaxis)
    level = percent(rows[0]["level"], 0) if rows else ""
    told = f"mean and {level} interval; tick: without models; pale: not held"
    titled(axes, f"Forecast return over {sessions(horizon)}", told)
    plain(axes, along="x")
    return figure


def draw_skill(outcome: Outcome) -> Any:
    """R2 across assets out of sample of every model, with two standard errors."""
    board = [row for row in outcome.document["leaderboard"] if row["kind"] != "volatility"]
    horizons = sorted({row["horizon"] for row in board})
    figure = new_figure((2.6 * max(len(horizons), 1) + 1.0, 3.6))
    panels = figure.subplots(1, max(len(horizons), 1), sharey=True, squeeze=False)[0]
    for axes, horizon in zip(panels, horizons, strict=False):
        rows = [row for row in board if row["horizon"] == horizon][::-1]
        _skill_panel(axes, rows)
        axes.set_title(sessions(horizon), fontsize=9, color=INK, loc="left")
        plain(axes, along="x")
    figure.suptitle("Out-of-sample R² across assets, ± 2 standard errors", fontsize=11,
                    color=INK, fontweight="bold")  # fmt: skip
    return figure


def draw_slopes(outcome: Outcome) -> Any:
    """How far the models were believed over time: 0 moves nothing, 1 believes all."""
    curves = outcome.curves
    figure = new_figure(WIDE)
    axes = figure.subplots()
    axes.plot(curves.slope_sessions, curves.slopes, **_line(0))
    axes.set_ylim(-0.02, 1.02)
    percent_axis(axes.yaxis)
    told = "share of their departure from the pooled mean that moves money"
    titled(axes, "How far the models were believed", told)
    plain(axes)
    return figure


def _skill_panel(axes: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    for y, row in enumerate(rows):
        gain, error = (_float(row[name]) * 100 for name in ("r2_across", "r2_across_se"))
        colour = {"combined": COLOURS[0], "model": INK}.get(row["kind"], MUTED)
        axes.errorbar(gain, y, xerr=2 * error, fmt="o", ms=4, lw=1.4, color=colour)
    axes.axvline(0, color=MUTED, lw=0.8)
    axes.set_yticks(range(len(rows)), [row["model"] for row in rows])
    axes.set_xlabel("points", fontsize=8, color=MUTED)


def _line(k: int) -> dict[str, Any]:
    if k < LINE_COLOURS:
        return {"color": COLOURS[k], "lw": 1.8 if k == 0 else 1.1, "zorder": 5 - k}
    return {"color": INK, "lw": 1.0, "ls": "--", "zorder": 1}


def _asset_colours(outcome: Outcome) -> dict[str, str]:
    return dict(zip(named_assets(outcome), COLOURS, strict=False)) | GREYS


def _ranked(rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    numbers = ("mean", "low", "high", "prior")
    clean = [{**row, **{name: _float(row[name]) for name in numbers}} for row in rows]
    return sorted(clean, key=lambda row: float(np.nan_to_num(row["mean"])))


def _float(value: float | None) -> float:
    return float("nan") if value is None else float(value)
