"""Risk budgets: what each asset contributes to the risk is decided, the weights follow.

Of the volatility, without constraints, as follows; of anything else as in `risk_shares`.

1. Minimise x'Cx / 2 - sum(budget * log x) over x > 0, C the correlations: it is convex and its
   optimum satisfies x * Cx = budget (Spinu 2013, "An algorithm for computing risk parity
   weights").
2. One coordinate after another is put where its own condition holds (Griveau-Billion, Richard and
   Roncalli 2013, "A fast algorithm for computing high-dimensional risk parity portfolios").
3. Where that is slow, Newton's method, damped while it is far away by the bound for
   self-concordant functions; it also checks what came out.
4. Divided by the volatilities and scaled to what is invested, x becomes the weights.
"""

from functools import lru_cache
from typing import Annotated, Any, Literal, Self, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from forefolio.core.component import Component
from forefolio.core.errors import DataError, InputError, SolverFailed
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Flags, Share
from forefolio.core.wording import listed
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.constraints.holdings import Forbidden
from forefolio.optimize.constraints.linear import Budget, LongOnly
from forefolio.optimize.names import Universe, check_names
from forefolio.optimize.objectives.risk_budget_kernel import descend, parity
from forefolio.optimize.objectives.risk_measures import AnyRiskMeasure, VolatilityMeasure
from forefolio.optimize.objectives.risk_shares import Budgeted, least_risk_in_shares
from forefolio.optimize.program.solvers import SolverControl, SolverSetting
from forefolio.optimize.words.catalog import AnyConstraint
from forefolio.optimize.words.scores import read_scores
from forefolio.risk import AnyCovariance

linalg: Any = lazy("scipy.linalg")

EXACT = 1e-12  # of the budgets, which sum to one
STEPS = 200
SWEEPS = 60  # over all coordinates, before Newton's method
NO_PART = "no asset of it may be held, so that it has no part of the risk"
REMEDIES = {
    "assets": "exclude leaves an asset out",
    "sectors": "exclude leaves the assets of a sector out",
    "components": "fewer components are easier to hold",
    "exposures": "leave out a factor to which the others rule an exposure out, or turn its signs",
}
Numbers: TypeAlias = tuple[tuple[str, float], ...]


def _by_factor(given: Any) -> Any:
    """Numbers by factor and asset as pairs, from a frame with a column per factor or a mapping."""
    if isinstance(given, tuple | list):
        return given
    return tuple((name, tuple(column.items())) for name, column in read_scores(given).items())


Exposures: TypeAlias = Annotated[
    tuple[tuple[str, Numbers], ...],
    BeforeValidator(_by_factor),
    Field(
        description="Factors of your own, where they have a budget: pairs of factor and of its "
        "pairs of asset and number, such as betas; a mapping or a frame will do.",
    ),
]
Budgets = tuple[tuple[str, Annotated[float, Field(gt=0)]], ...]


