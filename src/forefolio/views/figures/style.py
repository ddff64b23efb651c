"""What all pictures have in common: ink, titles, grids, percentages on an axis."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.wording import percent
from forefolio.views.look import GRID, INK, MUTED

figures: Any = lazy("matplotlib.figure")
ticker: Any = lazy("matplotlib.ticker")

WIDE = (9.0, 4.2)
ACROSS = 3  # panels in a row


def new_figure(size: tuple[float, float]) -> Any:
    """An empty figure of that many inches, free of global state."""
    return figures.Figure(figsize=size, dpi=150, layout="constrained", facecolor="white")


def percent_axis(axis: Any) -> None:
    """Write fractions along an axis as percentages, with the places that tell ticks apart."""

    def written(value: float, _: int) -> str:
        step = float(np.diff(axis.get_majorticklocs()).min(initial=1.0))
        return percent(value, next((n for n in (0, 1) if step > 0.99 * 10.0 ** (-2 - n)), 2))

    axis.set_major_formatter(ticker.FuncFormatter(written))


def panels_of(count: int, height: float, **shared: bool) -> tuple[Any, Any]:
    """A figure and its `count` panels, three in a row of so many inches; the rest stay empty."""
    rows = -(-count // ACROSS)
    figure = new_figure((9.0, 1.2 + height * rows))
    panels = figure.subplots(rows, min(count, ACROSS), squeeze=False, **shared).flat
    for empty in panels[count:]:
        empty.set_visible(False)
    return figure, panels[:count]


def headed(figure: Any, title: str) -> None:
    """A title over all panels of a figure."""
    figure.suptitle(title, fontsize=11, color=INK, fontweight="bold", x=0.01, ha="left")


def titled(axes: Any, title: str, subtitle: str) -> None:
    """A title, and below it what the picture shows."""
    axes.set_title(title, loc="left", fontsize=11, color=INK, fontweight="bold", pad=20)
    axes.text(0, 1.02, subtitle, transform=axes.transAxes, fontsize=8, color=MUTED, va="bottom")


def plain(*panels: Any, along: str = "y") -> None:
    """Nothing but a faint grid across the values."""
    for axes in panels:
        axes.grid(axis=along, color=GRID, lw=0.7)
        axes.set_axisbelow(True)
        axes.tick_params(colors=MUTED, labelsize=8, length=0)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(GRID)


def ring(
    axes: Any, slices: Sequence[tuple[str, float]], colours: Mapping[str, str], width: float
) -> None:
    """Draw weights by name around a hole, each with its share; `width` is that of the band."""
    axes.pie(
        [abs(weight) for _, weight in slices],
        labels=[f"{name}\n{percent(weight)}" for name, weight in slices],
        colors=[colours[name] for name, _ in slices],
        startangle=90,
        counterclock=False,
        wedgeprops={"width": width, "edgecolor": "white", "linewidth": 1.5},
        textprops={"fontsize": 8, "color": INK},
    )
