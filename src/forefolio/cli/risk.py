"""`forefolio risk`, `forefolio simulate` and `forefolio stress`: what a portfolio may lose."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forefolio.cli.holding import Picture, RunId, Weights, portfolio
from forefolio.cli.options import AsJson, End, Source, Start, StudyFile, Tickers, answered
from forefolio.cli.quantities import fraction, multiple, share

if TYPE_CHECKING:
    from forefolio.portfolio_risk import Drift as Drifting
    from forefolio.risk import ReturnModel, Simulation, Stress

Sessions = Annotated[int | None, typer.Option(min=1, help="Sessions ahead; a year by default.")]
Paths = Annotated[int, typer.Option(min=100, max=1_000_000, help="How many are simulated.")]
Goal = Annotated[
    float,
    typer.Option(
        parser=multiple, metavar="NUMBER", help="A multiple of the beginning, or a gain: 1.1, 10%."
    ),
]
Law = Annotated[
    str,
    typer.Option(
        help="gaussian, student_t, block_bootstrap, filtered_bootstrap or regime_switching."
    ),
]
Hold = Annotated[bool, typer.Option("--hold", help="Buy and hold, instead of rebalancing.")]
Flow = Annotated[
    float,
    typer.Option(
        parser=fraction,
        metavar="FRACTION",
        help="Paid in every 21 sessions, of the beginning, such as 1%; minus: out.",
    ),
]
Drift = Annotated[
    str,
    typer.Option(
        help="What assets earn on average: history (each its own mean), prior (the mean of all), "
        "zero, or a rate a year such as 5%."
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Of the random numbers.")]
File = Annotated[
    Path | None, typer.Option(help="Stresses of one's own, a YAML or JSON file; see docs/risk.md.")
]
Market = Annotated[
    float | None,
    typer.Option(parser=fraction, metavar="FRACTION", help="A move of the market, such as -30%."),
]


def risk(
    weights: Weights = None,
    run: RunId = None,
    study: StudyFile = None,
    source: Source = None,
    tickers: Tickers = None,
    start: Start = None,
    end: End = None,
    as_json: AsJson = False,
) -> None:
    """Measure a portfolio: each number with its interval, where risk comes from, what it follows.

    Without options: equal weights of the bundled sample.
    """
    from forefolio.cli.risk_boards import show_risk
    from forefolio.portfolio_risk import describe_risk

    document = describe_risk(portfolio(study, weights, run, (source, tickers, start, end)))
    answered(document, show_risk, as_json=as_json)


def simulate(
    weights: Weights = None,
    run: RunId = None,
    study: StudyFile = None,
    source: Source = None,
    tickers: Tickers = None,
    start: Start = None,
    end: End = None,
    horizon: Sessions = None,
    paths: Paths = 10_000,
    goal: Goal = 1.1,
    model: Law = "block_bootstrap",
    drift: Drift = "history",
    hold: Hold = False,
    flow: Flow = 0.0,
    seed: Seed = 0,
    out: Picture = None,
    as_json: AsJson = False,
) -> None:
    """Simulate where a portfolio may be: how likely a loss, a goal and a drawdown are."""
    from forefolio.cli.risk_boards import show_simulation
    from forefolio.portfolio_risk import describe_simulation
    from forefolio.risk import MonteCarlo

    holding = portfolio(study, weights, run, (source, tickers, start, end))
    plan = MonteCarlo(
        horizon=horizon or round(holding.market.periods_per_year),
        paths=paths,
        model=_law(model),
        rebalanced=not hold,
        flow=flow,
        seed=seed,
    )
    document, simulation = describe_simulation(holding, plan, goal, _drift(drift))
    if out is not None:
        document["figure"] = _drawn(simulation, goal, out)
    answered(document, show_simulation, as_json=as_json)


def stress(
    weights: Weights = None,
    run: RunId = None,
    study: StudyFile = None,
    source: Source = None,
    tickers: Tickers = None,
    start: Start = None,
    end: End = None,
    market: Market = None,
    file: File = None,
    as_json: AsJson = False,
) -> None:
    """Stress a portfolio: crises of the past over again, shocks, and scenarios of one's own."""
    from forefolio.cli.risk_boards import show_stress
    from forefolio.portfolio_risk import describe_stress

    stresses = _stresses(market, file)
    document = describe_stress(
        portfolio(study, weights, run, (source, tickers, start, end)), stresses
    )
    answered(document, show_stress, as_json=as_json)


def _law(name: str) -> "ReturnModel":
    from forefolio.core.kinds import kind_named
    from forefolio.risk import RETURN_MODELS

    law: Any = kind_named(name, RETURN_MODELS, "model of returns")
    chosen: ReturnModel = law()
    return chosen


def _drift(said: str) -> "Drifting":
    """Whose expected returns: a word, or a rate per year."""
    from forefolio.core.errors import InputError

    word = said.strip().lower()
    match word:
        case "history" | "prior" | "zero":
            return word
    try:
        rate = share(word)
    except ValueError:
        raise InputError(
            f"--drift {said}: say history, prior, zero, or a rate a year such as 5%"
        ) from None
    if not -1.0 < rate < 10.0:
        raise InputError(f"--drift {said}: a rate a year such as 5% or 0.05, above -100%")
    return rate


def _stresses(market: float | None, file: Path | None) -> "tuple[Stress, ...]":
    """Those of a file and of the option, or else the usual ones."""
    from forefolio.core.errors import InputError
    from forefolio.core.wording import percent
    from forefolio.risk import USUAL, Shock, load_stresses

    own: tuple[Stress, ...] = load_stresses(file) if file else ()
    if market is not None:
        if not -1.0 <= market < 10.0:
            raise InputError(
                f"--market {market:g}: a move such as -30% or -0.3, and -100% at least"
            )
        moves = "falls" if market < 0 else "rises"
        own = (*own, Shock(name=f"market {moves} by {percent(abs(market), 0)}", market=market))
    return own or USUAL


def _drawn(simulation: "Simulation", goal: float, out: Path) -> str:
    from forefolio.core.settings import writable
    from forefolio.core.writing import write_whole
    from forefolio.views.figures import draw_fan, encoded

    path = write_whole(writable(out, "--out") / "fan.png", encoded(draw_fan(simulation, goal)))
    return str(path.resolve())