class RiskParity(Component):
    """Every asset contributes the same to the risk, or in proportion to its budget.

    `budgets` are (asset, budget) pairs; one that is not named has the mean of those that are. The
    risk is the volatility (Maillard, Roncalli and Teiletche 2010, "The properties of equally
    weighted risk contribution portfolios") or any other. `by` sectors the budgets are theirs, and
    within one the mix is that of least risk; `by` components they are those of the exposures to the
    first `components` principal components of the covariance, and weights may be short; `by`
    exposures they are those of the exposures to factors of your own: the weights times a factor's
    numbers, and what is exposed to none has no risk. Where `constraints` bind, parts of the risk
    differ from their budgets as little as they must.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(mu=mu, cov=cov, objective=ff.RiskParity())
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.75, 'stocks': 0.25}
    """

    kind: Literal["risk_parity"] = "risk_parity"
    budgets: Budgets = Field(
        (),
        description=(
            "Pairs of asset and its part of the risk, in proportion; one not named has "
            "the mean of those that are."
        ),
    )
    invested: Share = Field(1.0, description="Sum of the weights; the rest is cash.")
    risk_measure: AnyRiskMeasure = Field(
        VolatilityMeasure(), description="Risk whose parts are in proportion to the budgets."
    )
    by: Literal["assets", "sectors", "components", "exposures"] = Field(
        "assets",
        description="What has a budget: assets, sectors, principal components, or `exposures`.",
    )
    exposures: Exposures = ()
    components: Annotated[int, Field(ge=1)] = Field(
        3, description="Principal components that have a budget, where they do."
    )
    constraints: tuple[AnyConstraint, ...] = Field(
        (), description="Limits that the weights must keep, beside the sum of what is invested."
    )
    solver: SolverSetting = SolverControl()

    @model_validator(mode="after")
    def _has_factors(self) -> Self:
        if (self.by == "exposures") != bool(self.exposures):
            raise ValueError(
                "budgets by exposures and exposures go together: by='exposures', "
                "exposures={'value': {'AAPL': 0.2, 'MSFT': 0.4}}"
            )
        for factor, numbers in self.exposures:
            if not any(number for _, number in numbers):
                raise ValueError(
                    f"no asset is exposed to {factor}: give it a number that is not 0, or leave "
                    "it out"
                )
        return self

    def check_names(self, universe: Universe) -> None:
        """Refuse a budget of what is no asset, no sector, or no factor."""
        if self.by == "assets":
            universe.check_assets(dict(self.budgets), "the risk budgets")
        for name, _ in self.budgets:
            if self.by == "sectors":
                universe.check_sector(name, "the risk budgets")
            elif self.by == "exposures" and name not in dict(self.exposures):
                factors = listed([factor for factor, _ in self.exposures])
                raise InputError(f"the risk budgets have {name!r}; the factors are {factors}")
            elif self.by == "components" and name not in _numbered(self.components):
                raise InputError(
                    f"the risk budgets have {name!r}; components are called 1, 2 and so on up to "
                    f"{self.components}"
                )

    def allocate(self, outlook: Outlook) -> Allocation:
        """Weights that do not look at the forecast.

        Raises:
            DataError: an asset has no volatility.
            Infeasible: no portfolio satisfies the constraints together.
            UnclearName: a budget is of no asset of the market.
            SolverFailed: assets cancel each other's risk out, so that no weights are the answer.
        """
        check_names(self, outlook.universe)
        if self._is_plain:
            allowed = self._allowed(outlook.assets)
            if allowed.all():
                return self._parity(outlook)
            return self._parity(outlook.select(allowed)).spread(outlook.assets, allowed)
        names, held = self._things(outlook)
        is_held = (held[:, self._allowed(outlook.assets)] != 0).any(axis=1)
        without = [name for name, on in zip(names, is_held, strict=True) if not on]
        if not is_held.any():
            raise InputError(f"no asset that may be held belongs to {listed(without)}")
        budgets = self._shares(names, outlook)[is_held]
        budgeted = Budgeted(
            held=held[is_held],
            budgets=budgets / budgets.sum(),
            invested=self.invested,
            remedy=REMEDIES[self.by],
            long=self.by in ("assets", "sectors"),
        )
        best = least_risk_in_shares(
            self.risk_measure, budgeted, outlook, self.constraints, self.solver
        )
        # of assets that are excluded this goes without saying
        unsaid = not without or self.by == "assets"
        return best if unsaid else best.noted(f"{listed(without)}: {NO_PART}")

    @property
    def _is_plain(self) -> bool:
        """Whether it is of volatilities of assets, and no constraint says more than the rest."""
        free = all(
            isinstance(one, LongOnly | Forbidden) or one == _all_of(self.invested)
            for one in self.constraints
        )
        volatile = isinstance(self.risk_measure, VolatilityMeasure)
        return volatile and self.by == "assets" and free

    def _things(self, outlook: Outlook) -> tuple[tuple[str, ...], Array]:
        """What has a budget: names, and what each holds of the weights (K, N)."""
        count = len(outlook.assets)
        if self.by == "assets":
            held, names = np.eye(count), outlook.assets
        elif self.by == "sectors":
            universe = Universe(outlook.assets, outlook.sectors)
            names = universe.groups
            held = np.array([universe.members(name) for name in names], dtype=np.float64)
            if not names or not held.any(axis=0).all():
                raise DataError("not every asset has a sector; risk parity by assets needs none")
        elif self.by == "exposures":
            held = np.array([_exposed(*each, outlook.assets) for each in self.exposures])
            names = tuple(factor for factor, _ in self.exposures)
        else:
            held = _components(outlook.covariance.matrix, self.components)
            names = _numbered(len(held))
        return names, held

    def _allowed(self, assets: tuple[str, ...]) -> Flags:
        """Which assets (N,) no constraint excludes."""
        excluded = [one.assets for one in self.constraints if isinstance(one, Forbidden)]
        if not excluded:
            return np.ones(len(assets), dtype=bool)
        return ~np.isin(assets, [asset for each in excluded for asset in each])

    def _parity(self, outlook: Outlook) -> Allocation:
        budgets = self._shares(outlook.assets, outlook)
        return Allocation(
            assets=outlook.assets,
            weights=self.invested * _of_one(outlook.covariance, budgets),
            method=self.kind,
            notes=outlook.repairs,
        )

    def _shares(self, names: tuple[str, ...], outlook: Outlook) -> Array:
        if not self.budgets:
            return np.full(len(names), 1.0 / len(names))
        named = dict(self.budgets)
        if self.by == "sectors":
            named = {outlook.universe.sector(name) or name: part for name, part in self.budgets}
        usual = sum(named.values()) / len(named)
        budgets = np.array([named.get(name, usual) for name in names])
        shares: Array = budgets / budgets.sum()
        return shares


