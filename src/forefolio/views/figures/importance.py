"""Which features a model rests on, as a picture."""

from typing import Any

import numpy as np

from forefolio.core.kinds import model_in_words
from forefolio.core.wording import sessions
from forefolio.studies.importance import ModelImportance
from forefolio.views.figures.style import new_figure, plain, titled
from forefolio.views.look import GAIN, INK, LOSS, MUTED

LABELS = 6  # years that are written below the map


def draw_importance(one: ModelImportance) -> Any:
    """What R² loses without each feature: bars with their errors, and beside them over time."""
    rows = one.features
    figure = new_figure((9.0, 2.6 + 0.34 * len(rows)))
    bars, history = figure.subplots(1, 2, width_ratios=(1, 1), sharey=True)
    lost = np.array([row.r2_loss or 0.0 for row in rows]) * 100.0
    error = np.array([row.r2_loss_se or 0.0 for row in rows]) * 100.0
    places = np.arange(len(rows))
    bars.barh(places, lost, xerr=error, color=np.where(lost > 0, GAIN, LOSS), ecolor=MUTED)
    bars.axvline(0.0, color=MUTED, linewidth=0.8)
    bars.set_yticks(places, [row.label for row in rows], fontsize=8, color=INK)
    bars.invert_yaxis()
    subtitle = f"R² lost without it, points, {sessions(one.horizon)} ahead"
    titled(bars, f"What {model_in_words(one.model)} rests on", subtitle)
    over_time = 100.0 * np.array(
        [[fold.r2_loss[row.feature] or 0.0 for fold in one.over_time] for row in rows]
    )
    largest = float(np.abs(over_time).max()) or 1.0
    shown = history.imshow(over_time, aspect="auto", cmap="RdBu", vmin=-largest, vmax=largest)
    folds = [f"{fold.session:%Y}" for fold in one.over_time]
    every = -(-len(folds) // LABELS) or 1
    history.set_xticks(range(0, len(folds), every), folds[::every], fontsize=8, color=INK)
    scale = figure.colorbar(shown, ax=history, shrink=0.8)
    scale.ax.tick_params(labelsize=8, colors=MUTED, length=0)
    scale.outline.set_visible(False)
    titled(history, "Over time", "the same by year; blue helped, red harmed")
    history.tick_params(length=0)
    plain(bars, along="x")
    for side in history.spines.values():
        side.set_visible(False)
    return figure
