"""Portfolios by their mean and variance.

Each is an objective over constraints; `solving.py` does the rest. Where no portfolio satisfies
the constraints, the error says which must give.
"""

from typing import Literal, TypeAlias

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
from forefolio.optimize.exact.exact_or_solved import (
    greatest_sharpe,
    greatest_utility,
    least_variance,
    looked_up,
    volatility_reached,
    wanted_return,
)
from forefolio.optimize.names import Universe
from forefolio.optimize.objectives.solving import gain_of_size_one, greatest_ratio, least, variance
from forefolio.optimize.objectives.terms import AnyTerm, ExpectedReturn, Variance
from forefolio.optimize.program.affine import Affine, Squares
from forefolio.optimize.program.solvers import SolverControl
from forefolio.optimize.program.symbols import Symbols
from forefolio.optimize.words.catalog import AnyConstraint

Constraints: TypeAlias = tuple[AnyConstraint, ...]
LONG_ONLY: Constraints = (Budget(), LongOnly())


class MinimumVariance(Component):
    """The least variance that the constraints allow."""

    kind: Literal["minimum_variance"] = "minimum_variance"
    constraints: Constraints = LONG_ONLY
    solver: SolverControl = SolverControl()

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in variance over the horizon.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
        """
        return looked_up(
            least_variance(self.kind),
            outlook,
            self.constraints,
            lambda: least(
                outlook, lambda s: [variance(s)], self.constraints, self.kind, self.solver
            ),
        )


class TargetReturn(Component):
    """The least variance at an expected return of at least `annual_return`, cash included."""

    kind: Literal["target_return"] = "target_return"
    annual_return: AnnualRate = 0.1
    constraints: Constraints = LONG_ONLY
    solver: SolverControl = SolverControl()

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in variance over the horizon.

        Raises:
            Infeasible: the constraints contradict each other, or the target is out of reach: it
                then names the best that is attainable.
        """
        target = AnnualReturn(at_least=self.annual_return)
        question = wanted_return(self.kind, self.annual_return, _named(target), outlook)
        return looked_up(question, outlook, self.constraints, lambda: self._solved(outlook, target))

    def _solved(self, outlook: Outlook, target: AnnualReturn) -> Allocation:
        limits = (*self.constraints, target)
        return least(outlook, lambda s: [variance(s)], limits, self.kind, self.solver)


class TargetVolatility(Component):
    """The greatest expected return at a volatility of at most `annual_volatility`."""

    kind: Literal["target_volatility"] = "target_volatility"
    annual_volatility: AnnualVolatility = 0.12
    constraints: Constraints = LONG_ONLY
    solver: SolverControl = SolverControl()

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in return over the horizon.

        Raises:
            Infeasible: the constraints contradict each other, or nothing that they allow is so
                calm: it then says by how much.
        """
        cap = VolatilityCap(at_most=self.annual_volatility)
        limits = (*self.constraints, cap)
        question = volatility_reached(self.kind, self.annual_volatility, _named(cap), outlook)
        return looked_up(
            question,
            outlook,
            self.constraints,
            lambda: least(outlook, lambda s: [-s.expected_return], limits, self.kind, self.solver),
        )


class Utility(Component):
    """The greatest sum of `terms`: expected return minus variance, unless told otherwise."""

    kind: Literal["utility"] = "utility"
    terms: tuple[AnyTerm, ...] = (ExpectedReturn(), Variance())
    constraints: Constraints = LONG_ONLY
    solver: SolverControl = SolverControl()

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in return over the horizon.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
        """
        aversion = sum(term.aversion for term in self.terms if isinstance(term, Variance))
        wish = sum(isinstance(term, ExpectedReturn) for term in self.terms)
        plain = all(isinstance(term, ExpectedReturn | Variance) for term in self.terms)
        if not (plain and wish and aversion):
            return self._solved(outlook)
        question = greatest_utility(self.kind, aversion, wish)
        return looked_up(question, outlook, self.constraints, lambda: self._solved(outlook))

    def _solved(self, outlook: Outlook) -> Allocation:
        return least(
            outlook,
            lambda s: [-term.expression(s) for term in self.terms],
            self.constraints,
            self.kind,
            self.solver,
        )


