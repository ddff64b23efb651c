"""Portfolios by their mean and variance.

Each is an objective over constraints; `solving.py` does the rest. Where no portfolio satisfies
the constraints, the error says which must give.
"""

from functools import partial
from typing import Annotated, Literal, Protocol, TypeAlias, runtime_checkable

from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.units import AnnualRate, AnnualVolatility
from forefolio.optimize import text
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.constraints.limits import (
    VolatilityCap,
    Weights,
    benchmark_weights,
)
from forefolio.optimize.constraints.linear import AnnualReturn, Budget, LongOnly
from forefolio.optimize.exact.aims import (
    Aim,
    GreatestRatio,
    GreatestUtility,
    LeastVariance,
    ReturnReached,
    VolatilityReached,
    losses,
)
from forefolio.optimize.exact.corners import NOTHING_BEATS_CASH
from forefolio.optimize.exact.exact_or_solved import exact_or_solved
from forefolio.optimize.exact.formula import Formula
from forefolio.optimize.exact.of_formula import steepest_by
from forefolio.optimize.exact.tail_or_solved import TailAim, tail_or_solved
from forefolio.optimize.names import Universe, check_names
from forefolio.optimize.objectives.penalties import Penalties, penalized
from forefolio.optimize.objectives.solving import (
    RatioWay,
    gain_of_size_one,
    greatest_ratio,
    least,
    solved_least,
    solved_ratio,
)
from forefolio.optimize.objectives.terms import (
    AnyTerm,
    ExpectedReturn,
    Variance,
    gained,
    is_return_alone,
)
from forefolio.optimize.program.affine import Affine, Squares
from forefolio.optimize.program.scenarios import TailLoss
from forefolio.optimize.program.solvers import SolverControl, SolverSetting
from forefolio.optimize.program.symbols import Symbols
from forefolio.optimize.words.catalog import AnyConstraints

Constraints: TypeAlias = Annotated[
    AnyConstraints,
    Field(description="Limits that the weights must keep, such as fully invested and long only."),
]
"""The limits of an objective, described once for all of them."""

LONG_ONLY: Constraints = (Budget(), LongOnly())


@runtime_checkable
class MeanVariance(Protocol):
    """An objective that is a mean-variance problem, stated once."""

    @property
    def aim(self) -> Aim | None:
        """What it aims at; None where it is asked for more."""
        ...


class MinimumVariance(Component):
    """The least variance that the constraints allow: minimise w'Cw.

    C is the covariance over the horizon (Markowitz 1952, "Portfolio selection"). `penalties` on the
    weights are added to it.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(mu=mu, cov=cov, objective=ff.MinimumVariance())
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.93, 'stocks': 0.07}
    """

    kind: Literal["minimum_variance"] = "minimum_variance"
    penalties: Penalties = ()
    constraints: Constraints = LONG_ONLY
    solver: SolverSetting = SolverControl()

    @property
    def aim(self) -> LeastVariance | None:
        """The least variance; None where there is a penalty beside it."""
        return None if self.penalties else LeastVariance()

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in variance over the horizon.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
        """
        return _allocated(self, LeastVariance(), outlook, self.penalties)


class TargetReturn(Component):
    """The least variance at an expected return of at least `annual_return`, cash included.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(mu=mu, cov=cov, objective=ff.TargetReturn(annual_return="5%"))
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.6, 'stocks': 0.4}
    """

    kind: Literal["target_return"] = "target_return"
    annual_return: AnnualRate = Field(
        0.1, description="Least expected return of the portfolio, its cash included."
    )
    penalties: Penalties = ()
    constraints: Constraints = LONG_ONLY
    solver: SolverSetting = SolverControl()

    @property
    def aim(self) -> ReturnReached | None:
        """The least variance at the target; None where there is a penalty beside it."""
        return None if self.penalties else self._aim

    @property
    def _aim(self) -> ReturnReached:
        return ReturnReached(AnnualReturn(at_least=self.annual_return))

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in variance over the horizon.

        Raises:
            Infeasible: the constraints contradict each other, or the target is out of reach: it
                then names the best that is attainable.
        """
        return _allocated(self, self._aim, outlook, self.penalties)


