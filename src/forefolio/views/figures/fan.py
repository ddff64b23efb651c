"""A simulation as a fan: where the value of a portfolio may be, and how likely."""

from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.wording import TIMES, counted, percent, sessions
from forefolio.risk import Simulation
from forefolio.views.figures.series import COLOURS
from forefolio.views.figures.style import INK, MUTED, new_figure, plain, titled

ticker: Any = lazy("matplotlib.ticker")

WIDE = (9.0, 4.2)


def draw_fan(simulation: Simulation, goal: float | None = None) -> Any:
    """Quantiles of the value over the sessions, what was paid in, and the goal."""
    figure = new_figure(WIDE)
    axes = figure.subplots()
    levels, fan = simulation.levels, simulation.fan
    for k in range(len(levels) // 2):
        low, high = levels[k], levels[-1 - k]
        told, strength = f"{percent(high - low, 0)} of paths", 0.22 + 0.2 * k
        axes.fill_between(simulation.sessions, fan[:, k], fan[:, -1 - k], color=COLOURS[0],
                          alpha=strength, lw=0, label=told)  # fmt: skip
    axes.plot(simulation.sessions, fan[:, len(levels) // 2], color=COLOURS[0], lw=1.8,
              label="half above, half below")  # fmt: skip
    axes.axhline(1.0, color=MUTED, lw=0.8)
    if goal is not None:
        chance = simulation.probability_of_reaching(goal).value
        axes.axhline(goal, color=INK, lw=1.0, ls="--", label=f"goal, reached by {percent(chance)}")
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g}{TIMES}"))
    axes.set_xlim(0, float(np.max(simulation.sessions)))
    axes.set_xlabel("sessions", fontsize=8, color=MUTED)
    horizon, loss = int(simulation.sessions[-1]), simulation.probability_of_loss.value
    told = f"{counted(len(simulation.final), 'path')}; {percent(loss)} end below what was paid in"
    titled(axes, f"Value over the next {sessions(horizon)}, from 1", told)
    axes.legend(frameon=False, fontsize=8, labelcolor=INK, loc="upper left")
    plain(axes)
    return figure
