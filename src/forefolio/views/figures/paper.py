"""A paper account over time, beside equal weights in the same assets and its own backtest."""

from typing import Any

import numpy as np

from forefolio.studies.paper_account import PaperAccount
from forefolio.views.figures.style import WIDE, new_figure, percent_axis, plain, titled
from forefolio.views.look import COLOURS, INK, MUTED, TITLES


def draw_paper(result: PaperAccount) -> Any:
    """What the account, equal weights and its backtest have gained since it was opened."""
    figure = new_figure(WIDE)
    axes = figure.subplots()
    days = np.array([one.session for one in result.days], dtype="datetime64[D]")
    lines = (
        (result.strategy, [one.value for one in result.days]),
        ("equal weight", [one.equal_weight for one in result.days]),
        ("its backtest", [one.backtest for one in result.days]),
    )
    for k, (name, worth) in enumerate(lines):
        gains = np.array(worth, dtype=np.float64) / result.capital - 1.0
        if np.isfinite(gains).any():
            axes.plot(
                days, gains, color=COLOURS[k], lw=1.8 - 0.4 * k, ls=("-", "--", ":")[k], label=name
            )
    axes.axhline(0, color=MUTED, lw=0.8)
    axes.margins(x=0)
    percent_axis(axes.yaxis)
    titled(axes, TITLES["paper"], f"{result.account}: gains since {result.opened}, after costs")
    axes.legend(frameon=False, fontsize=8, labelcolor=INK)
    plain(axes)
    return figure
