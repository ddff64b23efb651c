"""The health of forecasts over time: signs, intervals and volatility beside what is promised."""

from typing import Any

import numpy as np

from forefolio.core.wording import sessions
from forefolio.studies.health import RollingHealth
from forefolio.studies.monitor import ModelHealth
from forefolio.views.figures.style import new_figure, percent_axis, plain, titled
from forefolio.views.look import COLOURS, INK, LOSS, MUTED, TITLES

MOST = 12  # features that are drawn
SERIES = (
    ("right", "direction", "Signs that are right"),
    ("inside", "interval_narrow", "Returns inside their intervals"),
    ("volatility_loss", "volatility", "Loss of the volatility less the reference's"),
)


def draw_health(result: ModelHealth) -> Any:
    """What the forecasts promise, and how it was kept; a broken promise is shaded."""
    figure = new_figure((9.0, 6.6))
    panels = figure.subplots(len(SERIES), 1, sharex=True)
    promised = {one.code: one for one in result.promises}
    days = np.array([one.session for one in result.rolling], dtype="datetime64[D]")
    for axes, (name, code, title) in zip(panels, SERIES, strict=True):
        axes.plot(days, _values(result.rolling, name), color=COLOURS[0], lw=1.2)
        axes.axhline(promised[code].promised_value, color=MUTED, lw=0.9, ls="--")
        for alarm in promised[code].alarms:
            last = days[-1] if alarm.ended is None else np.datetime64(alarm.ended)
            axes.axvspan(np.datetime64(alarm.since), last, color=MUTED, alpha=0.2, lw=0)
        titled(axes, title, f"over {sessions(result.recent)}; dashed: promised; shaded: broken")
        if code != "volatility":
            percent_axis(axes.yaxis)
    plain(*panels)
    return figure


def draw_drift(result: ModelHealth) -> Any:
    """How far recent values of features are from those before, beside how far they usually are."""
    rows = result.drift[:MOST][::-1]
    figure = new_figure((7.0, 1.4 + 0.28 * len(rows)))
    axes = figure.subplots()
    for place, one in enumerate(rows):
        axes.barh(place, one.index, height=0.62, color=LOSS if one.drifted else COLOURS[0])
        axes.plot(one.usual, place, "|", ms=11, color=INK)
    axes.set_yticks(range(len(rows)), [one.feature for one in rows])
    titled(
        axes,
        TITLES["drift"],
        f"stability index of the last {sessions(result.recent)}; tick: usual at most",
    )
    plain(axes, along="x")
    return figure


def _values(rolling: tuple[RollingHealth, ...], name: str) -> Any:
    return np.array([getattr(one, name) for one in rolling], dtype=np.float64)
