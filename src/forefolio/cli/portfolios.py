"""`forefolio optimize` and `forefolio frontier`: portfolios from expectations and constraints."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from forefolio.cli.options import (
    AsJson,
    End,
    Source,
    Start,
    StudyFile,
    Tickers,
    answered,
    overrides,
    seen_through,
    study_of,
)
from forefolio.cli.quantities import fractions

if TYPE_CHECKING:
    from forefolio.allocating import Expectation

Objective = Annotated[str, typer.Option(help="Such as maximum_sharpe or minimum_variance.")]
Target = Annotated[
    str | None, typer.Option(help="Annual return or volatility it aims at, such as 12%.")
]
Stated = Annotated[
    list[str] | None, typer.Option("--constraint", help='Such as "w <= 10%"; may be repeated.')
]
Risk = Annotated[str, typer.Option(help="Risk model, such as ledoit_wolf.")]
ForecastBy = Annotated[
    Literal["classical", "ml"], typer.Option("--forecast", help="Past means, or learnt forecasts.")
]
Ahead = Annotated[int, typer.Option("--horizon", min=1, help="Sessions until the next choice.")]
Why = Annotated[bool, typer.Option("--explain", help="What would double or remove a position.")]
Points = Annotated[int, typer.Option(min=2, max=500, help="How many portfolios.")]
Measure = Annotated[
    str, typer.Option("--risk-measure", help="volatility, cvar, cdar or active_risk.")
]
Targets = Annotated[
    str | None, typer.Option("--target", help="Annual returns instead of points: 10%,15%.")
]
Pictures = Annotated[Path | None, typer.Option("--out", help="Folder for the figures.")]


def frontier(
    study: StudyFile = None,
    source: Source = None,
    tickers: Tickers = None,
    start: Start = None,
    end: End = None,
    points: Points = 25,
    target: Targets = None,
    risk_measure: Measure = "volatility",
    constraint: Stated = None,
    forecast: ForecastBy = "classical",
    risk: Risk = "ledoit_wolf",
    horizon: Ahead = 21,
    out: Pictures = None,
    as_json: AsJson = False,
) -> None:
    """Calculate the efficient frontier: the least risk for each return, and the best ratio."""
    from forefolio.allocating import FrontierStudy
    from forefolio.cli.portfolio_boards import show_frontier
    from forefolio.core.kinds import kind_named
    from forefolio.optimize import RISK_MEASURES, EfficientFrontier, with_usual
    from forefolio.views.figures.frontier import draw_frontier, draw_weights_pie

    asked = FrontierStudy(
        expectation=_expectation((study, source, tickers, start, end), forecast, risk, horizon),
        frontier=EfficientFrontier(
            points=points,
            targets=() if target is None else fractions(target, "--target"),
            risk_measure=kind_named(risk_measure, RISK_MEASURES, "risk measure")(),
            constraints=with_usual(constraint or ()),
        ),
    )
    document = seen_through("frontier", asked, silent=as_json)
    if out is not None:
        best = document["frontier"]["maximum_ratio"]
        cash = 1.0 - sum(best["weights"].values())
        subtitle = f"best ratio, after the close of {document['as_of']}"
        drawn = [
            _drawn("efficient_frontier", draw_frontier(document), out),
            _drawn("weights_pie", draw_weights_pie(best["weights"], cash, subtitle), out),
        ]
        document = {**document, "figures": drawn}
    answered(document, show_frontier, as_json=as_json)


def _expectation(
    data: "tuple[Path | None, str | None, str | None, str | None, str | None]",
    forecast: str,
    risk: str,
    horizon: int,
) -> "Expectation":
    from forefolio.allocating import Expectation
    from forefolio.core.kinds import kind_named
    from forefolio.risk import RISK_MODELS

    path, *rest = data
    whole = study_of(path, overrides(*rest))
    return Expectation(
        forecasting=whole.forecasting.model_copy(update={"horizons": (horizon,)}),
        horizon=horizon,
        machine_learning=forecast == "ml",
        risk=kind_named(risk, RISK_MODELS, "risk model")(),
        cash_rate=whole.trading.cash_rate,
    )


def _drawn(name: str, figure: Any, out: Path) -> str:
    from forefolio.core.settings import writable
    from forefolio.core.writing import write_whole
    from forefolio.views.figures import encoded

    path = write_whole(writable(out, "--out") / f"{name}.png", encoded(figure))
    return str(path.resolve())
