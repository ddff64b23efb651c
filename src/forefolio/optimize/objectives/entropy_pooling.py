"""An optimiser that believes views on past sessions besides the forecast: entropy pooling.

1. Past sessions are moved and scaled jointly, so that their mean and covariance are what the
   forecast and the risk model expect. All are equally likely.
2. Views change their probabilities as little as can be (`entropy_pooled`). A view on a volatility
   is about the mean that the other views leave (Vorobets 2021, "Sequential entropy pooling
   heuristics").
3. The optimiser decides by the sessions with these probabilities.
"""

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.units import Array
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.names import check_names
from forefolio.optimize.objectives.mean_variance import MaximumSharpe
from forefolio.optimize.objectives.pooled import Decider, believed, check_decider, weighing
from forefolio.optimize.objectives.scenario_views import AnyScenarioView, ScenarioView
from forefolio.optimize.objectives.views import on_held
from forefolio.optimize.program.scenarios import Window
from forefolio.risk.entropy_pooling import PooledScenarios, entropy_pooled


class EntropyPooling(Component):
    """The portfolio of `optimizer`, once past sessions are weighed so that `views` hold.

    A view is on the return, the volatility or the probability of a loss, of an asset or of a
    difference of some; it may be a limit. The probabilities that satisfy all of them and are
    nearest to equal ones (Meucci 2008, "Fully flexible views: theory and practice") give the mean
    and the covariance that `optimizer` decides by. Without views these are the forecast and the
    risk model's covariance. Risks of single sessions, such as the CVaR, and growth weigh these
    sessions too, as objective, term and limit; drawdowns are of the sessions as they came. A view
    about an asset that cannot be held at a decision is left out, and a note says so.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=600, assets=3)
    >>> asset = market.assets[0]
    >>> calmer = ff.EntropyPooling(
    ...     views=(f"volatility({asset}) <= 15% per year",), optimizer="minimum_variance"
    ... )
    >>> before = ff.optimize(market, objective="minimum_variance").weights[asset]
    >>> ff.optimize(market, objective=calmer).weights[asset] > before
    True
    """

    kind: Literal["entropy_pooling"] = "entropy_pooling"
    views: tuple[AnyScenarioView, ...] = Field(
        (), description="Own opinions on past sessions, which weigh them."
    )
    optimizer: Decider = Field(
        MaximumSharpe(), description="Objective that chooses the weights from the weighed sessions."
    )
    window: Window = Field(
        500, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_decider(self.optimizer)
        return self

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights as `optimizer` does.

        Raises:
            InputError: no weighing of the sessions satisfies the views, the window has no more
                sessions than there are assets, or it is not known how long a year is.
            NotEnoughHistory: fewer than 60 sessions have a return of every asset.
            UnclearName: a view is about no asset of the market.
            Infeasible: no portfolio satisfies the constraints together.
        """
        check_names(self.views, outlook.universe)
        heard, notes = on_held(self.views, outlook.assets)
        if not heard:
            return self.optimizer.allocate(outlook).noted(*notes)
        scenarios = matched(outlook, self.window)
        pooled = pooled_by(heard, scenarios, outlook.assets, outlook.periods_per_year)
        notes.append(weighing("views", pooled))
        return self.optimizer.allocate(believed(outlook, scenarios, pooled)).noted(*notes)


def matched(outlook: Outlook, window: int) -> Array:
    """Past sessions (S, N) with the mean and the covariance that the outlook expects of a session.

    Raises:
        InputError: there are no more sessions than assets.
        NotEnoughHistory: fewer than 60 sessions have a return of every asset.
    """
    past = outlook.scenarios(window)
    count, assets = past.shape
    away = past - past.mean(axis=0)
    values, vectors = np.linalg.eigh(away.T @ away / count)
    if count <= assets or not values[0] > 1e-12 * values[-1]:
        raise InputError(
            f"{count} past sessions do not tell {assets} assets apart; raise the window, or choose "
            "fewer assets"
        )
    wanted, axes = np.linalg.eigh(outlook.risk / outlook.forecast.horizon)
    whitened = vectors / np.sqrt(values) @ vectors.T
    scaled = axes * np.sqrt(np.maximum(wanted, 0.0)) @ axes.T
    scenarios: Array = outlook.mean / outlook.forecast.horizon + away @ whitened @ scaled
    return scenarios


def pooled_by(
    views: Sequence[ScenarioView],
    scenarios: Array,
    assets: tuple[str, ...],
    periods_per_year: float,
) -> PooledScenarios:
    """Probabilities of scenarios (S, N) of a session each that satisfy views.

    Raises:
        InputError: none do, or it is not known how long a year is.
    """
    if np.isnan(periods_per_year):
        raise InputError("a view per year needs Outlook(periods_per_year=...)")
    rows = _Rows()
    moving = [view for view in views if view.about == "volatility"]
    for view in views:
        earned = view.of(scenarios, assets)
        if view.about == "return":
            rows.add(earned, view.sign, view.level / periods_per_year, str(view))
        elif view.about == "probability":
            rows.add((earned <= view.loss_of).astype(np.float64), view.sign, view.level, str(view))
    first = rows.pooled(len(scenarios))
    for view in moving:
        earned = view.of(scenarios, assets)
        mean = float(first.probabilities @ earned)
        rows.add(earned, "=", mean, str(view))
        rows.add((earned - mean) ** 2, view.sign, view.level**2 / periods_per_year, str(view))
    return rows.pooled(len(scenarios)) if moving else first


class _Rows:
    """What views say of the means of numbers in scenarios."""

    def __init__(self) -> None:
        self._values: list[Array] = []
        self._levels: list[float] = []
        self._exact: list[bool] = []
        self._names: list[str] = []

    def add(self, values: Array, sign: str, level: float, name: str) -> None:
        """That the mean of values (S,) is at most, at least or equal to a level."""
        turned = -1.0 if sign == ">=" else 1.0
        self._values.append(turned * values)
        self._levels.append(turned * level)
        self._exact.append(sign == "=")
        self._names.append(name)

    def pooled(self, count: int) -> PooledScenarios:
        """The probabilities of `count` scenarios that satisfy all so far."""
        return entropy_pooled(
            np.array(self._values).reshape(-1, count),
            np.array(self._levels),
            np.array(self._exact, dtype=np.bool_),
            names=self._names,
        )
