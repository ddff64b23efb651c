"""`forefolio forecast` and `forefolio leaderboard`: what is expected, and how good that was."""

from collections.abc import Mapping
from typing import Any

from forefolio.cli.options import (
    AsJson,
    End,
    Horizon,
    Model,
    Source,
    Start,
    StudyFile,
    Tickers,
    answered,
    narrowed,
    overrides,
    seen_through,
    study_of,
)


def forecast(
    study: StudyFile = None,
    source: Source = None,
    tickers: Tickers = None,
    start: Start = None,
    end: End = None,
    horizon: Horizon = None,
    model: Model = None,
    as_json: AsJson = False,
) -> None:
    """Forecast every asset: mean, interval, and how far the models are believed.

    Without options: the bundled sample, at 1, 5, 21 and 63 sessions. What was computed before,
    here or by `forefolio run`, is read.
    """
    from forefolio.cli.boards import show_forecasts

    asked = narrowed(study_of(study, overrides(source, tickers, start, end)), horizon, model)
    document = seen_through("forecast", asked, silent=as_json)
    answered(document, show_forecasts, as_json=as_json)


def leaderboard(
    study: StudyFile = None,
    source: Source = None,
    tickers: Tickers = None,
    start: Start = None,
    end: End = None,
    horizon: Horizon = None,
    model: Model = None,
    as_json: AsJson = False,
) -> None:
    """Score every model out of sample, beside the naive forecasts it must beat."""
    from forefolio.cli.boards import show_leaderboard

    asked = narrowed(study_of(study, overrides(source, tickers, start, end)), horizon, model)
    document = seen_through("forecast", asked, silent=as_json)
    answered(_board_of(document) if as_json else document, show_leaderboard, as_json=as_json)


def _board_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a document says of the models, and of the data that they were scored on."""
    return {name: document[name] for name in ("as_of", "leaderboard", "data", "quality")}
