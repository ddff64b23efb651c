"""Where a portfolio may be after some sessions: how likely a loss, a goal and a drawdown are."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from forefolio.backtest.metrics import per_session
from forefolio.core import quantities
from forefolio.core.component import Component
from forefolio.core.events import Job
from forefolio.core.units import Array, Days, Fraction, Multiple
from forefolio.risk import (
    AnyReturnModel,
    BlockBootstrap,
    MonteCarlo,
    Simulation,
    portfolio_returns,
    with_drift,
)
from forefolio.risk.rebalanced import Rebalanced
from forefolio.studies.cost import ComputingCost, market_cost
from forefolio.studies.path_losses import (
    Distribution,
    PathLoss,
    distribution,
    losses_by_models,
    losses_by_paths,
)
from forefolio.studies.place import Place
from forefolio.studies.portfolio_history import (
    AboutPortfolio,
    MonteCarloEstimate,
    OfPortfolio,
    portfolio_history,
)

DEPTHS = (0.1, 0.2, 0.3)  # drawdowns whose probability is stated
LEVEL = 0.95
NOTHING = 1e-12  # of the beginning: what is worth less is worth nothing
DRIFTS = ("history", "prior", "zero")


def _drift(given: Any) -> Any:
    """A word, or a rate per year."""
    word = str(given).strip().lower()
    if word in DRIFTS:
        return word
    try:
        rate = quantities.fraction(word)
    except ValueError:
        raise ValueError(
            f"{given} is neither history, prior nor zero, nor a rate a year such as 5%"
        ) from None
    if not -1.0 < rate < 10.0:
        raise ValueError(f"{given} must be a rate a year such as 5% or 0.05, above -100%")
    return rate


Drift = Annotated[Literal["history", "prior", "zero"] | float, BeforeValidator(_drift)]
"""Whose expected returns are simulated; a number is a rate per year."""


class FanPoint(Component):
    """Quantiles of the portfolio's value after some sessions."""

    session: int = Field(description="Sessions after the beginning.")
    values: tuple[float, ...] = Field(
        description="Multiples of the beginning, one for each of `levels`."
    )


class DrawdownChance(Component):
    """How likely a drawdown is."""

    depth: float = Field(description="From the highest value so far, a negative fraction.")
    probability: MonteCarloEstimate = Field(
        description="Of at least one such fall within the horizon."
    )


class PortfolioSimulation(OfPortfolio):
    """Where a portfolio may be after the horizon; values are multiples of the beginning."""

    kind: Literal["simulation"] = "simulation"
    horizon: int = Field(description="Sessions that were simulated.")
    paths: int = Field(description="How many paths were simulated.")
    model: str = Field(description="The kind of the model of returns.")
    hold: bool = Field(description="Bought and held, instead of rebalanced every session.")
    drift: Drift = Field(description="Whose expected returns; a number is a rate per year.")
    drift_annual_return: float = Field(
        description="What they expect of the portfolio, cash included, fraction per year."
    )
    paid_in: float = Field(description="The beginning and all payments, less what was taken out.")
    levels: tuple[float, ...] = Field(description="Shares of the paths below the fan's values.")
    fan: tuple[FanPoint, ...] = Field(description="The value over time, from the beginning.")
    mean: MonteCarloEstimate = Field(description="Mean value at the end.")
    probability_of_loss: MonteCarloEstimate = Field(description="Of ending below what was paid in.")
    probability_of_ruin: MonteCarloEstimate = Field(description="Of nothing being left on the way.")
    goal: float = Field(description="The value to be reached.")
    probability_of_goal: MonteCarloEstimate = Field(description="Of ending at the goal or above.")
    probability_of_drawdown: tuple[DrawdownChance, ...] = Field(
        description="Of falls from the highest value so far."
    )
    level: float = Field(description="Of value at risk and expected shortfall, over the horizon.")
    value_at_risk: MonteCarloEstimate = Field(
        description="Loss on what was paid in; positive is a loss."
    )
    expected_shortfall: MonteCarloEstimate = Field(
        description="Mean loss of the paths beyond the value at risk (CVaR); positive is a loss."
    )
    losses: tuple[PathLoss, ...] = Field(
        (),
        description="The same after a session, ten, and at the horizon, at 90, 95 and 99 %; beside "
        "the paths by models of the returns, where it is rebalanced without payments. None: of an "
        "earlier version.",
    )
    ends: Distribution | None = Field(
        None, description="The values at the end; none: of an earlier version."
    )
    drawdowns: Distribution | None = Field(
        None,
        description="The deepest fall of each path from its highest value, negative; none: of an "
        "earlier version.",
    )
    drawdown_values: tuple[float, ...] = Field(
        (), description="The same, one for each of `levels`: a share of the paths falls deeper."
    )
    some_paths: tuple[tuple[float, ...], ...] = Field(
        (), description="Values of a few of the paths at the sessions of the fan."
    )


