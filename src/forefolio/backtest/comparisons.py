"""Several backtests over the same sessions, each tested against the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forefolio.backtest.compare import StrategyComparison
from forefolio.backtest.result import BacktestResult
from forefolio.backtest.summary import summary
from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class StrategyComparisons(Shown):
    """Backtests over the same sessions, and a test of each Sharpe ratio against the first one's."""

    results: Mapping[str, BacktestResult]  # by name, the reference first
    tests: tuple[StrategyComparison, ...]  # of all but the first

    @property
    def names(self) -> tuple[str, ...]:
        """The strategies."""
        return tuple(self.results)

    def __getitem__(self, name: str) -> BacktestResult:
        if name not in self.results:
            raise InputError(f"no strategy is called {name!r}; there are {', '.join(self.names)}")
        return self.results[name]

    def to_frame(self) -> pd.DataFrame:
        """A row per strategy: measures, fractions a year, and the test against the first."""
        rows = []
        for (name, result), test in zip(self.results.items(), (None, *self.tests), strict=True):
            whole = summary(result)
            rows.append(
                {
                    "strategy": name,
                    "annual_return": whole.annual_return,
                    "annual_volatility": whole.annual_volatility,
                    "sharpe": whole.sharpe,
                    "max_drawdown": whole.max_drawdown,
                    "turnover": whole.turnover,
                    "sharpe_less_first": None if test is None else test.sharpe,
                    "p_value": None if test is None else test.p_value,
                    "p_family": None if test is None else test.p_family,
                }
            )
        frame: pd.DataFrame = pandas.DataFrame(rows).set_index("strategy").astype(float)
        return frame
