"""How the paths of a simulation are spread: where they end, and how deep they fall on the way."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from forefolio.core.units import Array
from forefolio.core.wording import counted, percent, sessions
from forefolio.studies.path_losses import Distribution
from forefolio.studies.simulation import PortfolioSimulation
from forefolio.views.figures.style import WIDE, new_figure, percent_axis, plain, titled
from forefolio.views.look import COLOURS, INK, MUTED, TITLES

ROOM = 1.3  # of the highest bin: above the bins stands what the lines are
CLOSE = 0.2  # of the width: names of lines that are closer stand below each other
STEP = 0.075  # of the height, from one name to the next below it

Mark = tuple[float, str]  # where a line is, and what it is


def draw_ends(result: PortfolioSimulation) -> Any:
    """Shares of the paths by what they gain or lose until the horizon."""
    level, paid = percent(result.level, 0), result.paid_in - 1.0
    marks = [
        (paid - float(result.value_at_risk.value or 0.0), f"VaR {level}"),
        (paid - float(result.expected_shortfall.value or 0.0), f"CVaR {level}"),
        (result.goal - 1.0, "goal"),
    ]
    subtitle = (
        f"{counted(result.paths, 'path')}: {percent(result.probability_of_loss.value)} end below "
        f"what was paid in, {percent(result.probability_of_goal.value)} at the goal or above"
    )
    along = f"gain or loss after {sessions(result.horizon)}"
    return _drawn(result.ends, 1.0, marks, (TITLES["ends"], subtitle, along))


def draw_falls(result: PortfolioSimulation) -> Any:
    """Shares of the paths by their deepest fall from the highest value so far."""
    middle = float(np.interp(0.5, result.levels, result.drawdown_values))
    subtitle = (
        f"{counted(result.paths, 'path')} within {sessions(result.horizon)}: half fall by "
        f"{percent(-middle)} or more from their highest value, at closes"
    )
    along = "deepest fall on the way"
    words = (TITLES["falls_on_the_way"], subtitle, along)
    return _drawn(result.drawdowns, 0.0, [(middle, "half fall deeper")], words)


def _drawn(
    spread: Distribution | None, start: float, marks: Sequence[Mark], words: tuple[str, str, str]
) -> Any:
    """A distribution less `start` as an area in steps; `words`: title, subtitle, and its axis."""
    title, subtitle, along = words
    figure = new_figure(WIDE)
    axes = figure.subplots()
    if spread is not None:
        edges, shares = np.array(spread.edges) - start, np.array(spread.shares)
        axes.stairs(shares, edges, fill=True, color=COLOURS[0], alpha=0.3)
        axes.stairs(shares, edges, color=COLOURS[0], lw=1.2)
        axes.set_ylim(0.0, ROOM * float(shares.max()))
        axes.set_xlim(*_limits(edges, marks))
        _name(axes, marks)
    percent_axis(axes.xaxis)
    percent_axis(axes.yaxis)
    axes.set_xlabel(along, fontsize=8, color=MUTED)
    axes.set_ylabel("share of the paths", fontsize=8, color=MUTED)
    titled(axes, title, subtitle)
    plain(axes)
    return figure


def _limits(edges: Array, marks: Sequence[Mark]) -> tuple[float, float]:
    ends = [float(edges[0]), float(edges[-1]), *(at for at, _ in marks)]
    room = 0.03 * (max(ends) - min(ends) or 1.0)
    return min(ends) - room, max(ends) + room


def _name(axes: Any, marks: Sequence[Mark]) -> None:
    """Lines with their names above the bins, at heights at which they do not collide."""
    low, high = axes.get_xlim()
    place, before = 0, -np.inf
    for at, text in sorted(marks):
        axes.axvline(at, color=INK, lw=1.0, ls="--")
        place = place + 1 if at - before < CLOSE * (high - low) else 0
        right = at > low + 0.7 * (high - low)
        axes.annotate(
            text, (at, 0.97 - STEP * place), xycoords=("data", "axes fraction"),
            xytext=(-4 if right else 4, 0), textcoords="offset points", fontsize=8, color=INK,
            ha="right" if right else "left", va="top",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip
        before = at
