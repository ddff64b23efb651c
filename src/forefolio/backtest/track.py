"""A series of returns with those of cash and of a benchmark, side by side."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from forefolio.backtest.metrics import Measured
from forefolio.core.errors import InputError
from forefolio.core.units import Array, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """Simple returns (T,) per session, those of cash (T,) and of a benchmark (T,), if any."""

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
        """Returns (T,) less those of cash."""
        return self.returns - self.cash

    @property
    def active(self) -> Array:
        """Returns (T,) less those of the benchmark."""
        return self.returns - self._beside

    @property
    def market(self) -> Array:
        """Returns (T,) of the benchmark less those of cash."""
        return self._beside - self.cash

    def unless_ruined(self, ratio: Measured) -> Measured:
        """A ratio of return to risk; None after a total loss."""
        return None if self.ruined else ratio

    @property
    def ruined(self) -> bool:
        """Whether all is lost in a session."""
        return bool((self.returns <= -1.0).any())

    @property
    def _beside(self) -> Array:
        if self.benchmark is None:
            raise InputError("there is no benchmark; give its returns to measure this")
        return self.benchmark

    def at(self, rows: NDArray[np.intp]) -> Self:
        """The same sessions in another order, some of them again."""
        return type(self)(
            returns=self.returns[rows],
            cash=self.cash[rows],
            benchmark=None if self.benchmark is None else self.benchmark[rows],
            periods_per_year=self.periods_per_year,
        )
