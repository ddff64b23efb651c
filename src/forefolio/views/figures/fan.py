"""A simulation as a fan: where the value of a portfolio may be, and how likely."""

from collections.abc import Sequence
from typing import Any

from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.core.wording import TIMES, percent
from forefolio.core.wording import sessions as counted_sessions
from forefolio.views.figures.style import new_figure, plain, titled
from forefolio.views.look import COLOURS, INK, MUTED, TITLES

ticker: Any = lazy("matplotlib.ticker")

WIDE = (9.0, 4.2)


def draw_fan(
    sessions: Array,
    levels: Sequence[float],
    fan: Array,
    *,
    goal: tuple[float, float] | None = None,
    subtitle: str = "",
) -> Any:
    """Quantiles (K, Q) of the value at `levels` (Q,) after the `sessions` (K,), from 1.

    `goal` is a value, and the probability that it is reached.
    """
    figure = new_figure(WIDE)
    axes = figure.subplots()
    for k in range(len(levels) // 2):
        label, strength = f"{percent(levels[-1 - k] - levels[k], 0)} of paths", 0.22 + 0.2 * k
        axes.fill_between(sessions, fan[:, k], fan[:, -1 - k], color=COLOURS[0],
                          alpha=strength, lw=0, label=label)  # fmt: skip
    axes.plot(sessions, fan[:, len(levels) // 2], color=COLOURS[0], lw=1.8,
              label="half above, half below")  # fmt: skip
    axes.axhline(1.0, color=MUTED, lw=0.8)
    if goal is not None:
        label = f"goal, reached by {percent(goal[1])}"
        axes.axhline(goal[0], color=INK, lw=1.0, ls="--", label=label)
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g}{TIMES}"))
    axes.set_xlim(0, float(sessions[-1]))
    axes.set_xlabel("sessions", fontsize=8, color=MUTED)
    over = f"value over the next {counted_sessions(int(sessions[-1]))}, from 1"
    titled(axes, TITLES["fan"], "; ".join(filter(None, (over, subtitle))))
    axes.legend(frameon=False, fontsize=8, labelcolor=INK, loc="upper left")
    plain(axes)
    return figure
