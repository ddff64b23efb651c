"""Backtests and forecasts that users hold as pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from forefolio.backtest import BacktestResult
from forefolio.core.lazy import lazy
from forefolio.core.wording import TIMES, sessions
from forefolio.forecast import Forecast
from forefolio.market import Market
from forefolio.views.figures.style import WIDE, new_figure, percent_axis, plain, titled
from forefolio.views.look import COLOURS, INK, MUTED, TITLES

ticker: Any = lazy("matplotlib.ticker")

MOST = 40  # assets whose forecasts are drawn


def draw_backtests(results: Sequence[BacktestResult], names: Sequence[str] = ()) -> Any:
    """Growth of one after costs, and below it the drawdown; a line for each backtest."""
    figure = new_figure((9.0, 5.6))
    growth, fall = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    for place, result in enumerate(results):
        name = names[place] if names else result.name
        equity = result.measured_equity / result.equity[0]
        days, colour = result.sessions[: len(equity)], COLOURS[place % len(COLOURS)]
        dashed = "-" if place < len(COLOURS) else "--"
        growth.plot(days, equity, lw=1.4, color=colour, ls=dashed, label=name)
        peak = np.maximum.accumulate(equity)
        fall.plot(days, equity / peak - 1.0, lw=1.0, color=colour, ls=dashed)
    growth.set_yscale("log")
    growth.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g}{TIMES}"))
    growth.yaxis.set_minor_formatter(ticker.NullFormatter())
    percent_axis(fall.yaxis)
    first = results[0]
    span = f"{first.sessions[0]} to {first.sessions[-1]}"
    titled(growth, TITLES["growth"], span)
    growth.legend(frameon=False, fontsize=8, labelcolor=INK)
    fall.set_ylabel("drawdown", color=MUTED, fontsize=8)
    plain(growth, fall)
    return figure


def draw_closes(market: Market) -> Any:
    """What one invested in each asset at its first close grew to, on a log scale."""
    figure = new_figure(WIDE)
    axes = figure.subplots()
    for place, asset in enumerate(market.assets[:MOST]):
        close = market.close[:, place]
        there = np.flatnonzero(np.isfinite(close))
        if len(there):
            axes.plot(market.sessions[there], close[there] / close[there[0]], lw=1.0,
                      color=COLOURS[place % len(COLOURS)], label=asset)  # fmt: skip
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g}{TIMES}"))
    axes.yaxis.set_minor_formatter(ticker.NullFormatter())
    titled(axes, "Growth of 1", f"{market.sessions[0]} to {market.sessions[-1]}")
    if len(market.assets) <= len(COLOURS):
        axes.legend(frameon=False, fontsize=8, labelcolor=INK)
    plain(axes)
    return figure


def draw_forecast(forecast: Forecast) -> Any:
    """Mean and interval of each asset, the highest mean on top."""
    order = np.argsort(forecast.mean, kind="stable")
    order = order[np.isfinite(forecast.mean[order])][-MOST:]
    figure = new_figure((7.0, 1.4 + 0.24 * len(order)))
    axes = figure.subplots()
    for place, asset in enumerate(order):
        if len(forecast.levels):
            low, high = forecast.quantiles[0, asset], forecast.quantiles[-1, asset]
        else:
            low, high = (forecast.mean[asset] + side * forecast.std[asset] for side in (-1, 1))
        axes.plot([low, high], [place, place], lw=3, color=COLOURS[0], alpha=0.35,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot(forecast.mean[asset], place, "o", ms=5, color=COLOURS[0])
    axes.set_yticks(range(len(order)), [forecast.assets[asset] for asset in order])
    axes.axvline(0, color=MUTED, lw=0.8)
    percent_axis(axes.xaxis)
    levels = forecast.levels
    span = f"{levels[0]:.0%} to {levels[-1]:.0%}" if len(levels) else "one standard deviation"
    titled(axes, f"Forecast return over {sessions(forecast.horizon)}", f"mean and {span}")
    plain(axes, along="x")
    return figure