class MaximumSharpe(Component):
    """The greatest expected excess return for its standard deviation.

    The return is the sum of `terms`, so that trading costs or errors of the forecast can be taken
    off. Where nothing that the constraints allow is expected to beat cash, it is the minimum
    variance portfolio, and a note says so.
    """

    kind: Literal["maximum_sharpe"] = "maximum_sharpe"
    terms: tuple[AnyTerm, ...] = (ExpectedReturn(),)
    constraints: Constraints = LONG_ONLY
    solver: SolverControl = SolverControl()

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in Sharpe ratio over the horizon.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            InputError: a term is no return, such as a variance; or something allowed is expected to
                beat cash without any risk, so that no ratio is the greatest.
            SolverFailed: nothing limits the size of the portfolio.
        """
        if self.terms != (ExpectedReturn(),):
            return self._solved(outlook)
        question = greatest_sharpe(self.kind, outlook)
        return looked_up(question, outlook, self.constraints, lambda: self._solved(outlook))

    def _solved(self, outlook: Outlook) -> Allocation:
        found = greatest_ratio(outlook, self._gain, self.constraints, self.kind, self.solver)
        if found is not None:
            return found
        note = "nothing allowed is expected to beat cash: minimum variance instead"
        calm = MinimumVariance(constraints=self.constraints, solver=self.solver)
        return calm.allocate(outlook).noted(note)

    def _gain(self, s: Symbols) -> tuple[Affine, float]:
        gain = -s.outlook.risk_free * s.scale
        for term in self.terms:
            part = term.expression(s)
            if isinstance(part, Squares):
                raise InputError(f"{type(term).__name__} is no return; a ratio divides by risk")
            gain = gain + part
        return gain, gain_of_size_one(s.mean - s.outlook.risk_free)


class MaximumDiversification(Component):
    """The greatest mean volatility of what is held for the volatility of the whole.

    Choueifaty and Coignard 2008, "Toward maximum diversification": the maximum Sharpe portfolio
    if every asset earned in proportion to its volatility. It does not look at the forecast.
    """

    kind: Literal["maximum_diversification"] = "maximum_diversification"
    constraints: Constraints = LONG_ONLY
    solver: SolverControl = SolverControl()

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in units of the ratio.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            InputError: no asset has a volatility.
        """
        found = greatest_ratio(outlook, _volatility, self.constraints, self.kind, self.solver)
        if found is None:
            raise InputError("nothing allowed has a volatility that could be diversified")
        return found


class MinimumTrackingError(Component):
    """The least variance of the difference to a `benchmark`.

    The benchmark is (asset, weight) pairs, or equal weights where there are none.
    """

    kind: Literal["minimum_tracking_error"] = "minimum_tracking_error"
    benchmark: Weights = ()
    constraints: Constraints = LONG_ONLY
    solver: SolverControl = SolverControl()

    def check_names(self, universe: Universe) -> None:
        """Refuse a benchmark of what is no asset."""
        universe.check_assets(dict(self.benchmark), f"the benchmark {text.mixed(self.benchmark)}")

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in variance over the horizon.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            DataError: the benchmark has no asset that can be held.
        """
        target = benchmark_weights(self.benchmark, outlook)
        return least(
            outlook,
            lambda s: [Squares(s.risk_root @ (s.x - target))],
            self.constraints,
            self.kind,
            self.solver,
        )


def _named(limit: AnnualReturn | VolatilityCap) -> str:
    """What its row is called."""
    if isinstance(limit, AnnualReturn):
        return f"annual return at least {text.spaced_share(limit.at_least)}"
    return f"annual volatility at most {text.spaced_share(limit.at_most)}"


def _volatility(s: Symbols) -> tuple[Affine, float]:
    std = s.outlook.covariance.std
    return std @ s.x, gain_of_size_one(std)
