"""A strategy's result as pictures, each under the same name every time."""

from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from forefolio.core.lazy import lazy
from forefolio.core.writing import write_whole
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.figures.draw import (
    draw_equity,
    draw_forecasts,
    draw_skill,
    draw_slopes,
    draw_weight_history,
    draw_weights,
)
from forefolio.views.figures.fan import draw_fan
from forefolio.views.figures.importance import draw_importance

matplotlib: Any = lazy("matplotlib")

__all__ = [
    "FIGURES",
    "draw_all",
    "draw_equity",
    "draw_fan",
    "draw_forecasts",
    "draw_importance",
    "draw_skill",
    "draw_slopes",
    "draw_weight_history",
    "draw_weights",
    "encoded",
    "save_figures",
]

FIGURES = {
    "equity": draw_equity,
    "weights": draw_weights,
    "weight_history": draw_weight_history,
    "forecasts": draw_forecasts,
    "skill": draw_skill,
    "slopes": draw_slopes,
}

_NO_DATE = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


def save_figures(
    result: StrategyResult, folder: Path, suffix: Literal["png", "svg"] = "png"
) -> tuple[Path, ...]:
    """Write every picture of a run; the same run gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = draw_all(result, suffix)
    for name, content in drawn.items():
        write_whole(folder / name, content)
    return tuple(folder / name for name in drawn)


def draw_all(result: StrategyResult, suffix: Literal["png", "svg"] = "png") -> dict[str, bytes]:
    """Every picture of a run, encoded, by file name."""
    drawn: dict[str, bytes] = {}
    for name, draw in FIGURES.items():
        drawn[f"{name}.{suffix}"] = encoded(draw(result), suffix)
    return drawn


def encoded(figure: Any, suffix: Literal["png", "svg"] = "png") -> bytes:
    """A figure as a file; the same figure gives the same bytes."""
    content = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "forefolio"}):
        figure.savefig(content, format=suffix, metadata=_NO_DATE[suffix])
    return content.getvalue()