class SimulationStudy(AboutPortfolio):
    """Simulate where a portfolio may be: how likely a loss, a goal and a drawdown are.

    Without options: equal weights of the bundled sample, a year ahead.

    >>> import forefolio as ff
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> study = ff.SimulationStudy(data=data, weights={"A0": 0.6, "A1": 0.4}, paths=500)
    >>> ff.ask(study).probability_of_loss.value
    0.394
    """

    path: ClassVar[str] = "risk/simulation"
    command: ClassVar[str] = "simulate"
    result: ClassVar[type[PortfolioSimulation]] = PortfolioSimulation
    stages: ClassVar[Mapping[str, float]] = {"data": 30, "simulation": 70}

    kind: Literal["simulation"] = "simulation"
    horizon: Days | None = Field(None, description="Sessions ahead; a year by default.")
    paths: Annotated[int, Field(ge=100, le=1_000_000)] = Field(
        10_000, description="How many paths are simulated."
    )
    goal: Multiple = Field(1.1, description="A multiple of the beginning, or a gain: 1.1 or 10%.")
    model: AnyReturnModel = Field(
        BlockBootstrap(),
        description="Model of returns: gaussian, student_t, block_bootstrap, filtered_bootstrap "
        "or regime_switching.",
    )
    drift: Drift = Field(
        "history",
        description="What assets earn on average: history (each its own mean), prior (the mean "
        "of all), zero, or a rate a year such as 5%.",
    )
    hold: bool = Field(False, description="Buy and hold, instead of rebalancing every session.")
    flow: Fraction = Field(
        0.0,
        description="Paid in every 21 sessions, as a fraction of the beginning, such as 1%; "
        "negative is taken out.",
    )
    seed: Annotated[int, Field(ge=0)] = Field(0, description="Of the random numbers.")

    def sizes(self) -> Mapping[str, int]:
        """Those of the market, and how many paths of how many sessions."""
        return {**super().sizes(), "paths": self.paths, "horizon": self.horizon or 252}

    def cost(self, sizes: Mapping[str, int] | None = None) -> ComputingCost:
        """Every path is drawn session by session."""
        chosen = self.sizes() if sizes is None else sizes
        market, steps = market_cost(chosen), float(chosen["paths"]) * chosen["horizon"]
        return ComputingCost(
            cpu_s=market.cpu_s + 1e-8 * steps, bytes=market.bytes + 8.0 * chosen["paths"]
        )

    def job(self, place: Place) -> Job[PortfolioSimulation]:
        """Simulate the portfolio.

        Raises:
            NotEnoughHistory: fewer sessions are known than the model needs.
        """
        history = yield from portfolio_history(self, place)
        portfolio = history.rebalanced
        about = history.about(portfolio.complete)
        plan = MonteCarlo(
            horizon=self.horizon or round(portfolio.market.periods_per_year),
            paths=self.paths,
            model=self.model,
            rebalanced=not self.hold,
            flow=self.flow,
            seed=self.seed,
        )
        returns, annual = _drifting(portfolio, self.drift)
        cash = float(portfolio.cash_returns[portfolio.complete][-1])
        simulated = yield from plan.steps(portfolio.weights, returns, cash)
        losses = losses_by_paths(plan, simulated, portfolio.weights, returns, cash)
        if not self.hold and not self.flow:
            own = portfolio_returns(portfolio.weights, returns) + portfolio.cash * cash
            losses += losses_by_models(own, plan.horizon)
        return PortfolioSimulation(
            **about,
            **_values(simulated, self.goal),
            losses=losses,
            horizon=plan.horizon,
            paths=plan.paths,
            model=str(getattr(plan.model, "kind", type(plan.model).__name__)),
            hold=self.hold,
            drift=self.drift,
            drift_annual_return=annual,
        )


def _drifting(portfolio: Rebalanced, drift: Drift) -> tuple[Array, float]:
    """The returns (T, N) that are learnt from, and what they expect of the portfolio a year."""
    market, on, complete = portfolio.market, portfolio.held, portfolio.complete
    history, years = market.held_returns[complete], market.periods_per_year
    if drift == "prior":
        everything = market.returns[np.isfinite(market.returns)]
        history = with_drift(history, float(everything.mean()) if everything.size else 0.0)
    elif drift == "zero":
        history = with_drift(history, 0.0)
    elif drift != "history":
        history = with_drift(history, per_session(drift, years))
    earned = history[:, on].mean(axis=0) @ portfolio.weights[on]
    return history, float(earned + portfolio.cash * portfolio.cash_returns[complete][-1]) * years


def _values(simulated: Simulation, goal: float) -> dict[str, Any]:
    """What the paths say."""
    fan = zip(simulated.sessions, simulated.fan.tolist(), strict=True)
    return {
        "paid_in": simulated.paid_in,
        "levels": simulated.levels,
        "fan": tuple(FanPoint(session=int(s), values=tuple(row)) for s, row in fan),
        "mean": MonteCarloEstimate.of(simulated.mean),
        "probability_of_loss": MonteCarloEstimate.of(simulated.probability_of_loss),
        "probability_of_ruin": MonteCarloEstimate.of(
            simulated.probability_of_falling_below(NOTHING)
        ),
        "goal": goal,
        "probability_of_goal": MonteCarloEstimate.of(simulated.probability_of_reaching(goal)),
        "probability_of_drawdown": tuple(
            DrawdownChance(
                depth=-depth,
                probability=MonteCarloEstimate.of(simulated.probability_of_drawdown(depth)),
            )
            for depth in DEPTHS
        ),
        "level": LEVEL,
        "value_at_risk": MonteCarloEstimate.of(simulated.value_at_risk(LEVEL)),
        "expected_shortfall": MonteCarloEstimate.of(simulated.expected_shortfall(LEVEL)),
        "ends": distribution(simulated.final),
        "drawdowns": distribution(-simulated.deepest[::-1]),
        "drawdown_values": tuple(np.quantile(-simulated.deepest, simulated.levels).tolist()),
        "some_paths": tuple(map(tuple, simulated.some.tolist())),
    }
