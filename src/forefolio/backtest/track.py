"""A series of returns beside cash and a benchmark: what measures are taken of."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from forefolio.backtest.metrics import Measured
from forefolio.core.errors import InputError
from forefolio.core.units import Array, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """Simple returns (T,) per session, what cash earned (T,), and a benchmark's (T,), if any."""

    returns: Array
    cash: Array
    benchmark: Array | None
    periods_per_year: float

    def __post_init__(self) -> None:
        read_only(self.returns, self.cash, self.benchmark)

    @property
    def equity(self) -> Array:
        """Growth of 1 (T + 1,)."""
        return np.concatenate([[1.0], np.cumprod(1.0 + self.returns)])

    @property
    def excess(self) -> Array:
        """Returns over what cash earned."""
        return self.returns - self.cash

    @property
    def active(self) -> Array:
        """Returns over the benchmark's."""
        return self.returns - self._beside

    @property
    def market(self) -> Array:
        """The benchmark's returns over what cash earned."""
        return self._beside - self.cash

    def reward(self, ratio: Measured) -> Measured:
        """A reward for risk; where all is lost there is none."""
        return None if self.ruined else ratio

    @property
    def ruined(self) -> bool:
        """Whether all is lost in a session."""
        return bool((self.returns <= -1.0).any())

    @property
    def _beside(self) -> Array:
        if self.benchmark is None:
            raise InputError("there is no benchmark to measure this beside")
        return self.benchmark

    def at(self, rows: NDArray[np.intp]) -> Self:
        """The same sessions in another order, some of them again."""
        return type(self)(
            returns=self.returns[rows],
            cash=self.cash[rows],
            benchmark=None if self.benchmark is None else self.benchmark[rows],
            periods_per_year=self.periods_per_year,
        )
