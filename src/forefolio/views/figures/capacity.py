"""What market impact leaves of a strategy's edge, by the money in it."""

from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.studies.capacity import StrategyCapacity
from forefolio.views.figures.style import WIDE, new_figure, percent_axis, plain, titled
from forefolio.views.look import COLOURS, INK, MUTED, TITLES
from forefolio.views.money import short_money

ticker: Any = lazy("matplotlib.ticker")

BEYOND = 4.0  # times the money at which the edge is gone: as much is lost there as there was


def draw_capacity(result: StrategyCapacity) -> Any:
    """The edge over cash by the money in it, marked where it is gone and where it earns most."""
    figure = new_figure(WIDE)
    axes = figure.subplots()
    smallest = result.sizes[0]
    impact = smallest.strategies[0].impact / smallest.capital**0.5
    gone = result.break_even
    last = result.sizes[-1].capital if gone is None else BEYOND * gone
    money = np.geomspace(min(smallest.capital, last / 100.0), last, 200)
    axes.plot(money, result.edge - impact * money**0.5, color=COLOURS[0], lw=1.8)
    axes.set_xscale("log")
    axes.axhline(0, color=MUTED, lw=0.8)
    marks = (
        (gone, "gone"),
        (result.most_money_at, "earns most"),
        (result.tenth_of_volume_at, "a tenth of the volume"),
    )
    for k, (at, word) in enumerate(marks):
        if at is not None and money[0] <= at <= money[-1]:
            axes.axvline(at, color=INK, lw=0.9, ls="--")
            axes.annotate(f"{word}: {short_money(at)}", (at, 0.97 - 0.08 * k), xytext=(-4, 0),
                          xycoords=("data", "axes fraction"), textcoords="offset points",
                          ha="right", va="top", fontsize=8, color=INK)  # fmt: skip
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda x, _: short_money(x)))
    axes.xaxis.set_minor_formatter(ticker.NullFormatter())
    axes.margins(x=0)
    percent_axis(axes.yaxis)
    titled(axes, TITLES["capacity"], "a year over cash after market impact, by the money in it")
    plain(axes)
    return figure
