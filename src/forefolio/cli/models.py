"""`forefolio train`, `compare`, `importance`: models fitted, compared and explained."""

from pathlib import Path
from typing import Annotated

import typer

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

Models = Annotated[
    list[str] | None,
    typer.Argument(help="Two or more, such as xgboost arima; none: all models of the mean."),
]
OneModel = Annotated[str, typer.Option("--model", help="The model to explain, such as xgboost.")]
OneHorizon = Annotated[str, typer.Option("--horizon", help="Sessions ahead, such as 21 or 5,21.")]
Shap = Annotated[bool, typer.Option("--shap", help="Take the forecasts apart as well.")]
Picture = Annotated[Path | None, typer.Option("--out", help="Folder for a figure per horizon.")]


def train(
    study: StudyFile = None,
    source: Source = None,
    tickers: Tickers = None,
    start: Start = None,
    end: End = None,
    horizon: Horizon = None,
    model: Model = None,
    as_json: AsJson = False,
) -> None:
    """Fit every model on all that is known now, and keep each for `load_predictor`."""
    from forefolio.cli.model_boards import show_training

    asked = narrowed(study_of(study, overrides(source, tickers, start, end)), horizon, model)
    document = seen_through("training", asked, silent=as_json)
    answered(document, show_training, as_json=as_json)


def compare(
    models: Models = None,
    study: StudyFile = None,
    source: Source = None,
    tickers: Tickers = None,
    start: Start = None,
    end: End = None,
    horizon: Horizon = None,
    as_json: AsJson = False,
) -> None:
    """Say which of two or more models forecasts better, out of sample, if either does."""
    from forefolio.cli.model_boards import show_comparisons
    from forefolio.forecasting import comparison

    asked = narrowed(study_of(study, overrides(source, tickers, start, end)), horizon, None)
    document = seen_through("comparison", comparison(asked, models or ()), silent=as_json)
    answered(document, show_comparisons, as_json=as_json)


def importance(
    study: StudyFile = None,
    source: Source = None,
    tickers: Tickers = None,
    start: Start = None,
    end: End = None,
    horizon: OneHorizon = "21",
    model: OneModel = "xgboost",
    shap: Shap = False,
    out: Picture = None,
    as_json: AsJson = False,
) -> None:
    """Say which features a model rests on, out of sample and over time."""
    from forefolio.cli.model_boards import show_importance
    from forefolio.forecast import Explainer, model_named
    from forefolio.forecasting import ImportanceStudy

    asked = narrowed(study_of(study, overrides(source, tickers, start, end)), horizon, None)
    question = ImportanceStudy(
        forecasting=asked,
        model=model_named(model, asked.recipe.models),
        explainer=Explainer(shap=shap),
    )
    document = seen_through("importance", question, silent=as_json)
    if out is not None:
        document = {**document, "figures": _drawn(document["importance"], out)}
    answered(document, show_importance, as_json=as_json)


def _drawn(found: "list[dict[str, object]]", out: Path) -> list[str]:
    from forefolio.core.settings import writable
    from forefolio.core.writing import write_whole
    from forefolio.views.figures import draw_importance, encoded

    paths = []
    for one in found:
        path = writable(out, "--out") / f"importance_{one['horizon']}.png"
        write_whole(path, encoded(draw_importance(one)))
        paths.append(str(path.resolve()))
    return paths
