"""Forecasts beside what happened: of each asset, and how many of all the intervals held."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from forefolio.core.units import Array
from forefolio.core.wording import percent, sessions
from forefolio.studies.coverage import CoverageRecord
from forefolio.studies.past_forecasts import AssetPast, PastForecasts
from forefolio.views.figures.style import (
    WIDE,
    headed,
    new_figure,
    panels_of,
    percent_axis,
    plain,
    titled,
)
from forefolio.views.look import COLOURS, INK, LOSS, MUTED, TITLES

MONTH = 21  # sessions; the horizon that is drawn is the one nearest to it
MOST = 6  # assets that are drawn


def usual_past(past: Sequence[PastForecasts]) -> PastForecasts:
    """What is shown first: over about a month."""
    return min(past, key=lambda one: abs(one.horizon - MONTH))


def draw_past(past: Sequence[PastForecasts]) -> Any:
    """The intervals of the first six assets over about a month, and what happened in each."""
    one = usual_past(past)
    assets = one.assets[:MOST]
    figure, panels = panels_of(len(assets), 2.1, sharex=True)
    days = np.array(one.sessions, dtype="datetime64[D]")
    for axes, asset in zip(panels, assets, strict=True):
        _panel(axes, days, asset)
    headed(
        figure,
        f"{TITLES['past']}: over {sessions(one.horizon)}; band: {percent(one.level, 0)} interval, "
        "diamond: outside it",
    )
    return figure


def _panel(axes: Any, days: Array, asset: AssetPast) -> None:
    low, mean, high, outcome = (
        np.array(values, dtype=np.float64)
        for values in (asset.low, asset.mean, asset.high, asset.outcome)
    )
    out = (outcome < low) | (outcome > high)
    axes.fill_between(days, low, high, color=COLOURS[0], alpha=0.22, lw=0)
    axes.plot(days, mean, color=COLOURS[0], lw=1.0)
    axes.plot(days[~out], outcome[~out], "o", ms=2.4, color=INK)
    axes.plot(days[out], outcome[out], "D", ms=4.0, color=LOSS)
    percent_axis(axes.yaxis)
    held = f"{asset.inside} of {asset.known} inside"
    axes.set_title(f"{asset.ticker}: {held}", loc="left", fontsize=9, color=INK)
    axes.tick_params(axis="x", rotation=30)
    plain(axes)


def draw_coverage(coverage: CoverageRecord) -> Any:
    """The share that the intervals held in the year before each month's end, beside the promise."""
    figure = new_figure(WIDE)
    axes = figure.subplots()
    days = np.array(coverage.sessions, dtype="datetime64[D]")
    axes.axhspan(coverage.low, coverage.high, color=MUTED, alpha=0.15, lw=0)
    axes.axhline(coverage.level, color=INK, lw=0.9, ls="--")
    axes.plot(days, np.array(coverage.values, dtype=np.float64), color=COLOURS[0], lw=1.6)
    axes.margins(x=0)
    percent_axis(axes.yaxis)
    subtitle = (
        f"of {sessions(coverage.span)} each; dashed: promised; shaded: where nine of ten such "
        "years lie by luck alone"
    )
    titled(axes, TITLES["coverage"], subtitle)
    plain(axes)
    return figure