@lru_cache(maxsize=16)
def _all_of(invested: float) -> Budget:
    return Budget(lower=invested, upper=invested)


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(str(number + 1) for number in range(count))


def _exposed(factor: str, numbers: Numbers, assets: tuple[str, ...]) -> Array:
    """The exposure (N,) of each asset to a factor."""
    named = dict(numbers)
    if lacking := [asset for asset in assets if asset not in named]:
        raise InputError(
            f"the exposures to {factor} have no number for {listed(lacking[:12])}; add it, 0 where "
            "there is none"
        )
    return np.array([named[asset] for asset in assets], dtype=np.float64)


def _components(covariance: Array, count: int) -> Array:
    """The largest principal components (K, N), each signed so that its weights add up to more."""
    _, vectors = np.linalg.eigh(covariance)
    largest: Array = vectors.T[::-1][:count]
    return largest * np.where(largest.sum(axis=1) < 0, -1.0, 1.0)[:, None]


def _of_one(covariance: AnyCovariance, budgets: Array) -> Array:
    """Weights (N,) that sum to one, each with its part of the risk.

    Raises:
        DataError: an asset has no volatility.
        SolverFailed: there are none, because assets cancel each other's risk out.
    """
    matrix, weights = covariance.matrix, np.empty(len(budgets))
    if parity(np.ascontiguousarray(matrix), budgets, SWEEPS, EXACT, weights):
        return weights
    std = covariance.std
    if not (std > 0).all():
        without = [a for a, v in zip(covariance.assets, std, strict=True) if not v > 0]
        raise DataError(f"{', '.join(without)}: no volatility to divide; leave it out")
    weights = risk_budgeting(matrix / np.outer(std, std), budgets) / std
    return np.asarray(weights / weights.sum())


def risk_budgeting(correlation: Array, budgets: Array) -> Array:
    """Positive x (N,) with x * (correlation @ x) = budgets, which sum to one.

    Raises:
        SolverFailed: there is none, because assets cancel each other's risk out.
    """
    x = np.sqrt(budgets)
    x /= np.sqrt(max(float(x @ correlation @ x), 1e-12))
    descend(np.ascontiguousarray(correlation), budgets, SWEEPS, EXACT / 2, x)
    for _ in range(STEPS):
        slope = correlation @ x - budgets / x
        if np.abs(x * slope).max() < EXACT:
            return x
        curvature = correlation + np.diag(budgets / x**2)
        try:
            step = np.linalg.solve(curvature, slope)
        except np.linalg.LinAlgError:
            break
        far = float(np.abs(step / x).max())
        x = x - step if far < 0.5 else x - step / (1.0 + far)
        if not np.isfinite(x).all() or x.max() > 1e8:
            break
    raise SolverFailed(
        "no weights have these risk budgets: assets cancel each other's risk out; leave out one "
        "of them, or shrink the covariance"
    )