class TargetVolatility(Component):
    """The greatest expected return at a volatility of at most `annual_volatility`.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(mu=mu, cov=cov, objective=ff.TargetVolatility(annual_volatility="10%"))
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.36, 'stocks': 0.64}
    """

    kind: Literal["target_volatility"] = "target_volatility"
    annual_volatility: AnnualVolatility = Field(
        0.12, description="Greatest volatility of the portfolio."
    )
    constraints: Constraints = LONG_ONLY
    solver: SolverSetting = SolverControl()

    @property
    def aim(self) -> VolatilityReached:
        """The greatest return at the target."""
        return VolatilityReached(VolatilityCap(at_most=self.annual_volatility))

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in return over the horizon.

        Raises:
            Infeasible: the constraints contradict each other, or nothing that they allow is so
                calm: it then says by how much.
        """
        return _allocated(self, self.aim, outlook)


class Utility(Component):
    """The greatest sum of `terms`: expected return minus variance unless others are named.

    With the default terms it maximises w'm - (aversion / 2) w'Cw, with m the expected returns and
    C the covariance over the horizon.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(mu=mu, cov=cov, objective=ff.Utility())
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.21, 'stocks': 0.79}
    """

    kind: Literal["utility"] = "utility"
    terms: tuple[AnyTerm, ...] = Field(
        (ExpectedReturn(), Variance()),
        description="What is added up and made as large as possible.",
    )
    constraints: Constraints = LONG_ONLY
    solver: SolverSetting = SolverControl()

    @property
    def aim(self) -> GreatestUtility | None:
        """The greatest utility; None where there is more than return and variance, or less."""
        aversion = sum(term.aversion for term in self.terms if isinstance(term, Variance))
        reward = sum(isinstance(term, ExpectedReturn) for term in self.terms)
        plain = all(isinstance(term, ExpectedReturn | Variance) for term in self.terms)
        return GreatestUtility(aversion, reward) if plain and reward and aversion else None

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in return over the horizon.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
        """
        if self.aim is not None:
            return _allocated(self, self.aim, outlook)
        check_names(self.constraints, outlook.universe)
        tail = self._tail_aim(outlook)
        if tail is None:
            return self._solved(outlook)
        return tail_or_solved(
            tail, outlook, self.constraints, self.kind, lambda: self._solved(outlook)
        )

    def _tail_aim(self, outlook: Outlook) -> TailAim | None:
        """What is aimed at where all that counts is return and one tail loss."""
        tails = [term for term in self.terms if isinstance(term, TailLoss)]
        reward = sum(isinstance(term, ExpectedReturn) for term in self.terms)
        if len(tails) != 1 or reward + 1 != len(self.terms):
            return None
        (loss,) = tails
        return TailAim(loss.level, loss.window, loss.weight(outlook.forecast.horizon), reward)

    def _solved(self, outlook: Outlook) -> Allocation:
        return least(
            outlook,
            lambda s: [-term.expression(s) for term in self.terms],
            self.constraints,
            self.kind,
            self.solver,
        )


