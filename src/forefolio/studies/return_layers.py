"""What a strategy's return was expected to be, layer by layer, and what of it was luck."""

from collections.abc import Iterator
from typing import Self

import numpy as np
from pydantic import Field

from forefolio.backtest.layers import LAYERS, LayerReturns
from forefolio.core.component import Component
from forefolio.core.units import Array
from forefolio.core.wording import sessions
from forefolio.forecast import Evidence
from forefolio.forecast.scoring.sampling_error import mean_with_error
from forefolio.optimize import Allocation
from forefolio.studies.result import Number

ROUNDING = 1e-15  # of a mean return per session


class LayerReturn(Component):
    """What a layer of the weights adds to the annual return."""

    name: str = Field(
        description="Equal weights; amount: how much is invested; risk: choosing by it and by the "
        "past; forecasts; limits; drift: of the weights between decisions."
    )
    expected: float = Field(description="What its decisions expected, fraction a year over cash.")
    luck: float = Field(description="What came beyond that, fraction a year.")
    realised: float = Field(description="The sum of both, fraction a year over cash.")
    t: Number = Field(description="Mean of what came by its standard error; none: too short.")


class AttributedYear(Component):
    """A calendar year: sums of its sessions' parts, not compounded."""

    year: int = Field(description="The calendar year.")
    expected: float = Field(description="What all layers were expected to earn over cash.")
    forecasts: float = Field(description="What forecasts changed, expected and luck together.")
    limits: float = Field(description="What limits changed, the same.")
    interest: float = Field(description="What cash earned, on all of the account.")
    costs: float = Field(description="What trading took, negative.")
    luck: float = Field(description="What came beyond expectation, of all layers.")
    total: float = Field(description="The return: expected, luck, interest and costs.")


class ReturnLayers(Component):
    """The annual return as what was expected of each layer of the weights, luck and costs."""

    annual_return: float = Field(description="Of the strategy after costs: the sum of all parts.")
    layers: tuple[LayerReturn, ...] = Field(description="The layers, in the order of deciding.")
    interest: float = Field(description="What cash earned on all of the account, a year.")
    costs: float = Field(description="What trading took, a negative fraction a year.")
    expected: float = Field(
        description="What the decisions expected after costs, interest included, a year."
    )
    luck: float = Field(description="What came beyond it, a year.")
    luck_t: Number = Field(description="Mean luck by its standard error; none: too short.")
    expected_by: str = Field(description="Whose expected returns these are, in words.")
    years: tuple[AttributedYear, ...] = Field(description="Each calendar year, the first first.")

    @classmethod
    def of(cls, parts: LayerReturns, by: str) -> Self:
        """What the parts of all sessions come to a year; `by` says whose expectations these are."""
        layers = tuple(_layers(parts))
        interest, costs = float(parts.annual(parts.interest)), float(parts.annual(parts.costs))
        return cls(
            annual_return=float(parts.annual(parts.total)),
            layers=layers,
            interest=interest,
            costs=costs,
            expected=sum(one.expected for one in layers) + interest + costs,
            luck=sum(one.luck for one in layers),
            luck_t=_ratio_to_error(parts.linking * parts.luck.sum(axis=1)),
            expected_by=by,
            years=tuple(_years(parts)),
        )


class Outlooks:
    """What a decision expects: by the forecasts that it follows, or its own estimate.

    Where it asks for neither, it is what the forecasts said that were made all the same.
    """

    def __init__(self, evidence: Evidence, assets: tuple[str, ...], *, follows: bool) -> None:
        self.evidence, self.assets, self.follows = evidence, assets, follows
        over = sessions(evidence.horizon)
        self.by = f"the {'' if follows else 'pooled '}forecasts over {over}"

    def __call__(self, session: np.datetime64, decided: Allocation | None) -> Array:
        """Returns per session (N,) that a decision expects, NaN where nothing is."""
        basis = None if decided is None else decided.basis
        if self.follows or basis is None or basis.mean is None:
            return self._forecast(session)
        self.by = basis.mean_by
        return basis.mean_of(self.assets)

    def _forecast(self, session: np.datetime64) -> Array:
        """Forecast returns (N,) per session; NaN where none was made as early as this."""
        try:
            return self.evidence.expected(session)
        except KeyError:
            return np.full(len(self.assets), np.nan)


def _layers(parts: LayerReturns) -> Iterator[LayerReturn]:
    expected, luck = parts.annual(parts.expected), parts.annual(parts.luck)
    for k, name in enumerate(LAYERS):
        yield LayerReturn(
            name=name,
            expected=float(expected[k]),
            luck=float(luck[k]),
            realised=float(expected[k] + luck[k]),
            t=_ratio_to_error(parts.linking * parts.realised[:, k]),
        )


def _years(parts: LayerReturns) -> Iterator[AttributedYear]:
    years = parts.sessions.astype("datetime64[Y]").astype(int) + 1970
    forecasts, limits = LAYERS.index("forecasts"), LAYERS.index("limits")
    for year in np.unique(years).tolist():
        among = years == year
        yield AttributedYear(
            year=year,
            expected=float(parts.expected[among].sum()),
            forecasts=float(parts.realised[among, forecasts].sum()),
            limits=float(parts.realised[among, limits].sum()),
            interest=float(parts.interest[among].sum()),
            costs=float(parts.costs[among].sum()),
            luck=float(parts.luck[among].sum()),
            total=float(parts.total[among].sum()),
        )


def _ratio_to_error(values: Array) -> float | None:
    """Mean of values (T,) by its standard error; None where that is not known or zero."""
    mean, error = mean_with_error(values, 1)
    if mean is None or error is None or not np.isfinite(error) or not error > ROUNDING:
        return None
    return mean / error
