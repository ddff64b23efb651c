"""What was expected of each layer of the weights, and what it earned, as pairs of bars."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from forefolio.core.wording import percent
from forefolio.views.figures.style import new_figure, percent_axis, plain, titled
from forefolio.views.look import GAIN, INK, LOSS, MUTED


def draw_layers(parts: Sequence[tuple[str, float, float]], subtitle: str) -> Any:
    """A pair of bars for each part, from the top down: its name, expected, realised."""
    figure = new_figure((9.0, 1.4 + 0.5 * len(parts)))
    axes = figure.subplots()
    places = np.arange(len(parts))
    names, expected, realised = zip(*parts, strict=True)
    colours = [LOSS if value < 0 else GAIN for value in realised]
    axes.barh(places - 0.2, expected, height=0.3, color=MUTED, alpha=0.5)
    axes.barh(places + 0.2, realised, height=0.4, color=colours)
    axes.axvline(0.0, color=MUTED, lw=0.8)
    axes.set_yticks(places, [f"{name}  {percent(value, 2, signed=True)}"
                             for name, value in zip(names, realised, strict=True)])  # fmt: skip
    axes.invert_yaxis()
    percent_axis(axes.xaxis)
    titled(axes, "What was expected (grey), and what came", subtitle)
    plain(axes, along="x")
    axes.tick_params(axis="y", colors=INK)
    return figure