class MaximumSharpe(Component):
    """The greatest expected excess return for its standard deviation: the Sharpe ratio.

    It maximises (w'm - r) / sqrt(w'Cw), with r the return of cash (Sharpe 1966, "Mutual fund
    performance"). The return is the sum of `terms`, so that trading costs or errors of the forecast
    can be taken off. Where nothing that the constraints allow is expected to beat cash, it is the
    minimum variance portfolio, and a note says so.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(mu=mu, cov=cov, objective=ff.MaximumSharpe())
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.54, 'stocks': 0.46}
    """

    kind: Literal["maximum_sharpe"] = "maximum_sharpe"
    terms: tuple[AnyTerm, ...] = Field(
        (ExpectedReturn(),),
        description="What is added up as the return; it is divided by the volatility.",
    )
    constraints: Constraints = LONG_ONLY
    solver: SolverSetting = SolverControl()

    @property
    def aim(self) -> GreatestRatio | None:
        """The greatest ratio; None where its return is not the expected one alone."""
        return GreatestRatio() if is_return_alone(self.terms) else None

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in Sharpe ratio over the horizon.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            InputError: a term is no return, such as a variance; or something allowed is expected to
                beat cash without any risk, so that no ratio is the greatest.
            SolverFailed: nothing limits the size of the portfolio.
        """
        check_names(self.constraints, outlook.universe)
        formulated = partial(self._by, greatest_ratio, outlook)
        aim = self.aim
        if aim is None:
            return formulated()
        solved = partial(self._by, solved_ratio, outlook)
        calm = partial(self._calm, outlook)
        stated = (outlook, self.constraints, self.kind)
        return exact_or_solved(aim, *stated, solved, formulated, calm)

    def _by(self, way: RatioWay, outlook: Outlook) -> Allocation:
        allocation = way(outlook, self._gain, self.constraints, self.kind, self.solver)
        return self._calm(outlook) if allocation is None else allocation

    def _calm(self, outlook: Outlook) -> Allocation:
        """The least variance, where nothing beats cash."""
        calm = MinimumVariance(constraints=self.constraints, solver=self.solver)
        return calm.allocate(outlook).noted(NOTHING_BEATS_CASH)

    def _gain(self, s: Symbols) -> tuple[Affine, float]:
        gain = gained(self.terms, s) - s.outlook.risk_free * s.scale
        return gain, gain_of_size_one(s.mean - s.outlook.risk_free)


class MaximumDiversification(Component):
    """The greatest mean volatility of what is held for the volatility of the whole.

    Choueifaty and Coignard 2008, "Toward maximum diversification": the maximum Sharpe portfolio
    if every asset earned in proportion to its volatility. It does not look at the forecast.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(mu=mu, cov=cov, objective=ff.MaximumDiversification())
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.75, 'stocks': 0.25}
    """

    kind: Literal["maximum_diversification"] = "maximum_diversification"
    constraints: Constraints = LONG_ONLY
    solver: SolverSetting = SolverControl()

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in units of the ratio.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            InputError: no asset has a volatility.
        """
        check_names(self.constraints, outlook.universe)
        stated = (self.constraints, self.kind)
        allocation = steepest_by(outlook, Formula.gaining(outlook.covariance.std), *stated)
        if allocation is None:
            allocation = solved_ratio(outlook, _volatility, *stated, self.solver)
        if allocation is None:
            raise InputError("nothing allowed has a volatility that could be diversified")
        return allocation


class MinimumTrackingError(Component):
    """The least variance of the difference to a `benchmark`.

    The benchmark is (asset, weight) pairs, or equal weights where there are none.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> best = ff.optimize(market, objective=ff.MinimumTrackingError())
    >>> round(sum(best.weights.values()), 6)
    1.0
    """

    kind: Literal["minimum_tracking_error"] = "minimum_tracking_error"
    benchmark: Weights = Field(
        (), description="Pairs of asset and weight to compare with; none: equal weights."
    )
    constraints: Constraints = LONG_ONLY
    solver: SolverSetting = SolverControl()

    def check_names(self, universe: Universe) -> None:
        """Refuse a benchmark of what is no asset."""
        universe.check_assets(dict(self.benchmark), f"the benchmark {text.mixed(self.benchmark)}")

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in variance over the horizon.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            DataError: the benchmark has no asset that can be held.
        """
        check_names(self.constraints, outlook.universe)
        target = benchmark_weights(self.benchmark, outlook)
        return least(
            outlook,
            lambda s: [Squares(s.risk_root @ (s.x - target))],
            self.constraints,
            self.kind,
            self.solver,
        )


def _allocated(
    objective: MinimumVariance | TargetReturn | TargetVolatility | Utility,
    aim: Aim,
    outlook: Outlook,
    penalties: Penalties = (),
) -> Allocation:
    """The exact answer, or that of a solver under the constraints and the aim's own limit."""
    stated, method, control = objective.constraints, objective.kind, objective.solver
    limits = (*stated, aim.limit) if aim.limit else stated
    check_names(stated, outlook.universe)
    if penalties:
        check_names(penalties, outlook.universe)
        return least(
            outlook,
            lambda s: [*losses(aim, s), *penalized(penalties, s)],
            limits,
            method,
            control,
        )
    stated_as = (outlook, partial(losses, aim), limits, method, control)
    return exact_or_solved(
        aim,
        outlook,
        stated,
        method,
        lambda: solved_least(*stated_as),
        lambda: least(*stated_as),
    )


def _volatility(s: Symbols) -> tuple[Affine, float]:
    std = s.outlook.covariance.std
    return std @ s.x, gain_of_size_one(std)
