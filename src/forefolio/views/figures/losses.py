"""Where a risk comes from, and what stresses do to a portfolio, as bars."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from forefolio.core.wording import percent
from forefolio.views.figures.style import new_figure, percent_axis, plain, titled
from forefolio.views.look import GAIN, INK, LOSS, MUTED, TITLES


def draw_contributions(added: Mapping[str, float], subtitle: str) -> Any:
    """What each asset adds to the volatility a year, by name; negative is a hedge."""
    bars = {name: (value, 0.0) for name, value in added.items()}
    written = {name: percent(value) for name, value in added.items()}
    return _bars(TITLES["risk"], subtitle, bars, written)


def draw_losses(returns: Mapping[str, tuple[float, float]], subtitle: str) -> Any:
    """The portfolio's return in each stress and its standard error, by name, the worst first."""
    worst = sorted(returns.items(), key=lambda one: one[1][0])
    signed = {name: percent(value, signed=True) for name, (value, _) in worst}
    return _bars(TITLES["stresses"], subtitle, dict(worst), signed)


def _bars(
    title: str,
    subtitle: str,
    values: Mapping[str, tuple[float, float]],
    written: Mapping[str, str],
) -> Any:
    """Bars from the top down, each with its number as it is `written`, and the error of it."""
    figure = new_figure((9.0, 1.4 + 0.34 * len(values)))
    axes = figure.subplots()
    places, numbers = np.arange(len(values)), np.array(list(values.values()))
    colour = [LOSS if value < 0 else GAIN for value in numbers[:, 0]]
    errors = numbers[:, 1] if numbers[:, 1].any() else None
    axes.barh(places, numbers[:, 0], xerr=errors, color=colour, ecolor=MUTED, height=0.7)
    axes.axvline(0.0, color=MUTED, lw=0.8)
    labels = [f"{name[:1].upper()}{name[1:]}  {written[name]}" for name in values]
    axes.set_yticks(places, labels)
    axes.invert_yaxis()
    percent_axis(axes.xaxis)
    titled(axes, title, subtitle)
    plain(axes, along="x")
    axes.tick_params(axis="y", colors=INK)
    return figure
