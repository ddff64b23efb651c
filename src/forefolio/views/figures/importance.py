"""Which features a model rests on, as a picture."""

from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.wording import sessions
from forefolio.studies.importance import ModelImportance

figures: Any = lazy("matplotlib.figure")

INK, MUTED, GRID = "#17202b", "#5b6774", "#dfe4e9"
USE, HARM = "#1f77b4", "#c44e52"


def draw_importance(one: ModelImportance) -> Any:
    """What R² loses without each feature: bars with their errors, and beside them over time."""
    rows = one.features
    figure = figures.Figure((9.0, 2.6 + 0.34 * len(rows)), layout="constrained")
    bars, history = figure.subplots(1, 2, width_ratios=(2, 3), sharey=True)
    lost = np.array([row.r2_loss or 0.0 for row in rows]) * 100.0
    error = np.array([row.r2_loss_se or 0.0 for row in rows]) * 100.0
    places = np.arange(len(rows))
    bars.barh(places, lost, xerr=error, color=np.where(lost > 0, USE, HARM), ecolor=MUTED)
    bars.axvline(0.0, color=MUTED, linewidth=0.8)
    bars.set_yticks(places, [row.label for row in rows], fontsize=8, color=INK)
    bars.invert_yaxis()
    bars.set_xlabel("points of R² ± standard error; red: harm", fontsize=8, color=MUTED)
    over_time = 100.0 * np.array(
        [[fold.r2_loss[row.feature] or 0.0 for fold in one.over_time] for row in rows]
    )
    largest = float(np.abs(over_time).max()) or 1.0
    shown = history.imshow(over_time, aspect="auto", cmap="RdBu", vmin=-largest, vmax=largest)
    folds = [f"{fold.session:%Y}" for fold in one.over_time]
    every = max(len(folds) // 8, 1)
    history.set_xticks(range(0, len(folds), every), folds[::every], fontsize=8, color=INK)
    figure.colorbar(shown, ax=history, shrink=0.8)
    figure.suptitle(
        f"What {one.model} loses without a feature, {sessions(one.horizon)} ahead",
        fontsize=11,
        color=INK,
    )
    for axes in (bars, history):
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
    bars.grid(axis="x", color=GRID, linewidth=0.6)
    bars.set_axisbelow(True)
    return figure
