"""How models learnt in passes over their data: the error after each, fitted to and not."""

from collections.abc import Sequence
from typing import Any

from forefolio.core.kinds import model_in_words
from forefolio.core.wording import sessions
from forefolio.studies.training import FittedModel
from forefolio.views.figures.style import headed, panels_of, plain
from forefolio.views.look import COLOURS, INK, MUTED, TITLES

MOST = 6  # models that are drawn


def learnt(models: Sequence[FittedModel]) -> tuple[FittedModel, ...]:
    """Those whose losses are known."""
    return tuple(one for one in models if one.losses)


def draw_losses(models: Sequence[FittedModel]) -> Any:
    """Training and validation losses of the first six models that have some."""
    shown = learnt(models)[:MOST]
    figure, panels = panels_of(len(shown), 2.2)
    for axes, one in zip(panels, shown, strict=True):
        _panel(axes, one)
    panels[0].legend(frameon=False, fontsize=8, labelcolor=INK)
    headed(
        figure,
        f"{TITLES['losses']}: mean squared error by pass over the data; dotted: the pass kept",
    )
    return figure


def _panel(axes: Any, one: FittedModel) -> None:
    passes = [each.epoch for each in one.losses]
    axes.plot(passes, [each.training for each in one.losses], color=COLOURS[0], lw=1.6,
              label="training")  # fmt: skip
    axes.plot(passes, [each.validation for each in one.losses], color=COLOURS[1], lw=1.6, ls="--",
              label="validation")  # fmt: skip
    best = min(one.losses, key=lambda each: each.validation)
    axes.axvline(best.epoch, color=MUTED, lw=1.0, ls=":")
    axes.set_title(
        f"{model_in_words(one.model)}, {sessions(one.horizon)}", loc="left", fontsize=9, color=INK
    )
    plain(axes)
