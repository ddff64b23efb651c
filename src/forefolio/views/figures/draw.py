"""One small function per picture: from a strategy's result to a matplotlib figure.

The figures are free of global state: they can be drawn in any thread and are never leaked.
"""

from collections.abc import Iterable
from typing import Any

from forefolio.core.lazy import lazy
from forefolio.core.wording import TIMES, percent, sessions
from forefolio.studies.forecast_rows import AssetForecast
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.figures.scores import draw_scores
from forefolio.views.figures.series import (
    GREYS,
    drawdowns,
    forecasts_at,
    grown,
    growth_ticks,
    held,
    named_assets,
    series_of,
    usual_horizon,
    weight_layers,
    weight_slices,
)
from forefolio.views.figures.style import (
    WIDE,
    new_figure,
    percent_axis,
    plain,
    ring,
    titled,
)
from forefolio.views.look import COLOURS, DASHES, INK, LINE_COLOURS, MUTED, TITLES

ticker: Any = lazy("matplotlib.ticker")


def draw_equity(result: StrategyResult) -> Any:
    """Growth of one on a log scale, and below it the fall from the highest value so far."""
    series = series_of(result)
    equity, falls = grown(series), drawdowns(series)
    figure = new_figure((9.0, 5.6))
    growth, fall = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    for k, name in enumerate(series.names):
        growth.plot(series.sessions, equity[k], label=name, **_line(k))
        fall.plot(series.sessions, falls[k], **_line(k))
    growth.set_yscale("log")
    ticks = growth_ticks(float(equity.min()), float(equity.max()))
    growth.yaxis.set_major_locator(ticker.FixedLocator(ticks))
    growth.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g}{TIMES}"))
    growth.yaxis.set_minor_locator(ticker.NullLocator())
    percent_axis(fall.yaxis)
    first, last = series.sessions[0], series.sessions[-1]
    titled(growth, TITLES["growth"], f"out of sample, {first} to {last}")
    growth.legend(frameon=False, fontsize=8, labelcolor=INK)
    fall.set_ylabel("drawdown", color=MUTED, fontsize=8)
    plain(growth, fall)
    return figure


def draw_weights(result: StrategyResult) -> Any:
    """Tomorrow's portfolio as a ring: at most seven names, Other and Cash."""
    figure = new_figure((5.6, 5.0))
    axes = figure.subplots()
    slices, colours = weight_slices(result), _asset_colours(result)
    ring(axes, slices, colours, 0.42)
    axes.text(0, 0, f"{len(result.weights)}\nheld", ha="center", va="center",
              fontsize=15, color=INK)  # fmt: skip
    titled(axes, TITLES["weights"], f"for the session after {result.as_of}")
    return figure


def draw_weight_history(result: StrategyResult) -> Any:
    """What the followed strategy held, stacked to the whole."""
    figure = new_figure(WIDE)
    axes = figure.subplots()
    layers, colours = weight_layers(result), _asset_colours(result)
    axes.stackplot(
        series_of(result).month_ends,
        layers.shares,
        labels=layers.names,
        colors=[colours[name] for name in layers.names],
        linewidth=0,
    )
    axes.set_ylim(0, max(1.0, float(layers.shares.sum(axis=0).max())))
    axes.margins(x=0)
    percent_axis(axes.yaxis)
    titled(axes, TITLES["held"], f"{result.strategy}, at the end of each month")
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    plain(axes)
    return figure


def draw_forecasts(result: StrategyResult) -> Any:
    """The forecast of each asset with its interval, and the prior."""
    horizon = usual_horizon(result)
    rows = _ranked(forecasts_at(result, horizon).values())
    figure = new_figure((7.0, 1.4 + 0.24 * len(rows)))
    axes = figure.subplots()
    weights = dict(held(result))
    for y, row in enumerate(rows):
        strong = row.ticker in weights
        axes.plot([_float(row.low), _float(row.high)], [y, y], lw=3, color=COLOURS[0],
                  alpha=0.45 if strong else 0.18, solid_capstyle="butt")  # fmt: skip
        axes.plot(_float(row.mean), y, "o", ms=5, color=COLOURS[0] if strong else MUTED)
        axes.plot(_float(row.prior), y, "|", ms=9, color=INK)
    axes.set_yticks(range(len(rows)), [row.ticker for row in rows])
    axes.axvline(0, color=MUTED, lw=0.8)
    percent_axis(axes.xaxis)
    level = percent(rows[0].level, 0) if rows else ""
    subtitle = f"mean and {level} interval; tick: the prior; pale: not held"
    titled(axes, f"Forecast return over {sessions(horizon)}", subtitle)
    plain(axes, along="x")
    return figure


def draw_skill(result: StrategyResult) -> Any:
    """R2 across assets out of sample of every model, with two standard errors."""
    return draw_scores(result.leaderboard)


def draw_slopes(result: StrategyResult) -> Any:
    """How far the models were believed over time: 0 moves nothing, 1 believes all."""
    series = series_of(result)
    figure = new_figure(WIDE)
    axes = figure.subplots()
    axes.plot(series.slope_sessions, series.slopes, **_line(0))
    axes.set_ylim(-0.02, 1.02)
    percent_axis(axes.yaxis)
    subtitle = "share of their departure from the pooled mean that moves money"
    titled(axes, "How far the models were believed", subtitle)
    plain(axes)
    return figure


def _line(k: int) -> dict[str, Any]:
    if k < LINE_COLOURS:
        return {"color": COLOURS[k], "lw": 1.8 if k == 0 else 1.1, "zorder": 5 - k}
    return {"color": INK, "lw": 1.0, "ls": DASHES[(k - LINE_COLOURS) % len(DASHES)], "zorder": 1}


def _asset_colours(result: StrategyResult) -> dict[str, str]:
    return dict(zip(named_assets(result), COLOURS, strict=False)) | GREYS


def _ranked(rows: Iterable[AssetForecast]) -> list[AssetForecast]:
    """From the lowest up, which is from below; of equal ones the first is on top."""
    return sorted(reversed(tuple(rows)), key=lambda row: row.mean or 0.0)


def _float(value: float | None) -> float:
    return float("nan") if value is None else float(value)
