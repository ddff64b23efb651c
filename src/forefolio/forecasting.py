"""The jobs that end with forecasts: each takes a study, and returns one document.

The work itself is `forecast.gather`, whose tasks are remembered one by one: whoever asked for the
main job, for a forecast or for a leaderboard before has most of it already.
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from forefolio.events import Job, Note
from forefolio.forecast import Forecasts, gather
from forefolio.outcome import describe_forecasts
from forefolio.pipeline import Material, prepare_data
from forefolio.study import ForecastStudy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """What was asked, as far as the data support it; what it was made from; what came of it."""

    study: ForecastStudy
    material: Material
    forecasts: Forecasts


def run_forecasting(
    study: ForecastStudy,
    executor: Executor,
    home: Path,
    resume: Mapping[str, Any] | None = None,  # noqa: ARG001 (finished tasks are remembered)
) -> Job[dict[str, Any]]:
    """Forecast every asset at every horizon: what is expected, and how good that was so far."""
    gathered = yield from gather_for(study, executor, home)
    return describe_forecasts(gathered.study, gathered.material.loaded, gathered.forecasts)


def gather_for(study: ForecastStudy, executor: Executor, home: Path) -> Job[Gathered]:
    """Load the data of `study` and forecast out of sample with all its recipe holds."""
    material = yield from prepare_data(study, home)
    possible, told = _within(study, len(material.market))
    yield from told
    forecasts = yield from gather(
        possible.recipe, possible.horizons, material.market, executor, material.features
    )
    forecasts = replace(forecasts, notes=(*told, *forecasts.notes))
    return Gathered(study=possible, material=material, forecasts=forecasts)


def _within(study: ForecastStudy, sessions: int) -> tuple[ForecastStudy, tuple[Note, ...]]:
    possible = study.within(sessions)
    if possible == study:
        return study, ()
    message = (
        f"{sessions} sessions are fewer than the {study.recipe.walk.first + 1} it takes to learn: "
        "the forecasts are those of the prior"
    )
    return possible, (Note(code="short_history", about="study", message=message),)
